"""Smaller weights: int8 with a scale for each row or column, or float16."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from .weights import SCALE, to_float32

__all__ = ["count_bytes", "quantize", "quantize_weights"]


def quantize_weights(
    weights: Mapping[str, np.ndarray], dtype: str = "int8"
) -> dict[str, np.ndarray]:
    """Return weights in fewer bytes.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Weights, quantised or not.
    dtype : {"int8", "float16"}, default="int8"
        ``"int8"`` rounds the embedding row by row and every kernel column by column to
        127 steps on each side of zero; biases, the attention and the head, which are
        few, stay float32. ``"float16"`` halves every matrix.

    Returns
    -------
    dict of str to ndarray
        As :mod:`sklearn_slm.runtime.weights` describes.

    Examples
    --------
    >>> found = quantize_weights({"embedding": np.array([[1.0, -2.0]], np.float32)})
    >>> found["embedding"].tolist(), found["embedding.scale"].round(4).tolist()
    ([[64, -127]], [0.015699999406933784])
    """
    if dtype not in ("int8", "float16"):
        raise ValueError(f"dtype must be 'int8' or 'float16'. Got {dtype!r} instead.")
    found: dict[str, np.ndarray] = {}
    for name in weights:
        if name.endswith(SCALE):
            continue
        if name == "wide.keys":
            found[name] = weights[name]
            continue
        value = to_float32(weights, name)
        small = value.ndim < 2 or name.startswith(("attention", "head"))
        if dtype == "float16" and value.ndim == 2:
            # What float16 cannot hold would become infinite.
            found[name] = np.clip(value, -65504, 65504).astype(np.float16)
        elif dtype == "float16" or small:
            found[name] = value
        else:
            axis = 1 if name == "embedding" else 0
            largest = np.abs(value).max(axis=axis)
            scale = (np.where(largest > 0, largest, 1.0) / 127).astype(np.float32)
            shaped = np.expand_dims(scale, axis)
            found[name] = np.rint(value / shaped).clip(-127, 127).astype(np.int8)
            found[name + SCALE] = scale
    return found


def count_bytes(weights: Mapping[str, np.ndarray]) -> int:
    """Return the bytes of all arrays together."""
    return sum(value.nbytes for value in weights.values())


def quantize(
    model: Any,
    dtype: str = "int8",
    *,
    X: Any = None,
    y: Any = None,
    max_drop: float | None = None,
) -> Any:
    """Return a copy of a fitted model with smaller weights.

    Parameters
    ----------
    model : SLMTextClassifier or Pipeline that ends in one
        A fitted model; it stays as it is.
    dtype : {"int8", "float16"}, default="int8"
        As in :func:`quantize_weights`.
    X, y : texts and labels or None, default=None
        Data to measure the accuracy on, before and after.
    max_drop : float or None, default=None
        The most accuracy that may be lost on X and y, such as 0.003.

    Returns
    -------
    SLMTextClassifier or Pipeline
        A fitted model of the same kind. Its classifier's ``quantization_`` is a dict of
        ``dtype``, ``n_bytes`` of the weights before and after and, with X and y,
        ``score`` before and after.

    Raises
    ------
    ValueError
        If more than `max_drop` is lost, or `max_drop` comes without X and y.
    NotFittedError
        If the model is not fitted.

    Notes
    -----
    Training that goes on from a quantised model goes on from its rounded weights, in
    float32.
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model)
    if (X is None) != (y is None) or (max_drop is not None and X is None):
        raise ValueError(
            "X and y belong together, and max_drop needs them. Got "
            f"X={'None' if X is None else 'data'}, y={'None' if y is None else 'data'}, "
            f"max_drop={max_drop!r}."
        )
    found = copy.copy(model)
    steps = getattr(found, "steps", None)
    classifier = copy.copy(steps[-1][1] if steps else found)
    if steps:
        found.steps = [*steps[:-1], (steps[-1][0], classifier)]
    else:
        found = classifier
    before = classifier.weights_
    classifier.weights_ = quantize_weights(before, dtype)
    report: dict[str, Any] = {
        "dtype": dtype,
        "n_bytes": (count_bytes(before), count_bytes(classifier.weights_)),
    }
    if X is not None:
        scores = (float(model.score(X, y)), float(found.score(X, y)))
        report["score"] = scores
        drop = scores[0] - scores[1]
        if max_drop is not None and drop > max_drop:
            raise ValueError(
                f"{dtype} weights lose {drop:.4f} of accuracy, from {scores[0]:.4f} to "
                f"{scores[1]:.4f}, which is more than max_drop={max_drop}. Allow more, "
                'or take dtype="float16".'
            )
    classifier.quantization_ = report
    return found
