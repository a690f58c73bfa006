"""The best of many scores, in pieces that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral

import numpy as np

__all__ = ["check_k", "rank_rows", "split_queries", "take_best"]

# Scores that are held at a time.
_BLOCK_SCORES = 1 << 24
# Columns whose largest score is looked at first.
_STRIP = 64


def check_k(k: int, name: str = "k") -> int:
    """Return a number of results; refuse what is none.

    Raises
    ------
    ValueError
        If it is no whole number of at least 1.
    """
    if not isinstance(k, Integral) or isinstance(k, bool) or k < 1:
        raise ValueError(f"{name} must be a whole number of at least 1. Got {k!r}.")
    return int(k)


def split_queries(
    n_queries: int, n_documents: int, block: int | None = None
) -> Iterator[slice]:
    """Yield queries in pieces whose scores fit into 64 MB.

    Parameters
    ----------
    n_queries, n_documents : int
        How many there are.
    block : int or None, default=None
        Queries of a piece, in place of that.

    Yields
    ------
    slice
    """
    size = max(_BLOCK_SCORES // max(n_documents, 1), 1)
    if block is not None:
        size = check_k(block, "block")
    for first in range(0, n_queries, size):
        yield slice(first, min(first + size, n_queries))


def take_best(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest scores of each row.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_columns), dtype float
        The scores, none of them NaN.
    k : int
        How many; all where there are fewer.

    Returns
    -------
    values : ndarray of shape (n_rows, k), same dtype
        Falling in each row.
    columns : ndarray of shape (n_rows, k), dtype int64
        Where they stand; the lower column first where scores are equal.

    Raises
    ------
    ValueError
        If k is no whole number of at least 1.

    Examples
    --------
    >>> values, columns = take_best(np.array([[1.0, 3.0, 2.0, 3.0]]), 3)
    >>> values.tolist(), columns.tolist()
    ([[3.0, 3.0, 2.0]], [[1, 3, 2]])
    """
    n_rows, n_columns = scores.shape
    k = min(check_k(k), n_columns)
    columns = np.empty((n_rows, k), np.int64)
    for i, row in enumerate(scores):
        columns[i] = _take_best(row, k)
    return np.take_along_axis(scores, columns, axis=1), columns


def _take_best(row: np.ndarray, k: int) -> np.ndarray:
    """Return the columns of the k largest scores."""
    # As many strips have a score of at least this, and so have the k best ones. A look at
    # strips takes a tenth of the time of a partition.
    n_strips = len(row) // _STRIP
    if 0 < 2 * k <= n_strips:
        peaks = row[: n_strips * _STRIP].reshape(n_strips, _STRIP).max(axis=1)
        candidates = np.flatnonzero(row >= np.partition(peaks, -k)[-k])
    else:
        candidates = np.arange(len(row))
    values = row[candidates]
    if len(candidates) > 2 * k > 0:
        least = np.partition(values, -k)[-k]
        above = candidates[values > least]
        equal = candidates[values == least][: k - len(above)]
        candidates = np.concatenate([above, equal])
        values = row[candidates]
    # By falling score, then by column.
    return candidates[np.lexsort((candidates, -values))][:k]


def rank_rows(scores: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the places of some columns in the order of :func:`take_best`, from 1 on.

    Parameters
    ----------
    scores : ndarray of shape (n_columns,)
        The scores.
    columns : ndarray of shape (n,), dtype int
        Which.

    Returns
    -------
    ndarray of shape (n,), dtype int64

    Examples
    --------
    >>> rank_rows(np.array([1.0, 3.0, 2.0, 3.0]), np.array([3, 0])).tolist()
    [2, 4]
    """
    places = [
        1
        + np.count_nonzero(scores > scores[c])
        + np.count_nonzero(scores[:c] == scores[c])
        for c in columns
    ]
    return np.array(places, np.int64)
