"""Log-mel values against formulas worked out in plain loops."""

import math

import numpy as np
import pytest

from sklearn_slm.audio import FeatureOptions, compute_log_mel, mel
from sklearn_slm.audio.mel import make_mel_filters

from .waves import make_noise, make_tone

SMALL = FeatureOptions(rate=800, n_mels=5, window_ms=50, hop_ms=20, low_hz=50)


def compute_slowly(samples, options):
    """Return log-mel values by sums over samples and frequencies alone."""
    n_samples, window, hop = len(samples), options.window, options.hop
    n_fft = options.n_fft
    x = [float(value) for value in samples] + [0.0] * window
    y = [v - options.pre_emphasis * (x[t - 1] if t else 0) for t, v in enumerate(x)]

    def to_mel(hz):
        return 2595 * math.log10(1 + hz / 700)

    low, high = to_mel(options.low_hz), to_mel(options.top_hz)
    step = (high - low) / (options.n_mels + 1)
    corners = [
        700 * (10 ** ((low + i * step) / 2595) - 1) for i in range(options.n_mels + 2)
    ]
    rows, start = [], 0
    while start == 0 or start + window - hop < n_samples:
        piece = [
            v * (0.5 - 0.5 * math.cos(2 * math.pi * n / window))
            for n, v in enumerate(y[start : start + window])
        ]
        row = [0.0] * options.n_mels
        for k in range(n_fft // 2 + 1):
            angle = 2 * math.pi * k / n_fft
            real = sum(v * math.cos(angle * n) for n, v in enumerate(piece))
            imaginary = sum(v * math.sin(angle * n) for n, v in enumerate(piece))
            power = (real**2 + imaginary**2) / n_fft
            hz = k * options.rate / n_fft
            for m in range(options.n_mels):
                left, middle, right = corners[m : m + 3]
                if left < hz <= middle:
                    row[m] += power * (hz - left) / (middle - left)
                elif middle < hz < right:
                    row[m] += power * (right - hz) / (right - middle)
        rows.append([math.log(max(value, 1e-10)) for value in row])
        start += hop
    return rows


@pytest.mark.parametrize("n_samples", [1, 40, 41, 203])
def test_values(n_samples):
    samples = make_noise(n_samples)
    frames = compute_log_mel(samples, SMALL)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames, compute_slowly(samples, SMALL), rtol=2e-6)


def test_values_of_a_tone_at_full_size():
    # A Hann window spreads a sine of amplitude a over power (a N / 4)^2 / n_fft at its
    # frequency and a quarter of that in both neighbours, which fall into one filter.
    options = FeatureOptions(pre_emphasis=0.0, window_ms=32.0, n_mels=20)
    frames = compute_log_mel(make_tone(16000, hz=1000.0, level=0.5), options)
    filters = make_mel_filters(options)
    loudest = frames.argmax(axis=1)
    assert set(loudest) == {int(filters[:, 32].argmax())}
    weights = filters[loudest[0], 31:34] @ [0.25, 1.0, 0.25]
    expected = math.log((0.5 * 512 / 4) ** 2 / 512 * weights)
    np.testing.assert_allclose(frames[:-1].max(axis=1), expected, atol=1e-3)


def test_silence_is_finite():
    frames = compute_log_mel(np.zeros(5000, np.float32), FeatureOptions())
    assert set(frames.ravel().tolist()) == {
        float(np.float32(np.log(np.float32(1e-10))))
    }


def test_blocks_give_the_same_bits(monkeypatch):
    samples = make_noise(30000)
    whole = compute_log_mel(samples, FeatureOptions())
    for block in (1, 3, 50):
        monkeypatch.setattr(mel, "_BLOCK", block)
        np.testing.assert_array_equal(compute_log_mel(samples, FeatureOptions()), whole)


def test_filters_share_each_frequency():
    filters = make_mel_filters(FeatureOptions(n_mels=20))
    frequencies = np.arange(257) * 16000 / 512
    between = (frequencies > 300) & (frequencies < 7000)
    np.testing.assert_allclose(filters.sum(axis=0)[between], 1.0)
    assert filters.min() == 0


def test_filters_too_narrow():
    with pytest.raises(ValueError, match=r"200 mel filters, got none in \d+ of them"):
        make_mel_filters(FeatureOptions(n_mels=200))
