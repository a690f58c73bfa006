"""Options of features, and how many rows they make."""

import numpy as np
import pytest

from sklearn_slm.audio import (
    FeatureOptions,
    compute_features,
    count_frames,
    frame_seconds,
)


def test_lengths_in_samples():
    options = FeatureOptions(rate=8000, window_ms=32, hop_ms=8, n_stack=4, deltas=True)
    assert (options.window, options.hop, options.n_fft) == (256, 64, 256)
    assert (options.n_columns, options.n_inputs, options.top_hz) == (80, 320, 4000)
    assert frame_seconds(options) == 4 * 64 / 8000
    # Of whole samples, where the hop in milliseconds is not.
    odd = FeatureOptions(rate=11025, n_stack=1)
    assert frame_seconds(odd) == odd.hop / 11025 == 110 / 11025


@pytest.mark.parametrize("n_samples", [0, 1, 399, 400, 401, 560, 561, 880, 16000])
@pytest.mark.parametrize("n_stack", [1, 3])
def test_count_of_rows(n_samples, n_stack):
    options = FeatureOptions(n_stack=n_stack)
    rows = compute_features(np.ones(n_samples, np.float32), options)
    assert rows.shape == (count_frames(n_samples, options), options.n_inputs)
    if n_stack == 1:
        expected = {0: 0, 561: 3, 880: 4, 16000: 99}
        assert len(rows) == expected.get(n_samples, 1 + (n_samples > 400))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 0}, "rate must be a positive whole number"),
        ({"n_mels": 40.0}, "n_mels must be a positive whole number"),
        ({"n_stack": 0}, "n_stack must be"),
        ({"pre_emphasis": 1.0}, "pre_emphasis must be at least 0 and below 1"),
        ({"normalize": "mean"}, "normalize must be one of"),
        ({"hop_ms": 30.0}, "window_ms must be at least hop_ms"),
        ({"window_ms": 0.01, "hop_ms": 0.01}, "at least a few samples"),
        ({"low_hz": 9000.0}, "0 <= low_hz < high_hz"),
        ({"high_hz": 8001.0}, "high_hz=8001"),
    ],
)
def test_values_out_of_range(changes, message):
    with pytest.raises(ValueError, match=message):
        FeatureOptions(**changes)
