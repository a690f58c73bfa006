"""The direction that all document vectors share, and documents without it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["find_common_direction", "remove_direction"]


def find_common_direction(documents: ArrayLike) -> NDArray[np.float32]:
    """Return the first right singular vector of document vectors.

    Parameters
    ----------
    documents : array-like of float, shape (n_documents, n_components)
        Not centred: the mean is most of what they share.

    Returns
    -------
    ndarray of float32, shape (n_components,)
        A vector of length 1, its largest component positive; zeros if the documents are.

    References
    ----------
    Arora, Liang and Ma (2017), A simple but tough-to-beat baseline for sentence embeddings.

    Examples
    --------
    >>> find_common_direction([[2.0, 0.0], [4.0, 0.0], [3.0, 1.0]]).round(1)
    array([1. , 0.1], dtype=float32)
    """
    wide = np.asarray(documents, dtype=np.float64)
    gram = wide.T @ wide
    if not gram.any():
        return np.zeros(wide.shape[1], np.float32)
    direction = np.linalg.eigh(gram)[1][:, -1]
    # Either sign is an eigenvector, and the library picks one: fix it.
    sign = np.sign(direction[np.argmax(np.abs(direction))])
    return (sign * direction).astype(np.float32)


def remove_direction(documents: ArrayLike, direction: ArrayLike) -> NDArray[np.float32]:
    """Subtract from each document its projection on a direction.

    Parameters
    ----------
    documents : array-like of float, shape (n_documents, n_components)
        One vector a row; zeros stay zeros.
    direction : array-like of float, shape (n_components,)
        A vector of length 1 or 0, from :func:`find_common_direction` on the training texts.

    Returns
    -------
    ndarray of float32, shape (n_documents, n_components)

    Examples
    --------
    >>> remove_direction([[2.0, 1.0]], [1.0, 0.0])
    array([[0., 1.]], dtype=float32)
    """
    documents = np.asarray(documents, dtype=np.float32)
    direction = np.asarray(direction, dtype=np.float32)
    return documents - (documents @ direction)[:, None] * direction
