"""How well an answerer answers, and when it had better not."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..retrieval import METRICS, average_ranks, rank_rows
from .answer_data import fold_text
from .answering import AnsweringMixin
from .base import check_row_count
from .pairs import read_texts

__all__ = ["AnswerScoringMixin", "Threshold"]


class Threshold(NamedTuple):
    """A probability below which no answer is given.

    Parameters
    ----------
    threshold : float
        The probability.
    answered : float
        Share of the questions that are answered with it.
    wrong : float
        Share of wrong answers among those that are given.
    """

    threshold: float
    answered: float
    wrong: float


class _Asked(NamedTuple):
    """Distinct questions, and the right answers of each."""

    questions: list[str]
    right: list[set[str]]


class AnswerScoringMixin(AnsweringMixin):
    """Scores of answers to questions whose right answers are known."""

    def score(self, X: Any, y: Any, metric: str = "accuracy") -> float:
        """Return how high the right answers stand.

        Parameters
        ----------
        X, y : iterable of str or path-like
            Questions and their answers. A question that comes several times counts once,
            and all of its answers are right. An answer that is not in the index is not
            found.
        metric : {"accuracy", "mrr", "map"}, default="accuracy"
            Share of questions whose first answer is right; mean reciprocal rank of the
            first right answer; mean average precision.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        NotFittedError, TypeError, ValueError, ImportError
            As :meth:`predict`, and if X and y have different lengths or hold nothing, or
            another metric is asked for.
        """
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {METRICS}. Got {metric!r}.")
        asked = self._read_asked(X, y)
        numbers = self._number_answers()
        right = [
            np.array([numbers[a] for a in answers if a in numbers], np.int64)
            for answers in asked.right
        ]
        ranks: list[np.ndarray] = [np.zeros(0, np.int64)] * len(right)

        def visit(i: int, scores: np.ndarray) -> None:
            ranks[i] = rank_rows(scores, right[i])

        self._visit(asked.questions, visit)
        return average_ranks(ranks, [len(r) for r in asked.right], metric)

    def find_threshold(self, X: Any, y: Any, answered: float = 0.9) -> Threshold:
        """Choose the threshold of :meth:`predict_topk` by questions with answers.

        Parameters
        ----------
        X, y : iterable of str or path-like
            Questions that ``fit`` has not seen, and their answers, as in :meth:`score`.
            Questions without an answer in the index belong to them as far as users ask
            such: what is said to them is wrong.
        answered : float, default=0.9
            Share of the questions that are to be answered, above 0 and at most 1.

        Returns
        -------
        Threshold
            The highest threshold with which at least so many are answered, and the share
            of wrong ones among the answers that are then given.

        Raises
        ------
        NotFittedError, TypeError, ValueError, ImportError
            As :meth:`score`, and if `answered` is out of its range.
        """
        if not 0 < answered <= 1:
            raise ValueError(
                f"answered must be a share above 0 and at most 1. Got {answered!r}."
            )
        asked = self._read_asked(X, y)
        probabilities, rows = self._find(asked.questions, 1)
        best, answers = probabilities[:, 0], self.index_.answers
        is_right = np.array(
            [fold_text(answers[r]) in own for r, own in zip(rows[:, 0], asked.right)]
        )
        n = math.ceil(answered * len(best) - 1e-9)
        threshold = float(np.sort(best)[::-1][n - 1])
        is_given = best >= threshold
        return Threshold(
            threshold, float(is_given.mean()), float(1.0 - is_right[is_given].mean())
        )

    def _read_asked(self, X: Any, y: Any) -> _Asked:
        questions, answers = self._read(X), read_texts(y, "y")
        check_row_count(questions, answers)
        if not questions:
            raise ValueError(
                "X and y hold no question with an answer, but at least one is needed."
            )
        asked = dict[str, tuple[str, set[str]]]()
        for question, answer in zip(questions, answers):
            own = asked.setdefault(fold_text(question), (question, set()))
            own[1].add(fold_text(answer))
        texts, right = zip(*asked.values())
        return _Asked(list(texts), list(right))
