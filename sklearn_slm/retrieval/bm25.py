r"""BM25: documents that share rare words with a query.

With tf(t, d) the occurrences of a term in a document of \|d\| terms, and N documents of
which n(t) have the term (Robertson and Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond", 2009, with the idf that Lucene has, which is never negative)::

    score(q, d) = sum over t in q of idf(t) tf(t, d) / (tf(t, d) + k1 (1 - b + b |d| / mean))
    idf(t)      = log(1 + (N - n(t) + 1/2) / (n(t) + 1/2))

A term that a query has twice counts twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from .ranking import split_queries, take_best
from .terms import TERMS, TermCounts, count_terms, iterate_terms

__all__ = ["Bm25", "TermStatistics", "build_bm25", "fit_bm25", "fit_statistics"]


@dataclass(frozen=True, eq=False)
class TermStatistics:
    """What documents tell of terms.

    Parameters
    ----------
    terms : {"words", "pieces"}
        What a term is, see :func:`~.terms.count_terms`.
    keys : ndarray of shape (n_terms,), dtype int64
        Hashes of the terms, rising.
    idf : ndarray of shape (n_terms,), dtype float32
        Inverse document frequency of each.
    n_documents : int
        How many documents there were.
    mean_length : float
        Terms of a document, on average.
    k1 : float, default=1.2
        How slowly a score grows with occurrences; 0 counts a term once.
    b : float, default=0.75
        How much the occurrences in longer documents count less, from 0 to 1.
    """

    terms: str
    keys: np.ndarray
    idf: np.ndarray
    n_documents: int
    mean_length: float
    k1: float = 1.2
    b: float = 0.75

    def __post_init__(self) -> None:
        """Refuse what no statistics can be."""
        if self.terms not in TERMS:
            raise ValueError(f"terms must be one of {TERMS}. Got {self.terms!r}.")
        right = self.k1 >= 0 and 0 <= self.b <= 1 and self.mean_length > 0
        if not right or not math.isfinite(self.k1 * self.mean_length):
            raise ValueError(
                "k1 must be at least 0, b from 0 to 1 and mean_length above 0. Got "
                f"k1={self.k1}, b={self.b}, mean_length={self.mean_length}."
            )

    def find_idf(self, keys: np.ndarray) -> np.ndarray:
        """Return the idf of terms; that of one in no document where it is not known.

        Parameters
        ----------
        keys : ndarray of shape (n,), dtype int64
            Hashes of terms.

        Returns
        -------
        ndarray of shape (n,), dtype float32
        """
        idf = np.full(len(keys), _compute_idf(0, self.n_documents), np.float32)
        rows, is_known = _look_up(self.keys, keys)
        idf[is_known] = self.idf[rows]
        return idf


def _compute_idf(counts: np.ndarray | int, n_documents: int) -> np.ndarray:
    """Return the idf of terms that so many of the documents have."""
    counts = np.asarray(counts, np.float64)
    return np.log1p((n_documents - counts + 0.5) / (counts + 0.5)).astype(np.float32)


def _look_up(known: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of those keys that are known, and which these are."""
    if not len(known):
        return np.zeros(0, np.int64), np.zeros(len(keys), bool)
    rows = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    is_known = known[rows] == keys
    return rows[is_known], is_known


def fit_statistics(
    documents: Iterable[str], terms: str = "words", *, k1: float = 1.2, b: float = 0.75
) -> TermStatistics:
    """Count the terms of documents.

    Parameters
    ----------
    documents : iterable of str
        Raw texts.
    terms, k1, b
        As in :class:`TermStatistics`.

    Raises
    ------
    ValueError
        If a parameter is out of its range.
    """
    return _summarise(count_terms(documents, terms), terms, k1, b)


def _summarise(found: TermCounts, terms: str, k1: float, b: float) -> TermStatistics:
    n_documents = found.counts.shape[0]
    counts = np.bincount(found.counts.indices, minlength=len(found.keys))
    return TermStatistics(
        terms=terms,
        keys=found.keys,
        idf=_compute_idf(counts, n_documents),
        n_documents=n_documents,
        # Documents without any term have the mean length, whatever it is.
        mean_length=float(found.counts.sum()) / n_documents if len(counts) else 1.0,
        k1=k1,
        b=b,
    )


@dataclass(frozen=True, eq=False)
class Bm25:
    """Documents, found by their terms.

    Parameters
    ----------
    statistics : TermStatistics
        What is known of terms. They need not be those of these documents.
    keys : ndarray of shape (n_terms,), dtype int64
        Hashes of the terms of these documents, rising.
    weights : csr_array of shape (n_terms, n_documents), dtype float32
        What a term adds to the score of a document.

    Examples
    --------
    >>> bm25 = fit_bm25(["reset a pin", "open an account", "close an account"])
    >>> scores, rows = bm25.search(["close my account"], k=2)
    >>> rows.tolist(), round(float(scores[0, 0]), 2)
    ([[2, 1]], 0.66)
    """

    statistics: TermStatistics
    keys: np.ndarray
    weights: sp.csr_array

    @property
    def n_documents(self) -> int:
        """How many documents there are."""
        return self.weights.shape[1]

    def score(
        self, queries: Iterable[str], *, most_documents: int | None = None
    ) -> np.ndarray:
        """Return the score of every document for every query.

        Parameters
        ----------
        queries : iterable of str
            Raw texts.
        most_documents : int or None, default=None
            Leave out the terms that more documents have: they tell little, and take most
            of the time.

        Returns
        -------
        ndarray of shape (n_queries, n_documents), dtype float32
            At least 0, and 0 where nothing is shared. All of them are in memory: give
            queries in pieces where there are many documents.
        """
        rows = list(self.iterate(queries, most_documents=most_documents))
        return np.array(rows, np.float32).reshape(len(rows), self.n_documents)

    def iterate(
        self, queries: Iterable[str], *, most_documents: int | None = None
    ) -> Iterator[np.ndarray]:
        """Yield the scores of every document, query by query.

        Parameters
        ----------
        queries, most_documents
            As in :meth:`score`.

        Yields
        ------
        ndarray of shape (n_documents,), dtype float32
            A new one each time: what is done with it while it is in the cache costs little.
        """
        begins = self.weights.indptr
        for keys, counts in iterate_terms(queries, self.statistics.terms):
            # Rising, so that sums do not depend on other queries.
            places, is_known = _look_up(self.keys, keys)
            times = counts[is_known].astype(np.float32)
            if most_documents is not None:
                is_rare = begins[places + 1] - begins[places] <= most_documents
                places, times = places[is_rare], times[is_rare]
            yield self.weights[places].T @ times

    def search(
        self, queries: Iterable[str], k: int = 10, *, block: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the best documents for each query.

        Parameters
        ----------
        queries : iterable of str
            Raw texts.
        k : int, default=10
            How many; all documents where there are fewer.
        block : int or None, default=None
            Queries that are scored at a time; None takes as many as need 64 MB. The result
            does not depend on it.

        Returns
        -------
        scores : ndarray of shape (n_queries, k), dtype float32
            Falling in each row.
        rows : ndarray of shape (n_queries, k), dtype int64
            Numbers of the documents; the lower one first where scores are equal.

        Raises
        ------
        ValueError
            If k or `block` is no positive whole number.
        """
        texts = list(queries)
        best = [
            take_best(self.score(texts[part]), k)
            for part in split_queries(len(texts), self.n_documents, block)
        ]
        n = min(k, self.n_documents)
        return (
            np.concatenate([np.zeros((0, n), np.float32), *[b[0] for b in best]]),
            np.concatenate([np.zeros((0, n), np.int64), *[b[1] for b in best]]),
        )

    def add(self, documents: Iterable[str]) -> Bm25:
        """Return the same with more documents, which come last.

        The statistics stay those of the fit: an idf does not move, and a word that no
        document had is as rare as can be. Where the documents have changed much,
        :func:`fit_bm25` counts anew.

        Parameters
        ----------
        documents : iterable of str
            Raw texts.

        Returns
        -------
        Bm25
        """
        more = build_bm25(self.statistics, documents)
        keys = np.union1d(self.keys, more.keys)
        parts = []
        for part in (self, more):
            coo = part.weights.tocoo()
            rows = np.searchsorted(keys, part.keys)[coo.row]
            shape = (len(keys), part.n_documents)
            parts.append(sp.coo_array((coo.data, (rows, coo.col)), shape).tocsr())
        return replace(self, keys=keys, weights=sp.hstack(parts, format="csr"))

    def remove(self, rows: Sequence[int] | np.ndarray) -> Bm25:
        """Return the same without some documents; those after them move up.

        Parameters
        ----------
        rows : sequence of int
            Their numbers, in any order. The statistics stay as they are.

        Returns
        -------
        Bm25
        """
        kept = np.ones(self.n_documents, bool)
        kept[np.asarray(rows, np.intp)] = False
        weights = self.weights[:, np.flatnonzero(kept)]
        is_used = np.diff(weights.indptr) > 0
        return replace(self, keys=self.keys[is_used], weights=weights[is_used])


def fit_bm25(
    documents: Iterable[str], terms: str = "words", *, k1: float = 1.2, b: float = 0.75
) -> Bm25:
    """Make documents searchable, by statistics of their own.

    Parameters
    ----------
    documents : iterable of str
        Raw texts.
    terms, k1, b
        As in :class:`TermStatistics`.

    Returns
    -------
    Bm25

    Raises
    ------
    ValueError
        If a parameter is out of its range.
    """
    found = count_terms(documents, terms)
    return _build(_summarise(found, terms, k1, b), found)


def build_bm25(statistics: TermStatistics, documents: Iterable[str]) -> Bm25:
    """Make documents searchable, by given statistics.

    Parameters
    ----------
    statistics : TermStatistics
        Those of the same documents, or of others.
    documents : iterable of str
        Raw texts.

    Returns
    -------
    Bm25
    """
    return _build(statistics, count_terms(documents, statistics.terms))


def _build(statistics: TermStatistics, found: TermCounts) -> Bm25:
    k1, b = statistics.k1, statistics.b
    lengths = found.counts.sum(axis=1)
    norm = (k1 * (1 - b + b * lengths / statistics.mean_length)).astype(np.float32)
    weights = found.counts.T.tocsr()
    idf = np.repeat(statistics.find_idf(found.keys), np.diff(weights.indptr))
    weights.data = idf * (weights.data / (weights.data + norm[weights.indices]))
    return Bm25(statistics, found.keys, weights)
