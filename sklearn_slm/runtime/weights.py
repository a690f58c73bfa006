"""Named weights as arrays, whole or quantised.

A quantised weight is an int8 array ``name`` and a float32 array ``name.scale``, whose
product it is: a scale for each row of a table, of shape (n_rows, 1), and for each column
of a kernel. A half-precision weight is a float16 array. Everything else is float32.

A table can be in four bits: a uint8 array of half its columns, of which each number holds
two, plus 8. The lower four bits are the first half of the columns, the upper four the
second. A row has a scale for each group of at most 64 columns: shape (n_rows, n_groups).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from ..spec import Weight

__all__ = [
    "SCALE",
    "ZERO_OF_INT4",
    "find_groups",
    "is_packable",
    "name_type",
    "scale_shape",
    "take_rows",
    "to_float",
]

SCALE = ".scale"
# What four bits hold of the number 0.
ZERO_OF_INT4 = 8
# More columns than these share no scale in four bits. Groups of 50, 25 and 10 were
# equally accurate (docs/notes/results.md).
_LARGEST_GROUP = 64


def is_packable(weight: Weight) -> bool:
    """Tell whether four bits hold a weight: a table of an even number of columns."""
    return weight.kind == "table" and weight.shape[1] % 2 == 0


def name_type(array: np.ndarray) -> str:
    """Return the type that an array of weights is stored in: four bits are int4."""
    return "int4" if array.dtype == np.uint8 else array.dtype.name


def find_groups(n_columns: int, n_groups: int | None = None) -> np.ndarray:
    """Return the group of each column of a table in four bits.

    Parameters
    ----------
    n_columns : int
        Columns of the table.
    n_groups : int or None, default=None
        How many groups; None takes as few as there can be.

    Returns
    -------
    ndarray of shape (n_columns,), dtype int64
        Rising, the groups as large as each other, or one larger.

    Examples
    --------
    >>> find_groups(6, 2).tolist(), int(find_groups(300).max())
    ([0, 0, 0, 1, 1, 1], 4)
    """
    if n_groups is None:
        n_groups = -(-n_columns // _LARGEST_GROUP)
    return np.arange(n_columns) * n_groups // n_columns


def scale_shape(weight: Weight, dtype: DTypeLike = np.int8) -> tuple[int, ...]:
    """Return the shape of the scale of a weight, if it is quantised.

    Parameters
    ----------
    weight : Weight
        The weight.
    dtype : dtype, default=numpy.int8
        Type of its array: int8, or uint8 for four bits.

    Examples
    --------
    >>> scale_shape(Weight((30, 5), "table")), scale_shape(Weight((5, 16), "kernel"))
    ((30, 1), (16,))
    >>> scale_shape(Weight((30, 100), "table"), np.uint8)
    (30, 2)
    """
    rows, columns = weight.shape
    if weight.kind != "table":
        return (columns,)
    return (rows, int(find_groups(columns)[-1]) + 1 if dtype == np.uint8 else 1)


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
    return _dequantize(value, scale).astype(dtype, copy=False)


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
    scale = None if scale is None else scale[rows]
    return _dequantize(values, scale).astype(dtype, copy=False)


def _dequantize(value: np.ndarray, scale: np.ndarray | None) -> np.ndarray:
    """Return the product of numbers and their scale, float32 if there is one."""
    if scale is None:
        return value
    if value.dtype != np.uint8:
        return value * scale
    halves = np.concatenate([value & 15, value >> 4], axis=-1)
    numbers = halves.astype(np.float32) - np.float32(ZERO_OF_INT4)
    return numbers * scale[..., find_groups(halves.shape[-1], scale.shape[-1])]
