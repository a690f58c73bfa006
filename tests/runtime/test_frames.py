"""Recordings in batches and windows: order, threads, memory, nothing to hear."""

import tracemalloc

import numpy as np
import pytest

from sklearn_slm.runtime import frames as frames_module
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.frames import LONGEST, run_frames
from sklearn_slm.text import Ragged
from tests.networks import N_SYMBOLS, draw_frames, make_symbol_network

FRAMES = draw_frames(np.random.RandomState(0).randint(0, 40, 50))
LIMITS = {"most_recordings": 8, "most_frames": 100}


def count(part):
    """Return for each frame its value, how many frames its recording has, and of what."""
    lengths = np.repeat(part.lengths, part.lengths)
    places = np.arange(len(part.values)) - np.repeat(part.offsets[:-1], part.lengths)
    return np.stack([part.values[:, 0], lengths, places], axis=1)


@pytest.mark.parametrize("n_threads", [1, 3, None])
def test_outputs_stand_where_their_frames_do(n_threads):
    found = run_frames(count, FRAMES, 3, n_threads=n_threads, **LIMITS)
    np.testing.assert_array_equal(found.offsets, FRAMES.offsets)
    np.testing.assert_array_equal(found.values, count(FRAMES))


def test_batches_are_bounded_and_longest_first():
    seen = []

    def run(part):
        seen.append(part.lengths)
        return count(part)

    run_frames(run, FRAMES, 3, n_threads=1, **LIMITS)
    for lengths in seen:
        assert len(lengths) <= 8 and len(lengths) * lengths[0] <= 100
        assert (np.diff(lengths) <= 0).all() and lengths[-1] > 0
    assert sum(map(len, seen)) == np.count_nonzero(FRAMES.lengths)


@pytest.mark.parametrize("longest", [1, 4, 7, 40])
def test_long_recordings_are_read_in_windows(longest, monkeypatch):
    monkeypatch.setattr(frames_module, "LONGEST", longest)
    monkeypatch.setattr(frames_module, "_AROUND", 2)
    found = run_frames(count, FRAMES, 3, n_threads=1, **LIMITS)
    np.testing.assert_array_equal(found.values[:, 0], FRAMES.values[:, 0])
    assert found.values[:, 1].max() <= longest + 4
    for row, length in enumerate(FRAMES.lengths.tolist()):
        place = np.arange(length)
        read, at = found[row][:, 1:].T
        # Two frames before each window and two after it, as far as there are any.
        assert ((at >= 2) | (place == at)).all()
        assert ((read - at > 2) | (length - place == read - at)).all()


def test_a_network_forgets_what_is_outside_of_a_window():
    spec, weights = make_symbol_network(hidden_size=(4, 3))
    network = prepare_network(spec, weights)
    length = LONGEST + 700
    long = draw_frames([length, 5])
    found = network.run_frames(long)
    whole = network.run_frames(long.take(np.array([1])))
    np.testing.assert_allclose(found[1], whole[0], atol=1e-6)
    # The same frames where one window would be enough.
    part = Ragged(long.values[1_000:3_000], np.array([0, 2_000]))
    inside = slice(300, 1_700)
    other = network.run_frames(part)[0][inside]
    np.testing.assert_allclose(found[0][1_000:3_000][inside], other, atol=1e-5)


def test_the_order_and_the_company_change_nothing():
    spec, weights = make_symbol_network(hidden_size=(4, 3))
    network = prepare_network(spec, weights)
    expected = network.run_frames(FRAMES)
    order = np.random.RandomState(1).permutation(len(FRAMES))
    for n_threads in (1, 2):
        found = network.run_frames(FRAMES.take(order), n_threads=n_threads)
        np.testing.assert_array_equal(found.values, expected.take(order).values)
    for row in range(5):
        alone = network.run_frames(FRAMES.take(np.array([row])))
        np.testing.assert_allclose(alone.values, expected[row], atol=1e-6)


@pytest.mark.parametrize("lengths", [[], [0], [0, 0], [1], [0, 1]])
def test_few_and_empty_recordings(lengths):
    network = prepare_network(*make_symbol_network())
    found = network.run_frames(draw_frames(lengths))
    assert found.values.shape == (sum(lengths), N_SYMBOLS)
    assert found.lengths.tolist() == lengths
    np.testing.assert_allclose(np.exp(found.values).sum(axis=1), 1.0, atol=1e-6)


def test_memory_does_not_grow_with_a_recording():
    spec, weights = make_symbol_network(n_components=2, hidden_size=(16,))
    network = prepare_network(spec, weights)
    long = draw_frames([60_000], n_inputs=2)  # all its gates would be 30 MB
    tracemalloc.start()
    network.run_frames(long, n_threads=1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12e6
