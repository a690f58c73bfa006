"""Split examples into training and validation sets, each class in proportion."""

from __future__ import annotations

import numpy as np

__all__ = ["split_folds", "split_validation"]


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
    """Choose a validation set that holds each class in proportion.

    A class keeps at least one document for training; what rounding leaves open goes to
    the classes with the largest remainder. (scikit-learn's stratified split refuses
    classes of one document, which real intent data have.)

    Parameters
    ----------
    labels : ndarray of shape (n_documents,)
        Class numbers; for multilabel targets one constant.
    fraction : float
        Proportion of the documents to set aside.
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
            f"early_stopping=True needs a validation set, but {len(labels)} documents of "
            f"{len(classes)} classes leave none (those of weight zero do not count). Give "
            "more documents, X_val and y_val, or set early_stopping=False."
        )
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    validation = np.concatenate(
        [shuffled[inverse[shuffled] == c][:n] for c, n in enumerate(taken)]
    )
    return np.setdiff1d(np.arange(len(labels)), validation), np.sort(validation)
