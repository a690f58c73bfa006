"""Read labelled texts from files, all at once or as they come."""

from __future__ import annotations

import os
import reprlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from ..sources import decode_lines, open_source
from ._formats import iterate_json_lines, iterate_lines, iterate_parquet
from ._tables import DELIMITERS, iterate_table, looks_quoted
from ._values import Row

__all__ = ["iter_texts", "read_csv_texts", "read_texts"]

KINDS = (*DELIMITERS, "jsonl", "txt", "parquet")
# From so many rows on, labels that hardly repeat are told to be none.
MIN_ROWS_FOR_WARNING, MAX_DISTINCT = 20, 0.9


def read_csv_texts(
    path: str | os.PathLike[str],
    text: str = "text",
    label: str = "label",
    *,
    quoting: bool | None = None,
) -> tuple[list[str], list[str]]:
    r"""Read texts and labels from two columns of a table with a header line.

    Parameters
    ----------
    path : str or path-like
        A ``.csv`` or ``.tsv`` file in UTF-8, with or without a byte order mark; a
        further ``.gz`` is unpacked. Fields may have any length.
    text : str, default="text"
        Name of the column with the texts. A text may be empty.
    label : str, default="label"
        Name of the column with the labels.
    quoting : bool or None, default=None
        Whether fields are quoted as by spreadsheets: one with a delimiter, a quote or a
        line break stands in double quotes, and a quote inside it is doubled. False takes
        quotes as characters, as GLUE does. None means True for CSV and False for TSV,
        since TSV files of texts are mostly written without quoting.

    Returns
    -------
    texts : list of str
        One entry a row, as written. Blank lines are skipped.
    labels : list of str
        As many labels, as written: they stay strings, also where they look like numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the name ends otherwise, a column is missing, or a row has another number
        of fields than the header, an empty label, an open quote, or bytes that are
        not UTF-8. The message names the file and the line.

    Warns
    -----
    UserWarning
        As :func:`read_texts`.

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
    source = _identify(Path(path), None, tuple(DELIMITERS))
    return _collect(source, text, label, quoting)


def read_texts(
    path: str | os.PathLike[str] | IO[bytes],
    *,
    kind: str | None = None,
    text: str = "text",
    label: str = "label",
    quoting: bool | None = None,
) -> tuple[list[str], list[str]]:
    r"""Read texts and labels from a file of any common kind.

    Parameters
    ----------
    path : str, path-like or binary file
        A file in UTF-8 whose name ends in ``.csv``, ``.tsv``, ``.jsonl`` (one object a
        line), ``.txt`` (fastText's format, ``__label__good I liked it``, with any white
        space between label and text), one of them and ``.gz``, or ``.parquet`` (which
        needs pandas and pyarrow). Or a pipe, or an open file.
    kind : {"csv", "tsv", "jsonl", "txt", "parquet"} or None, default=None
        What the file is; None goes by its name, or by that of the file which a symbolic
        link leads to. A pipe or an open file without such a name is ``"txt"``.
    text, label : str, default="text" and "label"
        Names of the columns or fields.
    quoting : bool or None, default=None
        Whether double quotes around the fields of a table are quotation and no
        characters; None means True for CSV and False for TSV. Other kinds ignore it.

    Returns
    -------
    texts : list of str
        One entry a row.
    labels : list of str
        As many labels. CSV, TSV and plain text have them as written. A number of JSON
        lines or Parquet is written without a fraction where it is whole, so that ``1``,
        ``1.0`` and an integer column which a gap made float all give ``"1"``; truth
        values are ``"true"`` and ``"false"``. Half of a surrogate pair in JSON lines, in
        a text or a label, becomes U+FFFD: no encoding could write it.

    Raises
    ------
    FileNotFoundError, ImportError
        If there is no such file, or pandas is needed and not there.
    ValueError
        If a row cannot be read, a text is null, or a label is null, NaN, infinite,
        blank or not there; or if the file is damaged or no file. The message names the
        file and the line or row.

    Warns
    -----
    UserWarning
        If, of 20 labels or more, over 90 percent are different ones: then the column or
        the format is probably another one. If a TSV file that is read without quoting
        looks quoted.

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
    return _collect(_identify(path, kind), text, label, quoting)


def iter_texts(
    source: str | os.PathLike[str] | IO[bytes],
    *,
    kind: str | None = None,
    text: str = "text",
    label: str | None = None,
    quoting: bool | None = None,
) -> Iterator[tuple[str, str | None]]:
    r"""Read texts as they come, in bounded memory (except Parquet).

    Parameters
    ----------
    source : str, path-like or binary file
        As in :func:`read_texts`: a file, a pipe, or an open file, such as
        ``sys.stdin.buffer``.
    kind : {"csv", "tsv", "jsonl", "txt", "parquet"} or None, default=None
        What it is; None goes by the name of the file, and is ``"txt"`` for a pipe or an
        open file.
    text : str, default="text"
        Name of the column or field with the texts.
    label : str or None, default=None
        Name of the one with the labels; None reads none.
    quoting : bool or None, default=None
        As in :func:`read_texts`.

    Yields
    ------
    text : str
        Each line of ``"txt"`` without labels, empty ones too; JSON lines may be bare
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
    return _iterate(_identify(source, kind), text, label, quoting)


class _Source(NamedTuple):
    """What is read: a path or an open file, and what its name says."""

    file: Path | IO[bytes]
    name: str
    kind: str
    packed: bool


def _identify(
    source: Any, kind: str | None, allowed: tuple[str, ...] = KINDS
) -> _Source:
    if kind not in (*allowed, None):
        raise ValueError(
            f"kind must be one of {allowed} or None. Got {kind!r} instead."
        )
    if not isinstance(source, (str, os.PathLike)):
        name = getattr(source, "name", None)
        name = name if isinstance(name, str) else "standard input"
        return _Source(source, name, kind or "txt", packed=False)
    path = Path(source)
    # A link such as /dev/stdin may lead to a file whose name says more.
    names = [path.name.lower(), os.path.basename(os.path.realpath(path)).lower()]
    packed = any(name.endswith(".gz") for name in names)
    return _Source(path, str(path), kind or _find_kind(path, names, allowed), packed)


def _find_kind(path: Path, names: list[str], allowed: tuple[str, ...]) -> str:
    """Return the kind that the name of a file stands for."""
    for name in names:
        kind = Path(name.removesuffix(".gz")).suffix[1:]
        if kind in allowed:
            return kind
    # A pipe has no name of its own; a folder is refused when it is opened.
    if "txt" in allowed and os.path.lexists(path) and not os.path.isfile(path):
        return "txt"
    packed = [f".{name}.gz" for name in allowed if name != "parquet"]
    *first, last = [*(f".{name}" for name in allowed), *packed]
    raise ValueError(
        f"{path}: expected a file name that ends in {', '.join(first)} or {last}, got "
        f"{path.name!r}. Rename or convert the file, or say what it is: "
        "read_texts(path, kind=...) (slm: --input)."
    )


def _iterate(
    source: _Source, text: str, label: str | None, quoting: bool | None
) -> Iterator[Row]:
    name, kind = source.name, source.kind
    if kind == "parquet":
        yield from iterate_parquet(source.file, name, source.packed, text, label)
        return
    with open_source(source.file, name, source.packed) as file:
        lines = decode_lines(file, name)
        if kind == "jsonl":
            yield from iterate_json_lines(lines, name, text, label)
        elif kind == "txt":
            yield from iterate_lines(lines, name, label)
        else:
            yield from iterate_table(lines, name, kind, quoting, text, label)


def _collect(
    source: _Source, text: str, label: str, quoting: bool | None
) -> tuple[list[str], list[str]]:
    """Return the texts and labels of a source; warn of what only all of them show."""
    name = source.name
    texts, labels = [], []
    for row in _iterate(source, text, label, quoting):
        texts.append(row[0])
        labels.append(cast(str, row[1]))
    distinct = len(set(labels))
    if len(labels) >= MIN_ROWS_FOR_WARNING and distinct > MAX_DISTINCT * len(labels):
        warnings.warn(
            f"{name}: {distinct:,} of {len(labels):,} labels are different, such as "
            f"{', '.join(map(reprlib.repr, labels[:3]))}. Nearly every one occurs once, "
            "so they are probably no labels: check the parameter 'label' and the format.",
            stacklevel=3,
        )
    if source.kind == "tsv" and quoting is None:
        quoted = sum(map(looks_quoted, texts))
        if quoted:
            warnings.warn(
                f"{name}: {quoted:,} texts stand in quotes with doubled quotes inside, as "
                "spreadsheets write them. They are read as written; pass quoting=True "
                "(slm: --quoted) to take the quotes off.",
                stacklevel=3,
            )
    return texts, labels
