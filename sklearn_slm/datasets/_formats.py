"""Texts and labels out of tables, JSON lines, plain lines and Parquet, row by row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = [
    "DELIMITERS",
    "KINDS",
    "iterate_json_lines",
    "iterate_lines",
    "iterate_parquet",
    "iterate_table",
]

DELIMITERS = {"csv": ",", "tsv": "\t"}
KINDS = (*DELIMITERS, "jsonl", "txt", "parquet")
# What fastText writes before a label at the beginning of a line.
LABEL_MARK = "__label__"

Rows = Iterator[tuple[str, str | None]]


def iterate_table(
    lines: Iterable[str], name: str, kind: str, text: str, label: str | None
) -> Rows:
    """Yield two columns of the rows below the header of a table."""
    delimiter = DELIMITERS[kind]
    # Not strict, an open quote would swallow the rest of the file as one field.
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next((row for row in rows if row), None)
        if header is None:
            columns = repr(text) if label is None else f"{text!r} and {label!r}"
            raise ValueError(
                f"{name}: expected a header line with the columns {columns}, got an "
                "empty file."
            )
        text_at = _find_column(header, text, "text", name, rows.line_num)
        label_at = None
        if label is not None:
            label_at = _find_column(header, label, "label", name, rows.line_num)
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"{name}, line {rows.line_num}: expected {len(header)} fields as "
                    f"in the header, got {len(row)}. Put fields that contain "
                    f"{delimiter!r} or a quote in double quotes."
                )
            if label_at is None:
                yield row[text_at], None
                continue
            if not row[label_at]:
                raise ValueError(
                    f"{name}, line {rows.line_num}, column {label!r}: expected a "
                    "label, got an empty field. Fill it in or leave the row out."
                )
            yield row[text_at], row[label_at]
    except csv.Error as error:
        raise ValueError(
            f"{name}, line {rows.line_num}: expected fields separated by "
            f"{delimiter!r}, got a row that cannot be read ({error}). Close every "
            "quote, double a quote inside a quoted field, and end lines with a line "
            "feed."
        ) from error


def _find_column(
    header: list[str], column: str, parameter: str, name: str, line: int
) -> int:
    """Return the position of a column in the header."""
    if header.count(column) != 1:
        problem = "no such column" if column not in header else "several of them"
        raise ValueError(
            f"{name}, line {line}: expected one column {column!r}, got {problem} in "
            f"the header {header}. Name the column by the parameter {parameter!r}."
        )
    return header.index(column)


def iterate_json_lines(
    lines: Iterable[str], name: str, text: str, label: str | None
) -> Rows:
    """Yield two fields of the objects on the lines; a line may be a bare string."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise ValueError(
                f"{name}, line {number}: expected a JSON object with the field "
                f"{text!r}, got what is no JSON ({error})."
            ) from None
        if isinstance(value, str) and label is None:
            yield value, None
            continue
        found = value.get(text) if isinstance(value, dict) else None
        if not isinstance(found, str):
            raise ValueError(
                f"{name}, line {number}: expected a JSON object with a string {text!r}, "
                f"got {line.strip()[:60]!r}. Name the field by the parameter 'text'."
            )
        yield found, None if label is None else _as_label(value, label, name, number)


def _as_label(value: dict[str, Any], label: str, name: str, number: int) -> str:
    """Return a label as a string, as every other format has them."""
    found = value.get(label)
    if isinstance(found, str) and found:
        return found
    if isinstance(found, (bool, int, float)):
        return json.dumps(found)
    raise ValueError(
        f"{name}, line {number}, field {label!r}: expected a label, a string or a "
        f"number, got {found!r}. Name the field by the parameter 'label'."
    )


def iterate_lines(lines: Iterable[str], name: str, label: str | None) -> Rows:
    """Yield each line as a text; with labels, those of fastText's format."""
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r\n")
        if label is None:
            yield line, None
            continue
        if not line.strip():
            continue
        mark, _, rest = line.partition(" ")
        found = mark.removeprefix(LABEL_MARK)
        if not mark.startswith(LABEL_MARK) or not found or rest.startswith(LABEL_MARK):
            raise ValueError(
                f"{name}, line {number}: plain text has labels in fastText's format, "
                f"one before each text, as in '{LABEL_MARK}good I liked it'. Got "
                f"{line[:60]!r}. Use a .csv, .tsv or .jsonl file for other texts."
            )
        yield rest, found


def iterate_parquet(path: Any, name: str, text: str, label: str | None) -> Rows:
    """Yield two columns of a Parquet file, which pandas reads as a whole."""
    columns = [text] if label is None else [text, label]
    try:
        import pandas as pd

        table = pd.read_parquet(path, columns=columns)
    except ImportError as error:
        raise ImportError(
            f"{name}: reading Parquet needs pandas and pyarrow. Install them with: pip "
            'install "sklearn_slm[parquet]"'
        ) from error
    except (OSError, ValueError, KeyError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(
            f"{name}: expected a Parquet file with the columns {columns}, got what "
            f"cannot be read ({error})."
        ) from error
    for number, row in enumerate(table.itertuples(index=False), start=1):
        if not isinstance(row[0], str):
            raise ValueError(
                f"{name}, row {number}, column {text!r}: expected a string, got "
                f"{row[0]!r}."
            )
        if label is None:
            yield row[0], None
            continue
        found = row[1].item() if hasattr(row[1], "item") else row[1]
        yield row[0], _as_label({label: found}, label, name, number)
