"""Questions with answers out of files, and an answerer's scores on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .pairs import PairColumns, read_columns

__all__ = ["format_scores", "measure_answers", "read_answers"]

_COLUMNS = PairColumns("question", "answer", "an answerer", "question with its answer")
# Share of the questions that are answered where wrong answers are counted.
_ANSWERED = 0.9


def read_answers(
    files: Sequence[str],
    kind: str | None,
    question: str | None,
    answer: str | None,
    quoted: bool | None,
) -> tuple[list[str], list[str]]:
    """Return questions and their answers; see :func:`~.pairs.read_columns`."""
    return read_columns(_COLUMNS, files, kind, question, answer, quoted)


def measure_answers(
    model: Any, questions: Sequence[str], answers: Sequence[str]
) -> dict[str, Any]:
    """Return scores of an answerer on questions with answers, as what JSON can hold.

    Parameters
    ----------
    model : SLMAnswerer
        A fitted one.
    questions, answers : sequence of str
        As many of each; answers that the model does not know are not found.

    Returns
    -------
    dict
        ``n_questions`` (rows), ``accuracy``, ``mrr`` and ``map`` (of different questions,
        from 0 to 1), ``threshold`` (the one with which at least 90% of the questions are
        answered), ``answered`` and ``wrong`` (shares with it: of answered questions, and
        of wrong ones among the given answers), ``questions_per_second``.
    """
    began = time.perf_counter()
    model.predict(questions)
    seconds = time.perf_counter() - began
    chosen = model.find_threshold(questions, answers, _ANSWERED)
    scores = {
        metric: model.score(questions, answers, metric)
        for metric in ("accuracy", "mrr", "map")
    }
    return {
        "n_questions": len(questions),
        **scores,
        **chosen._asdict(),
        "questions_per_second": len(questions) / seconds,
    }


def format_scores(scores: dict[str, Any]) -> str:
    """Return the scores of an answerer for people.

    Parameters
    ----------
    scores : dict
        What :func:`measure_answers` returns.
    """
    return (
        f"first answer right {scores['accuracy']:.4f}, MRR {scores['mrr']:.4f}, MAP "
        f"{scores['map']:.4f}; with threshold {scores['threshold']:.4g}, "
        f"{scores['answered']:.1%} answered, {scores['wrong']:.1%} of the answers wrong"
    )
