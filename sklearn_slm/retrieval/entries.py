"""Entries of one or several texts each, found by vectors, words and pieces of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ..runtime.threads import one_blas_thread, run_in_threads
from .bm25 import Bm25, TermStatistics, build_bm25
from .index import multiply_vectors

__all__ = [
    "FIELDS",
    "EntryIndex",
    "add_entries",
    "blend_fields",
    "build_entries",
    "compute_fields",
    "remove_entries",
    "visit_scores",
]

# What tells how well a question and an entry go together, in this order.
FIELDS = ("network", "words", "pieces")
# Scores of texts that each thread holds at a time, and questions.
_BLOCK_SCORES, _MOST_QUESTIONS = 1 << 22, 64
# Pieces are left out that are in more texts, and in more than one of so many. They are the
# pieces of words that are frequent themselves, and would take most of the time.
_FREQUENT, _FREQUENT_SHARE = 2_000, 50
# Entries whose vectors an approximate search finds for a question.
_N_APPROXIMATE = 256


@dataclass(frozen=True, eq=False)
class EntryIndex:
    """Entries, such as the answers of a FAQ.

    Parameters
    ----------
    texts : tuple of str
        The texts of all entries, one entry after the other. The first text of each is its
        answer, the others are questions that are known to have it.
    owners : ndarray of shape (n_texts,), dtype int64
        The entry of each text; rising, from 0 on without gaps.
    vectors : ndarray of shape (n_texts, n_components), dtype float32, float16 or int8
        The vector of each text.
    scale : ndarray of shape (n_texts, 1), dtype float32, or None
        What the rows of int8 vectors are multiplied by.
    words, pieces : Bm25 or None
        The texts by their words and by pieces of these; None for vectors alone.
    """

    texts: tuple[str, ...]
    owners: np.ndarray
    vectors: np.ndarray
    scale: np.ndarray | None = None
    words: Bm25 | None = None
    pieces: Bm25 | None = None

    def __len__(self) -> int:
        return int(self.owners[-1]) + 1 if len(self.owners) else 0

    @cached_property
    def starts(self) -> np.ndarray:
        """The first text of each entry, shape (n_entries,)."""
        return np.searchsorted(self.owners, np.arange(len(self)))

    @property
    def statistics(self) -> tuple[TermStatistics | None, TermStatistics | None]:
        """What is known of words and of pieces."""
        words, pieces = self.words, self.pieces
        return (
            None if words is None else words.statistics,
            None if pieces is None else pieces.statistics,
        )

    @cached_property
    def answers(self) -> list[str]:
        """The first text of each entry."""
        return [self.texts[i] for i in self.starts]


def build_entries(
    texts: Sequence[str],
    owners: np.ndarray,
    vectors: np.ndarray,
    statistics: tuple[TermStatistics | None, TermStatistics | None] = (None, None),
    scale: np.ndarray | None = None,
) -> EntryIndex:
    """Make entries searchable.

    Parameters
    ----------
    texts, owners, vectors, scale
        As in :class:`EntryIndex`.
    statistics : tuple of (TermStatistics or None, TermStatistics or None)
        Of words and of pieces, if the index is to know the texts by them.

    Returns
    -------
    EntryIndex
    """
    words, pieces = (None if s is None else build_bm25(s, texts) for s in statistics)
    return EntryIndex(tuple(texts), owners, vectors, scale, words, pieces)


def add_entries(
    index: EntryIndex, texts: Sequence[str], vectors: np.ndarray
) -> EntryIndex:
    """Return an index with more entries of one text each, which come last.

    Parameters
    ----------
    index : EntryIndex
        It stays as it is.
    texts : sequence of str
        The answers.
    vectors : ndarray of shape (n_texts, n_components), dtype float32
        Their vectors, which are stored as those of the index are.
    """
    stored, scale = vectors.astype(index.vectors.dtype, copy=False), index.scale
    if scale is not None:
        steps = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0) / 127
        steps = np.where(steps > 0, steps, 1.0).astype(np.float32)
        stored = np.rint(vectors / steps).astype(np.int8)
        scale = np.concatenate([scale, steps])
    return EntryIndex(
        texts=(*index.texts, *texts),
        owners=np.concatenate([index.owners, len(index) + np.arange(len(texts))]),
        vectors=np.concatenate([index.vectors, stored]),
        scale=scale,
        words=index.words and index.words.add(texts),
        pieces=index.pieces and index.pieces.add(texts),
    )


def remove_entries(index: EntryIndex, entries: np.ndarray) -> EntryIndex:
    """Return an index without some entries and all of their texts.

    Parameters
    ----------
    index : EntryIndex
        It stays as it is.
    entries : ndarray of shape (n,), dtype int
        Their numbers. Entries after them move up.
    """
    is_removed = np.isin(index.owners, entries)
    rows, kept = np.flatnonzero(is_removed), np.flatnonzero(~is_removed)
    _, owners = np.unique(index.owners[kept], return_inverse=True)
    return EntryIndex(
        texts=tuple(index.texts[i] for i in kept),
        owners=owners.astype(np.int64),
        vectors=index.vectors[kept],
        scale=None if index.scale is None else index.scale[kept],
        words=index.words and index.words.remove(rows),
        pieces=index.pieces and index.pieces.remove(rows),
    )


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
    fields: list[np.ndarray | None] = [None, None, None]
    if wanted[0] and approximate is None:
        fields[0] = multiply_vectors(vectors, index.vectors, index.scale)
    elif wanted[0]:
        scores, rows = approximate.search(vectors, _N_APPROXIMATE)
        least = np.where(rows >= 0, scores, np.inf).min(axis=1, initial=np.inf)
        products = np.repeat(least[:, None], len(index.texts), axis=1)
        for product, found, row in zip(products, scores, rows):
            product[row[row >= 0]] = found[row >= 0]
        fields[0] = products.astype(np.float32, copy=False)
    if wanted[1] and index.words is not None:
        fields[1] = index.words.score(questions)
    if wanted[2] and index.pieces is not None:
        most = max(_FREQUENT, len(index.texts) // _FREQUENT_SHARE)
        fields[2] = index.pieces.score(questions, most_documents=most)
    starts = index.starts
    if len(starts) == len(index.texts):
        return fields
    return [f if f is None else np.maximum.reduceat(f, starts, axis=1) for f in fields]


def blend_fields(fields: Sequence[np.ndarray | None], blend: np.ndarray) -> np.ndarray:
    """Return the sum of fields under blend weights.

    Parameters
    ----------
    fields : sequence of ndarray of shape (n_questions, n_entries) or None
        As :func:`compute_fields` returns them; at least one that is not None. They are
        written over.
    blend : ndarray of shape (n_fields,)
        The weights.

    Returns
    -------
    ndarray of shape (n_questions, n_entries), dtype float32
    """
    total: np.ndarray | None = None
    for field, weight in zip(fields, blend):
        if field is None:
            continue
        field *= np.float32(weight)
        if total is None:
            total = field
        else:
            total += field
    assert total is not None
    return total


def visit_scores(
    index: EntryIndex,
    blend: np.ndarray,
    questions: Sequence[str],
    vectors: np.ndarray,
    visit: Callable[[slice, np.ndarray], None],
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
        Called with a slice of the questions and their scores, an array of shape
        (n_questions_of_it, n_entries), float32; from several threads.
    n_threads : int or None, default=None
        Threads that share the questions; None takes as many as BLAS is allowed. Scores do
        not depend on it.
    """
    there = [True, index.words is not None, index.pieces is not None]
    wanted = (np.asarray(blend) > 0) & there
    if not wanted.any():
        wanted[0] = True  # at a weight of 0
    size = min(max(_BLOCK_SCORES // max(len(index.texts), 1), 1), _MOST_QUESTIONS)

    def run(part: tuple[int, int]) -> None:
        rows = slice(*part)
        fields = compute_fields(
            index, questions[rows], vectors[rows], wanted, approximate
        )
        visit(rows, blend_fields(fields, blend))

    cuts = [*range(0, len(questions), size), len(questions)]
    with one_blas_thread() as allowed:
        run_in_threads(run, pairwise(cuts), n_threads or allowed)
