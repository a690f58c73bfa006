"""Recordings in batches: lengths, symbols, masks, short ones first."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.examples import Examples
from sklearn_slm.network.options import Seeds, TrainingOptions
from sklearn_slm.network.sequences.frames import FrameBatches
from sklearn_slm.network.sequences.train import train_sequences
from sklearn_slm.spec import EncoderSpec, NetworkSpec, SymbolHead
from sklearn_slm.text import Ragged

# It takes a minute for what is the same on all backends.
not_tensorflow = pytest.mark.skipif(
    import_keras().backend.backend() == "tensorflow", reason="the same on all backends"
)


def make_recordings(n=18, n_inputs=4, seed=0):
    """Return recordings in which symbol s, three frames long, is loud at input s."""
    random = np.random.RandomState(seed)
    said = [random.randint(1, 4, random.randint(1, 4)) for _ in range(n)]
    heard = []
    for symbols in said:
        # A pause between symbols tells two equal ones apart.
        frames = np.zeros((4 * len(symbols), n_inputs), np.float32)
        for i, symbol in enumerate(symbols):
            frames[4 * i : 4 * i + 3, symbol] = 1.0
        heard.append(frames + 0.05 * random.standard_normal(frames.shape))
    return Examples(
        {"frames": join([h.astype(np.float32) for h in heard])},
        {"symbols": join([s.astype(np.int32) for s in said])},
        np.ones(n, np.float32),
    )


def join(rows):
    return Ragged(
        np.concatenate(rows), np.cumsum([0, *map(len, rows)]).astype(np.int64)
    )


def make_options(**fields):
    return TrainingOptions(**({"batch_size": 6, "learning_rate": 0.05} | fields))


def test_every_recording_comes_once_with_its_symbols():
    recordings = make_recordings()
    batches = FrameBatches.of(recordings, make_options(), 2)
    frames, symbols = recordings.inputs["frames"], recordings.targets["symbols"]
    expected = sorted((frames[i].tobytes(), symbols[i].tobytes()) for i in range(18))
    seen = []
    for batch in batches.read(1, 1):
        for row in np.flatnonzero(batch.weight):
            heard = batch.frames[: batch.lengths[row], row]
            said = batch.symbols[row, : batch.n_symbols[row]]
            seen.append((heard.tobytes(), said.tobytes()))
            assert not batch.frames[batch.lengths[row] :, row].any()
        assert batch.symbols.shape == (6, 8)
    assert sorted(seen) == expected
    assert batches.n_targets == 18 == sum(b.n_targets for b in batches.read())


def test_the_first_epoch_begins_with_short_recordings():
    batches = FrameBatches(make_recordings(), 6, np.array([4, 8, 16]))
    first, second = (
        [len(batch.frames) for batch in batches.read(3, epoch)] for epoch in (0, 1)
    )
    assert first == sorted(first)
    assert sorted(second) == first


def test_masks_silence_a_part_of_each_recording_in_training_alone():
    recordings = make_recordings()
    recordings.inputs["frames"].values[:] = 1.0
    options = make_options(n_masks=1, n_mels=2)
    training = FrameBatches.of(recordings, options, 1)
    tests = FrameBatches.of(recordings, options, 1, training)
    shares = []
    for batches in (training, tests):
        batch = list(batches.read())[-1]
        heard = [
            batch.frames[:length, row].mean()
            for row, length in enumerate(batch.lengths)
            if length
        ]
        shares.append(np.mean(heard))
    assert shares[0] < 1.0 == shares[1]
    once, again = ([b.frames for b in training.read(1, 2)] for _ in "ab")
    assert all(np.array_equal(a, b) for a, b in zip(once, again))


@pytest.mark.parametrize("n_rows", [1, 5])
def test_halves_are_the_rows_of_the_batch(n_rows):
    recordings = make_recordings(n_rows)
    (batch,) = FrameBatches(recordings, n_rows, np.array([16])).read()
    halves = batch.halve()
    joined = np.concatenate([half.frames for half in halves], axis=1)
    np.testing.assert_array_equal(joined, batch.frames)
    for i in range(1, 5):
        joined = np.concatenate([half[i] for half in halves])
        np.testing.assert_array_equal(joined, batch[i])


@not_tensorflow
def test_symbols_are_learned():
    spec = NetworkSpec(EncoderSpec(4, (6,), n_tokens=None), SymbolHead(4))
    trained = train_sequences(
        spec,
        {},
        make_recordings(30),
        make_options(n_threads=1),
        seeds=Seeds(0, 1),
        epochs=30,
        validation=make_recordings(12, seed=1),
    )
    # Two symbols of three alike would cost 2 log 3 = 2.2, and where they are as much.
    assert trained.kept[0][0] < 0.5
