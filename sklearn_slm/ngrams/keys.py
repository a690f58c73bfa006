"""N-grams of documents as numbers.

An n-gram is known by its key: its ids read as the digits of one number to the base
``n_tokens``. Ids of tokens begin at 2, so keys of different lengths differ. N-grams
with an unknown token are not counted.

A document's features are ``(1 + log tf) idf``, scaled to a length of one.
"""

from __future__ import annotations

import numpy as np

from ..text import FIRST_ID, Ragged

__all__ = ["count_ngrams", "count_sorted", "find_ngrams", "split_keys", "weigh_ngrams"]


def find_ngrams(
    texts: Ragged, n_tokens: int, lengths: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the n-grams of documents.

    Parameters
    ----------
    texts : Ragged
        Token ids of the documents.
    n_tokens : int
        Ids are below it.
    lengths : tuple of (int, int)
        Tokens of the shortest and of the longest n-gram.

    Returns
    -------
    documents : ndarray of shape (n_occurrences,), dtype int64
        The document of each n-gram.
    keys : ndarray of shape (n_occurrences,), dtype int64
        Its key.

    Examples
    --------
    >>> texts = Ragged(np.array([2, 3, 1, 3]), np.array([0, 3, 4]))
    >>> rows, keys = find_ngrams(texts, 10, (1, 2))
    >>> rows.tolist(), keys.tolist()
    ([0, 0, 1, 0], [2, 3, 3, 23])
    """
    owner = np.repeat(np.arange(len(texts)), texts.lengths)
    wide = texts.values.astype(np.int64)
    keys, known = wide, wide >= FIRST_ID
    rows, keys_by_length = [], []
    for n in range(1, lengths[1] + 1):
        if n > 1:
            # One token more: the n-gram that begins here, within its document.
            tail = wide[n - 1 :]
            same = owner[: len(tail)] == owner[n - 1 :]
            known = known[: len(tail)] & (tail >= FIRST_ID) & same
            keys = keys[: len(tail)] * n_tokens + tail
        if n >= lengths[0]:
            rows.append(owner[: len(keys)][known])
            keys_by_length.append(keys[known])
    return np.concatenate(rows), np.concatenate(keys_by_length)


def split_keys(keys: np.ndarray, n_tokens: int) -> np.ndarray:
    """Return the ids of n-grams, last one first, shape (n_keys, 3); 0 where none is.

    Examples
    --------
    >>> split_keys(np.array([7, 23]), 10).tolist()
    [[7, 0, 0], [3, 2, 0]]
    """
    digits = np.zeros((len(keys), 3), np.int64)
    for place in range(3):
        keys, digits[:, place] = np.divmod(keys, n_tokens)
    return digits


def count_ngrams(
    known: np.ndarray, texts: Ragged, n_tokens: int, lengths: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the known n-grams of documents.

    Parameters
    ----------
    known : ndarray of shape (n_ngrams,), dtype int64
        Rising keys.
    texts, n_tokens, lengths
        As in :func:`find_ngrams`.

    Returns
    -------
    documents, places, counts : ndarray of shape (n_pairs,)
        For each document, in order, the places in `known` of what it holds, and how
        often.
    """
    rows, keys = find_ngrams(texts, n_tokens, lengths)
    if not len(known):
        return rows[:0], rows[:0], rows[:0]
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    is_known = known[places] == keys
    pairs, counts = count_sorted(rows[is_known] * len(known) + places[is_known])
    return (*np.divmod(pairs, len(known)), counts)


def weigh_ngrams(
    documents: np.ndarray, idf: np.ndarray, counts: np.ndarray, n_documents: int
) -> np.ndarray:
    """Return ``(1 + log tf) idf``, scaled to length one in each document.

    Parameters
    ----------
    documents, counts : ndarray of shape (n_pairs,)
        As :func:`count_ngrams` returns them.
    idf : ndarray of shape (n_pairs,), dtype float32
        Inverse document frequency of each pair's n-gram.
    n_documents : int
        Number of documents.

    Returns
    -------
    ndarray of shape (n_pairs,), dtype float32
        The features.
    """
    values = (1.0 + np.log(counts)) * idf
    length = np.sqrt(np.bincount(documents, values**2, minlength=n_documents))
    return (values / np.maximum(length, 1e-12)[documents]).astype(np.float32)


def count_sorted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As ``np.unique(values, return_counts=True)``, in half its time for a short array.

    It sorts the array in place.
    """
    values.sort()
    begins = np.ones(len(values) + 1, bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:-1])
    ends = begins.nonzero()[0]
    return values[ends[:-1]], ends[1:] - ends[:-1]
