"""Samples of any type and number of channels to one channel of float32."""

from __future__ import annotations

import numpy as np

__all__ = ["to_mono"]

# What stands for silence and the largest magnitude, by type.
_SCALES = {
    "uint8": (128.0, 128.0),
    "int8": (0.0, 128.0),
    "int16": (0.0, 32768.0),
    "int32": (0.0, 2147483648.0),
}
# More than any recording has; an array of (channels, samples) shows as this.
_MOST_CHANNELS = 64


def to_mono(values: np.ndarray) -> np.ndarray:
    """Scale samples to [-1, 1] and average their channels.

    Parameters
    ----------
    values : ndarray of shape (n_samples,) or (n_samples, n_channels)
        Integers are divided by the largest magnitude that their type holds: int8, int16,
        int32, or uint8, in which 128 is silence. Floats are taken as they are: a file of
        floats may go beyond 1, and that is no error.

    Returns
    -------
    ndarray of shape (n_samples,), dtype float32

    Raises
    ------
    ValueError
        If the shape or the type is another one.

    Examples
    --------
    >>> to_mono(np.array([[16384, 0], [-32768, -32768]], dtype=np.int16)).tolist()
    [0.25, -1.0]
    >>> to_mono(np.array([0, 128, 192], dtype=np.uint8)).tolist()
    [-1.0, 0.0, 0.5]
    """
    if values.ndim not in (1, 2) or (values.ndim == 2 and not values.shape[1]):
        raise ValueError(
            "Samples: expected an array of shape (n_samples,) or (n_samples, n_channels), "
            f"got shape {values.shape}."
        )
    if values.ndim == 2 and values.shape[1] > _MOST_CHANNELS:
        raise ValueError(
            f"Samples: expected an array of shape (n_samples, n_channels), got shape "
            f"{values.shape}, which is {values.shape[1]:,} channels. Transpose it: "
            "samples.T"
        )
    if values.dtype.kind == "f":
        zero, largest = 0.0, 1.0
    elif values.dtype.name in _SCALES:
        zero, largest = _SCALES[values.dtype.name]
    else:
        raise ValueError(
            f"Samples: expected floats from -1 to 1, or one of {', '.join(_SCALES)}, got "
            f"{values.dtype}, which does not tell what is loudest. Cast them to the width "
            "they were recorded with, such as samples.astype('int16')."
        )
    if values.ndim == 1 and values.dtype.kind == "f":
        # Beyond float32 is infinite, which whoever calls refuses.
        with np.errstate(over="ignore"):
            return values.astype(np.float32)
    # Whole sums of integers are exact in double precision.
    mono = values.astype(np.float64) if values.ndim == 1 else values.mean(1, np.float64)
    mono -= zero
    mono /= largest
    with np.errstate(over="ignore"):
        return mono.astype(np.float32)
