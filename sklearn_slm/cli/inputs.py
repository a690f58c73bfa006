"""What commands read: models, labelled data, settings."""

from __future__ import annotations

import json
import sys
from ast import literal_eval
from collections.abc import Iterator, Sequence
from typing import Any

import click

from ..datasets import iter_texts, read_texts
from ..unwrap import split_model

__all__ = [
    "find_classifier",
    "iterate_files",
    "load",
    "parse_settings",
    "read_labelled",
]


def load(path: str, trust: Sequence[str] = (), runtime: str | None = None) -> Any:
    """Return the fitted model in a file, set to a runtime if one is given."""
    from ..estimators.loading import load_model

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
    files: Sequence[str], kind: str | None, text: str, quoted: bool | None
) -> Iterator[str]:
    """Yield the texts of files, one after the other; ``-`` or none is stdin."""
    for file in files or ["-"]:
        source = _find_source(file)
        for row in iter_texts(source, kind=kind, text=text, quoting=quoted):
            yield row[0]


def read_labelled(
    files: Sequence[str],
    kind: str | None,
    text: str,
    label: str,
    quoted: bool | None,
) -> tuple[list[str], list[str]]:
    """Return all texts and labels of files; refuse an empty lot."""
    texts: list[str] = []
    labels: list[str] = []
    for file in files:
        columns = read_texts(
            _find_source(file), kind=kind, text=text, label=label, quoting=quoted
        )
        texts += columns[0]
        labels += columns[1]
    if not texts:
        raise ValueError(f"{', '.join(files)}: there is no text in it.")
    return texts, labels


def _find_source(file: str) -> Any:
    return sys.stdin.buffer if file == "-" else file


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Return ``NAME=VALUE`` as parameters; values as JSON or Python write them.

    Examples
    --------
    >>> parse_settings(["hidden_size=(64, 32)", "cell=gru", "bidirectional=false"])
    {'hidden_size': (64, 32), 'cell': 'gru', 'bidirectional': False}
    """
    parsed = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set needs NAME=VALUE. Got {setting!r}.")
        parsed[name.strip()] = _parse(text.strip())
    return parsed


def _parse(text: str) -> Any:
    for read in (json.loads, literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError):
            continue
    return text
