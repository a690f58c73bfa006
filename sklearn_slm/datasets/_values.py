"""Texts and labels as strings: one rule for the values of every format."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, cast

__all__ = ["RawRow", "Row", "convert_rows"]

# The number of a line or row, a text and a label as the format holds them.
RawRow = tuple[int, Any, Any]
Row = tuple[str, str | None]

# Half of a pair: JSON can escape it, but no encoding can write it.
_SURROGATE = re.compile("[\ud800-\udfff]")


def convert_rows(
    rows: Iterable[RawRow],
    name: str,
    unit: str,
    part: str,
    text: str,
    label: str | None,
) -> Iterator[Row]:
    """Yield values as strings; refuse those that are missing, naming their place.

    Parameters
    ----------
    rows : iterable of (int, object, object)
        Numbers from 1, texts and labels.
    name : str
        What messages call the file.
    unit, part : str
        What the format calls a row and a column.
    text, label : str, or None for no label
        The columns.

    Yields
    ------
    text : str
    label : str or None
    """
    for number, raw_text, raw_label in rows:
        column: str | None = text
        try:
            document = _as_text(raw_text)
            column = label
            target = None if label is None else _as_label(raw_label)
        except ValueError as error:
            raise ValueError(
                f"{name}, {unit} {number}, {part} {column!r}: {error}"
            ) from None
        yield document, target


def _as_text(value: Any) -> str:
    r"""Return a text as it is; it may be empty, but not missing.

    Examples
    --------
    >>> _as_text("half a pair: \ud83d") == "half a pair: \ufffd"
    True
    """
    if not isinstance(value, str):
        raise ValueError(
            f"expected a text, a string, got {_describe(value)}. Fill it in, leave the "
            "row out, or name another one by the parameter 'text'."
        )
    try:
        value.encode()  # many times faster than a search
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", value)
    return value


def _as_label(value: Any) -> str:
    """Return a label as a string, the same one whichever type holds it.

    Examples
    --------
    >>> [_as_label(value) for value in ("1.0", 1, 1.0, Decimal("1.00"), 0.5, True)]
    ['1.0', '1', '1', '1', '0.5', 'true']
    """
    if isinstance(value, str) and value.strip():
        return _as_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, (Real, Decimal)) and math.isfinite(value):
        whole = int(cast(float, value))
        return str(whole if whole == value else value)
    raise ValueError(
        "expected a label, a string or a finite number, got "
        f"{_describe(value)}. Fill it in, leave the row out, or name another one by "
        "the parameter 'label'."
    )


def _describe(value: Any) -> str:
    """Return a short name of a value that is no text or no label."""
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if missing or (isinstance(value, str) and not value.strip()):
        return "nothing"
    return str(value) if isinstance(value, Real) else reprlib.repr(value)
