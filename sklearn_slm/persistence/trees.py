"""Nested numbers and arrays as JSON and named arrays, and what they are known by.

Other than in :mod:`~.values`, arrays stay as they are, whatever their type: what was
written is read bit by bit.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from .fields import expect, take_field

__all__ = ["digest_tree", "flatten_tree", "rebuild_tree", "strip_addresses"]

Arrays = dict[str, np.ndarray]


def flatten_tree(value: Any, name: str, arrays: Arrays) -> Any:
    """Return nested values as what JSON can hold, and collect their arrays.

    Parameters
    ----------
    value : object
        Numbers, strings, booleans, None, arrays; lists, tuples and mappings of these, and
        dataclasses, which are mappings of their fields.
    name : str
        Where the arrays stand; dots lead from a part to its parts.
    arrays : dict of str to ndarray
        Receives them.

    Raises
    ------
    TypeError
        If a value is of another kind.

    Examples
    --------
    >>> arrays = {}
    >>> flatten_tree({"n": 3, "best": [np.zeros(2)]}, "a", arrays)
    {'dict': {'n': 3, 'best': [{'array': 'a.best.0'}]}}
    >>> list(arrays)
    ['a.best.0']
    """
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, (list, tuple)):
        return [flatten_tree(v, f"{name}.{i}", arrays) for i, v in enumerate(value)]
    parts = _list_parts(value)
    if parts is None:
        raise TypeError(f"{name} is a {type(value).__name__}, which has no place here.")
    return {"dict": {k: flatten_tree(v, f"{name}.{k}", arrays) for k, v in parts}}


def rebuild_tree(tagged: Any, arrays: Arrays) -> Any:
    """Undo :func:`flatten_tree`; tuples are lists, and dataclasses dicts of their fields.

    Parameters
    ----------
    tagged : object
        What it returned.
    arrays : dict of str to ndarray
        What it collected.

    Raises
    ------
    RefusedError
        If it returned nothing like that.

    Examples
    --------
    >>> rebuild_tree({"dict": {"n": 3, "loss": {"float": "inf"}}}, {})
    {'n': 3, 'loss': inf}
    """
    if isinstance(tagged, list):
        return [rebuild_tree(part, arrays) for part in tagged]
    if not isinstance(tagged, dict):
        return tagged
    if "array" in tagged:
        name = take_field(tagged, "array", str)
        expect(name in arrays, f"it has no array {name:.60}.")
        return arrays[name]
    if "float" in tagged:
        text = take_field(tagged, "float", str)
        expect(text in ("nan", "inf", "-inf"), f"{text!r:.40} is no number.")
        return float(text)
    parts = take_field(tagged, "dict", dict)
    return {name: rebuild_tree(part, arrays) for name, part in parts.items()}


def digest_tree(value: Any) -> str:
    """Return the SHA-256 of nested values: of two that are alike, the same.

    Parameters
    ----------
    value : object
        As of :func:`flatten_tree`. Others count by their representation, without the
        address in memory that it may hold.

    Examples
    --------
    >>> digest_tree({"a": np.zeros(3)}) == digest_tree({"a": np.zeros(3)})
    True
    >>> digest_tree([0.5, "a"]) == digest_tree([0.5, "b"])
    False
    """
    digest = hashlib.sha256()
    _feed(value, digest)
    return digest.hexdigest()


def _feed(value: Any, digest: Any) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str} {value.shape} ".encode())
        # No copy is made of what lies end to end, in a file of any size.
        digest.update(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)
        return
    parts = _list_parts(value)
    if isinstance(value, (list, tuple)):
        parts = [(str(i), part) for i, part in enumerate(value)]
    if parts is None:
        digest.update((strip_addresses(repr(value)) + " ").encode())
        return
    digest.update(f"{len(parts)} ".encode())
    for name, part in parts:
        digest.update(f"{name} ".encode())
        _feed(part, digest)


def strip_addresses(text: str) -> str:
    """Return a representation without addresses, which no other process has.

    Examples
    --------
    >>> strip_addresses("<Adam object at 0x7f12ab>")
    '<Adam object>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def _list_parts(value: Any) -> list[tuple[str, Any]] | None:
    """Return names and values of a mapping or a dataclass; None of others."""
    if isinstance(value, Mapping):
        return [(str(name), part) for name, part in value.items()]
    if is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    return None
