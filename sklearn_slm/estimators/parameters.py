"""Constructor parameters as JSON, and back."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..text.callables import find_name, import_name
from .vectorizer import GloveTfidfVectorizer

__all__ = ["RefusedError", "construct", "decode_parameters", "encode_parameters"]

# Only training needs them; None is a value that each accepts, or its default.
_REPLACED = {"optimizer": "adam", "callbacks": None, "vectors": None}
_SEQUENCES = {"tuple": tuple, "list": list, "set": frozenset}


class RefusedError(ValueError):
    """What a file says is understood, and not accepted."""


def encode_parameters(estimator: Any) -> dict:
    """Return the parameters of an estimator as what JSON can hold.

    Parameters
    ----------
    estimator : estimator
        Of this package.

    Returns
    -------
    dict
        Values as they are, or ``{"tuple": ...}``, ``{"set": ...}``, ``{"dict": ...}``,
        ``{"function": "module:name"}``, ``{"vectorizer": ...}``.

    Raises
    ------
    TypeError
        If a value cannot be kept, such as a lambda.
    """
    found = {}
    for name, value in estimator.get_params(deep=False).items():
        try:
            found[name] = _encode(value)
        except TypeError as error:
            if name == "random_state":
                replaced = None
            elif name in _REPLACED:
                replaced = _REPLACED[name]
            else:
                raise TypeError(
                    f"The parameter {name} cannot be saved: {error}"
                ) from None
            warnings.warn(
                f"{name}={value!r:.80} is not kept in the file; after loading {name} is "
                f"{replaced!r}. Predictions do not depend on it, a new fit may.",
                stacklevel=5,
            )
            found[name] = replaced
    return found


def _encode(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_encode(v) for v in value]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(_encode(v) for v in value)}
    if isinstance(value, dict):
        return {"dict": [[_encode(k), _encode(v)] for k, v in value.items()]}
    if isinstance(value, GloveTfidfVectorizer):
        return {"vectorizer": encode_parameters(value)}
    if callable(value):
        return {"function": _name_function(value)}
    raise TypeError(f"a {type(value).__name__} has no place in a file without code.")


def _name_function(function: Any) -> str:
    name = find_name(function)
    if name is None:
        raise TypeError(
            f"{function!r} cannot be imported by its name. Define it at the top of a "
            "module that the loading process can import."
        )
    return name


def decode_parameters(fields: dict, trusted: frozenset[str]) -> dict:
    """Undo :func:`encode_parameters`.

    Parameters
    ----------
    fields : dict
        As it came from a file.
    trusted : frozenset of str
        Functions that may be imported.

    Returns
    -------
    dict
        Constructor arguments.

    Raises
    ------
    RefusedError
        If a value was not made by :func:`encode_parameters`, or a function is named that
        is not trusted or not there.
    """
    decoded = {}
    for name, value in fields.items():
        try:
            decoded[name] = _decode(value, trusted)
        except RefusedError:
            raise
        except (TypeError, ValueError) as error:
            raise RefusedError(
                f"the parameter {name!r:.40} cannot be read: {error}."
            ) from None
    return decoded


def construct(kind: Callable[..., Any], fields: dict, trusted: frozenset[str]) -> Any:
    """Return an estimator that is not fitted, with the parameters of a file.

    Parameters
    ----------
    kind : type
        Its class.
    fields : dict
        As :func:`encode_parameters` returned it.
    trusted : frozenset of str
        Functions that may be imported.

    Returns
    -------
    estimator
        Its parameters are not checked.

    Raises
    ------
    RefusedError
        As :func:`decode_parameters`; also if a parameter is not known.
    """
    unknown = sorted(fields.keys() - kind().get_params(deep=False).keys())
    if unknown:
        raise RefusedError(
            f"it holds the parameter {unknown[0]!r:.40}, which this version of sklearn_slm "
            "does not know. Upgrade: pip install -U sklearn_slm"
        )
    return kind(**decode_parameters(fields, trusted))


def _decode(value: Any, trusted: frozenset[str]) -> Any:
    if not isinstance(value, dict):
        return value
    kind, content = next(iter(value.items())) if len(value) == 1 else (None, None)
    if kind == "function" and isinstance(content, str):
        return _import_function(content, trusted)
    if kind == "vectorizer" and isinstance(content, dict):
        return construct(GloveTfidfVectorizer, content, trusted)
    if kind == "dict" and isinstance(content, list):
        return {_decode(k, trusted): _decode(v, trusted) for k, v in content}
    if kind in _SEQUENCES and isinstance(content, list):
        return _SEQUENCES[kind](_decode(item, trusted) for item in content)
    raise TypeError(f"{value!s:.60} is of an unknown kind")


def _import_function(name: str, trusted: frozenset[str]) -> Any:
    if name not in trusted:
        raise RefusedError(
            f"the model calls the function {name!r}, which loading would import. If you "
            f"trust it, pass trusted=[{name!r}]."
        )
    try:
        return import_name(name)
    except (ImportError, AttributeError) as error:
        raise RefusedError(
            f"the model calls the function {name!r}, which is not here ({error}). Install "
            "the module, or put it where Python finds it."
        ) from error
