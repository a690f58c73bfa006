"""Resampling, on sines."""

from importlib import import_module

import numpy as np
import pytest
from scipy.signal import resample_poly

from sklearn_slm.audio import resample

from .waves import make_noise, make_tone

RATES = [(8000, 16000), (44100, 16000), (48000, 16000), (22050, 16000), (192000, 8000)]


@pytest.mark.parametrize(("rate", "target"), RATES)
def test_a_sine_stays_one(rate, target):
    tone = make_tone(rate // 4, rate, hz=700.0)
    resampled = resample(tone, rate, target)
    assert resampled.dtype == np.float32
    assert len(resampled) == -(-len(tone) * target // rate)
    expected = make_tone(len(resampled), target, hz=700.0)
    middle = slice(100, -100)
    np.testing.assert_allclose(resampled[middle], expected[middle], atol=1e-3)


def test_what_the_target_cannot_hold_is_filtered_out():
    tone = make_tone(16000, 16000, hz=6000.0)
    assert np.abs(resample(tone, 16000, 8000)[100:-100]).max() < 1e-3


@pytest.mark.parametrize(("rate", "target"), [(3, 2), (2, 3), (441, 160), (9, 10)])
@pytest.mark.parametrize("n", [1, 99, 1000, 5003])
def test_blocks_are_what_one_piece_is(monkeypatch, n, rate, target):
    samples = make_noise(n)
    expected = resample_poly(samples, target, rate)
    # The function of the same name hides the module.
    module = import_module("sklearn_slm.audio.resample")
    monkeypatch.setattr(module, "_BLOCK", 700)
    np.testing.assert_allclose(resample(samples, rate, target), expected, atol=1e-6)


def test_nothing_to_do():
    samples = make_noise(10)
    assert resample(samples, 16000, 16000) is samples
    assert len(resample(samples[:0], 16000, 8000)) == 0


@pytest.mark.parametrize("rates", [(0, 8000), (8000, 0), (-1, 1)])
def test_rates(rates):
    with pytest.raises(ValueError, match="must be positive"):
        resample(make_noise(10), *rates)
