"""Batches of pairs of texts of similar length, in a seeded order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...text import BOUNDARY_ID, UNKNOWN_ID, Ragged
from ..batches import choose_widths, plan_batches, rows_in_batch
from ..examples import Examples
from ..options import TrainingOptions

__all__ = ["Batch", "PairBatches", "drop_words", "extend_widths", "pad_texts"]


class Batch(NamedTuple):
    """What a step reads, time first.

    Parameters
    ----------
    ids : ndarray of shape (steps, n_rows), dtype int32
        The first texts, padded with 0.
    read : ndarray of shape (steps + 1, n_rows), dtype int32
        What the decoder reads: a boundary, then the second texts.
    targets : ndarray of shape (steps + 1, n_rows), dtype int32
        The token after each: the second texts, then a boundary.
    weight : ndarray of shape (steps + 1, n_rows), dtype float32
        Weight of each target; 0 behind the end of a text.
    """

    ids: np.ndarray
    read: np.ndarray
    targets: np.ndarray
    weight: np.ndarray

    @property
    def row_axes(self) -> tuple[int, ...]:
        """The axis of the rows of each part, which devices share."""
        return 1, 1, 1, 1

    @property
    def n_targets(self) -> int:
        """Tokens to predict."""
        return int(np.count_nonzero(self.weight))

    def halve(self) -> list[Batch]:
        """Return its rows in two halves; in one if there is one row."""
        n_rows = self.ids.shape[1]
        middle = (n_rows + 1) // 2
        halves = [slice(0, middle), slice(middle, None)][: min(n_rows, 2)]
        return [Batch(*(part[:, half] for part in self)) for half in halves]


@dataclass(frozen=True)
class PairBatches:
    """The batches of one epoch after another.

    Both texts of a pair are padded to one width, which the longer one chooses: those of
    a pair are of similar length, and each further width is compiled for.

    Parameters
    ----------
    examples : Examples
        With ``"ids"`` as inputs and as targets.
    batch_size : int
        Pairs in a batch; fewer where the width is very large.
    widths : ndarray of shape (n_widths,), dtype int
        Rising widths, the last one of which is wide enough for all.
    word_dropout : float, default=0.0
        Dropout rate of tokens that are read, in both texts: they are read as unknown.
    """

    examples: Examples
    batch_size: int
    widths: np.ndarray
    word_dropout: float = 0.0

    @classmethod
    def of(
        cls,
        examples: Examples,
        options: TrainingOptions,
        epochs: int,
        like: PairBatches | None = None,
    ) -> PairBatches:
        """Return the batches of a training.

        Parameters
        ----------
        examples, options, epochs
            As in :func:`~.train.train_sequences`.
        like : PairBatches or None, default=None
            Those of training, for what is evaluated in between: words are not dropped,
            and nothing is compiled for other widths, as far as theirs reach.
        """
        lengths = _measure(examples)
        if like is None:
            chosen = choose_widths(lengths, epochs)
            return cls(examples, options.batch_size, chosen, options.word_dropout)
        return cls(examples, options.batch_size, extend_widths(like.widths, lengths))

    def __len__(self) -> int:
        return len(self._plan(np.random.RandomState(0)))

    @property
    def n_targets(self) -> int:
        """Tokens to predict in an epoch."""
        targets = self.examples.targets["ids"]
        return len(targets.values) + len(targets)

    def _plan(self, random_state: np.random.RandomState) -> list:
        lengths = _measure(self.examples)
        size = min(self.batch_size, len(lengths))
        return plan_batches(lengths, self.widths, size, random_state)

    def read(self, seed: int = 0, epoch: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch.

        Parameters
        ----------
        seed, epoch : int
            The order, and what word dropout drops, depend on these two alone.

        Yields
        ------
        Batch
        """
        sources, targets = self.examples.inputs["ids"], self.examples.targets["ids"]
        size = min(self.batch_size, len(self.examples))
        plan = self._plan(np.random.RandomState([seed, epoch]))
        for i, (rows, width) in enumerate(plan):
            n_rows = rows_in_batch(size, width)
            ids = pad_texts(sources.take(rows), n_rows, width)
            text = targets.take(rows)
            written = pad_texts(text, n_rows, width + 1)
            before = np.pad(written[:-1], ((1, 0), (0, 0)), constant_values=BOUNDARY_ID)
            lengths = np.pad(text.lengths + 1, (0, n_rows - len(rows)))
            of_row = np.pad(self.examples.weight[rows], (0, n_rows - len(rows)))
            weight = (np.arange(width + 1)[:, None] < lengths) * of_row
            if self.word_dropout > 0:
                random = np.random.default_rng([seed, epoch, i])
                ids, before = (
                    drop_words(part, self.word_dropout, random)
                    for part in (ids, before)
                )
            yield Batch(ids, before, written, weight.astype(np.float32))


def extend_widths(widths: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return widths, and one more if they do not reach.

    Examples
    --------
    >>> extend_widths(np.array([4, 8]), np.array([3, 20])).tolist()
    [4, 8, 32]
    """
    longest = int(lengths.max(initial=1))
    more = [] if longest <= widths[-1] else [-(-longest // 16) * 16]
    return np.concatenate([widths, np.array(more, widths.dtype)])


def _measure(examples: Examples) -> np.ndarray:
    """Return the width that each pair needs; that of a target has its boundary beyond."""
    sources, targets = examples.inputs["ids"], examples.targets["ids"]
    return np.maximum(sources.lengths, targets.lengths)


def pad_texts(texts: Ragged, n_rows: int, width: int) -> np.ndarray:
    """Return texts as columns (width, n_rows), padded with 0.

    Examples
    --------
    >>> pad_texts(Ragged(np.array([5, 6, 7]), np.array([0, 1, 3])), 3, 2).tolist()
    [[5, 6, 0], [0, 7, 0]]
    """
    padded = texts.pad(width)
    return np.ascontiguousarray(np.pad(padded, ((0, n_rows - len(padded)), (0, 0))).T)


def drop_words(ids: np.ndarray, rate: float, random: np.random.Generator) -> np.ndarray:
    """Return ids in which some of the tokens are read as unknown; padding stays.

    Parameters
    ----------
    ids : ndarray, dtype int32
        Padded with 0.
    rate : float
        Dropout rate.
    random : numpy.random.Generator
        Draws which.
    """
    is_dropped = (random.random(ids.shape) < rate) & (ids != BOUNDARY_ID)
    return np.where(is_dropped, UNKNOWN_ID, ids).astype(np.int32)
