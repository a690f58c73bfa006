"""Named weights as arrays, whole or quantised.

A quantised weight is an int8 array ``name`` and a float32 array ``name.scale``, whose
product it is: a scale for each row of a table, of shape (n_rows, 1), and for each column
of a kernel. A half-precision weight is a float16 array. Everything else is float32.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from ..spec import Weight

__all__ = ["SCALE", "scale_shape", "take_rows", "to_float"]

SCALE = ".scale"


def scale_shape(weight: Weight) -> tuple[int, ...]:
    """Return the shape of the scale of a weight, if it is quantised.

    Examples
    --------
    >>> scale_shape(Weight((30, 5), "table")), scale_shape(Weight((5, 16), "kernel"))
    ((30, 1), (16,))
    """
    rows, columns = weight.shape
    return (rows, 1) if weight.kind == "table" else (columns,)


def to_float(
    weights: Mapping[str, np.ndarray], name: str, dtype: DTypeLike = np.float32
) -> np.ndarray:
    """Return one weight as floats; without a copy where it already is.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Weights, quantised or not.
    name : str
        Which one.
    dtype : dtype, default=float32
        Type of the floats.

    Returns
    -------
    ndarray
        The values that the network computes with.
    """
    value, scale = weights[name], weights.get(name + SCALE)
    value = value if scale is None else value * scale
    return value.astype(dtype, copy=False)


def take_rows(
    weights: Mapping[str, np.ndarray],
    name: str,
    rows: np.ndarray,
    dtype: DTypeLike = np.float32,
) -> np.ndarray:
    """Return some rows of a table as floats.

    Parameters
    ----------
    weights, name, dtype
        As in :func:`to_float`.
    rows : ndarray of shape (n,), dtype int
        Which.

    Returns
    -------
    ndarray of shape (n, columns)
    """
    values, scale = weights[name][rows], weights.get(name + SCALE)
    values = values if scale is None else values * scale[rows]
    return values.astype(dtype, copy=False)
