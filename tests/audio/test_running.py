"""Features of a stream against those of the whole recording."""

import numpy as np
import pytest

from sklearn_slm.audio import FeatureOptions, RunningFeatures, compute_features

from .waves import make_noise


@pytest.mark.parametrize("deltas", [False, True])
@pytest.mark.parametrize("normalize", ["running", None])
@pytest.mark.parametrize("n_stack", [1, 4])
def test_blocks_of_any_length_give_the_same_bits(normalize, deltas, n_stack):
    options = FeatureOptions(normalize=normalize, deltas=deltas, n_stack=n_stack)
    samples = make_noise(9001)
    expected = compute_features(samples, options)
    stream = RunningFeatures(options)
    for step in (37, 160, 400, 1999, 20000):
        rows = [stream.push(samples[i : i + step]) for i in range(0, 9001, step)]
        rows.append(stream.finish())
        np.testing.assert_array_equal(np.concatenate(rows), expected)


@pytest.mark.parametrize("n_samples", [0, 1, 399, 400, 401, 559, 560, 561])
@pytest.mark.parametrize("deltas", [False, True])
def test_short_streams(n_samples, deltas):
    options = FeatureOptions(normalize="running", deltas=deltas)
    samples = make_noise(n_samples)
    stream = RunningFeatures(options)
    for size in (max(n_samples, 1), 1):
        pieces = [stream.push(samples[i : i + size]) for i in range(0, n_samples, size)]
        rows = np.concatenate([*pieces, stream.push(samples[:0]), stream.finish()])
        np.testing.assert_array_equal(rows, compute_features(samples, options))


def test_rows_come_as_soon_as_their_samples_are_there():
    options = FeatureOptions(normalize="running")
    stream = RunningFeatures(options)
    needed = options.window + 2 * options.hop
    assert len(stream.push(make_noise(needed - 1))) == 0
    assert len(stream.push(make_noise(1))) == 1
    assert len(stream.push(make_noise(3 * options.hop))) == 1


def test_a_stream_cannot_know_the_whole():
    with pytest.raises(ValueError, match="Train with normalize='running'"):
        RunningFeatures(FeatureOptions())
