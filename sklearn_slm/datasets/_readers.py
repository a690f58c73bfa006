"""Read labelled texts from files, all at once or as they come."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from ._formats import (
    DELIMITERS,
    KINDS,
    iterate_json_lines,
    iterate_lines,
    iterate_parquet,
    iterate_table,
)

__all__ = ["iter_texts", "read_csv_texts", "read_texts"]

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
    return _read(path, _find_kind(Path(path), tuple(DELIMITERS)), text, label)


def read_texts(
    path: str | os.PathLike[str],
    *,
    kind: str | None = None,
    text: str = "text",
    label: str = "label",
) -> tuple[list[str], list[str]]:
    r"""Read texts and labels from a file of any common kind.

    Parameters
    ----------
    path : str or path-like
        A file in UTF-8 whose name ends in ``.csv``, ``.tsv``, ``.jsonl`` (one object a
        line), ``.txt`` (fastText's format, ``__label__good I liked it``), one of them
        and ``.gz``, or ``.parquet`` (which needs pandas and pyarrow).
    kind : {"csv", "tsv", "jsonl", "txt", "parquet"} or None, default=None
        What the file is; None goes by its name.
    text, label : str, default="text" and "label"
        Names of the columns or fields.

    Returns
    -------
    texts : list of str
        One entry a row.
    labels : list of str
        As many labels; numbers are written out, so that all kinds agree.

    Raises
    ------
    FileNotFoundError, ImportError
        If there is no such file, or pandas is needed and not there.
    ValueError
        If a row cannot be read. The message names the file and the line.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_slm.datasets import read_texts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "reviews.jsonl")
    ...     with open(path, "w", encoding="utf-8") as file:
    ...         _ = file.write('{"text": "Good, not bad", "label": 1}\n')
    ...     read_texts(path)
    (['Good, not bad'], ['1'])
    """
    return _read(path, kind or _find_kind(Path(path)), text, label)


def iter_texts(
    source: str | os.PathLike[str] | IO[bytes],
    *,
    kind: str | None = None,
    text: str = "text",
    label: str | None = None,
) -> Iterator[tuple[str, str | None]]:
    r"""Read texts as they come, in bounded memory (except Parquet).

    Parameters
    ----------
    source : str, path-like or binary file
        As in :func:`read_texts`, or an open file, such as ``sys.stdin.buffer``.
    kind : {"csv", "tsv", "jsonl", "txt", "parquet"} or None, default=None
        What it is; None goes by the name of the file, and is ``"txt"`` for an open one.
    text : str, default="text"
        Name of the column or field with the texts.
    label : str or None, default=None
        Name of the one with the labels; None reads none.

    Yields
    ------
    text : str
        Of ``"txt"`` without labels each line, empty ones too; JSON lines may be bare
        strings then.
    label : str or None
        None if none is read.

    Raises
    ------
    FileNotFoundError, ImportError, ValueError
        As :func:`read_texts`, when the row is reached.

    Examples
    --------
    >>> import io
    >>> from sklearn_slm.datasets import iter_texts
    >>> list(iter_texts(io.BytesIO(b"one line\nanother\n")))
    [('one line', None), ('another', None)]
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        kind = kind or _find_kind(path)
        name, packed = str(path), path.name.lower().endswith(".gz")
    else:
        path, name, packed = None, getattr(source, "name", "standard input"), False
        name = name if isinstance(name, str) else "standard input"
    if kind not in (*KINDS, None):
        raise ValueError(f"kind must be one of {KINDS} or None. Got {kind!r} instead.")
    return _iterate(path or source, name, packed, kind or "txt", text, label)


def _read(
    path: str | os.PathLike[str], kind: str, text: str, label: str
) -> tuple[list[str], list[str]]:
    rows = list(iter_texts(path, kind=kind, text=text, label=label))
    return [row[0] for row in rows], [cast(str, row[1]) for row in rows]


def _find_kind(path: Path, allowed: tuple[str, ...] = KINDS) -> str:
    """Return the kind that the name of a file stands for."""
    kind = Path(path.name.lower().removesuffix(".gz")).suffix[1:]
    if kind not in allowed:
        packed = [f".{name}.gz" for name in allowed if name != "parquet"]
        *first, last = [*(f".{name}" for name in allowed), *packed]
        raise ValueError(
            f"{path}: expected a file name that ends in {', '.join(first)} or {last}, "
            f"got {path.name!r}. Rename or convert the file."
        )
    return kind


def _iterate(
    source: Any, name: str, packed: bool, kind: str, text: str, label: str | None
) -> Iterator[tuple[str, str | None]]:
    if kind == "parquet":
        yield from iterate_parquet(source, name, text, label)
        return
    try:
        with _open(source, packed) as file:
            lines = _decode_lines(file, name)
            if kind == "jsonl":
                yield from iterate_json_lines(lines, name, text, label)
            elif kind == "txt":
                yield from iterate_lines(lines, name, label)
            else:
                with _long_fields():
                    yield from iterate_table(lines, name, kind, text, label)
    except (gzip.BadGzipFile, EOFError) as error:
        raise ValueError(
            f"{name}: expected a gzip file, but unpacking it failed ({error}). Copy or "
            "download the file again, or take .gz off its name if it is not packed."
        ) from error


@contextmanager
def _open(source: Any, packed: bool) -> Iterator[Iterable[bytes]]:
    if not isinstance(source, Path):
        yield source  # it is not ours to close
        return
    with gzip.open(source, "rb") if packed else source.open("rb") as file:
        yield cast(IO[bytes], file)


@contextmanager
def _long_fields() -> Iterator[None]:
    previous_limit = csv.field_size_limit(FIELD_SIZE_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(previous_limit)


def _decode_lines(file: Iterable[bytes], name: str) -> Iterator[str]:
    """Decode line by line, so that an error can name its line."""
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name}, line {number}: expected UTF-8, got the byte "
                f"0x{error.object[error.start]:02x} at position {error.start}. "
                "Save the file as UTF-8."
            ) from None
