"""What an answerer is fitted on: questions, and the distinct answers that they have."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..retrieval import fit_bm25, search_vectors
from .base import check_row_count
from .pairs import read_texts

__all__ = [
    "Questions",
    "check_answers",
    "fold_text",
    "group_questions",
    "join_questions",
    "mine_by_vectors",
    "mine_negatives",
    "read_questions",
    "split_questions",
]

# Fewer questions are all trained on: what is set aside could not tell epochs apart.
_FEW_QUESTIONS = 300


class Questions(NamedTuple):
    """Questions and their answers.

    Parameters
    ----------
    questions : list of str
        The questions; one may come several times, with other answers.
    rows : ndarray of shape (n_questions,), dtype int64
        The answer of each, by its number.
    answers : list of str
        Distinct answers, in the order in which they come first; some may have no question.
    """

    questions: list[str]
    rows: np.ndarray
    answers: list[str]


def fold_text(text: str) -> str:
    """Return what two spellings of a text share: neither case nor white space counts.

    Examples
    --------
    >>> fold_text(" Call  US.") == fold_text("call us.")
    True
    """
    return " ".join(text.split()).casefold()


def check_answers(answers: Any, name: str = "answers") -> list[str]:
    """Return answers as a list of texts, none of them empty.

    Parameters
    ----------
    answers : iterable of str or path-like
        The texts, or a file of one a line.
    name : str, default="answers"
        What the messages call them.

    Raises
    ------
    TypeError, ValueError
        If they are no texts, or one is empty.
    """
    texts = read_texts(answers, name)
    for i, text in enumerate(texts):
        if not text.strip():
            raise ValueError(
                f"{name}[{i}] is empty, but nobody can be answered by an empty text. Leave "
                "it out."
            )
    return texts


def read_questions(
    X: Any, y: Any, answers: Any = None, names: str = "X and y"
) -> Questions:
    """Return questions and their distinct answers.

    Parameters
    ----------
    X, y : iterable of str or path-like
        Questions and their answers.
    answers : iterable of str, path-like or None, default=None
        More answers, of which no question is known.
    names : str, default="X and y"
        What the messages call the first two.

    Raises
    ------
    TypeError, ValueError
        If they are no texts, none, or not as many of X and of y.

    Warns
    -----
    UserWarning
        If pairs are left out because a side is empty.
    """
    asked, answered = names.split(" and ")
    if y is None:
        raise ValueError(
            f"an answerer needs answers: {answered} must be texts, as many as {asked}. Got "
            "None."
        )
    questions, texts = read_texts(X, asked), read_texts(y, answered)
    check_row_count(questions, texts, names)
    kept = [i for i in range(len(texts)) if questions[i].strip() and texts[i].strip()]
    if not kept:
        raise ValueError(
            f"{names} hold no question with an answer, but at least one is needed. Got "
            f"{len(texts)} pairs with an empty side."
        )
    if len(kept) < len(texts):
        warnings.warn(
            f"{len(texts) - len(kept):,} of {len(texts):,} pairs in {names} have an empty "
            "side and are left out.",
            stacklevel=4,
        )
    numbers: dict[str, int] = {}
    distinct: list[str] = []
    rows = []
    more = [] if answers is None else check_answers(answers)
    for text in [*(texts[i] for i in kept), *more]:
        row = numbers.setdefault(fold_text(text), len(distinct))
        if row == len(distinct):
            distinct.append(text)
        rows.append(row)
    return Questions(
        [questions[i] for i in kept], np.array(rows[: len(kept)], np.int64), distinct
    )


def join_questions(data: Questions, tests: Questions) -> Questions:
    """Return all questions and answers, those of a validation set last.

    Parameters
    ----------
    data : Questions
        Those of ``fit``.
    tests : Questions
        The validation set, which may have other answers.
    """
    numbers = {fold_text(text): row for row, text in enumerate(data.answers)}
    answers = list(data.answers)
    for text in tests.answers:
        if numbers.setdefault(fold_text(text), len(answers)) == len(answers):
            answers.append(text)
    rows = [numbers[fold_text(tests.answers[row])] for row in tests.rows]
    return Questions(
        [*data.questions, *tests.questions],
        np.concatenate([data.rows, np.array(rows, np.int64)]),
        answers,
    )


def group_questions(questions: Sequence[str]) -> np.ndarray:
    """Return a number for each question, the same for all spellings of one.

    Returns
    -------
    ndarray of shape (n_questions,), dtype int64
        From 0 on, in the order in which they come first.
    """
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(fold_text(q), len(numbers)) for q in questions], np.int64
    )


def split_questions(
    model: Any, questions: Sequence[str], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Set questions aside as a validation set, as ``early_stopping`` asks.

    Parameters
    ----------
    model : SLMAnswerer
        Its parameters are read.
    questions : sequence of str
        All questions. Spellings of one stay together.
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
    n, wants = len(questions), model.early_stopping
    if not wants or (wants == "auto" and n < _FEW_QUESTIONS):
        return np.arange(n), np.arange(0)
    group = group_questions(questions)
    n_groups = int(group.max()) + 1
    order = np.random.RandomState(seed).permutation(n_groups)
    wanted = max(1, round(n_groups * model.validation_fraction))
    if wanted >= n_groups:
        raise ValueError(
            f"no question is left to train on: there are {n_groups} different ones, of "
            f"which validation_fraction={model.validation_fraction} sets {wanted} aside. "
            "Set early_stopping=False or give more questions."
        )
    is_held_out = np.isin(group, order[:wanted])
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def mine_negatives(data: Questions, n_negatives: int) -> np.ndarray:
    """Return wrong answers that share rare words with each question.

    Parameters
    ----------
    data : Questions
        Answers that belong to any spelling of a question are none of its wrong ones.
    n_negatives : int
        How many for each question.

    Returns
    -------
    ndarray of shape (n_questions, n_negatives), dtype int32
        Rows of answers, those first that BM25 finds best; -1 where no more answers share
        a word with the question.
    """
    group = group_questions(data.questions)
    _, first = np.unique(group, return_index=True)
    right = _find_right(data, group)
    most = n_negatives + max(map(len, right))
    bm25 = fit_bm25(data.answers)
    scores, found = bm25.search([data.questions[i] for i in first], most)
    mined = np.full((len(first), n_negatives), -1, np.int32)
    for i, (values, rows) in enumerate(zip(scores, found.tolist())):
        wrong = [r for r, v in zip(rows, values) if v > 0 and r not in right[i]]
        mined[i, : len(wrong[:n_negatives])] = wrong[:n_negatives]
    return mined[group]


def mine_by_vectors(
    data: Questions,
    rows: np.ndarray,
    among: np.ndarray,
    vectors: tuple[np.ndarray, np.ndarray],
    n_negatives: int,
    known: np.ndarray,
) -> np.ndarray:
    """Return wrong answers whose vectors have the largest products with each question's.

    Parameters
    ----------
    data : Questions
        As in :func:`mine_negatives`.
    rows : ndarray of shape (n,), dtype int
        Questions that are asked.
    among : ndarray of shape (n_answers,), dtype int
        Answers that may be found.
    vectors : tuple of (ndarray, ndarray)
        Vectors of these questions and of these answers, float32.
    n_negatives : int
        How many for each question.
    known : ndarray of shape (n, n_known), dtype int32
        Wrong answers that each question has already; they are not found again.

    Returns
    -------
    ndarray of shape (n, n_negatives), dtype int32
        Rows of answers, best first; -1 where there are no more.
    """
    group = group_questions(data.questions)
    right = _find_right(data, group)
    most = n_negatives + max(map(len, right)) + known.shape[1]
    _, found = search_vectors(*vectors, most)
    mined = np.full((len(rows), n_negatives), -1, np.int32)
    asked = zip(group[rows].tolist(), among[found].tolist(), known.tolist())
    for i, (number, answers, others) in enumerate(asked):
        left_out = right[number].union(others)
        wrong = [r for r in answers if r not in left_out][:n_negatives]
        mined[i, : len(wrong)] = wrong
    return mined


def _find_right(data: Questions, group: np.ndarray) -> list[set[int]]:
    """Return the answers that belong to any spelling of each question."""
    right: list[set[int]] = [set() for _ in range(int(group.max()) + 1)]
    for number, row in zip(group.tolist(), data.rows.tolist()):
        right[number].add(row)
    return right
