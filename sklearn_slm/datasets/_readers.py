"""Read labelled texts from a table in a file."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

DELIMITERS = {".csv": ",", ".tsv": "\t"}
# The largest limit that csv takes on every platform (a C long is 32 bits on Windows).
FIELD_SIZE_LIMIT = 2**31 - 1


def read_csv_texts(
    path: str | os.PathLike[str], text: str = "text", label: str = "label"
) -> tuple[list[str], list[str]]:
    r"""Read texts and labels from two columns of a table with a header line.

    Parameters
    ----------
    path : str or path-like
        A ``.csv`` or ``.tsv`` file in UTF-8, with or without a byte order mark; a
        further ``.gz`` is unpacked. Fields are quoted as by spreadsheets: a field
        with a delimiter, a quote or a line break stands in double quotes, a quote
        inside it is doubled. Fields may have any length.
    text : str, default="text"
        Name of the column with the texts. A text may be empty.
    label : str, default="label"
        Name of the column with the labels.

    Returns
    -------
    texts : list of str
        One entry a row, as written. Blank lines are skipped.
    labels : list of str
        As many labels. They stay strings, also where they look like numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the name ends otherwise, a column is missing, or a row has another number
        of fields than the header, an empty label, an open quote, or bytes that are
        not UTF-8. The message names the file and the line.

    Notes
    -----
    The limit on the size of a field is global in the :mod:`csv` module. It is raised
    for the time of the call and then put back.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_slm.datasets import read_csv_texts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "reviews.csv")
    ...     with open(path, "w", encoding="utf-8") as file:
    ...         _ = file.write('text,label\n"Good, not bad",positive\n')
    ...     read_csv_texts(path)
    (['Good, not bad'], ['positive'])
    """
    path = Path(path)
    name = path.name.lower()
    packed = name.endswith(".gz")
    delimiter = DELIMITERS.get(Path(name.removesuffix(".gz")).suffix)
    if delimiter is None:
        raise ValueError(
            f"{path}: expected a file name that ends in .csv, .tsv, .csv.gz or "
            f".tsv.gz, got {path.name!r}. Rename or convert the file."
        )
    previous_limit = csv.field_size_limit(FIELD_SIZE_LIMIT)
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            lines = _decode_lines(cast(BinaryIO, file), path)
            return _read_table(lines, path, delimiter, text, label)
    except (gzip.BadGzipFile, EOFError) as error:
        raise ValueError(
            f"{path}: expected a gzip file, but unpacking it failed ({error}). Copy or "
            "download the file again, or take .gz off its name if it is not packed."
        ) from error
    finally:
        csv.field_size_limit(previous_limit)


def _decode_lines(file: BinaryIO, path: Path) -> Iterator[str]:
    """Decode line by line, so that an error can name its line."""
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path}, line {number}: expected UTF-8, got the byte "
                f"0x{error.object[error.start]:02x} at position {error.start}. "
                "Save the file as UTF-8."
            ) from None


def _read_table(
    lines: Iterator[str], path: Path, delimiter: str, text: str, label: str
) -> tuple[list[str], list[str]]:
    """Take two columns out of the rows below the header."""
    # Not strict, an open quote would swallow the rest of the file as one field.
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    texts: list[str] = []
    labels: list[str] = []
    try:
        header = next((row for row in rows if row), None)
        if header is None:
            raise ValueError(
                f"{path}: expected a header line with the columns {text!r} and "
                f"{label!r}, got an empty file."
            )
        text_at = _find_column(header, text, "text", path, rows.line_num)
        label_at = _find_column(header, label, "label", path, rows.line_num)
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"{path}, line {rows.line_num}: expected {len(header)} fields as "
                    f"in the header, got {len(row)}. Put fields that contain "
                    f"{delimiter!r} or a quote in double quotes."
                )
            if not row[label_at]:
                raise ValueError(
                    f"{path}, line {rows.line_num}, column {label!r}: expected a "
                    "label, got an empty field. Fill it in or leave the row out."
                )
            texts.append(row[text_at])
            labels.append(row[label_at])
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {rows.line_num}: expected fields separated by "
            f"{delimiter!r}, got a row that cannot be read ({error}). Close every "
            "quote, double a quote inside a quoted field, and end lines with a line "
            "feed."
        ) from error
    return texts, labels


def _find_column(
    header: list[str], column: str, parameter: str, path: Path, line: int
) -> int:
    """Return the position of a column in the header."""
    if header.count(column) != 1:
        problem = "no such column" if column not in header else "several of them"
        raise ValueError(
            f"{path}, line {line}: expected one column {column!r}, got {problem} in "
            f"the header {header}. Name the column by the parameter {parameter!r}."
        )
    return header.index(column)
