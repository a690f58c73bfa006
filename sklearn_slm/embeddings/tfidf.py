"""Weights of the words of a document, and the document vectors they give.

Every function takes plain arrays. Documents are ragged: one flat array of ids and one of
offsets, as in a CSR matrix. Id 0 is padding, 1 an unknown word, and ``r + 2`` the word of
row (and column) ``r``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

__all__ = ["document_vectors", "log2_idf", "smooth_idf", "tfidf_weights"]

# Ids below this one stand for no word: 0 is padding and 1 an unknown word.
N_SPECIAL_IDS = 2


def log2_idf(token_counts: ArrayLike, n_tokens: int) -> NDArray[np.float64]:
    """Return ``log2(N / n_w)``, how surprising each word of a corpus is, in bits.

    Parameters
    ----------
    token_counts : array-like of int, shape (n_words,)
        How often each word occurs in the corpus; at least once.
    n_tokens : int
        Tokens in the corpus, the words that the vocabulary left out included.

    Returns
    -------
    ndarray of float64, shape (n_words,)
        Never negative; 0 for the only word of a corpus.

    Raises
    ------
    ValueError
        If a count is below 1, or above `n_tokens`.

    Examples
    --------
    >>> log2_idf([8, 2, 1], n_tokens=16)
    array([1., 3., 4.])
    """
    counts = np.asarray(token_counts, dtype=np.float64)
    if counts.size and not 1 <= counts.min() <= counts.max() <= n_tokens:
        raise ValueError(
            "Every word must occur at least once and at most n_tokens times. Got counts "
            f"from {counts.min():g} to {counts.max():g} and n_tokens={n_tokens}; take both "
            "from the same vocabulary."
        )
    return np.log2(n_tokens / counts)


def smooth_idf(document_counts: ArrayLike, n_documents: int) -> NDArray[np.float64]:
    """Return ``ln((1 + n) / (1 + df)) + 1``, scikit-learn's smoothed idf.

    Parameters
    ----------
    document_counts : array-like of int, shape (n_words,)
        In how many documents each word occurs.
    n_documents : int
        Documents in the corpus.

    Returns
    -------
    ndarray of float64, shape (n_words,)
        At least 1: a word of every document keeps weight, as in
        :class:`sklearn.feature_extraction.text.TfidfTransformer`.

    Raises
    ------
    ValueError
        If a count is negative, or above `n_documents`.

    Examples
    --------
    >>> smooth_idf([3, 1], n_documents=3).round(4)
    array([1.    , 1.6931])
    """
    counts = np.asarray(document_counts, dtype=np.float64)
    if counts.size and not 0 <= counts.min() <= counts.max() <= n_documents:
        raise ValueError(
            "A word can occur in 0 to n_documents documents. Got counts from "
            f"{counts.min():g} to {counts.max():g} and n_documents={n_documents}; take both "
            "from the same vocabulary."
        )
    return np.log((1.0 + n_documents) / (1.0 + counts)) + 1.0


def tfidf_weights(
    ids: ArrayLike, offsets: ArrayLike, idf: ArrayLike, *, k: float = 1.0
) -> sp.csr_array:
    """Weight each word of each document by ``sqrt(tf * idf / k)``.

    Parameters
    ----------
    ids : array-like of int, shape (n_ids,)
        The documents one behind the other. Padding (0) and unknown words (1) get no weight.
    offsets : array-like of int, shape (n_documents + 1,)
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    idf : array-like of float, shape (n_words,)
        Not negative; from :func:`log2_idf` or :func:`smooth_idf`. Id ``r + 2`` has
        ``idf[r]``.
    k : float, default=1.0
        The constant of the formula. It scales all weights alike, so it changes no weighted
        mean.

    Returns
    -------
    scipy.sparse.csr_array of float64, shape (n_documents, n_words)
        In canonical form: sorted columns, each at most once, no stored zeros.

    Raises
    ------
    ValueError
        If an id is out of range, `offsets` do not cut `ids` into documents, an idf is
        negative or not a number, or `k` is not positive.

    Examples
    --------
    Word 0 twice and word 1 once, then a document without a known word:

    >>> tfidf_weights([2, 3, 2, 1], [0, 3, 4], idf=[2.0, 4.0]).toarray()
    array([[2., 2.],
           [0., 0.]])
    """
    ids, offsets, idf = (
        np.asarray(ids),
        np.asarray(offsets),
        np.asarray(idf, np.float64),
    )
    check_ragged(ids, offsets, len(idf))
    if not k > 0:
        raise ValueError(f"The constant k must be above 0. Got k={k!r}.")
    if not np.all(idf >= 0):
        raise ValueError(
            f"Every idf must be 0 or more. Got {idf[~(idf >= 0)][0]!r}; a square root is "
            "taken of it."
        )
    counts = _count_words(ids, offsets, len(idf))
    counts.data = np.sqrt(counts.data * idf[counts.indices] / k)
    counts.eliminate_zeros()
    return counts


def document_vectors(weights: Any, table: ArrayLike) -> NDArray[np.float32]:
    """Average the word vectors of each document under its weights.

    Parameters
    ----------
    weights : sparse matrix or array-like of float, shape (n_documents, n_words)
        Not negative; from :func:`tfidf_weights`.
    table : array-like of float, shape (n_words, n_components)
        One vector per word.

    Returns
    -------
    ndarray of float32, shape (n_documents, n_components)
        ``sum(v * vector) / sum(v)``, and zeros where the weights of a document sum to 0.

    Raises
    ------
    ValueError
        If `weights` has not one column for each row of `table`.

    Examples
    --------
    >>> document_vectors([[1.0, 3.0], [0.0, 0.0]], [[4.0, 0.0], [0.0, 4.0]])
    array([[1., 3.],
           [0., 0.]], dtype=float32)
    """
    table = np.asarray(table)
    weights = sp.csr_array(weights)
    if table.ndim != 2 or weights.shape[1] != table.shape[0]:
        raise ValueError(
            "The weights need one column for each word vector. Got weights of shape "
            f"{weights.shape} and a table of shape {table.shape}."
        )
    totals = np.asarray(weights.sum(axis=1), dtype=np.float64)
    # A double-precision product of a big sparse matrix would first copy the whole table.
    sums = np.asarray(weights.astype(np.float32) @ table.astype(np.float32, copy=False))
    return np.divide(
        sums, totals[:, None], out=np.zeros_like(sums), where=totals[:, None] > 0
    )


def _count_words(
    ids: NDArray[Any], offsets: NDArray[Any], n_words: int
) -> sp.csr_array:
    """Count the known words of each document, as float64 in a canonical CSR array."""
    documents = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    known = ids >= N_SPECIAL_IDS
    columns = ids[known] - N_SPECIAL_IDS
    counts = sp.coo_array(
        (np.ones(len(columns)), (documents[known], columns)),
        shape=(len(offsets) - 1, n_words),
    ).tocsr()
    counts.sum_duplicates()
    return counts


def check_ragged(ids: NDArray[Any], offsets: NDArray[Any], n_words: int) -> None:
    """Refuse ids that name no word and offsets that do not cut `ids` into documents."""
    if (
        offsets.ndim != 1
        or len(offsets) == 0
        or offsets[0] != 0
        or offsets[-1] != len(ids)
        or np.any(np.diff(offsets) < 0)
    ):
        raise ValueError(
            "The offsets must rise from 0 to the number of ids, one more than there are "
            f"documents. Got {len(ids)} ids and offsets {offsets!r}."
        )
    if len(ids) and not 0 <= ids.min() <= ids.max() < n_words + N_SPECIAL_IDS:
        raise ValueError(
            f"Ids must lie in 0..{n_words + 1} (0 padding, 1 unknown, then one for each of "
            f"the {n_words} words). Got ids from {ids.min()} to {ids.max()}; were they "
            "encoded with another vocabulary?"
        )
