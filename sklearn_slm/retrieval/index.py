"""Exact search among vectors, in blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..runtime.threads import one_blas_thread, run_in_threads
from .ranking import check_k, take_best

__all__ = ["multiply_vectors", "search_vectors", "split_vectors"]

# Stored vectors, and queries, that are multiplied at a time.
_BLOCK, _QUERIES = 16_384, 64
# Blocks begin at multiples of it: a product of fewer rows may be rounded otherwise.
_STEP = 1024


def search_vectors(
    queries: np.ndarray,
    vectors: np.ndarray,
    k: int = 10,
    *,
    scale: np.ndarray | None = None,
    block: int = _BLOCK,
    n_threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the vectors whose products with queries are largest.

    Every vector is looked at. Memory is that of `block` vectors and their products with 64
    queries, for each thread, however many vectors there are.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_components), dtype float32
        What is searched for.
    vectors : ndarray of shape (n_vectors, n_components), dtype float32, float16 or int8
        What is searched in; an ``np.memmap`` is read block by block.
    k : int, default=10
        How many to return; all where there are fewer.
    scale : ndarray of shape (n_vectors, 1), dtype float32, or None, default=None
        What the rows of int8 vectors are multiplied by.
    block : int, default=16384
        Vectors that are multiplied at a time, rounded up to a multiple of 1,024. The
        result does not depend on it.
    n_threads : int or None, default=None
        Threads that share the queries; None takes as many as BLAS is allowed. The result
        does not depend on it.

    Returns
    -------
    scores : ndarray of shape (n_queries, k), dtype float32
        Products, falling in each row.
    rows : ndarray of shape (n_queries, k), dtype int64
        Numbers of the vectors; the lower one first where products are equal.

    Raises
    ------
    ValueError
        If k or `block` is no positive whole number, or lengths differ.

    Examples
    --------
    >>> vectors = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> scores, rows = search_vectors(np.array([[2, 1]], np.float32), vectors, k=2)
    >>> rows.tolist(), scores.tolist()
    ([[2, 0]], [[3.0, 2.0]])
    """
    k, block = min(check_k(k), len(vectors)), check_k(block, "block")
    queries = np.asarray(queries, np.float32)
    if queries.ndim != 2 or vectors.ndim != 2 or queries.shape[1] != vectors.shape[1]:
        raise ValueError(
            "queries and vectors must be rows of one length. Got shapes "
            f"{queries.shape} and {vectors.shape}."
        )
    scores = np.empty((len(queries), k), np.float32)
    rows = np.empty((len(queries), k), np.int64)

    def search(first: int) -> None:
        part = slice(first, first + _QUERIES)
        best: tuple[np.ndarray, np.ndarray] | None = None
        for piece in split_vectors(len(vectors), block):
            of_piece = None if scale is None else scale[piece]
            products = multiply_vectors(queries[part], vectors[piece], of_piece)
            values, columns = take_best(products, k)
            best = _merge(best, (values, columns + piece.start), k)
        if best is not None:
            scores[part], rows[part] = best

    with one_blas_thread() as allowed:
        run_in_threads(search, range(0, len(queries), _QUERIES), n_threads or allowed)
    return scores, rows


def split_vectors(n: int, block: int = _BLOCK) -> Iterator[slice]:
    """Yield blocks of vectors, the last of which is never short beside others.

    Parameters
    ----------
    n : int
        How many vectors there are.
    block : int, default=16384
        Vectors of a block, rounded up to a multiple of 1,024.

    Yields
    ------
    slice
    """
    block = -(-block // _STEP) * _STEP
    first = 0
    while first < n:
        last = first + block
        if n - last < _STEP:
            last = n
        yield slice(first, last)
        first = last


def _merge(
    best: tuple[np.ndarray, np.ndarray] | None,
    more: tuple[np.ndarray, np.ndarray],
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best of two searches, the second of which is in later rows."""
    if best is None:
        return more
    values = np.concatenate([best[0], more[0]], axis=1)
    rows = np.concatenate([best[1], more[1]], axis=1)
    values, columns = take_best(values, k)
    return values, np.take_along_axis(rows, columns, axis=1)


def multiply_vectors(
    queries: np.ndarray,
    vectors: np.ndarray,
    scale: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return the products of queries and vectors.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_components), dtype float32
        One side.
    vectors : ndarray of shape (n_vectors, n_components), dtype float32, float16 or int8
        The other, of which a float32 copy is made where it is stored otherwise.
    scale : ndarray of shape (n_vectors, 1), dtype float32, or None, default=None
        What the rows of int8 vectors are multiplied by.
    out : ndarray of shape (n_queries, n_vectors), dtype float32, or None, default=None
        Where the products are written.

    Returns
    -------
    ndarray of shape (n_queries, n_vectors), dtype float32
        The last bit of a product may depend on whether there are other queries.
    """
    floats = np.asarray(vectors).astype(np.float32, copy=False)
    if scale is not None:
        floats = floats * scale
    if out is None:
        out = np.empty((len(queries), len(floats)), np.float32)
    if len(queries) == 1:
        # A product of two matrices would copy the larger one first.
        np.matmul(floats, queries[0], out=out[0])
        return out
    return np.matmul(queries, floats.T, out=out)
