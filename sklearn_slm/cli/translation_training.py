"""``slm train --task translation``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .exit_codes import INTERRUPTED
from .inputs import parse_settings
from .language_training import compute_perplexity
from .output import as_json as write_json
from .output import check_output, save, show, tell_epochs
from .training import configure, fit
from .translation_pairs import read_pairs

__all__ = ["train_translator"]


def train_translator(
    data: Sequence[str],
    model: str,
    source: str | None,
    target: str | None,
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
    """Fit a translator on pairs of texts, save it, tell how good it is."""
    from ..estimators.translator import SLMTranslator

    check_output(model)
    parameters = {"random_state": seed} | parameters | parse_settings(settings)
    estimator = configure(SLMTranslator(), parameters)
    pairs = read_pairs(data, kind, source, target, quoted)
    validation = {}
    if valid is not None:
        tests = read_pairs([valid], None, source, target, quoted)
        validation = dict(zip(("X_val", "y_val"), tests))
    interrupted = fit(
        estimator, *pairs, quiet=quiet, resume_from=resume_from, **validation
    )
    scores = {
        "validation_perplexity": compute_perplexity(estimator),
        "validation_bleu": estimator.validation_bleu_,
    }
    notes = {
        "data": [Path(path).name for path in data],
        "n_texts": len(pairs[0]),
        "columns": [source or "source", target or "target"],
        "validation_data": None if valid is None else Path(valid).name,
        **scores,
    }
    save(estimator, model, notes)
    result = {
        "model": model,
        "bytes": os.path.getsize(model),
        "n_pairs": len(pairs[0]),
        "n_source_tokens": len(estimator.source_vocabulary_),
        "n_target_tokens": len(estimator.target_vocabulary_),
        "epochs": estimator.n_iter_,
        **scores,
    }
    click.echo(write_json(result) if as_json else _format(result))
    return INTERRUPTED if interrupted else 0


def _format(result: dict[str, Any]) -> str:
    bleu = result["validation_bleu"]
    score = "" if bleu is None else f", validation BLEU {bleu:.2f} (greedy)"
    return (
        f"{show(result['model'])}: {result['bytes']:,} bytes, {result['n_pairs']:,} "
        f"pairs, {result['n_source_tokens']:,} and {result['n_target_tokens']:,} known "
        f"tokens, {tell_epochs(result['epochs'])}{score}"
    )
