"""What a reader is fitted on: questions, passages, and the answers that stand in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from ..text import is_missing
from .base import check_row_count

__all__ = [
    "Answer",
    "ReadingSet",
    "Readings",
    "check_readings",
    "find_answer",
    "find_places",
    "read_answers",
    "read_reading_set",
    "read_readings",
    "split_readings",
]

# Fewer questions are all trained on: what is set aside could not tell epochs apart.
_FEW_QUESTIONS = 300


class Answer(NamedTuple):
    """A right answer, as it was given.

    Parameters
    ----------
    text : str
        The answer.
    start : int or None
        Where it begins in the passage, if that was said.
    """

    text: str
    start: int | None = None


class Readings(NamedTuple):
    """Questions, each with the passage that is to answer it.

    Parameters
    ----------
    questions : list of str
        The questions.
    passages : list of str
        Distinct passages, in the order in which they come first.
    rows : ndarray of shape (n_questions,), dtype int64
        The passage of each question, by its number.
    """

    questions: list[str]
    passages: list[str]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.questions)

    def take(self, rows: np.ndarray) -> Readings:
        """Return the questions of these numbers, with the passages that they need."""
        numbers: dict[int, int] = {}
        own = [numbers.setdefault(n, len(numbers)) for n in self.rows[rows].tolist()]
        return Readings(
            [self.questions[i] for i in rows],
            [self.passages[n] for n in numbers],
            np.array(own, np.int64),
        )


class ReadingSet(NamedTuple):
    """Questions with passages and answers.

    Parameters
    ----------
    readings : Readings
        Questions and passages.
    answers : list of tuple of Answer
        The right answers of each; an empty tuple where the passage does not answer.
    places : list of list of (int, int)
        Where the one to train on may stand, see :func:`find_answer`; an empty list where
        there is none.
    names : list of str
        What messages call each answer.
    """

    readings: Readings
    answers: list[tuple[Answer, ...]]
    places: list[list[tuple[int, int]]]
    names: list[str]

    def take(self, rows: np.ndarray) -> ReadingSet:
        """Return the questions of these numbers, in this order."""
        return ReadingSet(
            self.readings.take(rows),
            [self.answers[i] for i in rows],
            [self.places[i] for i in rows],
            [self.names[i] for i in rows],
        )


def read_readings(X: Any, name: str = "X") -> Readings:
    """Return questions and their passages.

    Parameters
    ----------
    X : iterable of (str, str)
        Pairs of a question and a passage.
    name : str, default="X"
        What the messages call them.

    Raises
    ------
    TypeError, ValueError
        If they are no pairs of texts; the message names the row.
    """
    if isinstance(X, (str, bytes)) or not hasattr(X, "__iter__"):
        raise TypeError(
            f"{name} must be a list of pairs (question, passage). Got {type(X).__name__}."
        )
    if hasattr(X, "columns"):
        raise TypeError(
            f"{name} must be a list of pairs (question, passage), but a table with the "
            f"columns {list(X.columns)} was given. Give "
            'list(zip(table["question"], table["passage"])).'
        )
    questions: list[str] = []
    numbers: dict[str, int] = {}
    rows = []
    for i, pair in enumerate(X):
        question, passage = _check_pair(pair, i, name)
        questions.append(question)
        rows.append(numbers.setdefault(passage, len(numbers)))
    return Readings(questions, list(numbers), np.array(rows, np.int64))


def _check_pair(pair: Any, i: int, name: str) -> tuple[str, str]:
    is_text = isinstance(pair, (str, bytes))
    try:
        size = -1 if is_text else len(pair)
    except TypeError:
        size = -1
    if size != 2:
        got = f"{pair!r:.60}" if is_text or size < 0 else f"{size} values"
        hint = f" A single pair is {name}=[(question, passage)]." if is_text else ""
        raise ValueError(
            f"{name}[{i}] must be a pair (question, passage). Got {got}.{hint}"
        )
    for part, text in zip(("question", "passage"), pair):
        if not isinstance(text, str):
            raise TypeError(
                f"the {part} of {name}[{i}] must be a str. Got {type(text).__name__}: "
                f"{text!r:.60}."
            )
    return str(pair[0]), str(pair[1])


def read_answers(y: Any, name: str = "y") -> list[tuple[Answer, ...]]:
    """Return the right answers of each question.

    Parameters
    ----------
    y : iterable
        For each question a str; a pair (str, int) of an answer and where it begins; a
        list of such, all of them right; or None, ``""`` or an empty list where the passage
        does not answer.
    name : str, default="y"
        What the messages call them.

    Returns
    -------
    list of tuple of Answer
        None in a tuple where there is no answer.

    Raises
    ------
    TypeError, ValueError
        If they are something else; the message names the row.
    """
    if y is None or isinstance(y, (str, bytes)) or not hasattr(y, "__iter__"):
        raise TypeError(
            f"{name} must be a list of answers, one for each question. Got "
            f"{'None' if y is None else type(y).__name__}."
        )
    return [_read_row(value, i, name) for i, value in enumerate(y)]


def _read_row(value: Any, i: int, name: str) -> tuple[Answer, ...]:
    if isinstance(value, str):
        return (Answer(str(value)),) if value.strip() else ()
    if _is_placed(value):
        if not value[0].strip():
            raise ValueError(
                f"{name}[{i}] places an empty answer. Give None where the passage does "
                "not answer."
            )
        return (Answer(str(value[0]), int(value[1])),)
    if isinstance(value, (list, tuple, np.ndarray)):
        answers: list[Answer] = []
        for one in value:
            found = None
            if isinstance(one, str) or _is_placed(one):
                found = _read_row(one, i, name)
            if not found:
                raise ValueError(
                    f"{name}[{i}] lists {one!r:.60} among its right answers. Expected "
                    "texts, or pairs (text, start); None in place of the list where the "
                    "passage does not answer."
                )
            answers += found
        return tuple(answers)
    if is_missing(value):
        return ()
    raise TypeError(
        f"{name}[{i}] must be an answer: a str, a pair (str, int), a list of such, or "
        f"None. Got {type(value).__name__}: {value!r:.60}."
    )


def _is_placed(value: Any) -> bool:
    """Tell whether a value is an answer with its place."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return False
    text, start = value
    is_place = isinstance(start, Integral) and not isinstance(start, bool)
    return isinstance(text, str) and is_place


def find_places(text: str, passage: str) -> list[tuple[int, int]]:
    """Return where an answer stands in a passage.

    Parameters
    ----------
    text : str
        The answer. White space at its ends does not count.
    passage : str
        The passage.

    Returns
    -------
    list of (int, int)
        ``passage[start:end]`` is the answer; if it never is, its letters in another case
        or with other white space.

    Examples
    --------
    >>> find_places("Ohio", "Ohio, in ohio"), find_places("the  sun", "The sun.")
    ([(0, 4)], [(0, 7)])
    """
    wanted = text.strip()
    exact = [(m.start(), m.end()) for m in re.finditer(re.escape(wanted), passage)]
    if exact:
        return exact
    loose = r"\s+".join(map(re.escape, wanted.split()))
    return [m.span() for m in re.finditer(loose, passage, re.IGNORECASE)]


def find_answer(
    answers: Sequence[Answer], passage: str, name: str
) -> list[tuple[int, int]]:
    """Return where the right answer to train on may stand in a passage.

    Parameters
    ----------
    answers : sequence of Answer
        The right answers to a question, at least one.
    passage : str
        Its passage.
    name : str
        What the message calls the answer.

    Returns
    -------
    list of (int, int)
        Parts of the passage. All are places of one text: the one that was given most
        often, the first of these; or one place, if it was given with its start.

    Raises
    ------
    ValueError
        If no right answer stands in the passage, or one not where it was said to.
    """
    places = dict[str, list[tuple[int, int]]]()
    votes: Counter[str] = Counter()
    for text, start in answers:
        key = " ".join(text.split()).casefold()
        votes[key] += 1
        if start is None:
            found = find_places(text, passage)
        else:
            end = start + len(text)
            if start < 0 or passage[start:end] != text:
                raise ValueError(
                    f"the answer {name}, {text!r:.60}, does not stand at "
                    f"{start} of its passage. Found {passage[max(start, 0) : end]!r:.60} "
                    "there. Starts count characters of the str, from 0 on."
                )
            found = [(start, end)]
        if found and (key not in places or start is not None):
            places[key] = found
    if not places:
        raise ValueError(
            f"the answer {name}, {answers[0].text!r:.60}, does not occur in its "
            f"passage, {passage!r:.60}. Expected words of the passage, or None where it "
            "does not answer."
        )
    return places[max(places, key=lambda key: votes[key])]


def split_readings(
    model: Any, readings: Readings, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Set questions aside as a validation set, as ``early_stopping`` asks.

    Parameters
    ----------
    model : SLMReader
        Its parameters are read.
    readings : Readings
        All questions. Those of one passage stay together: how well passages are read that
        were trained on tells little.
    seed : int
        Seed of the choice.

    Returns
    -------
    train, held_out : ndarray of int
        Rising numbers of questions; of the second there may be none.

    Raises
    ------
    ValueError
        If none would be left to train on.
    """
    n, wants = len(readings), model.early_stopping
    if not wants or (wants == "auto" and n < _FEW_QUESTIONS):
        return np.arange(n), np.arange(0)
    n_passages = len(readings.passages)
    order = np.random.RandomState(seed).permutation(n_passages)
    sums = np.cumsum(np.bincount(readings.rows, minlength=n_passages)[order])
    wanted = max(1, round(n * model.validation_fraction))
    chosen = order[: int(np.searchsorted(sums, wanted)) + 1]
    if len(chosen) == n_passages:
        if wants == "auto":
            return np.arange(n), np.arange(0)
        raise ValueError(
            f"no question is left to train on: there are {n_passages} different passages, "
            f"of which validation_fraction={model.validation_fraction} sets "
            f"{len(chosen)} aside. Set early_stopping=False, or give more passages or "
            "X_val and y_val."
        )
    is_held_out = np.isin(readings.rows, chosen)
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def check_readings(readings: Readings, answers: Sequence, names: str) -> None:
    """Refuse numbers of questions and answers that differ, or no question."""
    check_row_count(readings, answers, names)
    if not len(readings):
        raise ValueError(f"{names} hold no question, but at least one is needed.")


def read_reading_set(X: Any, y: Any, names: str = "X and y") -> ReadingSet:
    """Return questions with passages and answers, as ``fit`` takes them.

    Parameters
    ----------
    X, y
        As :func:`read_readings` and :func:`read_answers` take them.
    names : str, default="X and y"
        What the messages call them.

    Raises
    ------
    TypeError, ValueError
        If they are something else, nothing, not as many of each, or an answer does not
        stand in its passage; the message names the row.
    """
    asked, answered = names.split(" and ")
    readings, answers = read_readings(X, asked), read_answers(y, answered)
    check_readings(readings, answers, names)
    named = [f"{answered}[{i}]" for i in range(len(answers))]
    places = [
        find_answer(right, readings.passages[row], name) if right else []
        for right, row, name in zip(answers, readings.rows, named)
    ]
    return ReadingSet(readings, answers, places, named)
