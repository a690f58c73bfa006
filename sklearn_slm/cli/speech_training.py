"""``slm train --task speech``."""

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
from .speech_manifest import DEFAULT_COLUMN, read_manifest
from .training import configure, fit

__all__ = ["train_recognizer"]


def train_recognizer(
    data: Sequence[str],
    model: str,
    audio: str | None,
    text: str,
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
    """Fit a recogniser on the recordings of tables, save it, tell how good it is."""
    from ..estimators.recognizer import SLMSpeechRecognizer

    check_output(model)
    if "tokens" in parameters:
        parameters["units"] = parameters.pop("tokens")
    parameters = {"random_state": seed} | parameters | parse_settings(settings)
    estimator = configure(SLMSpeechRecognizer(), parameters)
    speech = read_manifest(data, kind, audio, text, quoted)
    validation = {}
    if valid is not None:
        tests = read_manifest([valid], None, audio, text, quoted)
        validation = dict(zip(("X_val", "y_val"), tests))
    interrupted = fit(
        estimator, *speech, quiet=quiet, resume_from=resume_from, **validation
    )
    notes = {
        "data": [Path(path).name for path in data],
        "n_texts": len(speech[0]),
        "columns": [audio or DEFAULT_COLUMN, text],
        "validation_data": None if valid is None else Path(valid).name,
        "validation_wer": estimator.validation_wer_,
    }
    save(estimator, model, notes)
    result = {
        "model": model,
        "bytes": os.path.getsize(model),
        "n_recordings": len(speech[0]),
        "n_symbols": len(estimator.vocabulary_),
        "epochs": estimator.n_iter_,
        "validation_wer": estimator.validation_wer_,
    }
    click.echo(write_json(result) if as_json else _format(result))
    return INTERRUPTED if interrupted else 0


def _format(result: dict[str, Any]) -> str:
    wer = result["validation_wer"]
    score = "" if wer is None else f", validation word error rate {wer:.2%}"
    return (
        f"{show(result['model'])}: {result['bytes']:,} bytes, "
        f"{result['n_recordings']:,} recordings, {result['n_symbols']:,} symbols, "
        f"{tell_epochs(result['epochs'])}{score}"
    )
