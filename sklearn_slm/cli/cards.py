"""What a file says of a model, for tables and for model cards in Markdown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .output import as_json as write_json
from .output import show, show_in_markdown

__all__ = [
    "describe_file",
    "format_rows",
    "is_count",
    "list_names",
    "name_notes",
    "show_some",
    "tell_data",
    "tell_sizes",
]


def describe_file(path: str) -> dict[str, Any]:
    """Return what a file says of whatever model is in it.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    dict
        ``file`` (its name), ``bytes``, ``kind``, ``versions`` and ``notes``.
    """
    from ..estimators.loading import read_notes

    size = {"file": Path(path).name, "bytes": os.path.getsize(path)}
    return size | read_notes(path)


def name_notes(notes: Any) -> dict[str, Any]:
    """Return notes, which may be anything that JSON holds, by name."""
    return notes if isinstance(notes, dict) else {"notes": notes}


def format_rows(facts: dict[str, Any], rows: list[tuple[str, str]]) -> list[str]:
    """Return the lines of a table that tells people what a model is.

    Parameters
    ----------
    facts : dict
        What :func:`describe_file` returns, or more.
    rows : list of (str, str)
        What it tells of the model itself.
    """
    rows = [
        ("file", f"{facts['file']}, {facts['bytes']:,} bytes, {facts['kind']}"),
        *rows,
        ("written by", ", ".join(f"{k} {v}" for k, v in facts["versions"].items())),
    ]
    rows += [
        (name.replace("_", " "), write_json(value))
        for name, value in name_notes(facts["notes"]).items()
    ]
    rows = [(show(name), show(value)) for name, value in rows]
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}}  {value}" for name, value in rows]


def show_some(names: list[str]) -> str:
    """Return how many names there are, and the first of them."""
    return f"{len(names)}: {', '.join(names[:12])}" + ", ..." * (len(names) > 12)


def is_count(value: Any) -> bool:
    """Tell whether what notes hold is a number of things."""
    return isinstance(value, int) and not isinstance(value, bool)


def list_names(value: Any) -> str:
    """Return what notes hold as the names of something, for Markdown."""
    values = value if isinstance(value, list) else [value]
    texts = (v if isinstance(v, str) else write_json(v) for v in values)
    return ", ".join(map(show_in_markdown, texts))


def tell_data(notes: dict[str, Any], texts: str) -> str:
    """Return the sentence on what a model was trained on.

    Parameters
    ----------
    notes : dict
        Those of its file.
    texts : str
        What the texts are called.
    """
    names = list_names(notes.get("data") or [])
    if not names:
        return "Not recorded in the file."
    n_texts = notes.get("n_texts")
    size = f"{n_texts:,} {texts}" if is_count(n_texts) else texts.capitalize()
    return f"{size}: {names}."


def tell_sizes(facts: dict[str, Any]) -> list[str]:
    """Return the lines on what a model takes."""
    types = ", ".join(facts["weight_types"])
    return [
        f"- File: {facts['bytes']:,} bytes",
        f"- Parameters: {facts['n_parameters']:,} ({types})",
    ]
