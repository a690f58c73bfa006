"""Where the sound of a recording begins and ends."""

from __future__ import annotations

import numpy as np

__all__ = ["find_sound", "trim_silence"]

_WINDOW_SECONDS = 0.02
# Kept on each side, because a word may begin or end with a faint consonant.
_MARGIN_SECONDS = 0.05


def trim_silence(samples: np.ndarray, rate: int, decibels: float = 40.0) -> np.ndarray:
    """Cut silence off both ends of a recording.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
    rate : int
        Samples per second.
    decibels : float, default=40.0
        What is so far below the loudest 20 ms is silence.

    Returns
    -------
    ndarray of shape (n_kept,), dtype float32
        A view. A recording of zeros is returned whole.

    Raises
    ------
    ValueError
        If `decibels` is not positive.

    Examples
    --------
    >>> samples = np.zeros(8000, np.float32)
    >>> samples[3200:4800] = 0.5
    >>> len(trim_silence(samples, 8000))
    2400
    """
    start, end = find_sound(samples, rate, decibels)
    return samples[start:end]


def find_sound(
    samples: np.ndarray, rate: int, decibels: float = 40.0
) -> tuple[int, int]:
    """Return what `trim_silence` keeps, so that times can be moved by its start.

    Parameters
    ----------
    samples, rate, decibels
        As `trim_silence` takes them.

    Returns
    -------
    start, end : int
        Samples ``start:end``.

    Examples
    --------
    >>> find_sound(np.float32([0.0] * 1000 + [0.5] * 1000 + [0.0] * 1000), 1000)
    (950, 2050)
    """
    if not decibels > 0:
        raise ValueError(f"decibels must be positive, got {decibels!r}.")
    width = max(round(_WINDOW_SECONDS * rate), 1)
    n = len(samples)
    whole = samples[: n // width * width].reshape(-1, width)
    energies = np.einsum("ij,ij->i", whole, whole, dtype=np.float64)
    rest = samples[len(whole) * width :].astype(np.float64)
    energies = np.append(energies, rest @ rest)
    loudest = energies.max()
    if not loudest > 0:
        return 0, n
    loud = np.flatnonzero(energies >= loudest * 10.0 ** (-decibels / 10.0))
    margin = round(_MARGIN_SECONDS * rate)
    start = int(loud[0]) * width - margin
    end = (int(loud[-1]) + 1) * width + margin
    return max(start, 0), min(end, n)
