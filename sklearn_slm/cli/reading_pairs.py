"""Questions, passages and answers out of files, and a reader's scores on them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import click

from ..text.answer_scores import ANSWER_METRICS, score_answer
from .arriving import read_row_pieces
from .pairs import PairColumns, is_plain, read_columns

__all__ = ["format_scores", "measure_passages", "read_asked", "read_passages"]

Pair = tuple[str, str]

_ROW = "question with its passage and answer"
# The second of each two columns may not be blank.
_PASSAGES = PairColumns("passage", "question", "a reader", _ROW)
_ANSWERS = PairColumns("answer", "question", "a reader", _ROW)


def read_passages(
    files: Sequence[str],
    kind: str | None,
    question: str | None,
    passage: str | None,
    answer: str | None,
    quoted: bool | None,
) -> tuple[list[Pair], list[str]]:
    """Return questions with their passages, and the answers.

    Parameters
    ----------
    files : sequence of str
        Tables, JSON lines or Parquet files, read one after the other.
    kind : str or None
        What they are; None goes by their names.
    question, passage, answer : str or None
        Columns, where they have other names.
    quoted : bool or None
        Whether the fields of tables stand in quotes.

    Returns
    -------
    pairs : list of (str, str)
        Questions and passages, at least one.
    answers : list of str
        As many; ``""`` where the passage does not answer.

    Raises
    ------
    click.UsageError
        If a file is plain text, which has no columns, or can be read only once.
    ValueError
        If a row cannot be read, or if there is none.
    """
    for file in files:
        if not os.path.isfile(file):
            raise click.UsageError(
                f"{file}: the questions, passages and answers of a reader are read in two "
                "runs through a file, and standard input or a pipe has one. Save it as a "
                "file."
            )
    passages, questions = read_columns(
        _PASSAGES, files, kind, passage, question, quoted
    )
    answers, _ = read_columns(_ANSWERS, files, kind, answer, question, quoted)
    return list(zip(questions, passages)), answers


def read_asked(
    files: Sequence[str],
    kind: str | None,
    question: str | None,
    passage: str | None,
    quoted: bool | None,
    batch_size: int | None = None,
) -> Iterator[list[Pair]]:
    r"""Yield questions with passages as they come; see :func:`~.arriving.read_pieces`.

    Parameters
    ----------
    files, kind, quoted, batch_size
        As :func:`~.arriving.read_pieces` takes them.
    question, passage : str or None
        Columns, where they have other names. A line of plain text has a question, a tab
        and the passage.

    Yields
    ------
    list of (str, str)

    Raises
    ------
    ValueError
        If a line of plain text has no tab, or a row cannot be read.
    """
    columns = passage or _PASSAGES.first, question or _PASSAGES.second
    for file in files or ["-"]:
        if is_plain(file, kind):
            numbers = count(1)
            for piece in read_row_pieces([file], kind, "", None, quoted, batch_size):
                yield [_split(line, file, next(numbers)) for line, _ in piece]
            continue
        try:
            for piece in read_row_pieces([file], kind, *columns, quoted, batch_size):
                yield [(str(asked), text) for text, asked in piece]
        except ValueError as error:
            raise ValueError(_PASSAGES.name_options(str(error))) from None


def _split(line: str, file: str, number: int) -> Pair:
    question, tab, passage = line.partition("\t")
    if not tab:
        name = "standard input" if file == "-" else file
        raise ValueError(
            f"{name}, line {number}: expected a question, a tab and its passage, got no "
            f"tab in {line[:60]!r}. Give a table with a header, JSON lines or Parquet for "
            "other texts, with --question and --passage for its columns."
        )
    return question, passage


def measure_passages(
    model: Any, pairs: Sequence[Pair], answers: Sequence[str]
) -> dict[str, Any]:
    """Return scores of a reader on questions with answers, as what JSON can hold.

    Parameters
    ----------
    model : SLMReader
        A fitted one.
    pairs : sequence of (str, str)
        Questions and passages.
    answers : sequence of str
        As many; ``""`` where the passage does not answer.

    Returns
    -------
    dict
        ``n_questions``, ``n_without_answer`` (of them), ``exact_match`` and ``f1`` (from 0
        to 1), ``answered`` (share of the questions that got an answer),
        ``questions_per_second``.
    """
    began = time.perf_counter()
    given = model.predict(pairs)
    seconds = time.perf_counter() - began
    right = [[text] if text.strip() else [] for text in answers]
    n = len(given)
    scores = {
        metric: sum(score_answer(*row, metric) for row in zip(given, right)) / n
        for metric in ANSWER_METRICS
    }
    return {
        "n_questions": n,
        "n_without_answer": sum(not texts for texts in right),
        "exact_match": scores["exact_match"],
        "f1": scores["f1"],
        "answered": sum(map(bool, given)) / n,
        "questions_per_second": n / seconds,
    }


def format_scores(scores: dict[str, Any]) -> str:
    """Return the scores of a reader for people.

    Parameters
    ----------
    scores : dict
        What :func:`measure_passages` returns.
    """
    return (
        f"exact match {scores['exact_match']:.4f}, F1 {scores['f1']:.4f}; "
        f"{scores['answered']:.1%} answered, {scores['n_without_answer']:,} questions "
        "without an answer"
    )
