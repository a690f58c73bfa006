"""Smaller weights: int8 with a scale for each row or column, int4 tables, float16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..ngrams import NgramModel
from ..runtime.weights import (
    SCALE,
    ZERO_OF_INT4,
    find_groups,
    is_packable,
    name_type,
    scale_shape,
    to_float,
)
from ..spec import NetworkSpec

__all__ = [
    "DTYPES",
    "check_dtype",
    "find_dtype",
    "quantize_ngrams",
    "quantize_weights",
    "round_to_int4",
    "round_to_int8",
]

DTYPES = ("int8", "int4", "float16")


def check_dtype(dtype: object) -> None:
    """Refuse a type that weights cannot be stored in.

    Raises
    ------
    ValueError
        If it is none of `DTYPES`.
    """
    if dtype not in DTYPES:
        raise ValueError(
            f"dtype must be 'int8', 'int4' or 'float16'. Got {dtype!r} instead."
        )


def find_dtype(weights: Mapping[str, np.ndarray]) -> str | None:
    """Return the type that weights were quantised to, None of float32.

    Examples
    --------
    >>> find_dtype({"kernel": np.ones((2, 2), np.int8), "bias": np.ones(2, np.float32)})
    'int8'
    """
    found = set(map(name_type, weights.values()))
    return next(
        (dtype for dtype in ("int4", "int8", "float16") if dtype in found), None
    )


def quantize_weights(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], dtype: str = "int8"
) -> dict[str, np.ndarray]:
    """Return the weights of a network in fewer bytes.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, quantised or not.
    dtype : {"int8", "int4", "float16"}, default="int8"
        ``"int8"`` rounds tables row by row and kernels column by column to 127 steps on
        each side of zero; what is small stays float32. ``"int4"`` rounds tables to 7
        steps on each side, with a scale for each group of at most 64 components, and the
        rest as ``"int8"``, tables of an odd number of components among it.
        ``"float16"`` halves every matrix.

    Returns
    -------
    dict of str to ndarray
        As :mod:`sklearn_slm.runtime.weights` describes.

    Raises
    ------
    ValueError
        If the dtype is another one.
    """
    check_dtype(dtype)
    quantised: dict[str, np.ndarray] = {}
    for name, weight in spec.weights().items():
        value = to_float(weights, name)
        if dtype == "float16" and value.ndim == 2:
            quantised[name] = to_float16(value)
        elif dtype == "float16" or weight.kind == "small":
            quantised[name] = value
        elif dtype == "int4" and is_packable(weight):
            quantised[name], quantised[name + SCALE] = round_to_int4(value)
        else:
            axis = 1 if weight.kind == "table" else 0
            rounded, scale = round_to_int8(value, axis)
            quantised[name] = rounded
            quantised[name + SCALE] = scale.reshape(scale_shape(weight))
    return quantised


def quantize_ngrams(model: NgramModel, dtype: str = "int8") -> NgramModel:
    """Return an n-gram model in fewer bytes.

    Parameters
    ----------
    model : NgramModel
        The model, quantised or not.
    dtype : {"int8", "int4", "float16"}, default="int8"
        Type of its kernel; a kernel has too few columns for four bits to pay, and is int8
        in their place.

    Returns
    -------
    NgramModel
    """
    kernel = model.take_kernel(np.arange(len(model)))
    if dtype == "float16":
        return replace(model, kernel=to_float16(kernel), scale=None)
    kernel, scale = round_to_int8(kernel, axis=0)
    return replace(model, kernel=kernel, scale=scale)


def round_to_int8(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Round a matrix to 127 steps on each side of zero.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns), dtype float32
        The matrix.
    axis : int
        1 for a scale of each row, 0 for one of each column.

    Returns
    -------
    rounded : ndarray of the same shape, dtype int8
    scale : ndarray of one dimension, dtype float32

    Examples
    --------
    >>> rounded, scale = round_to_int8(np.array([[1.0, -2.0]], np.float32), axis=1)
    >>> rounded.tolist(), scale.round(4).tolist()
    ([[64, -127]], [0.015699999406933784])
    """
    largest = np.abs(values).max(axis=axis, initial=0.0)
    scale = _scale_to(largest, 127)
    steps = np.rint(values / np.expand_dims(scale, axis))
    return steps.clip(-127, 127).astype(np.int8), scale


def round_to_int4(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round the rows of a table to 7 steps on each side of zero, two numbers in a byte.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns), dtype float32
        The table, of an even number of columns.

    Returns
    -------
    packed : ndarray of shape (n_rows, n_columns / 2), dtype uint8
        As :mod:`sklearn_slm.runtime.weights` describes.
    scale : ndarray of shape (n_rows, n_groups), dtype float32

    Examples
    --------
    >>> packed, scale = round_to_int4(np.array([[3.0, 0.0, -7.0, 1.0]], np.float32))
    >>> [[hex(number) for number in row] for row in packed.tolist()], scale.tolist()
    ([['0x1b', '0x98']], [[1.0]])
    """
    groups = find_groups(values.shape[1])
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    largest = np.maximum.reduceat(np.abs(values), first, axis=1)
    scale = _scale_to(largest, 7)
    steps = np.rint(values / scale[:, groups]).clip(-7, 7)
    numbers = (steps + ZERO_OF_INT4).astype(np.uint8)
    lower, upper = np.split(numbers, 2, axis=1)
    return lower | upper << 4, scale


def _scale_to(largest: np.ndarray, n_steps: int) -> np.ndarray:
    """Return what a step is worth, never 0."""
    scale = (largest / n_steps).astype(np.float32)
    return np.where(scale > 0, scale, np.float32(1.0 / n_steps))


def to_float16(values: np.ndarray) -> np.ndarray:
    """Return values as float16; what it cannot hold would become infinite, and is cut."""
    return np.clip(values, -65504, 65504).astype(np.float16)
