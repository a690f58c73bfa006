"""What commands read: models, labelled data, settings."""

from __future__ import annotations

import json
import sys
from ast import literal_eval
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from ..datasets import iter_texts
from ..unwrap import split_model

__all__ = [
    "check_folder",
    "iterate_files",
    "load",
    "parse_settings",
    "read_labelled",
]


def load(path: str, trust: Sequence[str] = (), runtime: str | None = None) -> Any:
    """Return the fitted model in a file, set to a runtime if one is given."""
    from ..persistence import load_model

    model = load_model(path, trusted=trust)
    classifier = find_classifier(model)
    if classifier is None:
        raise click.UsageError(
            f"{path} holds a vectorizer; this command needs a classifier."
        )
    if runtime is not None:
        classifier.runtime = runtime
    if classifier is model and model.vectorizer_ is None:
        raise click.UsageError(
            f"{path} holds a classifier without the vectorizer that makes its input of "
            "texts. Save a Pipeline of both."
        )
    return model


def find_classifier(model: Any) -> Any:
    """Return the classifier of a model, or None."""
    _, last = split_model(model)
    return last if hasattr(last, "classes_") else None


def iterate_files(
    files: Sequence[str], kind: str | None, text: str, label: str | None = None
) -> Iterator[tuple[str, str | None]]:
    """Yield the rows of files, one after the other; ``-`` or none is stdin."""
    for file in files or ["-"]:
        source: Any = sys.stdin.buffer if file == "-" else file
        yield from iter_texts(source, kind=kind, text=text, label=label)


def read_labelled(
    files: Sequence[str], kind: str | None, text: str, label: str
) -> tuple[list[str], list[str]]:
    """Return all texts and labels of files; refuse an empty lot."""
    rows = list(iterate_files(files, kind, text, label))
    if not rows:
        raise ValueError(f"{', '.join(files)}: there is no text in it.")
    return [row[0] for row in rows], [str(row[1]) for row in rows]


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Return ``NAME=VALUE`` as parameters; values as JSON or Python write them.

    Examples
    --------
    >>> parse_settings(["hidden_size=(64, 32)", "cell=gru", "bidirectional=false"])
    {'hidden_size': (64, 32), 'cell': 'gru', 'bidirectional': False}
    """
    found = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set needs NAME=VALUE. Got {setting!r}.")
        found[name.strip()] = _parse(text.strip())
    return found


def _parse(text: str) -> Any:
    for read in (json.loads, literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError):
            continue
    return text


def check_folder(path: str) -> None:
    """Refuse a file that cannot be written before hours are spent on its content."""
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"{path}: there is no folder {str(folder)!r}.")
    if Path(path).is_dir():
        raise click.UsageError(f"{path} is a folder; name a file in it.")
