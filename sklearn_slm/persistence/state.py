"""The JSON text of a file, of bounded size and depth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .fields import RefusedError, expect

__all__ = ["encode_state", "parse_json", "parse_state"]

# JSON becomes many times its size in memory: up to 70 bytes for a value of three, four
# for each byte of a string. So much of it is free; what is beyond grows with the file.
_FREE_VALUES, _FILE_BYTES_PER_VALUE = 200_000, 100
_FREE_BYTES, _FILE_BYTES_PER_BYTE = 4_000_000, 8
_MOST_LEVELS = 100
_TOO_DEEP = (
    f"labels, parameters or notes are nested more than {_MOST_LEVELS} levels deep."
)


def encode_state(state: Mapping[str, Any]) -> bytes:
    """Return what JSON can hold as text."""
    try:
        return json.dumps(state, allow_nan=False, separators=(",", ":")).encode()
    except RecursionError:
        raise RefusedError(_TOO_DEEP) from None


def parse_state(text: bytes, n_bytes: int) -> dict:
    """Undo :func:`encode_state`, unless it would take too much memory.

    Parameters
    ----------
    text : bytes
        JSON.
    n_bytes : int
        Size of the whole file.

    Returns
    -------
    dict
        The state.

    Raises
    ------
    RefusedError
        If it is too large or too deep for its file, or no JSON object.
    """
    n_values = sum(text.count(mark) for mark in (b",", b"[", b"{"))
    for name, n, most in (
        ("values", n_values, _FREE_VALUES + n_bytes // _FILE_BYTES_PER_VALUE),
        ("bytes", len(text), _FREE_BYTES + n_bytes // _FILE_BYTES_PER_BYTE),
    ):
        if n > most:
            raise RefusedError(
                f"parameters, class labels and notes have {n:,} {name}, at most {most:,} "
                f"fit into a model of {n_bytes:,} bytes. Keep large notes elsewhere."
            )
    state = parse_json(text.decode())
    expect(isinstance(state, dict), "its state is not an object.")
    level, depth = [state], 0
    while level:
        if depth > _MOST_LEVELS:
            raise RefusedError(_TOO_DEEP)
        level, depth = (
            [inner for value in level for inner in _look_into(value)],
            depth + 1,
        )
    return state


def _look_into(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def parse_json(text: str) -> Any:
    """Return the value of a JSON text; refuse NaN and infinities."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise RefusedError(_TOO_DEEP) from None


def _refuse_constant(name: str) -> None:
    expect(False, f"it holds the number {name}.")
