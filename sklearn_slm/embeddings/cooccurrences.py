"""Count which words stand near each other."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray

from .tfidf import N_SPECIAL_IDS, check_ragged

__all__ = ["count_cooccurrences"]

# Counts of frequent words as a dense upper triangle, and those of all others.
Counted = tuple[NDArray[np.float64], sp.csr_array]

# Tokens counted at a time: 40 MB of keys at window 10, enough to keep NumPy busy.
BLOCK_TOKENS = 1 << 19
# Most pairs are of words as frequent as these. Adding them up in a dense matrix, 8 MB,
# takes a fraction of the time of sorting them.
CORNER_WORDS = 1 << 10


def count_cooccurrences(
    ids: ArrayLike,
    offsets: ArrayLike,
    n_tokens: int,
    *,
    window_size: int = 10,
    n_jobs: int | None = None,
) -> sp.csr_array:
    """Count how often words occur together, nearer ones more.

    Two words ``k`` positions apart in the same document, ``k`` at most `window_size`, add
    ``1 / k`` to the count of the pair in both orders.

    Parameters
    ----------
    ids : array-like of int, shape (n_ids,)
        The documents one behind the other; a memory map is read block by block. Padding (0)
        and unknown words (1) keep their position and are not counted.
    offsets : array-like of int, shape (n_documents + 1,)
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    n_tokens : int
        Words in the vocabulary; id ``r + 2`` is row and column ``r``.
    window_size : int, default=10
        The greatest distance that counts.
    n_jobs : int or None, default=None
        Threads, as in scikit-learn. The counts are the same bits for any number.

    Returns
    -------
    scipy.sparse.csr_array of float32, shape (n_tokens, n_tokens)
        Symmetric and canonical. A word beside itself counts in both orders too.

    Raises
    ------
    ValueError
        If an id is out of range, `offsets` do not cut `ids` into documents, or
        `window_size` is below 1.

    Notes
    -----
    Memory holds the ids, 0.2 GB for each thread, and at most about 50 bytes for each pair
    of words that occur together (the result alone has 16); counted blocks wait for their
    turn only as long as there are fewer of them than threads.

    References
    ----------
    Pennington, Socher and Manning (2014), GloVe: Global Vectors for Word Representation.

    Examples
    --------
    Words 0, 1, 0 in one document, word 1 alone in the next:

    >>> count_cooccurrences([2, 3, 2, 3], [0, 3, 4], n_tokens=2).toarray()
    array([[1., 2.],
           [2., 0.]], dtype=float32)
    """
    ids, offsets = np.asanyarray(ids), np.asarray(offsets)
    check_ragged(ids, offsets, n_tokens)
    if window_size < 1:
        raise ValueError(f"window_size must be at least 1. Got {window_size!r}.")
    starts = range(0, len(ids), BLOCK_TOKENS)
    # No larger than it takes to count: a small corpus has few pairs.
    n_corner = min(n_tokens, CORNER_WORDS, math.isqrt(len(ids)))

    def count_block(start: int) -> Counted:
        return _count_block(ids, offsets, n_tokens, n_corner, window_size, start)

    n_threads = effective_n_jobs(n_jobs)
    with ThreadPoolExecutor(n_threads) as pool:
        upper = _merge(_map_ahead(pool, count_block, starts, n_threads), n_tokens)
    counts = upper + upper.T.tocsr()
    counts.sort_indices()
    return counts


def _map_ahead(
    pool: ThreadPoolExecutor,
    function: Callable[[int], Counted],
    items: Iterable[int],
    n_ahead: int,
) -> Iterator[Counted]:
    """Map in order, no more than so many results ahead of what was taken."""
    waiting: deque[Future[Counted]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > n_ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _count_block(
    ids: NDArray[Any],
    offsets: NDArray[Any],
    n_words: int,
    n_corner: int,
    window: int,
    start: int,
) -> Counted:
    """Count the pairs whose first word lies in one block, as an upper triangle."""
    stop = min(start + BLOCK_TOKENS, len(ids))
    rows = np.asarray(ids[start : stop + window], dtype=np.int64) - N_SPECIAL_IDS
    position = np.arange(start, stop)
    end = offsets[np.searchsorted(offsets, position, side="right")] - start
    position -= start
    position, end = position[rows[: stop - start] >= 0], end[rows[: stop - start] >= 0]
    shift = int(window - 1).bit_length()
    corner, keys = [], []
    for distance in range(1, window + 1):
        inside = position + distance < end
        position, end = position[inside], end[inside]
        first, second = rows[position], rows[position + distance]
        first, second = first[second >= 0], second[second >= 0]
        low, high = np.minimum(first, second), np.maximum(first, second)
        frequent = high < n_corner
        corner.append((low * n_corner + high)[frequent])
        pair = (low * n_words + high)[~frequent]
        keys.append((pair << shift) | (distance - 1))
    weights = np.repeat(1.0 / np.arange(1, window + 1), [len(part) for part in corner])
    sums = np.bincount(np.concatenate(corner), weights, minlength=n_corner**2)
    return (
        sums.astype(np.float64, copy=False).reshape(n_corner, n_corner),
        _sum_keys(np.concatenate(keys), shift, window, n_words),
    )


def _sum_keys(
    keys: NDArray[np.int64], shift: int, window: int, n_words: int
) -> sp.csr_array:
    """Add ``1 / distance`` of equal pairs; a key holds the pair, then the distance."""
    keys.sort()
    pair = keys >> shift
    weights = (1.0 / np.arange(1, window + 1))[keys & ((1 << shift) - 1)]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    sums = np.add.reduceat(weights, first) if len(first) else weights
    rows, columns = np.divmod(pair[first], n_words)
    pointers = np.searchsorted(rows, np.arange(n_words + 1))
    return sp.csr_array(
        (sums.astype(np.float32), columns.astype(np.int32), pointers),
        shape=(n_words, n_words),
    )


def _merge(blocks: Iterator[Counted], n_words: int) -> sp.csr_array:
    """Add sparse matrices two of a size at a time, so that each is copied few times."""
    corner: NDArray[np.float64] | float = 0.0
    pending: list[tuple[int, sp.csr_array]] = []
    for dense, block in blocks:
        corner = corner + dense
        merged = (1, block)
        while pending and pending[-1][0] <= merged[0]:
            size, other = pending.pop()
            merged = (size + merged[0], other + merged[1])
        pending.append(merged)
    total = sp.csr_array(np.atleast_2d(corner), dtype=np.float32)
    total.resize(n_words, n_words)
    for _, block in reversed(pending):
        total = total + block
    return total
