"""``slm train --task reading``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .exit_codes import INTERRUPTED
from .inputs import parse_settings
from .output import as_json as write_json
from .output import check_output, save, show, tell_epochs
from .reading_pairs import read_passages
from .training import configure, count_components, fit

__all__ = ["train_reader"]


def train_reader(
    data: Sequence[str],
    model: str,
    question: str | None,
    passage: str | None,
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
    """Fit a reader on questions, passages and answers, save it, tell how good it is."""
    from ..estimators.reader import SLMReader
    from ..estimators.vectorizer import GloveTfidfVectorizer

    check_output(model)
    parameters = {"random_state": seed} | parameters | parse_settings(settings)
    if vectors is not None:
        parameters |= {
            "vectorizer__vectors": vectors,
            "vectorizer__n_components": count_components(vectors),
        }
    # A vectorizer that is there has parameters that can be set.
    estimator = configure(SLMReader(vectorizer=GloveTfidfVectorizer()), parameters)
    columns = question, passage, answer
    pairs, answers = read_passages(data, kind, *columns, quoted)
    validation = {}
    if valid is not None:
        tests = read_passages([valid], None, *columns, quoted)
        validation = dict(zip(("X_val", "y_val"), tests))
    interrupted = fit(
        estimator, pairs, answers, quiet=quiet, resume_from=resume_from, **validation
    )
    scores = {
        "validation_exact_match": estimator.validation_exact_match_,
        "validation_f1": estimator.validation_f1_,
    }
    usual = ("question", "passage", "answer")
    notes = {
        "data": [Path(path).name for path in data],
        "n_texts": len(pairs),
        "columns": [given or name for given, name in zip(columns, usual)],
        "validation_data": None if valid is None else Path(valid).name,
        **scores,
    }
    save(estimator, model, notes)
    result = {
        "model": model,
        "bytes": os.path.getsize(model),
        "n_questions": len(pairs),
        "n_words": len(estimator.vocabulary_),
        "epochs": estimator.n_iter_,
        **scores,
    }
    click.echo(write_json(result) if as_json else _format(result))
    return INTERRUPTED if interrupted else 0


def _format(result: dict[str, Any]) -> str:
    exact, f1 = result["validation_exact_match"], result["validation_f1"]
    score = "" if f1 is None else f", validation exact match {exact:.4f}, F1 {f1:.4f}"
    return (
        f"{show(result['model'])}: {result['bytes']:,} bytes, {result['n_questions']:,} "
        f"questions, {result['n_words']:,} known words, "
        f"{tell_epochs(result['epochs'])}{score}"
    )
