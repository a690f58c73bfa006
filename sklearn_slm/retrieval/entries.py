"""Entries of one or several texts each, found by vectors, words and pieces of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from .bm25 import Bm25, TermStatistics, build_bm25

__all__ = [
    "EntryIndex",
    "add_entries",
    "build_entries",
    "remove_entries",
]


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

    def __getstate__(self) -> dict[str, Any]:
        # What follows from the rest is made again.
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __len__(self) -> int:
        return int(self.owners[-1]) + 1 if len(self.owners) else 0

    @cached_property
    def starts(self) -> np.ndarray:
        """The first text of each entry, shape (n_entries,)."""
        return np.searchsorted(self.owners, np.arange(len(self)))

    @cached_property
    def several(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Entries of several texts, the texts of these, and where each begins among them."""
        counts = np.diff(self.starts, append=len(self.owners))
        entries = np.flatnonzero(counts > 1)
        texts = np.flatnonzero(counts[self.owners] > 1)
        return entries, texts, np.cumsum(counts[entries]) - counts[entries]

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

    def lift_largest(self, scores: np.ndarray) -> np.ndarray:
        """Give the first text of each entry the largest score of its texts.

        Parameters
        ----------
        scores : ndarray of shape (..., n_texts)
            The scores of texts, which are changed.

        Returns
        -------
        ndarray of shape (..., n_texts)
            The same array; :attr:`starts` are the scores of entries.
        """
        entries, texts, cuts = self.several
        if len(entries):
            # Most entries may have one text, and a look at each is slow.
            own = np.take(scores, texts, axis=-1)
            largest = np.maximum.reduceat(own, cuts, axis=-1)
            scores[..., self.starts[entries]] = largest
        return scores

    def take_largest(self, scores: np.ndarray) -> np.ndarray:
        """Return the scores of entries, of those of texts that have been lifted.

        Parameters
        ----------
        scores : ndarray of shape (..., n_texts)
            What :meth:`lift_largest` returned, or a weighted sum of such.

        Returns
        -------
        ndarray of shape (..., n_entries)
            The same array where each entry has one text.
        """
        if not len(self.several[0]):
            return scores
        return np.take(scores, self.starts, axis=-1)


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
