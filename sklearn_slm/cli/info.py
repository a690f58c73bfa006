"""``slm info``: what a model is, for people, for machines, and as a model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from . import (
    description,
    language_description,
    speech_description,
    translation_description,
)
from .cards import format_rows
from .inputs import check_classifier, find_kind, load_any
from .output import as_json as write_json

__all__ = ["show_info"]

_OF_KIND: dict[str, Any] = {
    "classifier": description,
    "language model": language_description,
    "translator": translation_description,
    "speech recognizer": speech_description,
}


def show_info(
    model: str,
    card: bool,
    data: Sequence[str],
    text: str,
    label: str,
    kind: str | None,
    quoted: bool | None,
    source: str | None,
    target: str | None,
    audio: str | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
) -> None:
    """Print what a model is."""
    if data and not card:
        raise click.UsageError(
            "--data is for the card; for scores use slm evaluate, or slm score with a "
            "language model."
        )
    loaded = load_any(model, trust, runtime)
    model_kind = find_kind(loaded)
    if model_kind not in ("language model", "translator", "speech recognizer"):
        check_classifier(loaded, model)
    of_kind = _OF_KIND[model_kind]
    facts = of_kind.describe(model, loaded)
    if data:
        names = [Path(path).name for path in data]
        columns: Any = (text, label)
        if model_kind == "translator":
            columns = (source, target)
        elif model_kind == "speech recognizer":
            columns = (audio, text)
        scores = of_kind.measure_files(loaded, data, *columns, kind, quoted)
        facts["test"] = {"data": names} | scores
    if as_json:
        click.echo(write_json(facts))
    elif card:
        click.echo(of_kind.write_card(facts))
    else:
        click.echo("\n".join(format_rows(facts, of_kind.list_rows(facts))))
