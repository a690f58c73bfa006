"""Texts and labels out of JSON lines, plain lines and Parquet, row by row."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

from ..sources import open_source
from ._values import RawRow, Row, convert_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["iterate_frame", "iterate_json_lines", "iterate_lines", "iterate_parquet"]

# What fastText writes before a label at the beginning of a line.
LABEL_MARK = "__label__"


def iterate_json_lines(
    lines: Iterable[str], name: str, text: str, label: str | None
) -> Iterator[Row]:
    """Yield two fields of the objects on the lines; a line may be a bare string."""
    rows = _parse_json_lines(lines, name, text, label)
    return convert_rows(rows, name, "line", "field", text, label)


def _parse_json_lines(
    lines: Iterable[str], name: str, text: str, label: str | None
) -> Iterator[RawRow]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{name}, line {number}: expected a JSON object with the field "
                f"{text!r}, got what is no JSON or too deep ({error}). Write one object "
                "on each line."
            ) from None
        if isinstance(value, str) and label is None:
            yield number, value, None
        elif isinstance(value, dict) and text in value:
            yield number, value[text], None if label is None else value.get(label)
        else:
            raise ValueError(
                f"{name}, line {number}: expected a JSON object with a string {text!r}, "
                f"got {line.strip()[:60]!r}. Name the field by the parameter 'text', and "
                "write one object on each line."
            )


def iterate_lines(lines: Iterable[str], name: str, label: str | None) -> Iterator[Row]:
    """Yield each line as a text; with labels, those of fastText's format."""
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\n").removesuffix("\r")
        if label is None:
            yield line, None
            continue
        if not line.strip():
            continue
        # Not at a space alone: a tab would make the first word a part of the label.
        mark, rest = [*line.split(maxsplit=1), ""][:2]
        target = mark.removeprefix(LABEL_MARK)
        if not mark.startswith(LABEL_MARK) or not target or rest.startswith(LABEL_MARK):
            raise ValueError(
                f"{name}, line {number}: plain text has labels in fastText's format, "
                f"one before each text, as in '{LABEL_MARK}good I liked it'. Got "
                f"{line[:60]!r}. Use a .csv, .tsv or .jsonl file for other texts."
            )
        yield rest, target


def iterate_parquet(
    source: Any, name: str, packed: bool, text: str, label: str | None
) -> Iterator[Row]:
    """Yield two columns of a Parquet file, which pandas reads as a whole."""
    try:
        import pandas as pd

        with open_source(source, name, packed) as file:
            rows = _read_parquet(pd.read_parquet, file, name, text, label)
    except ImportError as error:
        raise ImportError(
            f"{name}: reading Parquet needs pandas and pyarrow. Install them with: pip "
            'install "sklearn_slm[parquet]"'
        ) from error
    yield from rows


def _read_parquet(
    read: Callable[..., pd.DataFrame],
    file: IO[bytes],
    name: str,
    text: str,
    label: str | None,
) -> Iterator[Row]:
    columns = list(dict.fromkeys([text] if label is None else [text, label]))
    try:
        # The index of the columns is at the end of a file; a pipe cannot go there.
        if not file.seekable():
            file = io.BytesIO(file.read())
        return iterate_frame(read(file, columns=columns), name, text, label)
    except ImportError:
        raise
    except Exception as error:  # damaged files raise errors of every kind
        raise ValueError(
            f"{name}: expected a Parquet file with the columns {columns}, got what "
            f"cannot be read ({error})."
        ) from error


def iterate_frame(
    table: pd.DataFrame, name: str, text: str, label: str | None
) -> Iterator[Row]:
    """Return an iterator over two columns of a table whose columns have types."""
    texts = _list_values(table[text])
    labels = texts if label is None else _list_values(table[label])
    rows = zip(range(1, len(table) + 1), texts, labels)
    return convert_rows(rows, name, "row", "column", text, label)


def _list_values(column: pd.Series) -> list[Any]:
    """Return the values of a column, None where one is missing."""
    values = column.to_numpy()
    if values.dtype == bool:
        values = values.tolist()
    return [None if gap else value for value, gap in zip(values, column.isna())]
