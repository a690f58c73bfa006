"""How well questions and entries go together: by vectors, words and pieces of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise, repeat
from typing import Any

import numpy as np

from ..runtime.threads import one_blas_thread, run_in_threads
from .entries import EntryIndex
from .index import multiply_vectors, split_vectors

__all__ = ["FIELDS", "blend_rows", "compute_fields", "visit_scores"]

# What tells how well a question and an entry go together, in this order.
FIELDS = ("network", "words", "pieces")
# Scores of texts that each thread holds at a time, and questions.
_BLOCK_SCORES, _MOST_QUESTIONS = 1 << 22, 64
# Pieces are left out that are in more texts, and in more than one of so many. They are the
# pieces of words that are frequent themselves, and would take most of the time.
_FREQUENT, _FREQUENT_SHARE = 2_000, 50
# Texts from which on one question is worth a second thread.
_WORTH_THREADS = 20_000
# Entries whose vectors an approximate search finds for a question.
_N_APPROXIMATE = 64

Rows = Iterable[np.ndarray]


def compute_fields(
    index: EntryIndex,
    questions: Sequence[str],
    vectors: np.ndarray,
    wanted: Sequence[bool] | np.ndarray = (True, True, True),
    approximate: Any = None,
) -> list[np.ndarray | None]:
    """Return how well questions and entries go together, by each of `FIELDS`.

    An entry is as good as its best text.

    Parameters
    ----------
    index : EntryIndex
        The entries.
    questions : sequence of str
        Raw texts.
    vectors : ndarray of shape (n_questions, n_components), dtype float32
        Their vectors.
    wanted : sequence of bool, default=(True, True, True)
        Which fields are asked for.
    approximate : ApproximateIndex or None, default=None
        Finds the best texts by their vectors; others count as the worst of these.

    Returns
    -------
    list of ndarray of shape (n_questions, n_entries), dtype float32, or None
        None where a field is not asked for, or the index does not have it.
    """
    shape = len(questions), len(index.texts)
    return [
        None
        if rows is None
        else index.take_largest(
            index.lift_largest(np.array(list(rows), np.float32).reshape(shape))
        )
        for rows in _start_fields(index, questions, vectors, wanted, approximate)
    ]


def _start_fields(
    index: EntryIndex,
    questions: Sequence[str],
    vectors: np.ndarray,
    wanted: Sequence[bool] | np.ndarray,
    approximate: Any,
    n_threads: int = 1,
) -> list[Rows | None]:
    """Return what gives the scores of all texts by each field, question by question.

    With several threads, all is computed here, by products in one and words in another.
    """
    found: list[Rows | None] = [None, None, None]
    work: list[Callable[[], None]] = []
    if n_threads > 1:
        # In one thread: Python runs in one at a time.
        work.append(partial(_score_terms, index, questions, wanted, found))
    else:
        found[1:] = _iterate_terms(index, questions, wanted)
    if wanted[0]:
        products = np.empty((len(questions), len(index.texts)), np.float32)
        found[0] = products
        if approximate is None:
            # One question is cut into parts, always the same: their size may decide the
            # last bit of a product.
            n = len(index.texts)
            parts = split_vectors(n) if len(questions) == 1 else [slice(0, n)]
            work += [partial(_multiply, index, vectors, products, p) for p in parts]
        else:
            work.append(partial(_approach, approximate, vectors, products))
    run_in_threads(lambda each: each(), work, n_threads)
    return found


def _iterate_terms(
    index: EntryIndex, questions: Sequence[str], wanted: Sequence[bool] | np.ndarray
) -> list[Rows | None]:
    words: Rows | None = None
    pieces: Rows | None = None
    if wanted[1] and index.words is not None:
        words = index.words.iterate(questions)
    if wanted[2] and index.pieces is not None:
        most = max(_FREQUENT, len(index.texts) // _FREQUENT_SHARE)
        pieces = index.pieces.iterate(questions, most_documents=most)
    return [words, pieces]


def _score_terms(
    index: EntryIndex,
    questions: Sequence[str],
    wanted: Sequence[bool] | np.ndarray,
    found: list[Rows | None],
) -> None:
    rows = _iterate_terms(index, questions, wanted)
    found[1:] = [None if each is None else list(each) for each in rows]


def _multiply(
    index: EntryIndex, vectors: np.ndarray, products: np.ndarray, part: slice
) -> None:
    scale = None if index.scale is None else index.scale[part]
    multiply_vectors(vectors, index.vectors[part], scale, products[:, part])


def _approach(approximate: Any, vectors: np.ndarray, products: np.ndarray) -> None:
    scores, rows = approximate.search(vectors, _N_APPROXIMATE)
    least = np.where(rows >= 0, scores, np.inf).min(axis=1, initial=np.inf)
    products[:] = least[:, None]
    for product, values, row in zip(products, scores, rows):
        product[row[row >= 0]] = values[row >= 0]


def blend_rows(
    index: EntryIndex, rows: Sequence[np.ndarray | None], blend: np.ndarray
) -> np.ndarray:
    """Return the scores of entries under blend weights, of one question.

    Parameters
    ----------
    index : EntryIndex
        The entries.
    rows : sequence of ndarray of shape (n_texts,) or None
        Scores of texts by each of `FIELDS`, at least one that is not None. They are written
        over.
    blend : ndarray of shape (n_fields,)
        The weights.

    Returns
    -------
    ndarray of shape (n_entries,), dtype float32
    """
    total: np.ndarray | None = None
    for row, weight in zip(rows, blend):
        if row is None:
            continue
        index.lift_largest(row)
        row *= np.float32(weight)
        if total is None:
            total = row
        else:
            total += row
    assert total is not None
    return index.take_largest(total)


def visit_scores(
    index: EntryIndex,
    blend: np.ndarray,
    questions: Sequence[str],
    vectors: np.ndarray,
    visit: Callable[[int, np.ndarray], None],
    *,
    approximate: Any = None,
    n_threads: int | None = None,
) -> None:
    """Score all entries for many questions, in pieces that fit into memory.

    Parameters
    ----------
    index, questions, vectors, approximate
        As in :func:`compute_fields`.
    blend : ndarray of shape (3,)
        Weights of the fields; one of weight 0 is not computed.
    visit : callable
        Called with the number of a question and its scores, an array of shape
        (n_entries,), float32, which is its own; from several threads.
    n_threads : int or None, default=None
        Threads that share the questions; None takes as many as BLAS is allowed. Scores do
        not depend on it.
    """
    there = [True, index.words is not None, index.pieces is not None]
    wanted = (np.asarray(blend) > 0) & there
    if not wanted.any():
        wanted[0] = True  # at a weight of 0
    size = min(max(_BLOCK_SCORES // max(len(index.texts), 1), 1), _MOST_QUESTIONS)
    cuts = [*range(0, len(questions), size), len(questions)]
    with one_blas_thread() as allowed:
        n_threads = n_threads or allowed
        # Questions are shared out; the products of one alone are cut into parts.
        alone = len(questions) == 1 and len(index.texts) >= _WORTH_THREADS
        alone &= approximate is None

        def run(part: tuple[int, int]) -> None:
            own = slice(*part)
            fields = _start_fields(
                index,
                questions[own],
                vectors[own],
                wanted,
                approximate,
                n_threads if alone else 1,
            )
            rows = zip(*(repeat(None) if f is None else f for f in fields))
            # A question is done with while its scores are in the cache.
            for i, of_fields in enumerate(rows, start=part[0]):
                visit(i, blend_rows(index, of_fields, blend))

        run_in_threads(run, pairwise(cuts), n_threads)
