"""What a fitted answerer does: find answers, and rank candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..retrieval import (
    EntryIndex,
    build_approximate,
    build_entries,
    check_k,
    take_best,
    visit_scores,
)
from ..text import Vocabulary
from .answer_data import fold_text
from .answer_examples import encode_texts
from .base import check_is_fitted
from .pairs import read_texts
from .preparing import PreparingMixin

__all__ = ["AnsweringMixin"]


class AnsweringMixin(PreparingMixin):
    """Answers from ``spec_``, ``weights_``, ``index_`` and ``blend_``."""

    index_: EntryIndex
    blend_: np.ndarray
    vectorizer_: Any
    vocabulary_: Vocabulary
    validation_accuracy_: float | None
    lexical_accuracy_: float | None
    approximate: bool

    @property
    def answers_(self) -> list[str]:
        """Distinct answers, in the order of their numbers."""
        return list(self.index_.answers)

    def predict(self, X: Any) -> list[str]:
        """Return the best answer to each question.

        Parameters
        ----------
        X : iterable of str or path-like
            Questions, or a file of one a line.

        Returns
        -------
        list of str
            One for each question, also where none fits: :meth:`predict_topk` tells how
            probable each is.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If X is not texts.
        ImportError
            If ``approximate=True`` and usearch is not installed.
        """
        rows = self._find_first(self._read(X))
        return [self.index_.answers[row] for row in rows]

    def predict_topk(
        self, X: Any, k: int = 3, threshold: float | None = None
    ) -> list[list[tuple[str, float]] | None]:
        """Return the best answers to each question.

        Parameters
        ----------
        X : iterable of str or path-like
            Questions.
        k : int, default=3
            Answers to each; all where there are fewer.
        threshold : float or None, default=None
            Least probability of the best answer; see :meth:`find_threshold`.

        Returns
        -------
        list of list of (str, float), or None
            Answers and their probabilities, falling; None for a question whose best answer
            is less probable than `threshold`.

        Raises
        ------
        NotFittedError, TypeError, ValueError, ImportError
            As :meth:`predict`, and if k is no positive whole number or `threshold` is not
            from 0 to 1.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(
                f"threshold must be a probability, from 0 to 1, or None. Got {threshold!r}."
            )
        probabilities, rows = self._find(X, check_k(k))
        answers, least = self.index_.answers, -1.0 if threshold is None else threshold
        return [
            [(answers[r], float(p)) for r, p in zip(of_text, values)]
            if values[0] >= least
            else None
            for of_text, values in zip(rows, probabilities)
        ]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of every answer.

        Parameters
        ----------
        X : iterable of str or path-like
            Questions.

        Returns
        -------
        ndarray of shape (n_questions, n_answers), dtype float64
            In the order of ``answers_``; rows sum to one. They are calibrated where
            questions were held out in ``fit``, for questions that have an answer here.

        Raises
        ------
        NotFittedError, TypeError, ValueError, ImportError
            As :meth:`predict`.
        """
        texts = self._read(X)
        probabilities = np.empty((len(texts), len(self.index_)))

        def visit(i: int, scores: np.ndarray) -> None:
            exponentials = np.exp(scores.astype(np.float64) - float(scores.max()))
            probabilities[i] = exponentials / exponentials.sum()

        self._visit(texts, visit)
        return probabilities

    def rank(self, question: str, candidates: Any) -> np.ndarray:
        """Score given answers to a question: answer selection.

        Parameters
        ----------
        question : str
            One question.
        candidates : iterable of str
            Answers to choose from; they need not be in the index, and what the index knows
            of their questions is not used.

        Returns
        -------
        ndarray of shape (n_candidates,), dtype float64
            The higher, the better: ``np.argsort(-scores)`` is their order. The scores are
            logits, whose softmax is the probability of each if one of them is right.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If `question` is no str, or `candidates` are no texts or none.
        """
        check_is_fitted(self, "weights_")
        if not isinstance(question, str):
            raise TypeError(
                "question must be one text, a str. Got "
                f"{type(question).__name__}; call rank once for each question."
            )
        texts = read_texts(candidates, "candidates")
        if not texts:
            raise ValueError("candidates hold no text, but at least one is needed.")
        vectors = self._encode([question, *texts])
        statistics = self.index_.statistics
        index = build_entries(texts, np.arange(len(texts)), vectors[1:], statistics)
        scores = np.empty(len(texts))

        def visit(_: int, of_question: np.ndarray) -> None:
            scores[:] = of_question

        visit_scores(index, self.blend_, [question], vectors[:1], visit)
        return scores

    def transform(self, X: Any) -> np.ndarray:
        """Return the vectors of texts, questions or answers.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts.

        Returns
        -------
        ndarray of shape (n_texts, n_components), dtype float32
            All of one length, but for zeros of a text without any token; the product of two
            is how well the network finds that they go together.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`.
        """
        return self._encode(self._read(X))

    def _read(self, X: Any, name: str = "X") -> list[str]:
        check_is_fitted(self, "weights_")
        # They may have been set since the fit; all others are those of the fit.
        read = (self.approximate, self.runtime)
        if self._prepared.get("checked") != read:
            self._validate_params()  # type: ignore[attr-defined]
            self._prepared["checked"] = read
        return read_texts(X, name)

    def _number_answers(self) -> dict[str, int]:
        return {fold_text(text): i for i, text in enumerate(self.index_.answers)}

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        ids = self.vectorizer_.transform(texts).texts
        return encode_texts(self.prepare_network(), ids)

    def _find_first(self, texts: list[str]) -> list[int]:
        """Return the number of the best answer to each question."""
        rows = np.zeros(len(texts), np.int64)

        def visit(i: int, scores: np.ndarray) -> None:
            rows[i] = scores.argmax()

        self._visit(texts, visit)
        return rows.tolist()

    def _find(self, X: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities and numbers of the best answers to each question."""
        texts = self._read(X)
        k = min(k, len(self.index_))
        probabilities = np.empty((len(texts), k))
        rows = np.empty((len(texts), k), np.int64)

        def visit(i: int, scores: np.ndarray) -> None:
            (values,), (rows[i],) = take_best(scores[None], k)
            # As predict_proba, but that only the best are kept.
            scores -= values[0]
            total = np.exp(scores, out=scores).sum(dtype=np.float64)
            falling = (values - values[0]).astype(np.float64)
            probabilities[i] = np.exp(falling) / total

        self._visit(texts, visit)
        return probabilities, rows

    def _visit(self, texts: list[str], visit: Any) -> None:
        """Score all answers to each question, one after the other."""
        if not texts:
            return
        approximate = self._prepare_approximate() if self.approximate else None
        vectors = self._encode(texts)
        visit_scores(
            self.index_, self.blend_, texts, vectors, visit, approximate=approximate
        )

    def _prepare_approximate(self) -> Any:
        """Return the approximate search, built once for an index."""
        kept = self._prepared
        if kept.get("index") is not self.index_:
            vectors, scale = self.index_.vectors, self.index_.scale
            floats = vectors.astype(np.float32, copy=False)
            built = build_approximate(floats if scale is None else floats * scale)
            kept.update(index=self.index_, approximate=built)
        return kept["approximate"]
