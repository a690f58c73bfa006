"""The windows that a reader is trained on: with the answer, and without it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..retrieval import fit_bm25
from ..text.passages import FEATURES, Passage
from ..text.windows import Windows
from .reading_data import ReadingSet
from .reading_texts import PassageReader, WindowRows

__all__ = ["Negatives", "ReadingRows", "draw_negatives", "make_rows"]

_NEAR = FEATURES.index("near")
# Windows of a passage that does not answer, to train on.
_MOST_WITHOUT = 2
# Passages among which one is looked for that does not answer.
_N_CANDIDATES = 4


class ReadingRows(NamedTuple):
    """Windows to train on.

    Parameters
    ----------
    windows : WindowRows
        Questions, windows and features.
    spans : list of (int, int)
        First and last token of the answer in each window; -1 and -1 where it is not there.
    places : ndarray of shape (n_questions, 2), dtype int64
        First and last token of each question's answer in its passage, or -1 and -1.
    """

    windows: WindowRows
    spans: list[tuple[int, int]]
    places: np.ndarray


class Negatives(NamedTuple):
    """What is read beside the windows that have the answer.

    Parameters
    ----------
    is_drawn : ndarray of shape (n_questions,), dtype bool
        Which questions get a window without it.
    others : ndarray of shape (n_questions,), dtype int64
        Number of another passage that shares words with the question; -1 for none.
    share : ndarray of shape (n_questions,), dtype float64
        From 0 to 1: which window is taken.
    """

    is_drawn: np.ndarray
    others: np.ndarray
    share: np.ndarray


def draw_negatives(asked: ReadingSet, rate: float, seed: int) -> Negatives:
    """Choose the questions that are read with a window that does not answer.

    Parameters
    ----------
    asked : ReadingSet
        Questions, passages and answers.
    rate : float
        Share of the questions.
    seed : int
        Seed of the choice.

    Returns
    -------
    Negatives
        The passages are those that BM25 finds best; one that holds a right answer to the
        question is none.
    """
    readings, n = asked.readings, len(asked.answers)
    random = np.random.RandomState(seed)
    is_drawn, share = random.rand(n) < rate, random.rand(n)
    others = np.full(n, -1)
    rows = np.flatnonzero(is_drawn)
    if len(rows) and len(readings.passages) > 1:
        bm25 = fit_bm25(readings.passages)
        questions = [readings.questions[row] for row in rows]
        _, found = bm25.search(questions, _N_CANDIDATES)
        folded = [passage.casefold() for passage in readings.passages]
        for row, candidates in zip(rows.tolist(), found.tolist()):
            right = [answer.text.casefold() for answer in asked.answers[row]]
            wrong = (
                number
                for number in candidates
                if number != readings.rows[row]
                and not any(text in folded[number] for text in right)
            )
            others[row] = next(wrong, -1)
    return Negatives(is_drawn, others, share)


def make_rows(
    reader: PassageReader, asked: ReadingSet, negatives: Negatives
) -> ReadingRows:
    """Return the windows to train on.

    Parameters
    ----------
    reader : PassageReader
        What splits.
    asked : ReadingSet
        Questions, passages and answers.
    negatives : Negatives
        What else to read.

    Returns
    -------
    ReadingRows
        All windows that hold a whole answer; of a passage that does not answer, its first
        two windows; and for the questions that were drawn one without the answer: of
        their own passage, if it is long, else of the other one.

    Raises
    ------
    ValueError
        If no token of a passage is in its answer, or no window is left.

    Warns
    -----
    UserWarning
        If answers are longer than what windows share, and not trained on.
    """
    readings = asked.readings
    passages = [reader.split(text) for text in readings.passages]
    ids = [reader.encode(passage.tokens) for passage in passages]
    cuts = [reader.cut(passage) for passage in passages]
    places = np.full((len(readings), 2), -1)
    rows, spans, n_long = WindowRows(), list[tuple[int, int]](), 0
    for row, number in enumerate(readings.rows.tolist()):
        passage, windows = passages[number], cuts[number]
        tokens = reader.split_question(readings.questions[row])
        question, features = reader.encode(tokens), reader.match(tokens, passage)
        if asked.places[row]:
            places[row] = _choose_place(asked, row, passage, features)
        place = places[row]
        chosen, without = _choose_windows(windows, place)
        n_long += place[0] >= 0 and not len(chosen)
        # Windows to read: passage, its features, window, where the answer is in it.
        read = [
            (number, features, i, tuple((place - windows.starts[i]).tolist()))
            if place[0] >= 0
            else (number, features, i, (-1, -1))
            for i in chosen.tolist()
        ]
        if negatives.is_drawn[row]:
            share, other = negatives.share[row], int(negatives.others[row])
            if len(without):
                i = int(without[int(share * len(without))])
                read.append((number, features, i, (-1, -1)))
            elif other >= 0 and len(passages[other]):
                i = int(share * len(cuts[other]))
                of_other = reader.match(tokens, passages[other])
                read.append((other, of_other, i, (-1, -1)))
        for of_passage, values, i, span in read:
            part = slice(cuts[of_passage].starts[i], cuts[of_passage].ends[i])
            rows.append(question, ids[of_passage][part], values[part])
            spans.append(span)
    if n_long:
        warnings.warn(
            f"{n_long:,} answers are too long for a window of {reader.window} tokens that "
            f"begins every {reader.step}, and are not trained on. Set a larger window.",
            stacklevel=5,
        )
    if not len(rows):
        raise ValueError(
            "no passage has a token, but at least one is needed to train on. Give other "
            "texts, or another vectorizer."
        )
    return ReadingRows(rows, spans, places)


def _choose_windows(
    windows: Windows, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows to train on for an answer, and those that have nothing of it."""
    first, last = place
    if first < 0:
        everything = np.arange(len(windows))
        return everything[:_MOST_WITHOUT], everything[_MOST_WITHOUT:]
    is_inside = (windows.starts <= first) & (windows.ends > last)
    is_outside = (windows.ends <= first) | (windows.starts > last)
    return np.flatnonzero(is_inside), np.flatnonzero(is_outside)


def _choose_place(
    asked: ReadingSet, row: int, passage: Passage, features: np.ndarray
) -> tuple[int, int]:
    """Return the tokens of an answer that may stand at several places.

    A place that begins and ends with a token comes before one in the middle of a word;
    then the one that stands nearest to the words of the question, then the first one.
    """
    options: Sequence[tuple[int, int]] = asked.places[row]
    best, chosen = (-1.0, -1.0), None
    for start, end in options:
        tokens = passage.find_tokens(start, end)
        if tokens is None:
            continue
        first, last = tokens
        is_whole = passage.starts[first] == start and passage.ends[last] == end
        nearness = float(features[first : last + 1, _NEAR].mean())
        if (float(is_whole), nearness) > best:
            best, chosen = (float(is_whole), nearness), tokens
    if chosen is None:
        start, end = options[0]
        raise ValueError(
            f"the answer {asked.names[row]}, {passage.text[start:end]!r:.60}, has no token "
            "of its passage: the vectorizer leaves all of it out. Give another answer, or "
            "None, or a vectorizer that keeps it."
        )
    return chosen
