"""Named weights as arrays, whole or quantised.

A quantised weight is an int8 array ``name`` and a float32 array ``name.scale``: one
scale for each row of the embedding table, one for each column of any other matrix. A
half-precision weight is a float16 array. Everything else is float32.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

__all__ = ["SCALE", "scale_shape", "take_embedding", "take_rows", "to_float32"]

SCALE = ".scale"


def scale_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the scale of a quantised weight.

    Parameters
    ----------
    name : str
        Of the weight.
    shape : tuple of int
        Of the weight.

    Returns
    -------
    tuple of int
        One scale for each row of the embedding, for each column of what else there is.
    """
    return shape[:1] if name == "embedding" else shape[-1:]


def to_float32(weights: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Return one weight in float32; without a copy where it already is.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Weights, quantised or not.
    name : str
        Which one.

    Returns
    -------
    ndarray, dtype float32
        The values that the network computes with.
    """
    value = weights[name]
    scale = weights.get(name + SCALE)
    if scale is None:
        return value.astype(np.float32, copy=False)
    return value * (scale[:, None] if name == "embedding" else scale)


def take_rows(
    weights: Mapping[str, np.ndarray], name: str, rows: np.ndarray
) -> np.ndarray:
    """Return some rows of a matrix other than the embedding, dtype float32."""
    found = weights[name][rows]
    scale = weights.get(name + SCALE)
    return found.astype(np.float32, copy=False) if scale is None else found * scale


def take_embedding(weights: Mapping[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    """Return word vectors of ids, shape (n, n_components), dtype float32."""
    rows = weights["embedding"][ids]
    scale = weights.get("embedding" + SCALE)
    if scale is None:
        return rows.astype(np.float32, copy=False)
    return rows * scale[ids][:, None]
