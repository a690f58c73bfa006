"""``slm info``: what a model is, for people, for machines, and as a model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from . import description, language_description
from .cards import format_rows
from .inputs import check_classifier, is_language_model, load_any
from .output import as_json as write_json

__all__ = ["show_info"]


def show_info(
    model: str,
    card: bool,
    data: Sequence[str],
    text: str,
    label: str,
    kind: str | None,
    quoted: bool | None,
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
    of_kind: Any = description
    if is_language_model(loaded):
        of_kind = language_description
    else:
        check_classifier(loaded, model)
    facts = of_kind.describe(model, loaded)
    if data:
        names = [Path(path).name for path in data]
        scores = of_kind.measure_files(loaded, data, text, label, kind, quoted)
        facts["test"] = {"data": names} | scores
    if as_json:
        click.echo(write_json(facts))
    elif card:
        click.echo(of_kind.write_card(facts))
    else:
        click.echo("\n".join(format_rows(facts, of_kind.list_rows(facts))))
