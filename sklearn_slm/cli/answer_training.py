"""``slm train --task answers``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .answer_pairs import read_answers
from .exit_codes import INTERRUPTED
from .inputs import parse_settings
from .output import as_json as write_json
from .output import check_output, save, show, tell_epochs
from .training import configure, count_components, fit

__all__ = ["train_answerer"]


def train_answerer(
    data: Sequence[str],
    model: str,
    question: str | None,
    answer: str | None,
    kind: str | None,
    quoted: bool | None,
    valid: str | None,
    vectors: str | None,
    settings: Sequence[str],
    parameters: dict[str, Any],
    resume_from: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """Fit an answerer on questions with answers, save it, tell how good it is."""
    from ..estimators.answerer import SLMAnswerer
    from ..estimators.vectorizer import GloveTfidfVectorizer

    check_output(model)
    parameters = {"random_state": seed} | parameters | parse_settings(settings)
    if vectors is not None:
        parameters |= {
            "vectorizer__vectors": vectors,
            "vectorizer__n_components": count_components(vectors),
        }
    # A vectorizer that is there has parameters that can be set.
    estimator = configure(SLMAnswerer(vectorizer=GloveTfidfVectorizer()), parameters)
    pairs = read_answers(data, kind, question, answer, quoted)
    validation = {}
    if valid is not None:
        tests = read_answers([valid], None, question, answer, quoted)
        validation = dict(zip(("X_val", "y_val"), tests))
    interrupted = fit(
        estimator, *pairs, quiet=quiet, resume_from=resume_from, **validation
    )
    scores = {
        "validation_accuracy": estimator.validation_accuracy_,
        "lexical_accuracy": estimator.lexical_accuracy_,
    }
    notes = {
        "data": [Path(path).name for path in data],
        "n_texts": len(pairs[0]),
        "columns": [question or "question", answer or "answer"],
        "validation_data": None if valid is None else Path(valid).name,
        **scores,
    }
    save(estimator, model, notes)
    result = {
        "model": model,
        "bytes": os.path.getsize(model),
        "n_questions": len(pairs[0]),
        "n_answers": len(estimator.index_),
        "n_words": len(estimator.vocabulary_),
        "epochs": estimator.n_iter_,
        **scores,
    }
    click.echo(write_json(result) if as_json else _format(result))
    return INTERRUPTED if interrupted else 0


def _format(result: dict[str, Any]) -> str:
    accuracy, lexical = result["validation_accuracy"], result["lexical_accuracy"]
    score = "" if accuracy is None else f", validation accuracy {accuracy:.4f}"
    if lexical is not None:
        score += f" (words alone {lexical:.4f})"
    return (
        f"{show(result['model'])}: {result['bytes']:,} bytes, {result['n_questions']:,} "
        f"questions, {result['n_answers']:,} answers, {result['n_words']:,} known words, "
        f"{tell_epochs(result['epochs'])}{score}"
    )
