"""Variants of recordings and of their features, to train on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .resample import resample

__all__ = ["add_noise", "change_speed", "mask_features"]

NOISES = ("white", "babble")


def mask_features(
    features: np.ndarray,
    random: np.random.Generator,
    n_time: int = 2,
    time_width: int = 10,
    n_mel: int = 2,
    mel_width: int = 8,
    *,
    n_mels: int | None = None,
    time_share: float = 0.2,
) -> np.ndarray:
    """Mask spans of time and of mel filters (SpecAugment: Park et al., 2019).

    The width of each mask is drawn from 0 to its largest, both included, then its start.
    What is masked becomes 0, which is the mean where features are normalised.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_inputs), dtype float32
    random : numpy.random.Generator
    n_time, n_mel : int, default=2
        Masks over time and over filters.
    time_width : int, default=10
        Largest width in rows.
    mel_width : int, default=8
        Largest width in filters.
    n_mels : int or None, default=None
        Filters: the columns repeat after so many, as stacked frames do, and a mask hits
        all repetitions. None: all columns are filters.
    time_share : float, default=0.2
        Largest part of the rows that one mask takes, so that short words stay.

    Returns
    -------
    ndarray of shape (n_rows, n_inputs), dtype float32
        A copy.

    Raises
    ------
    ValueError
        If the columns are no multiple of `n_mels`.

    Examples
    --------
    >>> features = np.ones((100, 120), np.float32)
    >>> masked = mask_features(features, np.random.default_rng(0), n_mels=40)
    >>> round(float(masked.mean()), 2)
    0.82
    """
    n_rows, n_inputs = features.shape
    n_mels = n_inputs if n_mels is None else n_mels
    if n_mels < 1 or n_inputs % n_mels:
        raise ValueError(
            f"Expected columns that are a multiple of n_mels={n_mels}, got {n_inputs}."
        )
    masked = features.copy()
    by_filter = masked.reshape(n_rows, n_inputs // n_mels, n_mels)
    for _ in range(n_time):
        start, end = _draw_span(
            random, n_rows, min(time_width, int(time_share * n_rows))
        )
        masked[start:end] = 0.0
    for _ in range(n_mel):
        start, end = _draw_span(random, n_mels, min(mel_width, n_mels))
        by_filter[:, :, start:end] = 0.0
    return masked


def _draw_span(random: np.random.Generator, n: int, widest: int) -> tuple[int, int]:
    width = int(random.integers(widest + 1))
    start = int(random.integers(n - width + 1))
    return start, start + width


def change_speed(samples: np.ndarray, rate: int, factor: float) -> np.ndarray:
    """Play a recording faster or slower, pitch and formants with it.

    Factors 0.9 and 1.1 are those of Ko et al. (2015).

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
    rate : int
        Samples per second. The recording is taken as if it had ``factor * rate`` of
        them, rounded to a whole number.
    factor : float
        Above 1 is faster. A factor of few digits is quick to compute.

    Returns
    -------
    ndarray of shape (about n_samples / factor,), dtype float32

    Raises
    ------
    ValueError
        If the factor is not from 0.1 to 10.

    Examples
    --------
    >>> len(change_speed(np.zeros(9000, np.float32), 16000, 0.9))
    10000
    """
    if not 0.1 <= factor <= 10:
        raise ValueError(f"factor must be from 0.1 to 10, got {factor!r}.")
    return resample(samples, max(round(rate * factor), 1), rate)


def add_noise(
    samples: np.ndarray,
    random: np.random.Generator,
    snr_db: float,
    kind: str = "white",
    voices: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """Add noise of a given level.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
    random : numpy.random.Generator
    snr_db : float
        Mean power of the recording over that of the noise, in decibels.
    kind : {"white", "babble"}, default="white"
        Gaussian, or other recordings at once.
    voices : sequence of ndarrays of shape (n,), dtype float32
        What babble is made of, at the same rate: each begins anywhere, goes on from its
        start after its end, and is as loud as the others.

    Returns
    -------
    ndarray of shape (n_samples,), dtype float32
        It may go beyond 1. A recording of zeros stays as it is, because no noise has
        that ratio to it.

    Raises
    ------
    ValueError
        If `kind` is another one, if babble has no voices, or all of them are silent.

    Examples
    --------
    >>> tone = np.sin(np.arange(8000) * 0.1).astype(np.float32)
    >>> noisy = add_noise(tone, np.random.default_rng(0), 20.0)
    >>> round(float(np.var(noisy - tone) / np.var(tone)), 3)
    0.01
    """
    if kind not in NOISES:
        raise ValueError(f"kind must be one of {NOISES}, got {kind!r}.")
    if kind == "white":
        noise = random.standard_normal(len(samples), dtype=np.float32)
    else:
        noise = _mix_voices(voices, len(samples), random)
    power, level = _mean_power(samples), _mean_power(noise)
    if not level > 0:
        return samples.copy()
    gain = np.sqrt(power / level) * 10.0 ** (-snr_db / 20.0)
    return samples + noise * np.float32(gain)


def _mix_voices(
    voices: Sequence[np.ndarray], n: int, random: np.random.Generator
) -> np.ndarray:
    noise = np.zeros(n, np.float32)
    audible = [voice for voice in voices if _mean_power(voice) > 0]
    if not audible:
        raise ValueError(
            "Babble is made of other recordings: expected at least one in voices that is "
            f"not silent, got {len(voices)} silent ones."
        )
    for voice in audible:
        start = int(random.integers(len(voice)))
        repeated = np.resize(np.roll(voice, -start), n)
        noise += repeated / np.float32(np.sqrt(_mean_power(voice)))
    return noise


def _mean_power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
