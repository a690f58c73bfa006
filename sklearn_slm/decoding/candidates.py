"""The next tokens of several hypotheses: what is left out, and the best of the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..text import BOUNDARY_ID

__all__ = ["find_best", "find_repeated", "forbid", "leave_the_end"]

# How often the same n-gram may stand in a text.
_MOST_TIMES = 2
# Groups of which each has its largest number, for each number that is looked for.
_GROUPS = 8


def find_best(
    totals: np.ndarray, n_texts: int, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the n largest numbers of each text.

    Parameters
    ----------
    totals : ndarray of shape (n_rows, n_tokens), dtype float32
        The same number of rows for each text, side by side; no NaN is found.
    n_texts, n : int
        How many.

    Returns
    -------
    rows, tokens : ndarray of shape (n_texts, n), dtype intp
        Where they are, largest first, and of equal ones the first in order.
    largest : ndarray of shape (n_texts, n), dtype float64
        The numbers; ``-inf`` where there are no more.

    Examples
    --------
    >>> totals = np.float32([[-1, -3, -2], [-2, -9, -1]])
    >>> rows, tokens, largest = find_best(totals, n_texts=1, n=4)
    >>> rows.tolist(), tokens.tolist(), largest.tolist()
    ([[0, 1, 0, 1]], [[0, 2, 2, 0]], [[-1.0, -1.0, -2.0, -2.0]])
    """
    n_tokens = totals.shape[1]
    flat = totals.reshape(n_texts, -1)
    # The n-th largest is no smaller than that of the largest ones of many groups: few
    # numbers are left to be put in order. Tokens that are next to each other are equally
    # frequent, so that each goes to another group.
    n_groups = _GROUPS * n
    least = np.full(n_texts, -np.inf, totals.dtype)
    if n_groups <= flat.shape[1]:
        whole = flat[:, : flat.shape[1] // n_groups * n_groups]
        groups = whole.reshape(n_texts, -1, n_groups).max(axis=1)
        least = np.partition(groups, -n, axis=1)[:, -n]
    least = np.maximum(least, np.finfo(totals.dtype).min)
    found = np.flatnonzero(flat >= least[:, None])
    texts, places = np.divmod(found, flat.shape[1])
    values = flat[texts, places]
    order = np.lexsort((-values, texts))  # stable
    texts, places, values = texts[order], places[order], values[order]
    rank = np.arange(len(texts)) - np.searchsorted(texts, texts)
    is_kept = rank < n
    best, largest = np.zeros((n_texts, n), np.intp), np.full((n_texts, n), -np.inf)
    best[texts[is_kept], rank[is_kept]] = places[is_kept]
    largest[texts[is_kept], rank[is_kept]] = values[is_kept]
    rows, tokens = np.divmod(best, n_tokens)
    rows += np.arange(n_texts)[:, None] * (len(totals) // n_texts)
    return rows, tokens, largest


def find_repeated(history: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and tokens of which one more would be an n-gram's third time.

    Parameters
    ----------
    history : ndarray of shape (n_rows, steps), dtype int
        The tokens of each row so far.
    n : int
        Tokens of an n-gram; they may overlap.

    Examples
    --------
    >>> find_repeated(np.array([[3, 4, 3, 4, 3], [3, 4, 3, 5, 3]]), 2)
    (array([0]), array([4]))
    """
    n_rows, length = history.shape
    n_begun = length - n + 1  # n-grams that have come so far
    if n_begun < _MOST_TIMES:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    same = np.ones((n_rows, n_begun), bool)
    for i in range(n - 1):
        same &= history[:, i : i + n_begun] == history[:, n_begun + i, None]
    rows, places = np.nonzero(same)
    after = np.stack([rows, history[rows, places + n - 1]])
    (rows, tokens), times = np.unique(after, axis=1, return_counts=True)
    often = times >= _MOST_TIMES
    return rows[often], tokens[often].astype(np.intp)


def forbid(
    totals: np.ndarray, texts: np.ndarray, forbidden: Sequence[ArrayLike]
) -> None:
    """Make some tokens impossible, in place.

    Parameters
    ----------
    totals : ndarray of shape (n_rows, n_tokens), dtype float32
        The same number of rows for each text, side by side; written to.
    texts : ndarray of shape (n_texts,), dtype int
        Which texts they are.
    forbidden : sequence of array-like of int
        For each text that there is, ids.
    """
    by_text = totals.reshape(len(texts), -1, totals.shape[1])
    for own, text in zip(by_text, texts.tolist()):
        own[:, np.asarray(forbidden[text], np.intp)] = -np.inf


def leave_the_end(totals: np.ndarray, is_last: np.ndarray) -> None:
    """Make all but the end impossible where texts are as long as they may be, in place.

    Parameters
    ----------
    totals : ndarray of shape (n_rows, n_tokens), dtype float32
        The same number of rows for each text, side by side; written to.
    is_last : ndarray of shape (n_texts,), dtype bool
        Which texts.
    """
    if is_last.any():
        by_text = totals.reshape(len(is_last), -1, totals.shape[1])
        end = by_text[is_last, :, BOUNDARY_ID]
        by_text[is_last] = -np.inf
        by_text[is_last, :, BOUNDARY_ID] = end
