"""Documents cut into batches, run in threads, and their outputs put in order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..spec import NetworkSpec
from ..text import Ragged
from .heads import HEADS
from .packing import split_batches
from .threads import one_blas_thread, run_in_threads

__all__ = ["join_rows", "order_documents", "run_batches", "run_rows", "split_empty"]


def run_batches(
    spec: NetworkSpec,
    texts: Ragged,
    run: Callable[[Ragged], dict[str, np.ndarray]],
    *,
    n_threads: int | None,
    most_documents: int,
    most_tokens: int,
) -> dict[str, np.ndarray]:
    """Cut documents into batches, run each in a thread, put the outputs in order.

    Parameters
    ----------
    spec : NetworkSpec
        Names the outputs.
    texts, n_threads
        As in :meth:`~.network.PreparedNetwork.run`.
    run : callable
        From documents, longest first, to their outputs.
    most_documents, most_tokens : int
        Bounds of a batch, padding counted.

    Returns
    -------
    dict of str to ndarray
        As :meth:`~.network.PreparedNetwork.run` returns them.
    """
    head, lengths = HEADS[spec.head.kind], texts.lengths
    outputs = head.allocate(spec.head, len(texts), len(texts.values))
    order, empty = split_empty(order_documents(texts), lengths)

    def run_rows(rows: np.ndarray) -> None:
        part = texts.take(rows) if len(texts) > 1 else texts
        for name, values in run(part).items():
            if name in head.PER_TOKEN:
                begins = texts.offsets[rows] - part.offsets[:-1]
                shift = np.repeat(begins, lengths[rows])
                outputs[name][shift + np.arange(len(values))] = values
            else:
                outputs[name][rows] = values

    batches = split_batches(lengths[order], most_documents, most_tokens)
    with one_blas_thread() as allowed:
        run_in_threads(
            run_rows,
            [order[batch] for batch in batches],
            allowed if n_threads is None else n_threads,
        )
    for name, values in outputs.items():
        if name not in head.PER_TOKEN:
            values[empty] = values[order[-1:]]
    return outputs


def run_rows(
    run: Callable[[np.ndarray], object],
    texts: Ragged,
    n_threads: int | None,
    most_documents: int,
    most_tokens: int,
) -> None:
    """Cut documents into batches by their length and content, and run each in a thread.

    Parameters
    ----------
    run : callable
        Called with which documents they are, ndarray (n,); what it returns is dropped.
    texts, n_threads, most_documents, most_tokens
        As in :func:`run_batches`.
    """
    order = order_documents(texts)
    batches = split_batches(texts.lengths[order], most_documents, most_tokens)
    with one_blas_thread() as allowed:
        run_in_threads(
            run,
            [order[batch] for batch in batches],
            allowed if n_threads is None else n_threads,
        )


def join_rows(first: Ragged, second: Ragged) -> Ragged:
    """Return as one row each row of one side and that of the other.

    Examples
    --------
    >>> one = Ragged(np.array([1, 2, 3]), np.array([0, 2, 3]))
    >>> two = Ragged(np.array([7, 8]), np.array([0, 0, 2]))
    >>> joined = join_rows(one, two)
    >>> joined[0].tolist(), joined[1].tolist()
    ([1, 2], [3, 7, 8])
    """
    n = len(first)
    values = np.concatenate([first.values, second.values])
    offsets = np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]])
    sides = np.stack([np.arange(n), n + np.arange(n)], axis=1).ravel()
    both = Ragged(values, offsets).take(sides)
    return Ragged(both.values, both.offsets[::2])


def order_documents(texts: Ragged) -> np.ndarray:
    """Return the documents longest first, and those of one length by their content.

    The place of a row in a matrix product may decide its last bit. Ordered by content,
    the same documents in any order make the same batches, and the same results.
    """
    ids, offsets, lengths = texts.values, texts.offsets, texts.lengths
    if len(lengths) < 2:
        return np.zeros(len(lengths), np.intp)
    place = np.arange(len(ids)) - np.repeat(offsets[:-1], lengths)
    # One number for each id at its place, mixed as splitmix64 does (Steele et al., 2014);
    # equal sums of a document only leave the given order.
    mixed = ids.astype(np.uint64) << np.uint64(32) | place.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    return np.lexsort((total[offsets[1:]] - total[offsets[:-1]], -lengths))


def split_empty(
    order: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the documents to run, the last of them for all empty ones, and the others.

    Parameters
    ----------
    order : ndarray of shape (n_documents,)
        The documents, longest first.
    lengths : ndarray of shape (n_documents,)
        Tokens of each document.

    Returns
    -------
    order, empty : ndarray
        With one empty document at most, and the rest of them.

    Examples
    --------
    >>> split_empty(np.array([1, 0, 2, 3]), np.array([0, 4, 0, 0]))
    (array([1, 0]), array([2, 3]))
    """
    n = np.count_nonzero(lengths) + 1
    return order[:n], order[n:]
