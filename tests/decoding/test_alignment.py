"""Alignments: by hand, against all paths, and of an hour."""

import tracemalloc
from itertools import product

import numpy as np
import pytest

from sklearn_slm.decoding import alignment
from sklearn_slm.decoding.alignment import (
    align_symbols,
    compute_confidence,
    count_least_frames,
    group_words,
)
from tests.decoding.speech import draw_log_probs, read_path


def find_slowly(log_probs, symbols):
    """Return the probability of the best of all paths that say the symbols."""
    paths = product(range(log_probs.shape[1]), repeat=len(log_probs))
    steps = np.arange(len(log_probs))
    return max(
        log_probs[steps, list(path)].sum()
        for path in paths
        if read_path(path) == tuple(symbols)
    )


def write_path(frames, symbols, n_frames):
    path = np.zeros(n_frames, int)
    for symbol, (start, end) in zip(symbols, frames):
        assert end > start and not path[start:end].any()
        path[start:end] = symbol
    return path


SAID = [(1,), (2, 1), (1, 1), (2, 2, 1), (1, 2, 1, 2), (2, 1, 2, 1, 2, 1)]


@pytest.mark.parametrize("symbols", SAID)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("small", [0, 1 << 20])
def test_the_path_is_the_best_of_all(symbols, seed, small, monkeypatch):
    monkeypatch.setattr(alignment, "_SMALL", small)
    log_probs = draw_log_probs(6, 3, seed)
    frames = align_symbols(log_probs, symbols)
    path = write_path(frames, symbols, 6)
    assert read_path(path) == symbols
    best = find_slowly(log_probs, symbols)
    assert log_probs[np.arange(6), path].sum() == pytest.approx(best)


def test_as_few_frames_as_possible():
    assert count_least_frames([1, 1, 2, 2, 2]) == 8
    log_probs = draw_log_probs(8, 3)
    frames = align_symbols(log_probs, [1, 1, 2, 2, 2])
    assert frames[:, 0].tolist() == [0, 2, 3, 5, 7]
    assert frames[:, 1].tolist() == [1, 3, 4, 6, 8]
    with pytest.raises(ValueError, match="5 symbols need at least 8 .* Got 7 frames"):
        align_symbols(log_probs[:7], [1, 1, 2, 2, 2])
    assert align_symbols(log_probs, []).shape == (0, 2)
    assert align_symbols(log_probs[:0], []).shape == (0, 2)


def test_what_is_impossible_is_aligned_too():
    log_probs = np.full((4, 3), -np.inf)
    log_probs[:, 0] = 0.0
    frames = align_symbols(log_probs, [1, 2])
    assert read_path(write_path(frames, [1, 2], 4)) == (1, 2)


def make_recording(n_frames, n_symbols=20, seed=0):
    """Return symbols, one in five frames or so, and probabilities that show them."""
    random = np.random.RandomState(seed)
    starts = np.flatnonzero(random.uniform(size=n_frames // 2) < 0.4) * 2
    symbols = random.randint(1, n_symbols, len(starts))
    path = np.zeros(n_frames, int)
    path[starts] = symbols
    probs = np.full((n_frames, n_symbols), 0.1 / (n_symbols - 1))
    probs[np.arange(n_frames), path] = 0.9
    return symbols, starts, np.log(probs)


def test_a_long_recording_in_bounded_memory():
    symbols, starts, log_probs = make_recording(6_000)
    tracemalloc.start()
    frames = align_symbols(log_probs, symbols)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10e6  # all states at all frames: 14 MB of bytes
    np.testing.assert_array_equal(frames, np.stack([starts, starts + 1], axis=1))


def test_what_falls_far_behind_is_looked_for_again(monkeypatch):
    monkeypatch.setattr(alignment, "_SMALL", 0)
    monkeypatch.setattr(alignment, "_MOST_BEHIND", 3.0)
    log_probs = np.log([[0.99, 0.005, 0.005]] * 8)
    frames = align_symbols(log_probs, [1, 2, 1, 2])
    assert read_path(write_path(frames, [1, 2, 1, 2], 8)) == (1, 2, 1, 2)


def test_confidence_is_that_of_the_surest_frame():
    probs = np.array([[0.1, 0.9, 0], [0.3, 0.7, 0], [1, 0, 0], [0, 0.5, 0.5]])
    with np.errstate(divide="ignore"):
        log_probs = np.log(probs)
    symbols, frames = np.array([1, 2]), np.array([[0, 2], [3, 4]])
    confidence = compute_confidence(log_probs, symbols, frames)
    np.testing.assert_allclose(confidence, [0.9, 0.5])
    assert compute_confidence(log_probs, symbols[:0], frames[:0]).shape == (0,)


def group(symbols, texts):
    n = len(symbols)
    frames = np.stack([2 * np.arange(n), 2 * np.arange(n) + 1], axis=1)
    sure = np.linspace(0.5, 1.0, n)
    words = group_words(np.array(symbols, int), frames, sure, texts)
    return [(word.text, word.start, word.end) for word in words]


def test_words_of_characters_and_of_pieces():
    texts = ["", " ", "a", "b"]
    assert group([2, 3, 1, 3], texts) == [("ab", 0, 3), ("b", 6, 7)]
    assert group([1, 2, 1, 1, 3, 1], texts) == [("a", 2, 3), ("b", 8, 9)]
    assert group([1], texts) == group([], texts) == []
    pieces = ["", " to", "day", " now", " "]
    assert group([1, 2, 3], pieces) == [("today", 0, 3), ("now", 4, 5)]
    assert group([2, 4, 2, 1], pieces) == [("day", 0, 1), ("day", 4, 5), ("to", 6, 7)]


def test_a_word_is_as_sure_as_its_symbols():
    frames = np.array([[0, 1], [1, 2], [2, 3]])
    sure = np.array([0.9, 0.4, 0.0])
    words = group_words(np.array([1, 2, 3]), frames, sure, ["", " a", "b", " c"])
    assert words[0].confidence == pytest.approx(0.6)
    assert words[1].confidence == pytest.approx(0.0, abs=1e-9)
