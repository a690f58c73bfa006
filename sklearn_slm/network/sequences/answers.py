"""Batches of questions, each among the answers that it is to find its own in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...text import UNKNOWN_ID, Ragged
from ..batches import choose_widths, plan_batches, rows_in_batch
from ..examples import Examples
from ..options import TrainingOptions
from .batches import extend_widths

__all__ = ["AnswerBatch", "AnswerBatches"]

# Tokens of an answer that training reads: a batch is as wide as its longest answer, and
# one of many is long. What is served reads all of it.
_LONGEST_ANSWER = 128


class AnswerBatch(NamedTuple):
    """What half a step reads: questions, and the answers that belong to them or not.

    Parameters
    ----------
    ids : ndarray of shape (steps, n_questions), dtype int32
        The questions, padded with 0.
    answers : ndarray of shape (steps of answers, n_answers), dtype int32
        Distinct answers, padded with 0.
    is_answer : ndarray of shape (n_answers,), dtype float32
        0 where a column is no answer but padding, else 1.
    right : ndarray of shape (n_questions,), dtype int32
        Column of each question's answer.
    weight : ndarray of shape (n_questions,), dtype float32
        Weight of each question; 0 where there is none.
    """

    ids: np.ndarray
    answers: np.ndarray
    is_answer: np.ndarray
    right: np.ndarray
    weight: np.ndarray

    @property
    def row_axes(self) -> tuple[int | None, ...]:
        """The axis of the questions that devices share; each meets all answers."""
        return 1, None, None, 0, 0


class _Halves(NamedTuple):
    """A batch, which is cut in two before its answers are put together."""

    halves: list[AnswerBatch]
    weight: np.ndarray

    @property
    def n_targets(self) -> int:
        """Questions."""
        return int(np.count_nonzero(self.weight))

    def halve(self) -> list[AnswerBatch]:
        """Return its halves: a question meets the answers of its own half."""
        return self.halves


@dataclass(frozen=True)
class AnswerBatches:
    """The batches of one epoch after another.

    Parameters
    ----------
    examples : Examples
        ``"ids"`` are questions and ``"answers"`` among the targets the row of each one's
        answer in `answers`; ``"negatives"`` int32 (n, n_negatives), if there are any,
        rows of wrong answers that are hard to tell from the right one, -1 for none.
    answers : Ragged
        All distinct answers; of long ones the first 128 tokens are read.
    batch_size : int
        Questions in a batch; fewer where they are very long.
    widths, answer_widths : ndarray of shape (n_widths,), dtype int
        Rising widths; the last one of each is wide enough for all.
    word_dropout : float, default=0.0
        Dropout rate of tokens: those dropped are read as unknown.
    """

    examples: Examples
    answers: Ragged
    batch_size: int
    widths: np.ndarray
    answer_widths: np.ndarray
    word_dropout: float = 0.0

    @classmethod
    def of(
        cls,
        examples: Examples,
        options: TrainingOptions,
        epochs: int,
        like: AnswerBatches | None = None,
    ) -> AnswerBatches:
        """Return the batches of a training; see :meth:`~.batches.PairBatches.of`."""
        answers = examples.inputs["second"]
        lengths = (
            examples.inputs["ids"].lengths,
            np.minimum(answers.lengths, _LONGEST_ANSWER),
        )
        size = min(options.batch_size, len(examples))
        if like is None:
            # A batch is as wide as its widest answer: few widths serve.
            reach, answer_reach = (choose_widths(n, epochs)[-4:] for n in lengths)
            return cls(
                examples, answers, size, reach, answer_reach, options.word_dropout
            )
        reach = extend_widths(like.widths, lengths[0])
        answer_reach = extend_widths(like.answer_widths, lengths[1])
        return cls(examples, answers, size, reach, answer_reach)

    def __len__(self) -> int:
        return len(self._plan(np.random.RandomState(0)))

    @property
    def n_targets(self) -> int:
        """Questions of an epoch."""
        return len(self.examples)

    def _plan(self, random_state: np.random.RandomState) -> list:
        lengths = self.examples.inputs["ids"].lengths
        return plan_batches(lengths, self.widths, self.batch_size, random_state)

    def read(self, seed: int = 0, epoch: int = 0) -> Iterator[_Halves]:
        """Yield the batches of an epoch.

        Parameters
        ----------
        seed, epoch : int
            The order, and what word dropout drops, depend on these two alone.

        Yields
        ------
        object
            With ``halve()``, a list of :class:`AnswerBatch`.
        """
        plan = self._plan(np.random.RandomState([seed, epoch]))
        for i, (rows, width) in enumerate(plan):
            random = np.random.default_rng([seed, epoch, i])
            n_rows = rows_in_batch(self.batch_size, width)
            middle = (n_rows + 1) // 2
            sizes = [middle, n_rows - middle][: min(n_rows, 2)]
            # Alternately, so that a batch that is not full has two halves as well.
            halves = [
                self._read_half(rows[k :: len(sizes)], width, size, random)
                for k, size in enumerate(sizes)
            ]
            yield _Halves(halves, self.examples.weight[rows])

    def _read_half(
        self, rows: np.ndarray, width: int, size: int, random: np.random.Generator
    ) -> AnswerBatch:
        examples = self.examples
        right = examples.targets["answers"][rows]
        wanted: np.ndarray = right
        n_most = size
        if "negatives" in examples.inputs:
            negatives = examples.inputs["negatives"]
            n_most += size * negatives.shape[1]
            wanted = np.concatenate([right, negatives[rows].ravel()])
        columns = np.unique(wanted[wanted >= 0])
        answers = self.answers.take(columns)
        longest = min(int(answers.lengths.max(initial=1)), self.answer_widths[-1])
        at = int(np.searchsorted(self.answer_widths, longest))
        missing = size - len(rows)
        return AnswerBatch(
            self._read_texts(examples.inputs["ids"].take(rows), width, size, random),
            self._read_texts(answers, int(self.answer_widths[at]), n_most, random),
            (np.arange(n_most) < max(len(columns), 1)).astype(np.float32),
            np.pad(np.searchsorted(columns, right), (0, missing)).astype(np.int32),
            np.pad(examples.weight[rows], (0, missing)),
        )

    def _read_texts(
        self, texts: Ragged, width: int, size: int, random: np.random.Generator
    ) -> np.ndarray:
        """Return texts as columns, padded with 0."""
        if self.word_dropout > 0:
            is_dropped = random.random(len(texts.values)) < self.word_dropout
            ids = np.where(is_dropped, UNKNOWN_ID, texts.values).astype(np.int32)
            texts = Ragged(ids, texts.offsets)
        padded = texts.pad(width)
        return np.ascontiguousarray(np.pad(padded, ((0, size - len(texts)), (0, 0))).T)
