"""Tables of texts and other columns, for classifiers that read both."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from ..datasets._rows import iter_rows
from ..text.tables import Table
from .inputs import find_classifier

__all__ = [
    "find_columns",
    "iterate_cells",
    "read_table",
    "read_typed_table",
    "split_names",
]


def split_names(value: str) -> list[str]:
    """Return the names of columns in an option.

    Examples
    --------
    >>> split_names("title, body")
    ['title', 'body']
    """
    names = [name.strip() for name in value.split(",")]
    if not all(names):
        raise click.UsageError(
            f"{value!r} does not name columns. Write them with commas between them, such "
            "as title,body."
        )
    return names


def find_columns(model: Any) -> list[str] | None:
    """Return the columns that a classifier reads; None if it reads texts alone."""
    classifier = find_classifier(model)
    text_column = getattr(classifier, "text_column", None)
    if text_column is None:
        return None
    texts = [text_column] if isinstance(text_column, str) else list(text_column)
    encoder = classifier.columns_
    return texts if encoder is None else [*texts, *encoder.names_]


def iterate_cells(
    files: Sequence[str], kind: str | None, names: Sequence[str], quoted: bool | None
) -> Iterator[dict[str, Any]]:
    """Yield rows of files, one after the other; ``-`` or none is stdin."""
    for file in files or ["-"]:
        source: Any = sys.stdin.buffer if file == "-" else file
        for cells, _ in iter_rows(source, names, kind=kind, quoting=quoted):
            yield cells


def read_table(
    files: Sequence[str],
    kind: str | None,
    names: Sequence[str],
    label: str,
    quoted: bool | None,
) -> tuple[Table, list[str]]:
    """Return some columns of files as a table, and the labels; refuse an empty lot."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    labels: list[str] = []
    for file in files:
        source: Any = sys.stdin.buffer if file == "-" else file
        rows = iter_rows(source, names, label=label, kind=kind, quoting=quoted)
        for cells, target in rows:
            labels.append(str(target))
            for name, values in columns.items():
                values.append(cells[name])
    if not labels:
        raise ValueError(f"{', '.join(files)}: there is no row in it.")
    return Table(columns), labels


def read_typed_table(
    files: Sequence[str],
    kind: str | None,
    texts: Sequence[str],
    others: Sequence[str],
    label: str,
    quoted: bool | None,
) -> tuple[Table, list[str]]:
    """Return a table to train on: a column in which all cells are numbers holds numbers.

    Parameters
    ----------
    files, kind, label, quoted
        As in :func:`read_table`.
    texts : sequence of str
        Columns that hold texts, whatever they look like.
    others : sequence of str
        All other columns.
    """
    table, labels = read_table(files, kind, [*texts, *others], label, quoted)
    columns = {name: table[name] for name in texts}
    return Table(columns | {name: _as_numbers(table[name]) for name in others}), labels


def _as_numbers(cells: list[Any]) -> list[Any]:
    """Return cells as numbers, or as they are where some are none.

    Examples
    --------
    >>> _as_numbers(["1", None, "2.5"]), _as_numbers(["1", "nan"])
    ([1.0, None, 2.5], ['1', 'nan'])
    """
    try:
        numbers = [None if cell is None else float(cell) for cell in cells]
    except (TypeError, ValueError):
        return cells
    if all(number is None or math.isfinite(number) for number in numbers):
        return numbers
    return cells
