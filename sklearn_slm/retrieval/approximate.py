"""Search among vectors that looks at few of them: a graph of neighbours.

The graph (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search
using Hierarchical Navigable Small World graphs", 2018) is that of the package usearch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .index import search_vectors
from .ranking import check_k

__all__ = ["ApproximateIndex", "build_approximate", "measure_recall"]

_NEIGHBOURS, _LOOKED_AT_BUILDING, _LOOKED_AT = 16, 128, 128


@dataclass(frozen=True, eq=False)
class ApproximateIndex:
    """Vectors and the graph over them.

    Parameters
    ----------
    graph : usearch.index.Index
        Made by :func:`build_approximate`.
    vectors : ndarray of shape (n_vectors, n_components)
        What is searched in.
    """

    graph: Any
    vectors: np.ndarray

    def search(self, queries: np.ndarray, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors whose products with queries are large, as a rule the largest.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_components), dtype float32
            What is searched for.
        k : int, default=10
            How many to return; all where there are fewer.

        Returns
        -------
        scores : ndarray of shape (n_queries, k), dtype float32
            Products, falling in each row; -inf where the graph led to fewer vectors.
        rows : ndarray of shape (n_queries, k), dtype int64
            Numbers of the vectors; -1 where there is none.

        Raises
        ------
        ValueError
            If k is no whole number of at least 1.
        """
        k = min(check_k(k), len(self.vectors))
        scores = np.full((len(queries), k), -np.inf, np.float32)
        rows = np.full((len(queries), k), -1, np.int64)
        for i, query in enumerate(np.ascontiguousarray(queries, np.float32)):
            matches = self.graph.search(query, k, threads=1)
            keys = np.sort(np.asarray(matches.keys).astype(np.int64))
            found = np.asarray(self.vectors[keys], np.float32) @ query
            order = np.argsort(-found, kind="stable")
            scores[i, : len(keys)], rows[i, : len(keys)] = found[order], keys[order]
        return scores, rows


def build_approximate(vectors: np.ndarray) -> ApproximateIndex:
    """Build the graph of an approximate search.

    It takes about a millisecond for each vector, in one thread, so that the graph is
    always the same.

    Parameters
    ----------
    vectors : ndarray of shape (n_vectors, n_components), dtype float32
        What to search in.

    Returns
    -------
    ApproximateIndex

    Raises
    ------
    ImportError
        If usearch is not installed.
    """
    try:
        from usearch.index import Index
    except ImportError:
        raise ImportError(
            "an approximate search needs the package usearch. Install it with: pip "
            "install sklearn_slm[search]. Without it, search exactly."
        ) from None
    graph = Index(
        ndim=vectors.shape[1],
        metric="ip",
        dtype="f32",
        connectivity=_NEIGHBOURS,
        expansion_add=_LOOKED_AT_BUILDING,
        expansion_search=_LOOKED_AT,
    )
    floats = np.ascontiguousarray(vectors, np.float32)
    graph.add(np.arange(len(floats), dtype=np.uint64), floats, threads=1)
    return ApproximateIndex(graph, vectors)


def measure_recall(index: ApproximateIndex, queries: np.ndarray, k: int = 10) -> float:
    """Return the share of the k best vectors that the approximate search finds.

    Parameters
    ----------
    index : ApproximateIndex
        What is measured.
    queries : ndarray of shape (n_queries, n_components), dtype float32
        At least one.
    k : int, default=10
        How many best ones of each query.

    Returns
    -------
    float
        From 0 to 1, the mean over the queries; 1 is what the exact search finds.

    Raises
    ------
    ValueError
        If there is no query or no vector, or k is no whole number of at least 1.
    """
    if not len(queries) or not len(index.vectors):
        raise ValueError(
            "recall needs at least one query and one vector. Got "
            f"{len(queries)} and {len(index.vectors)}."
        )
    _, exact = search_vectors(queries, index.vectors, k)
    _, found = index.search(queries, k)
    shares = [np.isin(right, own).mean() for right, own in zip(exact, found)]
    return float(np.mean(shares))
