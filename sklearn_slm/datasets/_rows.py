"""Rows of files: several columns by name, as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..sources import decode_lines, open_source
from ..text import is_missing
from ._readers import _identify
from ._tables import DELIMITERS, Records
from ._values import convert_rows

__all__ = ["iter_rows"]

RowCells = dict[str, Any]
# The number of a line or row, cells by the names of the columns, and a label.
_Numbered = Iterator[tuple[int, RowCells, Any]]


def iter_rows(
    source: Any,
    names: Sequence[str],
    *,
    label: str | None = None,
    kind: str | None = None,
    quoting: bool | None = None,
) -> Iterator[tuple[RowCells, str | None]]:
    r"""Read some columns of a table as they come, in bounded memory (except Parquet).

    Parameters
    ----------
    source, label, kind, quoting
        As in :func:`~sklearn_slm.datasets.iter_texts`.
    names : sequence of str
        The columns.

    Yields
    ------
    cells : dict of str to object
        None where a cell is empty. CSV and TSV have strings, the others what they hold.
    label : str or None
        None if none is read.

    Raises
    ------
    FileNotFoundError, ImportError, ValueError
        As :func:`~sklearn_slm.datasets.iter_texts`; or if the source is plain text, which
        has no columns, or lacks one of them.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO(b"title,age,label\nFine,33,good\nDull,,bad\n")
    >>> list(iter_rows(file, ["title", "age"], label="label", kind="csv"))
    [({'title': 'Fine', 'age': '33'}, 'good'), ({'title': 'Dull', 'age': None}, 'bad')]
    """
    found = _identify(source, kind)
    name, wanted = found.name, [*names] if label is None else [*names, label]
    if found.kind == "txt":
        raise ValueError(
            f"{name}: plain text has no columns, but {wanted} are to be read. Give a table "
            "with a header, JSON lines or Parquet, or say what it is: kind=... (slm: "
            "--input)."
        )
    if found.kind == "parquet":
        rows = _read_parquet(found.file, name, found.packed, wanted)
        yield from _split_label(rows, name, "row", names, label)
        return
    with open_source(found.file, name, found.packed) as file:
        lines = decode_lines(file, name)
        if found.kind == "jsonl":
            rows = _read_json(lines, name, wanted)
        else:
            rows = _read_delimited(lines, name, found.kind, quoting, wanted)
        yield from _split_label(rows, name, "line", names, label)


def _split_label(
    rows: _Numbered, name: str, unit: str, names: Sequence[str], label: str | None
) -> Iterator[tuple[RowCells, str | None]]:
    """Yield cells and labels; refuse labels that are missing."""
    cells: RowCells = {}

    def keep() -> Iterator[tuple[int, str, Any]]:
        nonlocal cells
        for number, row, target in rows:
            cells = {column: row.get(column) for column in names}
            yield number, "", target

    for _, target in convert_rows(keep(), name, unit, "column", "", label):
        yield cells, target


def _read_delimited(
    lines: Iterable[str], name: str, kind: str, quoting: bool | None, wanted: list[str]
) -> _Numbered:
    quoting = kind == "csv" if quoting is None else quoting
    records = Records(lines, name, DELIMITERS[kind], quoting)
    rows = iter(records)
    line, header = next(rows, (0, []))
    for column in wanted:
        if header.count(column) != 1:
            problem = "no such column" if column not in header else "several of them"
            raise ValueError(
                f"{name}, line {line}: expected one column {column!r}, got {problem} in "
                f"the header {header[:20]}. {records.advise_header(header, wanted)}"
            )
    for number, fields in rows:
        if len(fields) != len(header):
            raise ValueError(
                f"{name}, line {number}: expected {len(header)} fields as in the header, "
                f"got {len(fields)}. {records.advise_fields(fields)}"
            )
        cells = {column: field or None for column, field in zip(header, fields)}
        yield number, cells, cells[wanted[-1]]


def _read_json(lines: Iterable[str], name: str, wanted: list[str]) -> _Numbered:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{name}, line {number}: expected a JSON object, got what is no JSON or "
                f"too deep ({error}). Write one object on each line."
            ) from None
        missing = [c for c in wanted if not isinstance(value, dict) or c not in value]
        if missing:
            raise ValueError(
                f"{name}, line {number}: expected a JSON object with the fields {wanted}, "
                f"but {missing} are not in {line.strip()[:60]!r}. Write null where a "
                "value is not known."
            )
        yield number, value, value[wanted[-1]]


def _read_parquet(source: Any, name: str, packed: bool, wanted: list[str]) -> _Numbered:
    try:
        import pandas as pd

        with open_source(source, name, packed) as file:
            table = pd.read_parquet(file, columns=wanted)
    except ImportError as error:
        raise ImportError(
            f"{name}: reading Parquet needs pandas and pyarrow. Install them with: pip "
            'install "sklearn_slm[parquet]"'
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"{name}: expected a Parquet file with the columns {wanted}, got what cannot "
            f"be read ({error})."
        ) from error
    for number, row in enumerate(table.to_dict("records"), start=1):
        cells = {key: None if is_missing(v) else v for key, v in row.items()}
        yield number, cells, cells[wanted[-1]]
