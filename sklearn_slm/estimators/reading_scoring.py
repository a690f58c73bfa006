"""How well a reader answers questions whose right answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..text.answer_scores import ANSWER_METRICS, score_answer
from .reading import ReadingMixin
from .reading_data import check_readings, read_answers

__all__ = ["ReadingScoringMixin"]


class ReadingScoringMixin(ReadingMixin):
    """Exact match and F1."""

    def score(self, X: Any, y: Any, metric: str = "f1") -> float:
        """Return how much the answers have in common with right ones.

        Parameters
        ----------
        X : iterable of (str, str)
            Pairs of a question and a passage.
        y : iterable
            Their answers, as in ``fit``; of several right ones the best counts. They need
            not stand in their passages.
        metric : {"f1", "exact_match"}, default="f1"
            Share of common words, or of answers that have the same words: see
            :func:`~sklearn_slm.text.answer_scores.compute_f1`. Neither case nor
            punctuation counts, nor do the articles a, an and the (Rajpurkar et al., 2016).

        Returns
        -------
        float
            Mean over questions, from 0 to 1. Where there is no answer, 1 if none is given.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`, and if X and y have different lengths or hold nothing, or
            another metric is asked for.
        """
        if metric not in ANSWER_METRICS:
            raise ValueError(f"metric must be one of {ANSWER_METRICS}. Got {metric!r}.")
        readings, right = self._read(X), read_answers(y)
        check_readings(readings, right, "X and y")
        spans = self._predict_spans(readings, None)
        return float(
            np.mean(
                [
                    score_answer(
                        readings.passages[row][span.start : span.end],
                        [answer.text for answer in answers],
                        metric,
                    )
                    for row, span, answers in zip(readings.rows, spans, right)
                ]
            )
        )
