"""What a fitted reader does: answer questions with the words of passages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..decoding.spans import FoundSpans, find_spans
from ..retrieval import check_k
from ..text import Vocabulary
from ..text.passages import Passage
from .base import check_is_fitted
from .pairs import read_texts
from .preparing import PreparingMixin
from .reading_data import Readings, read_readings
from .reading_texts import make_reader, score_readings

__all__ = ["AnswerSpan", "FoundAnswer", "ReadingMixin", "choose_span"]


class AnswerSpan(NamedTuple):
    """Where an answer stands in its passage.

    Parameters
    ----------
    start, end : int
        Characters of the passage: ``passage[start:end]`` is the answer. 0 and 0 where the
        passage does not answer.
    probability : float
        How probable it is that this is the answer, or that there is none.
    """

    start: int
    end: int
    probability: float


class FoundAnswer(NamedTuple):
    """An answer that was searched for, and the passage that has it.

    Parameters
    ----------
    answer : str
        The words of the passage; ``""`` where no passage answers.
    passage : str
        The passage; the best one where none answers.
    start : int
        Where the answer begins in it.
    probability : float
        The probability of the passage times that of the answer in it.
    """

    answer: str
    passage: str
    start: int
    probability: float


class ReadingMixin(PreparingMixin):
    """Answers from ``spec_`` and ``weights_``."""

    vectorizer_: Any
    vocabulary_: Vocabulary
    temperature_: float
    knows_none_: bool
    validation_f1_: float | None
    validation_exact_match_: float | None
    window: int
    step: int | None
    max_answer_length: int

    def predict(self, X: Any, threshold: float | None = None) -> list[str]:
        """Return the answer to each question, in the words of its passage.

        Parameters
        ----------
        X : iterable of (str, str)
            Pairs of a question and a passage, of any length.
        threshold : float or None, default=None
            Least probability of an answer. None answers whenever an answer is more
            probable than none, and always if ``fit`` saw no question without an answer.

        Returns
        -------
        list of str
            Each is a part of its passage, character by character; ``""`` where the passage
            does not answer.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If X is not pairs of texts, or `threshold` is not from 0 to 1.
        """
        readings = self._read(X)
        spans = self._predict_spans(readings, threshold)
        passages = [readings.passages[row] for row in readings.rows]
        return [text[s.start : s.end] for text, s in zip(passages, spans)]

    def predict_spans(self, X: Any, threshold: float | None = None) -> list[AnswerSpan]:
        """Return where the answer to each question stands in its passage.

        Parameters
        ----------
        X : iterable of (str, str)
            Pairs of a question and a passage.
        threshold : float or None, default=None
            As in :meth:`predict`.

        Returns
        -------
        list of AnswerSpan
            ``start``, ``end`` (characters) and ``probability``; where the passage does
            not answer, ``(0, 0)`` and the probability that it does not.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`.
        """
        return self._predict_spans(self._read(X), threshold)

    def predict_topk(
        self, X: Any, k: int = 3, threshold: float | None = None
    ) -> list[list[tuple[str, float]] | None]:
        """Return the most probable answers to each question.

        Parameters
        ----------
        X : iterable of (str, str)
            Pairs of a question and a passage.
        k : int, default=3
            Answers to each; fewer where a passage is short. They stand at different
            places, and may overlap.
        threshold : float or None, default=None
            Least probability of the best answer.

        Returns
        -------
        list of list of (str, float), or None
            Answers and their probabilities, falling. ``""`` stands for no answer, and is
            among them if ``fit`` saw questions without one, or the passage has no token.
            None for a question whose best answer is less probable than `threshold`.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`, and if k is no positive whole number.
        """
        check_k(k)
        least = _check_threshold(threshold)
        readings = self._read(X)
        answers: list[list[tuple[str, float]] | None] = [None] * len(readings)
        for row, passage, found in self._find(readings, k):
            given = [
                (passage.text[span.start : span.end], span.probability)
                for span in _list_spans(passage, found)
            ]
            if self.knows_none_ or not given:
                given = sorted([*given, ("", found.none)], key=lambda pair: -pair[1])
            if given[0][1] >= least:
                answers[row] = given[:k]
        return answers

    def search(
        self, answerer: Any, questions: Any, k: int = 3, threshold: float | None = None
    ) -> list[FoundAnswer]:
        """Answer questions from the passages that an answerer finds: retrieve and read.

        Parameters
        ----------
        answerer : SLMAnswerer
            A fitted one, whose answers are the passages.
        questions : iterable of str
            The questions.
        k : int, default=3
            Passages to read for each question, the best ones.
        threshold : float or None, default=None
            As in :meth:`predict`, for each passage.

        Returns
        -------
        list of FoundAnswer
            For each question the most probable answer over its passages, where the
            probability of a passage counts too. Passages that do not answer are left out,
            unless none does.

        Raises
        ------
        NotFittedError
            If one of the models is not fitted.
        TypeError, ValueError
            If `questions` are no texts, or k is no positive whole number.
        """
        check_is_fitted(self, "weights_")
        texts = read_texts(questions, "questions")
        given = [entries or [] for entries in answerer.predict_topk(texts, k)]
        pairs = [(text, p) for text, of_text in zip(texts, given) for p, _ in of_text]
        spans = iter(self.predict_spans(pairs, threshold))
        found = []
        for passages in given:
            options = [
                FoundAnswer(
                    passage[span.start : span.end],
                    passage,
                    span.start,
                    probability * span.probability,
                )
                for (passage, probability), span in zip(passages, spans)
            ]
            answers = [option for option in options if option.answer]
            found.append(max(answers or options, key=lambda o: o.probability))
        return found

    def _read(self, X: Any) -> Readings:
        check_is_fitted(self, "weights_")
        # Those of the search may have been set since the fit.
        self._validate_params()  # type: ignore[attr-defined]
        return read_readings(X)

    def _predict_spans(
        self, readings: Readings, threshold: float | None
    ) -> list[AnswerSpan]:
        _check_threshold(threshold)
        spans = [AnswerSpan(0, 0, 1.0)] * len(readings)
        for row, passage, found in self._find(readings, 1):
            spans[row] = choose_span(passage, found, self.knows_none_, threshold)
        return spans

    def _find(
        self, readings: Readings, k: int
    ) -> Iterator[tuple[int, Passage, FoundSpans]]:
        """Yield the best spans of each question's passage, in any order."""
        reader = make_reader(self, self.vectorizer_, self.vocabulary_)
        network = self.prepare_network()
        for row, scored in score_readings(network, reader, readings):
            found = find_spans(
                scored.start,
                scored.end,
                max_length=int(self.max_answer_length),
                k=k,
                temperature=self.temperature_,
            )
            yield row, scored.passage, found


def choose_span(
    passage: Passage,
    found: FoundSpans,
    knows_none: bool,
    threshold: float | None = None,
) -> AnswerSpan:
    """Return the best span, or that there is no answer.

    Parameters
    ----------
    passage : Passage
        The passage.
    found : FoundSpans
        Its best spans.
    knows_none : bool
        Whether there can be no answer.
    threshold : float or None, default=None
        Least probability of an answer; None for that of no answer, if there can be none.
    """
    least = found.none if knows_none else 0.0
    for span in _list_spans(passage, found)[:1]:
        if span.probability >= (least if threshold is None else threshold):
            return span
    return AnswerSpan(0, 0, found.none)


def _list_spans(passage: Passage, found: FoundSpans) -> list[AnswerSpan]:
    """Return the spans of tokens as spans of characters."""
    return [
        AnswerSpan(int(passage.starts[first]), int(passage.ends[last]), float(p))
        for first, last, p in zip(found.first, found.last, found.probability)
    ]


def _check_threshold(threshold: float | None) -> float:
    """Return the least probability that a threshold asks for."""
    if threshold is None:
        return -1.0
    if not 0 <= threshold <= 1:
        raise ValueError(
            f"threshold must be a probability, from 0 to 1, or None. Got {threshold!r}."
        )
    return threshold
