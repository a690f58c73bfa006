"""Silence at both ends."""

import numpy as np
import pytest

from sklearn_slm.audio import find_sound, trim_silence

from .waves import make_noise


def surround(level, rate=8000):
    """Return a second of noise with a second of quieter noise on each side."""
    samples = make_noise(3 * rate)
    samples[:rate] *= level
    samples[2 * rate :] *= level
    return samples


def test_what_is_40_decibels_below_is_cut():
    samples = surround(0.003)
    start, end = find_sound(samples, 8000)
    # 50 ms stay on each side.
    assert (start, end) == (7600, 16400)
    kept = trim_silence(samples, 8000)
    assert np.shares_memory(kept, samples)
    np.testing.assert_array_equal(kept, samples[7600:16400])
    assert find_sound(surround(0.03), 8000) == (0, 24000)
    assert find_sound(surround(0.03), 8000, decibels=20) == (7600, 16400)


@pytest.mark.parametrize("n", [1, 100, 8001])
def test_silence_is_kept_whole(n):
    assert len(trim_silence(np.zeros(n, np.float32), 8000)) == n


def test_sound_in_the_last_short_window():
    samples = np.zeros(8010, np.float32)
    samples[8005] = 1.0
    assert find_sound(samples, 8000) == (7600, 8010)


def test_decibels():
    with pytest.raises(ValueError, match="decibels must be positive"):
        trim_silence(np.ones(10, np.float32), 8000, 0)
