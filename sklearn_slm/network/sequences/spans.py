"""Batches of questions and passages, and where the answers stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..batches import choose_widths, plan_batches, rows_in_batch
from ..examples import Examples
from ..options import TrainingOptions
from .batches import drop_words, extend_widths, pad_texts

__all__ = ["SpanBatch", "SpanBatches"]

# Each pair of widths is compiled for.
_MOST_WIDTHS, _MOST_QUESTION_WIDTHS = 4, 2


class SpanBatch(NamedTuple):
    """What a step reads, time first.

    Parameters
    ----------
    ids : ndarray of shape (steps of the questions, n_rows), dtype int32
        The questions, padded with 0.
    second : ndarray of shape (steps, n_rows), dtype int32
        Their passages, padded with 0.
    features : ndarray of shape (steps, n_rows, n_features), dtype float32
        What is known of each token of the passages.
    spans : ndarray of shape (n_rows, 2), dtype int32
        First and last token of each answer, -1 where there is none.
    weight : ndarray of shape (n_rows,), dtype float32
        Weight of each question; 0 where there is none.
    """

    ids: np.ndarray
    second: np.ndarray
    features: np.ndarray
    spans: np.ndarray
    weight: np.ndarray

    @property
    def row_axes(self) -> tuple[int, ...]:
        """The axis of the rows of each part, which devices share."""
        return 1, 1, 1, 0, 0

    @property
    def n_targets(self) -> int:
        """Questions."""
        return int(np.count_nonzero(self.weight))

    def halve(self) -> list[SpanBatch]:
        """Return its rows in two halves; in one if there is one row."""
        n_rows = len(self.weight)
        middle = (n_rows + 1) // 2
        halves = [slice(0, middle), slice(middle, None)][: min(n_rows, 2)]
        return [
            SpanBatch(
                *(part[:, half] for part in self[:3]),
                *(part[half] for part in self[3:]),
            )
            for half in halves
        ]


@dataclass(frozen=True)
class SpanBatches:
    """The batches of one epoch after another.

    Parameters
    ----------
    examples : Examples
        ``"ids"`` are questions and ``"second"`` the passage of each; ``"features"``,
        if there are any, Ragged rows of float32 (n_tokens, n_features) with the offsets
        of the passages. ``"spans"`` among the targets, int32 (n, 2), are the first and the
        last token of each answer, (-1, -1) where the passage has none.
    batch_size : int
        Questions in a batch; fewer where passages are very long.
    widths, question_widths : ndarray of shape (n_widths,), dtype int
        Rising widths; the last one of each is wide enough for all.
    word_dropout : float, default=0.0
        Dropout rate of tokens, in both texts: those dropped are read as unknown.
    """

    examples: Examples
    batch_size: int
    widths: np.ndarray
    question_widths: np.ndarray
    word_dropout: float = 0.0

    @classmethod
    def of(
        cls,
        examples: Examples,
        options: TrainingOptions,
        epochs: int,
        like: SpanBatches | None = None,
    ) -> SpanBatches:
        """Return the batches of a training; see :meth:`~.batches.PairBatches.of`.

        Raises
        ------
        ValueError
            If an answer reaches beyond its passage, or its last token comes before the
            first.
        """
        asked, read = (examples.inputs[name].lengths for name in ("ids", "second"))
        _check(examples.targets["spans"], read)
        # Halves of two sizes would be compiled for twice.
        size = min(options.batch_size, len(examples) + len(examples) % 2)
        if like is None:
            widths = choose_widths(read, epochs)[-_MOST_WIDTHS:]
            question_widths = choose_widths(asked, epochs)[-_MOST_QUESTION_WIDTHS:]
            return cls(examples, size, widths, question_widths, options.word_dropout)
        widths = extend_widths(like.widths, read)
        return cls(examples, size, widths, extend_widths(like.question_widths, asked))

    def __len__(self) -> int:
        return len(self._plan(np.random.RandomState(0)))

    @property
    def n_targets(self) -> int:
        """Questions of an epoch."""
        return len(self.examples)

    def _plan(self, random_state: np.random.RandomState) -> list:
        lengths = self.examples.inputs["second"].lengths
        return plan_batches(lengths, self.widths, self.batch_size, random_state)

    def read(self, seed: int = 0, epoch: int = 0) -> Iterator[SpanBatch]:
        """Yield the batches of an epoch.

        Parameters
        ----------
        seed, epoch : int
            The order, and what word dropout drops, depend on these two alone.

        Yields
        ------
        SpanBatch
        """
        plan = self._plan(np.random.RandomState([seed, epoch]))
        for i, (rows, width) in enumerate(plan):
            part = self.examples.take(rows)
            asked, passages = part.inputs["ids"], part.inputs["second"]
            n_rows = rows_in_batch(self.batch_size, width)
            missing = n_rows - len(rows)
            # A batch is as wide as its longest question: two widths serve.
            longest = int(asked.lengths.max(initial=1))
            at = int(np.searchsorted(self.question_widths, longest))
            ids = pad_texts(asked, n_rows, int(self.question_widths[at]))
            second = pad_texts(passages, n_rows, width)
            if self.word_dropout > 0:
                random = np.random.default_rng([seed, epoch, i])
                ids, second = (
                    drop_words(text, self.word_dropout, random)
                    for text in (ids, second)
                )
            features = np.zeros((len(rows), width, 0), np.float32)
            if "features" in part.inputs:
                features = part.inputs["features"].pad(width)
            features = np.pad(features, ((0, missing), (0, 0), (0, 0)))
            spans = np.pad(
                part.targets["spans"], ((0, missing), (0, 0)), constant_values=-1
            )
            yield SpanBatch(
                ids,
                second,
                np.ascontiguousarray(features.transpose(1, 0, 2)),
                spans.astype(np.int32, copy=False),
                np.pad(part.weight, (0, missing)),
            )


def _check(spans: np.ndarray, lengths: np.ndarray) -> None:
    """Refuse answers that are no part of their passages."""
    first, last = spans.T
    is_right = (first >= 0) & (first <= last) & (last < lengths)
    is_right |= (first == -1) & (last == -1)
    if not is_right.all():
        row = int(np.flatnonzero(~is_right)[0])
        raise ValueError(
            "a span must be the first and the last token of an answer, both in a passage, "
            f"or (-1, -1). Got {tuple(spans[row].tolist())} in row {row}, whose passage "
            f"has {lengths[row]} tokens."
        )
