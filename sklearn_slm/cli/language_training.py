"""``slm train --task language-model``."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .exit_codes import INTERRUPTED
from .inputs import iterate_files, parse_settings, read_labelled
from .output import as_json as write_json
from .output import check_output, save, show, tell_epochs
from .training import configure, fit

__all__ = ["compute_perplexity", "train_language_model"]


def train_language_model(
    data: Sequence[str],
    model: str,
    text: str,
    label: str | None,
    kind: str | None,
    quoted: bool | None,
    valid: str | None,
    settings: Sequence[str],
    parameters: dict[str, Any],
    resume_from: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """Fit a language model on texts, save it, tell how good it is."""
    from ..estimators.language_model import SLMLanguageModel

    check_output(model)
    parameters = {"random_state": seed} | parameters | parse_settings(settings)
    estimator = configure(SLMLanguageModel(), parameters)
    texts, labels = _read(data, text, label, kind, quoted)
    validation: Any = None
    if valid is not None:
        *read, of_texts = _read([valid], text, label, None, quoted)
        validation = read[0] if of_texts is None else (read[0], of_texts)
    interrupted = fit(
        estimator,
        texts,
        labels,
        quiet=quiet,
        X_val=validation,
        resume_from=resume_from,
    )
    vocabulary = estimator.vocabulary_
    perplexity = compute_perplexity(estimator)
    notes = {
        "data": [Path(path).name for path in data],
        "n_texts": vocabulary.n_documents,
        "n_tokens": vocabulary.corpus_size,
        "validation_data": None if valid is None else Path(valid).name,
        "validation_perplexity": perplexity,
    }
    if labels is not None:
        notes["classes"] = dict(sorted(Counter(labels).items()))
    save(estimator, model, notes)
    result = {
        "model": model,
        "bytes": os.path.getsize(model),
        "n_texts": vocabulary.n_documents,
        "n_tokens": vocabulary.corpus_size,
        "n_known_tokens": len(vocabulary),
        "n_classes": 0 if labels is None else len(estimator.classes_),
        "epochs": estimator.n_iter_,
        "validation_perplexity": perplexity,
    }
    click.echo(write_json(result) if as_json else _format(result))
    return INTERRUPTED if interrupted else 0


def compute_perplexity(model: Any) -> float | None:
    """Return the lowest perplexity of a token of the validation set, if there was one."""
    score = model.best_validation_score_
    return None if score is None else math.exp(min(-score, 700.0))


def _read(
    files: Sequence[str],
    text: str,
    label: str | None,
    kind: str | None,
    quoted: bool | None,
) -> tuple[Any, list[str] | None]:
    """Return texts as they come; where they have labels, all of both."""
    if label is None:
        return iterate_files(files, kind, text, quoted), None
    return read_labelled(files, kind, text, label, quoted)


def _format(result: dict[str, Any]) -> str:
    perplexity, n_classes = result["validation_perplexity"], result["n_classes"]
    labels = f" of {n_classes} labels" if n_classes else ""
    score = "" if perplexity is None else f", validation perplexity {perplexity:,.1f}"
    return (
        f"{show(result['model'])}: {result['bytes']:,} bytes, {result['n_texts']:,} texts"
        f"{labels}, {result['n_tokens']:,} tokens, {result['n_known_tokens']:,} known "
        f"ones, {tell_epochs(result['epochs'])}{score}"
    )
