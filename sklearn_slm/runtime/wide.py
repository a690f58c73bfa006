"""The wide branch: a linear model over the n-grams of a document's tokens.

An n-gram is known by its key: its ids read as the digits of one number to the base
``n_tokens``. Ids of tokens begin at 2, so keys of different lengths differ. N-grams
with an unknown token are not counted.

A document's features are ``(1 + log tf) idf``, scaled to a length of one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import FIRST_ID
from .weights import SCALE, take_rows, to_float32

__all__ = [
    "count_ngrams",
    "find_ngrams",
    "keep_ngrams",
    "run_wide",
    "split_keys",
    "weigh_ngrams",
]


def find_ngrams(
    ids: np.ndarray, offsets: np.ndarray, n_tokens: int, lengths: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the n-grams of documents.

    Parameters
    ----------
    ids, offsets : ndarray
        Documents as in :class:`~sklearn_slm.text.TokenSequences`.
    n_tokens : int
        Ids are below it.
    lengths : tuple of (int, int)
        Shortest and longest n-gram.

    Returns
    -------
    documents : ndarray of shape (n_found,), dtype int64
        The document of each n-gram.
    keys : ndarray of shape (n_found,), dtype int64
        Its key.

    Examples
    --------
    >>> rows, keys = find_ngrams(np.array([2, 3, 1, 3]), np.array([0, 3, 4]), 10, (1, 2))
    >>> rows.tolist(), keys.tolist()
    ([0, 0, 1, 0], [2, 3, 3, 23])
    """
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    wide = ids.astype(np.int64)
    keys, known = wide, wide >= FIRST_ID
    rows, found = [], []
    for n in range(1, lengths[1] + 1):
        if n > 1:
            # One token more: the n-gram that begins here, within its document.
            tail = wide[n - 1 :]
            same = owner[: len(tail)] == owner[n - 1 :]
            known = known[: len(tail)] & (tail >= FIRST_ID) & same
            keys = keys[: len(tail)] * n_tokens + tail
        if n >= lengths[0]:
            rows.append(owner[: len(keys)][known])
            found.append(keys[known])
    return np.concatenate(rows), np.concatenate(found)


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


def keep_ngrams(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], n_tokens: int
) -> dict[str, np.ndarray]:
    """Return the branch for fewer tokens, without the n-grams of those left out.

    Parameters
    ----------
    spec : NetworkSpec
        Of the weights.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    n_tokens : int
        Ids from here on become unknown.

    Returns
    -------
    dict of str to ndarray
        ``wide.keys`` to the base `n_tokens`, and the rows of the other arrays.
    """
    digits = split_keys(weights["wide.keys"], spec.n_tokens)
    keys = digits @ (n_tokens ** np.arange(digits.shape[1], dtype=np.int64))
    rows = np.flatnonzero(digits.max(axis=1, initial=0) < n_tokens)
    rows = rows[np.argsort(keys[rows])]
    found = {"wide.keys": keys[rows]}
    return found | {name: weights[name][rows] for name in ("wide.idf", "wide.kernel")}


def count_ngrams(
    spec: NetworkSpec, known: np.ndarray, ids: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the known n-grams of documents.

    Parameters
    ----------
    spec : NetworkSpec
        Its ``n_tokens`` and ``wide_ngrams`` are read.
    known : ndarray of shape (n_wide,), dtype int64
        Rising keys.
    ids, offsets : ndarray
        Documents as in :class:`~sklearn_slm.text.TokenSequences`.

    Returns
    -------
    documents, places, counts : ndarray of shape (n_pairs,)
        For each document, in order, the places in `known` of what it holds, and how
        often.
    """
    rows, keys = find_ngrams(ids, offsets, spec.n_tokens, spec.wide_ngrams)
    if not len(known):
        return rows[:0], rows[:0], rows[:0]
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    there = known[places] == keys
    pairs, counts = _count_sorted(rows[there] * len(known) + places[there])
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


def run_wide(
    spec: NetworkSpec,
    weights: Mapping[str, np.ndarray],
    ids: np.ndarray,
    offsets: np.ndarray,
) -> np.ndarray:
    """Return the logits of the wide branch.

    Parameters
    ----------
    spec : NetworkSpec
        With ``n_wide`` above 0.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ids, offsets : ndarray
        Documents as in :class:`~sklearn_slm.text.TokenSequences`.

    Returns
    -------
    ndarray of shape (n_documents, n_outputs), dtype float32
        To be added to the logits of the recurrent branch.
    """
    n_documents = len(offsets) - 1
    if n_documents == 1 and len(weights["wide.keys"]):
        return _run_one(spec, weights, ids)
    documents, places, counts = count_ngrams(spec, weights["wide.keys"], ids, offsets)
    logits = np.zeros((n_documents, spec.n_outputs), np.float32)
    if len(documents):
        values = weigh_ngrams(
            documents, weights["wide.idf"][places], counts, n_documents
        )
        found = take_rows(weights, "wide.kernel", places) * values[:, None]
        first = np.flatnonzero(np.diff(documents, prepend=-1))
        logits[documents[first]] = np.add.reduceat(found, first, axis=0)
    return logits + to_float32(weights, "wide.bias")


def _run_one(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], ids: np.ndarray
) -> np.ndarray:
    """As :func:`run_wide`, for one document in half the time.

    No key holds an unknown token, and no n-gram reaches into another document: nothing
    needs to be looked at but the keys.
    """
    known = weights["wide.keys"]
    (shortest, longest), keys = spec.wide_ngrams, ids.astype(np.int64)
    tail, found = keys, []
    for n in range(1, longest + 1):
        if n > 1:
            tail = tail[1:]
            keys = keys[: len(tail)] * spec.n_tokens + tail
        if n >= shortest:
            found.append(keys)
    keys = np.concatenate(found)
    places = np.minimum(known.searchsorted(keys), len(known) - 1)
    places, counts = _count_sorted(places[known[places] == keys])
    values = ((1.0 + np.log(counts)) * weights["wide.idf"][places]).astype(np.float32)
    length = max(math.sqrt(float(values @ values)), 1e-12)
    logits = (values / np.float32(length)) @ weights["wide.kernel"][places].astype(
        np.float32, copy=False
    )
    scale = weights.get("wide.kernel" + SCALE)
    logits = logits if scale is None else logits * scale
    return (logits + to_float32(weights, "wide.bias"))[None]


def _count_sorted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As ``np.unique(values, return_counts=True)``, in half its time for a short array."""
    values.sort()
    begins = np.ones(len(values) + 1, bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:-1])
    ends = begins.nonzero()[0]
    return values[ends[:-1]], ends[1:] - ends[:-1]
