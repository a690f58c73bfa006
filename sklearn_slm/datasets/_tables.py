"""Texts and labels out of tables: fields between delimiters, below a header.

The standard library's csv module has one limit for the size of a field in all threads of
a process, and cannot tell where a quote was opened; so records are split here.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator
from typing import NoReturn

from ._values import RawRow, Row, convert_rows

__all__ = ["DELIMITERS", "iterate_table", "looks_quoted"]

DELIMITERS = {"csv": ",", "tsv": "\t"}
# What else a table may turn out to be separated by.
_OTHER_DELIMITERS = (";", "|")

_short = reprlib.Repr()
_short.maxlist = 20

# What a quoted field holds on a line: anything, but quotes in pairs alone.
_QUOTED_PART = re.compile('[^"]*+(?:""[^"]*+)*+')

Record = tuple[int, list[str]]


def iterate_table(
    lines: Iterable[str],
    name: str,
    kind: str,
    quoting: bool | None,
    text: str,
    label: str | None,
) -> Iterator[Row]:
    """Yield two columns of the rows below the header of a table."""
    if quoting is None:
        quoting = kind == "csv"
    records = Records(lines, name, DELIMITERS[kind], quoting)
    rows = _pick_columns(records, text, label)
    return convert_rows(rows, name, "line", "column", text, label)


def looks_quoted(field: str) -> bool:
    """Tell whether a field is one that a spreadsheet quoted for the quotes in it.

    Examples
    --------
    >>> looks_quoted('"a ""no"" here"'), looks_quoted('"no" is "no"')
    (True, False)
    """
    body = field[1:-1]
    between = field.startswith('"') and field.endswith('"') and '""' in body
    return between and '"' not in body.replace('""', "")


class Records:
    r"""The records of a table, each with the number of the line where it begins.

    Parameters
    ----------
    lines : iterable of str
        With their line ends.
    name : str
        What messages call the file.
    delimiter : str
        What stands between fields.
    quoting : bool
        Whether a field may stand in double quotes, with quotes inside it doubled, and
        then hold delimiters and line ends. Else a quote is a character.

    Examples
    --------
    >>> list(Records(['a,"b\n', '""c"\n', "d,e\n"], "a.csv", ",", True))
    [(1, ['a', 'b\n"c']), (3, ['d', 'e'])]
    """

    def __init__(self, lines: Iterable[str], name: str, delimiter: str, quoting: bool):
        self.name, self.delimiter, self.quoting = name, delimiter, quoting
        self._lines = enumerate(lines, start=1)

    def __iter__(self) -> Iterator[Record]:
        for number, line in self._lines:
            if self.quoting and '"' in line:
                yield number, self._split_quoted(number, line)
                continue
            record = line.removesuffix("\n").removesuffix("\r")
            if "\r" in record:
                self._refuse_carriage_return(number)
            if record:
                yield number, record.split(self.delimiter)

    def _split_quoted(self, number: int, line: str) -> list[str]:
        """Return the fields of a record, which may go on for several lines."""
        fields, start = [], 0
        while True:
            if line.startswith('"', start):
                field, number, line, end = self._read_quoted(number, line, start + 1)
            else:
                end = line.find(self.delimiter, start)
                if end < 0:
                    end = len(line.removesuffix("\n").removesuffix("\r"))
                field = line[start:end]
                if "\r" in field:
                    self._refuse_carriage_return(number)
            fields.append(field)
            if not line.startswith(self.delimiter, end):
                self._check_end(number, line[end:])
                return fields
            start = end + 1

    def _read_quoted(
        self, number: int, line: str, start: int
    ) -> tuple[str, int, str, int]:
        """Return a field that was opened, its last line and where it ends in that."""
        opened, parts = number, []
        while True:
            end = _QUOTED_PART.match(line, start).end()  # type: ignore[union-attr]
            parts.append(line[start:end])
            if end < len(line):
                break
            start = 0
            number, line = next(self._lines, (number, ""))
            if not line:
                raise ValueError(
                    f"{self.name}, line {opened}: expected a field that ends in a quote, "
                    "got a quote that is open until the end of the file. Close every "
                    f"quote, or {self._advise_quoting(False)}."
                )
        field = "".join(parts).replace('""', '"')
        # Prose holds commas, but hardly a tab: these are rows between two stray quotes.
        if self.delimiter == "\t" and "\t" in field and "\n" in field:
            raise ValueError(
                f"{self.name}, line {opened}: expected a field, got a quoted one with "
                "tabs and line ends in it, which looks like several rows. Double a quote "
                f"inside a quoted field, or {self._advise_quoting(False)}."
            )
        return field, number, line, end + 1

    def _check_end(self, number: int, rest: str) -> None:
        """Refuse what follows on a closing quote but is no delimiter."""
        rest = rest.rstrip("\r\n")
        if rest:
            raise ValueError(
                f"{self.name}, line {number}: expected {self.delimiter!r} or the end of "
                f"the line after a closing quote, got {rest[0]!r}. Double a quote inside "
                f"a quoted field. {self.advise_delimiter(rest[0])}".rstrip()
            )

    def _refuse_carriage_return(self, number: int) -> NoReturn:
        raise ValueError(
            f"{self.name}, line {number}: expected lines that end with a line feed, got "
            "a carriage return inside a line. Put the field in double quotes in a CSV "
            "file, or make line feeds of them: tr '\\r' '\\n' < old > new"
        )

    def advise_delimiter(self, delimiter: str) -> str:
        """Return how to read a table with another delimiter; nothing if it is none."""
        for kind, standard in DELIMITERS.items():
            if delimiter == standard != self.delimiter:
                return (
                    f"The fields seem to be separated by {delimiter!r}: use "
                    f"read_texts(path, kind={kind!r}) (slm: --input {kind})."
                )
        if delimiter not in _OTHER_DELIMITERS:
            return ""
        return (
            f"The fields seem to be separated by {delimiter!r}. Rewrite the file with "
            f"commas: pandas.read_csv({self.name!r}, sep={delimiter!r}, dtype=str, "
            "keep_default_na=False).to_csv('commas.csv', index=False)"
        )

    def advise_header(self, header: list[str], columns: list[str]) -> str:
        """Return what to do about a header that lacks one of the columns."""
        joined = self.delimiter.join(header)
        for other in (*DELIMITERS.values(), *_OTHER_DELIMITERS):
            parts = [part.strip().strip('"') for part in joined.split(other)]
            likely = set(columns) <= set(parts) or len(header) == 1 < len(parts)
            if other != self.delimiter and likely:
                return self.advise_delimiter(other)
        if {f'"{column}"' for column in columns} & set(header):
            return f"The columns are quoted: {self._advise_quoting(True)}."
        return (
            "The first line names the columns. If it is a row of data, put this line "
            f"above it: {self.delimiter.join(columns)}"
        )

    def advise_fields(self, fields: list[str]) -> str:
        """Return what to do about a row with another number of fields."""
        if self.quoting:
            return f"Put fields that contain {self.delimiter!r} or a quote in double quotes."
        advice = f"Leave {self.delimiter!r} and line ends out of fields"
        if any(field.startswith('"') for field in fields):
            advice += f", or {self._advise_quoting(True)}"
        return f"{advice}."

    def _advise_quoting(self, quoting: bool) -> str:
        option = "--quoted" if quoting else "--unquoted"
        meaning = "fields stand in quotes" if quoting else "quotes are characters"
        return f"pass quoting={quoting} (slm: {option}) where {meaning}"


def _pick_columns(records: Records, text: str, label: str | None) -> Iterator[RawRow]:
    """Yield the fields of two columns, with the numbers of the lines."""
    name, columns = records.name, [text] if label is None else [text, label]
    rows = iter(records)
    line, header = next(rows, (0, []))
    if not header:
        raise ValueError(
            f"{name}: expected a header line with the columns "
            f"{' and '.join(map(repr, columns))}, got an empty file."
        )
    for column, parameter in zip(columns, ("text", "label")):
        if header.count(column) != 1:
            problem = "no such column" if column not in header else "several of them"
            raise ValueError(
                f"{name}, line {line}: expected one column {column!r}, got {problem} in "
                f"the header {_short.repr(header)}. Name the column by the parameter "
                f"{parameter!r}. {records.advise_header(header, columns)}"
            )
    n_fields = len(header)
    text_at, label_at = header.index(text), header.index(columns[-1])
    for number, fields in rows:
        if len(fields) != n_fields:
            raise ValueError(
                f"{name}, line {number}: expected {n_fields} fields as in the header, "
                f"got {len(fields)}. {records.advise_fields(fields)}"
            )
        yield number, fields[text_at], fields[label_at]
