"""Samples to logarithms of the power in mel filters."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import sparse

from .options import FeatureOptions, count_windows

__all__ = ["compute_log_mel", "make_mel_filters", "transform_windows"]

# Power below this is silence: about that of the rounding of 16-bit samples in a filter.
FLOOR = 1e-10
_BLOCK = 1024


def compute_log_mel(samples: np.ndarray, options: FeatureOptions) -> np.ndarray:
    """Compute the logarithm of the power in each mel filter, frame by frame.

    Zeros follow the recording until its last frame is full. Pre-emphasis ``y[t] = x[t] -
    pre_emphasis * x[t - 1]`` (0 before the first sample); frames that start at multiples
    of the hop, times a Hann window ``0.5 - 0.5 cos(2 pi n / window)``; power ``|FFT|^2 /
    n_fft``; triangular filters whose corners have equal distances in mel, ``2595 log10(1
    + f / 700)``, with a height of 1; natural logarithm of what is at least 1e-10. So does
    HTK (Young et al., The HTK Book, 2006, section 5.4), with a Hamming window and
    triangles that are straight in mel.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        At the rate of `options`.
    options : FeatureOptions

    Returns
    -------
    ndarray of shape (n_frames, n_mels), dtype float32
        ``n_frames = 1 + ceil((n_samples - window) / hop)``, at least 1; 0 without samples.

    Examples
    --------
    >>> from sklearn_slm.audio import FeatureOptions
    >>> frames = compute_log_mel(np.zeros(16000, np.float32), FeatureOptions())
    >>> frames.shape, round(float(frames.max()), 3)
    ((99, 40), -23.026)
    """
    samples = np.asarray(samples, np.float32)
    window, hop = options.window, options.hop
    n_full = max((len(samples) - window) // hop + 1, 0)
    frames = transform_windows(samples, np.float32(0.0), options)
    if count_windows(len(samples), options) > n_full:
        start = n_full * hop
        last = np.pad(samples[start:], (0, start + window - len(samples)))
        before = samples[start - 1] if start else np.float32(0.0)
        frames = np.concatenate([frames, transform_windows(last, before, options)])
    return frames


def transform_windows(
    samples: np.ndarray, before: np.floating, options: FeatureOptions
) -> np.ndarray:
    """Compute the frames that a piece of samples fills.

    Each frame goes through the same operations whatever the number of frames, so that
    pieces of any length give the same bits: NumPy transforms row by row, and products
    with a sparse matrix add in the order of its entries.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
    before : float
        The sample before the first one.
    options : FeatureOptions

    Returns
    -------
    ndarray of shape (n_frames, n_mels), dtype float32
        ``n_frames = (n_samples - window) // hop + 1``, or 0.
    """
    window, hop = options.window, options.hop
    n_frames = max((len(samples) - window) // hop + 1, 0)
    frames = np.empty((n_frames, options.n_mels), np.float32)
    filters, fade = _make_sparse_filters(options), _make_window(window)
    for first in range(0, n_frames, _BLOCK):
        last = min(first + _BLOCK, n_frames)
        start, end = first * hop, (last - 1) * hop + window
        piece = samples[start:end].astype(np.float64)
        emphasised = piece.copy()
        previous = np.float64(samples[start - 1] if start else before)
        emphasised[0] -= options.pre_emphasis * previous
        emphasised[1:] -= options.pre_emphasis * piece[:-1]
        windows = np.lib.stride_tricks.sliding_window_view(emphasised, window)[::hop]
        spectrum = np.fft.rfft(windows * fade, options.n_fft)
        power = (np.square(spectrum.real) + np.square(spectrum.imag)) / options.n_fft
        energies = np.maximum(filters @ power.T, FLOOR).T
        frames[first:last] = np.log(energies.astype(np.float32))
    return frames


def make_mel_filters(options: FeatureOptions) -> np.ndarray:
    """Make triangular filters with corners at equal distances in mel.

    Parameters
    ----------
    options : FeatureOptions

    Returns
    -------
    ndarray of shape (n_mels, n_fft // 2 + 1), dtype float64
        Weights of the frequencies ``k * rate / n_fft``.

    Raises
    ------
    ValueError
        If a filter is so narrow that no frequency falls into it.

    Examples
    --------
    >>> from sklearn_slm.audio import FeatureOptions
    >>> filters = make_mel_filters(FeatureOptions(rate=8000, n_mels=3))
    >>> filters.shape, filters.argmax(axis=1).tolist()
    ((3, 129), [15, 37, 72])
    """
    low, high = (2595 * np.log10(1 + f / 700) for f in (options.low_hz, options.top_hz))
    corners = 700 * (10 ** (np.linspace(low, high, options.n_mels + 2) / 2595) - 1)
    frequencies = np.arange(options.n_fft // 2 + 1) * (options.rate / options.n_fft)
    left, middle, right = (
        corners[i : i + options.n_mels, np.newaxis] for i in range(3)
    )
    rising = (frequencies - left) / (middle - left)
    falling = (right - frequencies) / (right - middle)
    filters = np.maximum(np.minimum(rising, falling), 0.0)
    empty = np.flatnonzero(~filters.any(axis=1))
    if len(empty):
        raise ValueError(
            f"Expected a frequency of the Fourier transform in each of {options.n_mels} "
            f"mel filters, got none in {len(empty)} of them, the first at "
            f"{middle[empty[0], 0]:.0f} Hz. Use fewer filters (n_mels) or longer frames "
            "(window_ms)."
        )
    return filters


@lru_cache(maxsize=16)
def _make_sparse_filters(options: FeatureOptions) -> sparse.csr_array:
    return sparse.csr_array(make_mel_filters(options))


@lru_cache(maxsize=16)
def _make_window(length: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
