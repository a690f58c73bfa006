"""What the estimators share; the only module that uses scikit-learn's internals."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in: there is no callback to call."""


__all__ = [
    "BaseEstimator",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "RealNotInt",
    "StrOptions",
    "build_visual_block",
    "check_is_fitted",
    "check_not_empty",
    "check_random_state",
    "check_row_count",
    "clone",
    "draw_seeds",
    "fit_method",
    "split_folds",
    "split_validation",
    "tag_text_input",
]

fit_method = _fit_context(prefer_skip_nested_validation=True)


def build_visual_block(estimator: Any, caption: str) -> Any:
    """Return what scikit-learn's HTML shows of an estimator that is not composed.

    scikit-learn falls back on its own block if this raises.
    """
    from sklearn.utils._repr_html.estimator import _VisualBlock

    return _VisualBlock(
        "single",
        estimator,
        names=type(estimator).__name__,
        name_details=str(estimator),
        name_caption=caption or None,
    )


def draw_seeds(random_state: Any, n: int) -> list[int]:
    """Draw n integer seeds from the one source of randomness of a fit.

    None draws from the operating system, not from NumPy's global generator: that one
    is neither read nor moved.
    """
    if random_state is None:
        random_state = np.random.RandomState()
    seeds = check_random_state(random_state).randint(2**31 - 1, size=n)
    return [int(seed) for seed in seeds]


def tag_text_input(tags: Any, *, sequences: bool = False) -> Any:
    """Tell scikit-learn that the input is text, not a numeric table."""
    tags.input_tags.one_d_array = True
    tags.input_tags.two_d_array = False
    tags.input_tags.three_d_array = sequences
    tags.input_tags.string = True
    return tags


def check_not_empty(X: Any) -> None:
    """Refuse a collection without documents; what has no length yet is let through."""
    try:
        is_empty = len(X) == 0
    except TypeError:
        return
    if is_empty:
        raise ValueError(
            "X holds no document, but training needs at least one. Leave out empty "
            "pieces of a stream."
        )


def check_row_count(X: Any, y: Any, names: str = "X and y") -> None:
    """Refuse inputs of different lengths."""
    if len(X) != len(y):
        raise ValueError(
            f"{names} must have the same number of rows, but have {len(X)} and {len(y)}."
        )


def split_folds(
    labels: np.ndarray, n_folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split documents into folds that hold each class in proportion.

    (scikit-learn's stratified split refuses or warns of classes with fewer documents than
    folds.)

    Parameters
    ----------
    labels : ndarray of shape (n_documents,)
        Class numbers; for multilabel targets one constant.
    n_folds : int
        Number of folds.
    seed : int
        Seed of the choice.

    Returns
    -------
    list of (train, held_out)
        Rising document numbers; each document is held out once.

    Examples
    --------
    >>> folds = split_folds(np.array([0, 0, 0, 1, 1, 1]), 3, seed=0)
    >>> [held_out.tolist() for _, held_out in folds]
    [[2, 5], [1, 3], [0, 4]]
    """
    order = np.random.RandomState(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = [np.sort(order[first::n_folds]) for first in range(n_folds)]
    everything = np.arange(len(labels))
    return [(np.setdiff1d(everything, held_out), held_out) for held_out in folds]


def split_validation(
    labels: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Choose a validation part that holds each class in proportion.

    A class keeps at least one document for training; what rounding leaves open goes to
    the classes with the largest remainder. (scikit-learn's stratified split refuses
    classes of one document, which real intent data have.)

    Parameters
    ----------
    labels : ndarray of shape (n_documents,)
        Class numbers; for multilabel targets one constant.
    fraction : float
        Share of the documents to set aside.
    seed : int
        Seed of the choice.

    Returns
    -------
    train, validation : ndarray of int
        Rising document numbers.

    Raises
    ------
    ValueError
        If no document can be set aside.

    Examples
    --------
    >>> train, validation = split_validation(np.array([0] * 8 + [1] * 2), 0.2, seed=0)
    >>> len(train), validation.tolist()
    (8, [2, 4])
    """
    classes, inverse = np.unique(labels, return_inverse=True)
    sizes = np.bincount(inverse)
    wanted = max(1, round(fraction * len(labels)))
    taken = np.minimum(np.floor(fraction * sizes), sizes - 1).astype(int)
    order = np.argsort(taken - fraction * sizes, kind="stable")
    for c in [c for c in order if taken[c] < sizes[c] - 1][: wanted - taken.sum()]:
        taken[c] += 1
    if not taken.sum():
        raise ValueError(
            f"early_stopping=True needs a validation part, but {len(labels)} documents of "
            f"{len(classes)} classes leave none (those of weight zero do not count). Give "
            "more documents, X_val and y_val, or set early_stopping=False."
        )
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    validation = np.concatenate(
        [shuffled[inverse[shuffled] == c][:n] for c, n in enumerate(taken)]
    )
    return np.setdiff1d(np.arange(len(labels)), validation), np.sort(validation)
