"""Changes of the index of a fitted answerer, each made as a whole or not at all."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ..retrieval import add_entries, measure_recall, remove_entries
from .answer_data import check_answers, fold_text
from .answering import AnsweringMixin
from .base import check_is_fitted
from .pairs import read_texts

__all__ = ["AnswerChangesMixin"]


class AnswerChangesMixin(AnsweringMixin):
    """Answers that come and go while the network stays."""

    def add(self, answers: Any) -> Self:
        """Add answers to the index, without questions; the network does not change.

        Parameters
        ----------
        answers : iterable of str or path-like
            Texts. Those that are there, in whatever case and spacing, stay as they are.

        Returns
        -------
        estimator
            The estimator.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If they are no texts, or one is empty. Nothing is added then.

        Notes
        -----
        How rare a word is stays what ``fit`` counted.
        """
        check_is_fitted(self, "weights_")
        numbers, new = self._number_answers(), dict[str, str]()
        for text in check_answers(answers):
            if fold_text(text) not in numbers:
                new.setdefault(fold_text(text), text)
        if new:
            texts = list(new.values())
            self.index_ = add_entries(self.index_, texts, self._encode(texts))
        return self

    def remove(self, answers: Any) -> Self:
        """Take answers out of the index, and the questions that were known to have them.

        Parameters
        ----------
        answers : iterable of str or path-like
            Texts, in any case and spacing.

        Returns
        -------
        estimator
            The estimator.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If they are no texts, one is not in the index, or none would be left. Nothing is
            removed then.
        """
        check_is_fitted(self, "weights_")
        numbers, removed = self._number_answers(), set()
        for i, text in enumerate(read_texts(answers, "answers")):
            if fold_text(text) not in numbers:
                raise ValueError(
                    f"answers[{i}], {text!r:.60}, is not in the index. Expected one of the "
                    f"{len(numbers):,} answers_. Nothing was removed."
                )
            removed.add(numbers[fold_text(text)])
        if len(removed) == len(numbers):
            raise ValueError(
                f"all {len(numbers):,} answers would be removed, but the index needs one. "
                "Add others first. Nothing was removed."
            )
        if removed:
            entries = np.array(sorted(removed), np.int64)
            self.index_ = remove_entries(self.index_, entries)
        return self

    def measure_recall(self, X: Any, k: int = 10) -> float:
        """Return how much the approximate search finds of what the exact one does.

        Parameters
        ----------
        X : iterable of str or path-like
            Questions.
        k : int, default=10
            Best texts of each, by their vectors alone.

        Returns
        -------
        float
            Share of them that ``approximate=True`` finds, from 0 to 1.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`, and if X is empty or k no positive whole number.
        ImportError
            If usearch is not installed.
        """
        vectors = self._encode(self._read(X))
        return measure_recall(self._prepare_approximate(), vectors, k)
