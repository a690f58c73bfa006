"""Samples at one rate to samples at another."""

from __future__ import annotations

from functools import lru_cache
from math import gcd

import numpy as np

__all__ = ["resample"]

# Zero crossings of the filter on each side, at the lower of the rates.
_HALF_WIDTH = 10
_BLOCK = 1 << 18


def resample(samples: np.ndarray, rate: int, target: int) -> np.ndarray:
    """Change the sample rate by a polyphase filter.

    The rates form a fraction of whole numbers, which `scipy.signal.resample_poly` takes
    with a low-pass filter below half of the lower rate (Kaiser window, beta = 5). Long
    recordings go through it in blocks that overlap by the length of the filter, so that
    the result is that of one piece, and memory holds little beside it.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
    rate, target : int
        Samples per second before and after.

    Returns
    -------
    ndarray of shape (ceil(n_samples * target / rate),), dtype float32

    Raises
    ------
    ValueError
        If a rate is not positive.

    Examples
    --------
    >>> seconds = np.arange(8000) / 8000
    >>> tone = np.sin(2 * np.pi * 440 * seconds).astype(np.float32)
    >>> resample(tone, 8000, 16000).shape
    (16000,)
    """
    if rate < 1 or target < 1:
        raise ValueError(f"Rates must be positive, got {rate!r} and {target!r}.")
    samples = np.asarray(samples, np.float32)
    up, down = target // gcd(rate, target), rate // gcd(rate, target)
    if up == down or not len(samples):
        return samples
    from scipy.signal import resample_poly  # most processes hear nothing

    low_pass = _design_filter(up, down)
    # Whole multiples of `down` samples become whole multiples of `up`.
    block = -(-_BLOCK // down) * down
    margin = -(-(_HALF_WIDTH * max(up, down) // up + 1) // down) * down
    resampled = np.empty(-(-len(samples) * up // down), np.float32)
    for start in range(0, len(samples), block):
        before, after = max(start - margin, 0), start + block + margin
        piece = resample_poly(samples[before:after], up, down, window=low_pass)
        first = start // down * up
        last = min(first + block // down * up, len(resampled))
        skip = (start - before) // down * up
        resampled[first:last] = piece[skip : skip + last - first]
    return resampled


@lru_cache(maxsize=32)
def _design_filter(up: int, down: int) -> np.ndarray:
    """Return the filter that `resample_poly` would design at each call."""
    from scipy.signal import firwin

    widest = max(up, down)
    taps = firwin(2 * _HALF_WIDTH * widest + 1, 1 / widest, window=("kaiser", 5.0))
    return taps.astype(np.float32)
