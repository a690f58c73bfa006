"""``slm info``: what a model is, for people, for machines, and as a model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from . import (
    answer_description,
    description,
    language_description,
    reading_description,
    speech_description,
    translation_description,
)
from .cards import format_rows
from .examples import Columns
from .inputs import check_classifier, find_kind, load_any
from .output import as_json as write_json
from .vocabulary import write_held

__all__ = ["show_info"]

_OF_KIND: dict[str, Any] = {
    "classifier": description,
    "language model": language_description,
    "translator": translation_description,
    "speech recognizer": speech_description,
    "answerer": answer_description,
    "reader": reading_description,
}


def show_info(
    model: str,
    card: bool,
    vocabulary: bool,
    data: Sequence[str],
    kind: str | None,
    quoted: bool | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    **columns: Any,
) -> None:
    """Print what a model is."""
    if data and not card:
        raise click.UsageError(
            "--data is for the card; for scores use slm evaluate, or slm score with a "
            "language model."
        )
    if vocabulary and card:
        raise click.UsageError("--card and --vocabulary are two outputs; ask for one.")
    loaded = load_any(model, trust, runtime)
    if vocabulary:
        for line in write_held(loaded, as_json=as_json):
            click.echo(line)
        return
    model_kind = find_kind(loaded)
    if model_kind not in _OF_KIND or model_kind == "classifier":
        check_classifier(loaded, model)
    of_kind = _OF_KIND[model_kind]
    facts = of_kind.describe(model, loaded)
    if data:
        names = [Path(path).name for path in data]
        given = Columns(**columns)
        scores = of_kind.measure_files(loaded, data, kind, given, quoted)
        facts["test"] = {"data": names} | scores
    if as_json:
        click.echo(write_json(facts))
    elif card:
        click.echo(of_kind.write_card(facts))
    else:
        click.echo("\n".join(format_rows(facts, of_kind.list_rows(facts))))
