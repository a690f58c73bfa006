"""Weights of documents: what the user gives, by document and by class."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight, compute_sample_weight

from .targets import Targets

__all__ = ["refuse_balanced", "scale_to_mean_one", "weigh_documents"]


def weigh_documents(
    sample_weight: Any, class_weight: Any, targets: Targets
) -> np.ndarray:
    """Return the weight of each document, class weights included.

    Parameters
    ----------
    sample_weight : array-like of shape (n_documents,), number or None
        Weights given by the user.
    class_weight : dict, list of dict, "balanced" or None
        As in scikit-learn. A dict weighs a document by its label alone, whatever other
        documents come with it.
    targets : Targets
        Targets of the documents.

    Returns
    -------
    ndarray of shape (n_documents,), dtype float64
        Weights as they were given, at least 0.

    Raises
    ------
    ValueError
        If the weights have the wrong shape, are negative or not finite, alone or
        multiplied by those of the classes.
    """
    weight = _check_sample_weight(sample_weight, len(targets.rows))
    if class_weight is None:
        return weight
    _check_class_weight(class_weight)
    with np.errstate(over="ignore"):
        weight = weight * _weigh_by_class(class_weight, targets)
    if not np.isfinite(weight).all():
        first = int(np.flatnonzero(~np.isfinite(weight))[0])
        raise ValueError(
            f"sample_weight[{first}] times the class_weight of its label is too large a "
            "number. Give smaller weights."
        )
    return weight


def _check_sample_weight(sample_weight: Any, n_documents: int) -> np.ndarray:
    if sample_weight is None:
        return np.ones(n_documents)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.ndim == 0:
        weight = np.full(n_documents, float(weight))
    if weight.shape != (n_documents,):
        raise ValueError(
            f"sample_weight must have shape ({n_documents},), one weight for each "
            f"document, but has shape {weight.shape}."
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        first = int(np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))[0])
        raise ValueError(
            "sample_weight must be finite and not negative, but "
            f"sample_weight[{first}] is {weight[first]}."
        )
    return weight


def _check_class_weight(class_weight: Any) -> None:
    for weights in class_weight if isinstance(class_weight, list) else [class_weight]:
        for label, value in weights.items() if isinstance(weights, dict) else ():
            if not (isinstance(value, Real) and 0 <= float(value) < np.inf):
                raise ValueError(
                    "class_weight must hold finite numbers that are not negative, but "
                    f"class_weight[{label!r}] is {value!r}."
                )


def _weigh_by_class(class_weight: Any, targets: Targets) -> np.ndarray:
    if isinstance(class_weight, dict) and not targets.multilabel:
        # All classes count: a piece of a stream need not hold each.
        by_class = compute_class_weight(
            class_weight, classes=targets.classes, y=targets.classes
        )
        return targets.rows @ by_class
    if targets.multilabel:
        return compute_sample_weight(class_weight, targets.rows)
    # "balanced", as compute_class_weight has it, for soft labels as well.
    counts = targets.rows.sum(axis=0, dtype=np.float64)
    by_class = len(targets.rows) / (
        np.count_nonzero(counts) * np.maximum(counts, 1e-12)
    )
    return targets.rows @ by_class


def scale_to_mean_one(weight: np.ndarray) -> np.ndarray:
    """Return weights of mean 1, as float32; those that are too small beside it become 0.

    Examples
    --------
    >>> scale_to_mean_one(np.array([1.0, 3.0])).tolist()
    [0.5, 1.5]
    >>> scale_to_mean_one(np.array([1e308, 1e308, 1.0])).tolist()
    [1.5, 1.5, 0.0]
    """
    # By a power of two, which changes no bit of what comes out, so that no sum overflows.
    weight = np.ldexp(weight, -np.frexp(weight.max())[1])
    return (weight / weight.mean()).astype(np.float32)


def refuse_balanced(class_weight: Any) -> None:
    """Refuse weights that only all documents together tell, as a stream has none."""
    if isinstance(class_weight, str):
        raise ValueError(
            f"class_weight={class_weight!r} is not supported by partial_fit: one piece "
            "does not tell how frequent a class is in the stream. Give the weights as a "
            "dict; sklearn.utils.class_weight.compute_class_weight('balanced', "
            "classes=classes, y=y) finds them in a large enough sample y of the labels."
        )
