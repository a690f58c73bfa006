"""Tables of texts and other columns: data frames, whichever library they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .documents import is_missing, to_plain

__all__ = [
    "TEXT_BOUNDARY",
    "Table",
    "check_table",
    "cut_table",
    "is_table",
    "join_texts",
    "list_cells",
    "take_columns",
]

# Stands between the texts of a row: a token of its own for analyzers that keep
# punctuation, and hardly met in prose.
TEXT_BOUNDARY = "\n¶\n"


class Table:
    """A table without pandas or polars, for what comes row by row.

    It has what is asked of their data frames here: ``columns``, ``shape``, ``len``,
    columns by name, several of them by a list of names, and rows by a slice.

    Parameters
    ----------
    columns : mapping of str to sequence
        The cells of each column, equally many.

    Examples
    --------
    >>> table = Table({"title": ["Fine", "Dull"], "age": [33, None]})
    >>> table.columns, table["age"], table[1:]["title"]
    (['title', 'age'], [33, None], ['Dull'])
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]):
        self._columns = dict(columns)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def __getitem__(self, key: Any) -> Any:
        """Return the cells of a column, or a table of some columns or rows."""
        if isinstance(key, str):
            return self._columns[key]
        if isinstance(key, slice):
            return Table({name: cells[key] for name, cells in self._columns.items()})
        return Table({name: self._columns[name] for name in key})


def is_table(X: Any) -> bool:
    """Tell whether X is a data frame: rows, and columns that have names.

    Examples
    --------
    >>> is_table(Table({"text": ["a"]})), is_table(["a"])
    (True, False)
    """
    return hasattr(X, "columns") and len(getattr(X, "shape", ())) == 2


def check_table(X: Any, columns: Iterable[str], *, name: str = "X") -> None:
    """Refuse what is no data frame, or lacks columns.

    Parameters
    ----------
    X : object
        What was given.
    columns : iterable of str
        Names that it must have, once each; others may come too, in any order.
    name : str, default="X"
        What the messages call it.

    Raises
    ------
    TypeError
        If X is no data frame.
    ValueError
        If columns are missing, or there are several of one name.
    """
    if not is_table(X):
        raise TypeError(
            f"{name} must be a DataFrame of pandas or polars, whose columns text_column "
            f"names, but {type(X).__name__} was given. Give a DataFrame, or set "
            "text_column=None for texts alone."
        )
    there = list(X.columns)
    missing = [column for column in columns if column not in there]
    if missing:
        raise ValueError(
            f"{name} lacks the columns {missing}. It has the columns {there[:30]}. Give "
            "all columns that the model was fitted on; their order does not count."
        )
    repeated = [column for column in columns if there.count(column) > 1]
    if repeated:
        raise ValueError(
            f"{name} has several columns of the name {repeated[0]!r}. Rename them."
        )


def take_columns(X: Any, names: Sequence[str]) -> Any:
    """Return a data frame of some columns, in this order and of the same library."""
    return X[list(names)]


def list_cells(column: Any) -> list[Any]:
    """Return the cells of a column as plain values, None where one is missing.

    Examples
    --------
    >>> list_cells([1.5, float("nan"), "a", None])
    [1.5, None, 'a', None]
    """
    values = column.to_numpy() if hasattr(column, "to_numpy") else column
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "mM":  # nanoseconds would become whole numbers
            values = values.astype(f"{values.dtype.kind}8[us]")
        values = values.tolist()
    else:
        values = list(values)
    return [None if is_missing(value) else to_plain(value) for value in values]


def join_texts(X: Any, names: str | Sequence[str], *, name: str = "X") -> list[Any]:
    r"""Return the text of each row of a table; those of several columns are joined.

    Parameters
    ----------
    X : data frame
        With these columns.
    names : str or sequence of str
        The columns of the texts; between those of two, :data:`TEXT_BOUNDARY` stands. A
        missing text is empty.
    name : str, default="X"
        What the messages call the table.

    Returns
    -------
    list of str
        With one column, whatever it holds.

    Raises
    ------
    TypeError
        If there are several columns, and a cell is no string.

    Examples
    --------
    >>> table = Table({"title": ["Fine", None], "body": ["It fits.", "Dull"]})
    >>> join_texts(table, ["title", "body"])
    ['Fine\n¶\nIt fits.', '\n¶\nDull']
    """
    names = [names] if isinstance(names, str) else names
    cells = [
        ["" if c is None else c for c in list_cells(X[column])] for column in names
    ]
    if len(cells) == 1:
        return cells[0]
    for column, texts in zip(names, cells):
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(
                    f"{name}[{column!r}] must hold texts, but row {i} is "
                    f"{type(text).__name__}: {text!r:.60}. Make strings of them, or leave "
                    "the column out of text_column."
                )
    return [TEXT_BOUNDARY.join(row) for row in zip(*cells)]


def cut_table(X: Any, chunk_size: int) -> Iterator[Any]:
    """Cut a data frame, or rows that come one by one as mappings, into pieces.

    Parameters
    ----------
    X : data frame or iterable of mapping
        Of rows, the first one tells the columns; what a later one lacks is missing.
    chunk_size : int
        Rows of a piece.

    Yields
    ------
    data frame
        Of the same library; :class:`Table` for mappings.

    Raises
    ------
    TypeError
        If a row is no mapping.

    Examples
    --------
    >>> rows = ({"text": text} for text in "abc")
    >>> [piece["text"] for piece in cut_table(rows, 2)]
    [['a', 'b'], ['c']]
    """
    if is_table(X):
        for first in range(0, len(X), chunk_size):
            yield X[first : first + chunk_size]
        return
    rows: list[Mapping[str, Any]] = []
    names: list[str] | None = None
    for i, row in enumerate(X):
        if not isinstance(row, Mapping):
            raise TypeError(
                "a model with text_column reads rows of a table: expected a DataFrame, or "
                f"a mapping of column names to values for each row, but X[{i}] is "
                f"{type(row).__name__}."
            )
        names = list(row) if names is None else names
        rows.append(row)
        if len(rows) == chunk_size:
            yield _stack(rows, names)
            rows = []
    if rows:
        assert names is not None
        yield _stack(rows, names)


def _stack(rows: list[Mapping[str, Any]], names: list[str]) -> Table:
    return Table({name: [row.get(name) for row in rows] for name in names})
