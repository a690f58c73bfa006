"""Questions and passages as a reader's network reads them, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..text import UNKNOWN_ID, Analyzer, Ragged, Vocabulary
from ..text.passages import (
    FEATURES,
    Passage,
    compute_rarity,
    match_passage,
    split_passage,
)
from ..text.windows import Windows, cut_windows
from .reading_data import Readings

__all__ = [
    "PassageReader",
    "ScoredPassage",
    "WindowRows",
    "check_windows",
    "make_reader",
    "score_readings",
]

# Windows that a network scores at a time: with 256 tokens each, their features are 2 MB.
_WINDOWS_AT_A_TIME = 256


@dataclass(frozen=True, eq=False)
class PassageReader:
    """What makes ids, features and windows of questions and passages.

    Parameters
    ----------
    analyzer : Analyzer
        Splits both.
    vocabulary : Vocabulary
        The known tokens, and how many texts have each.
    window : int
        Tokens of a window.
    step : int
        Tokens from one window to the next.
    """

    analyzer: Analyzer
    vocabulary: Vocabulary
    window: int
    step: int

    @cached_property
    def rarity(self) -> Any:
        """How rare a token is; see :func:`~sklearn_slm.text.passages.compute_rarity`."""
        return compute_rarity(self.vocabulary)

    def split(self, text: str) -> Passage:
        """Return the tokens of a passage, with their places."""
        return split_passage(self.analyzer, text)

    def split_question(self, text: str) -> list[str]:
        """Return the tokens of a question."""
        return self.analyzer(text)

    def encode(self, tokens: Any) -> np.ndarray:
        """Return the ids of tokens; one unknown token stands for none."""
        if not len(tokens):
            return np.array([UNKNOWN_ID], np.int32)
        return self.vocabulary.encode(tokens)

    def match(self, question: list[str], passage: Passage) -> np.ndarray:
        """Return the features of a passage's tokens."""
        return match_passage(question, passage, self.rarity)

    def cut(self, passage: Passage) -> Windows:
        """Return the windows of a passage."""
        return cut_windows(len(passage), self.window, self.step)


def check_windows(model: Any) -> tuple[int, int]:
    """Return tokens of a window, and from one window to the next; refuse gaps.

    Parameters
    ----------
    model : SLMReader
        Its parameters are read.

    Raises
    ------
    ValueError
        If windows would leave tokens out.
    """
    window = int(model.window)
    step = max(window // 2, 1) if model.step is None else int(model.step)
    if step > window:
        raise ValueError(
            "step must be at most window, or tokens between two windows are not read. "
            f"Got step={step} and window={window}."
        )
    return window, step


def make_reader(model: Any, vectorizer: Any, vocabulary: Vocabulary) -> PassageReader:
    """Return what reads texts as a reader's parameters say.

    Parameters
    ----------
    model : SLMReader
        Its parameters are read.
    vectorizer : GloveTfidfVectorizer
        Says how texts are split.
    vocabulary : Vocabulary
        The known tokens.

    Raises
    ------
    ValueError
        If windows would leave tokens out.
    """
    analyzer = vectorizer._build_analyzer()
    return PassageReader(analyzer, vocabulary, *check_windows(model))


class WindowRows:
    """Rows for a network, each a question and a window, put together one by one."""

    def __init__(self) -> None:
        self.questions: list[np.ndarray] = []
        self.windows: list[np.ndarray] = []
        self.features: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self.questions)

    def append(
        self, question: np.ndarray, ids: np.ndarray, features: np.ndarray
    ) -> None:
        """Add a row.

        Parameters
        ----------
        question : ndarray of shape (n_question_tokens,), dtype int32
            Ids of the question.
        ids : ndarray of shape (n_tokens,), dtype int32
            Ids of the window.
        features : ndarray of shape (n_tokens, n_features), dtype float32
            Features of its tokens.
        """
        self.questions.append(question)
        self.windows.append(ids)
        self.features.append(features)

    def join(self) -> tuple[Ragged, Ragged, Ragged]:
        """Return questions, windows and features of all rows."""
        features = _join(self.features, np.zeros((0, len(FEATURES)), np.float32))
        empty = np.zeros(0, np.int32)
        return _join(self.questions, empty), _join(self.windows, empty), features


def _join(rows: list[np.ndarray], empty: np.ndarray) -> Ragged:
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return Ragged(np.concatenate([empty, *rows]), offsets)


class ScoredPassage(NamedTuple):
    """What a network thinks of a passage as the answer to a question.

    Parameters
    ----------
    passage : Passage
        The passage.
    start, end : ndarray of shape (n_tokens,), dtype float32
        Log-odds of each token to be the first, and the last one, of the answer, against
        there being none.
    """

    passage: Passage
    start: np.ndarray
    end: np.ndarray


def score_readings(
    network: Any, reader: PassageReader, readings: Readings
) -> Iterator[tuple[int, ScoredPassage]]:
    """Score passages of any length, with a bounded number of windows at a time.

    Each token has the scores of the window in which it is farthest from an end, minus
    those of "no answer here" in that window, which makes windows comparable.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        With a :class:`~sklearn_slm.spec.SpanHead`.
    reader : PassageReader
        What splits.
    readings : Readings
        Questions and passages.

    Yields
    ------
    row : int
        Number of a question: those of one passage come one after the other.
    scored : ScoredPassage
        The scores of its passage.
    """
    rows = WindowRows()
    # For each row: its question, its passage, what the window tells of it, and whether no
    # other window comes.
    pending: list[tuple[int, ScoredPassage, tuple[int, int, int], bool]] = []
    order = np.argsort(readings.rows, kind="stable")
    before, passage, ids, windows = -1, None, None, None
    for row in order.tolist():
        number = int(readings.rows[row])
        if number != before:
            before, passage = number, reader.split(readings.passages[number])
            ids, windows = reader.encode(passage.tokens), reader.cut(passage)
        assert passage is not None and ids is not None and windows is not None
        scores = np.zeros((2, len(passage)), np.float32)
        scored = ScoredPassage(passage, scores[0], scores[1])
        if not len(passage):
            yield row, scored
            continue
        question = reader.split_question(readings.questions[row])
        features = reader.match(question, passage)
        asked, n_windows = reader.encode(question), len(windows)
        for i, (first, last, own, own_end) in enumerate(zip(*map(list, windows))):
            rows.append(asked, ids[first:last], features[first:last])
            own_part = int(first), int(own), int(own_end)
            pending.append((row, scored, own_part, i == n_windows - 1))
            if len(rows) == _WINDOWS_AT_A_TIME:
                yield from _score_rows(network, rows, pending)
                rows, pending = WindowRows(), []
    if len(rows):
        yield from _score_rows(network, rows, pending)


def _score_rows(
    network: Any, rows: WindowRows, pending: list
) -> Iterator[tuple[int, ScoredPassage]]:
    """Fill in the scores of windows; yield the passages that are complete."""
    scores = network.score_spans(*rows.join())
    for i, (row, scored, (first, own, own_end), is_last) in enumerate(pending):
        part = slice(own - first, own_end - first)
        none = scores.none[i]
        scored.start[own:own_end] = scores.start[i][part] - none[0]
        scored.end[own:own_end] = scores.end[i][part] - none[1]
        if is_last:
            yield row, scored
