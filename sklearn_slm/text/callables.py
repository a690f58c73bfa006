"""Callables as analyzers: called, shared by copies, pickled by name where need be.

A function needs none of this. A bound method such as ``jieba.lcut``, an instance with
``__call__`` or a ``functools.partial`` brings an owner along, which may hold a lock or an
object of another language that can be neither copied nor pickled.
"""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any

__all__ = [
    "call_analyzer",
    "find_name",
    "import_name",
    "is_shared",
    "refer_callables",
    "resolve_callables",
]

# Another process has another main module.
_MAIN = ("__main__", "__mp_main__")


def call_analyzer(analyzer: Callable[[Any], Iterable[str]], document: Any) -> list[str]:
    """Return the tokens that a callable finds in a document, as a list of plain str.

    Parameters
    ----------
    analyzer : callable
        Returns an iterable of str: a list, a generator, an array, ...
    document : object
        What the analyzer takes.

    Returns
    -------
    list of str
        The tokens; those of a subclass of str are read as their characters.

    Raises
    ------
    TypeError
        If the analyzer returns one string, no iterable, or items that are no strings.

    Examples
    --------
    >>> call_analyzer(lambda text: map(str.lower, text.split()), "Not BAD")
    ['not', 'bad']
    """
    returned = analyzer(document)
    if isinstance(returned, (str, bytes, bytearray)):
        raise TypeError(_describe_returned(analyzer, returned))
    try:
        iterator = iter(returned)
    except TypeError:
        raise TypeError(_describe_returned(analyzer, returned)) from None
    tokens = returned if type(returned) is list else list(iterator)
    if {str}.issuperset(map(type, tokens)):
        return tokens
    for i, token in enumerate(tokens):
        if not isinstance(token, str):
            raise TypeError(_describe_returned(analyzer, token, f"token {i} is "))
    return [str.__str__(token) for token in tokens]


def find_name(value: Any) -> str | None:
    """Find a name by which a callable can be imported.

    Parameters
    ----------
    value : object
        A function, a bound method, an instance; compared by identity.

    Returns
    -------
    str or None
        ``"module:name"``. A name that the value itself tells comes first, then a public
        name at the top of a loaded module, those of the value and of its owner before
        all others; then a method of what has such a name. None without any.

    Examples
    --------
    >>> import json
    >>> find_name(json.dumps), find_name(str.split), find_name(lambda text: [text])
    ('json:dumps', 'builtins:str.split', None)
    """
    name = _read_own_name(value) or _find_public_name(value)
    if name is not None or not isinstance(value, (MethodType, BuiltinMethodType)):
        return name
    owner = _find_public_name(value.__self__)
    same = _is_same(getattr(value.__self__, value.__name__, None), value)
    return f"{owner}.{value.__name__}" if owner is not None and same else None


def import_name(name: str) -> Any:
    """Undo :func:`find_name`.

    Parameters
    ----------
    name : str
        ``"module:name"``, where the name may have dots.

    Returns
    -------
    object
        What the module has under the name.

    Raises
    ------
    ImportError, AttributeError
        If there is no such module or name.
    """
    module, _, path = name.partition(":")
    return _follow(import_module(module), path)


def is_shared(value: Any) -> bool:
    """Tell whether copies of an estimator have to be made to share a value.

    Parameters
    ----------
    value : object
        A constructor parameter.

    Returns
    -------
    bool
        True for callables, except functions and classes, which Python never copies, and
        estimators, which scikit-learn clones.
    """
    return (
        callable(value)
        and not isinstance(value, (FunctionType, type))
        and not hasattr(value, "get_params")
    )


def refer_callables(state: dict[str, Any]) -> dict[str, Any]:
    """Prepare the state of an object for ``copy.deepcopy`` and for pickling.

    Parameters
    ----------
    state : dict
        As ``__getstate__`` returns it.

    Returns
    -------
    dict
        The same with a reference in place of each callable that owns something. A deep
        copy shares the callable. A pickle holds it by value where it can be pickled, else
        by the name that :func:`find_name` finds; without one, pickling raises
        :class:`pickle.PicklingError`.
    """
    return {k: _Reference(v) if is_shared(v) else v for k, v in state.items()}


def resolve_callables(state: dict[str, Any]) -> dict[str, Any]:
    """Undo :func:`refer_callables`.

    Parameters
    ----------
    state : dict
        As ``__setstate__`` gets it.

    Returns
    -------
    dict
        The same with the callables themselves.
    """
    return {k: v.target if isinstance(v, _Reference) else v for k, v in state.items()}


def _describe_returned(analyzer: Any, value: Any, which: str = "") -> str:
    kind = "None" if value is None else f"{type(value).__name__} {value!r:.60}"
    advice = {
        "NoneType": "Does the function end in 'return tokens'?",
        "str": "To take its words, return text.split(); its characters, list(text).",
    }.get(type(value).__name__, "Return for example [str(token) for token in tokens].")
    return (
        f"the analyzer {find_name(analyzer) or repr(analyzer)} must return a list of str, "
        f"or another iterable of them, the tokens of one document, but {which}{kind}"
        f"{'' if which else ' came'}. {advice}"
    )


class _Reference:
    """Stands for a callable, or a part of one, in the state of an object."""

    def __init__(self, target: Any):
        self.target = target

    def __deepcopy__(self, memo: dict) -> _Reference:
        return self

    def __reduce__(self) -> tuple:
        # By value where that works: a name would bring the callable of a new process,
        # without what was done to this one, such as words added to a dictionary.
        if _can_pickle(self.target):
            return _Reference, (self.target,)
        name = find_name(self.target)
        if name is not None:
            return _import_reference, (name,)
        if type(self.target) is partial:
            parts = [_Reference(part) for part in (self.target.func, *self.target.args)]
            return _join_reference, (parts, _refer_values(self.target.keywords))
        _check_copyable(self.target)
        # What is left holds functions without a name, which cloudpickle can take.
        return _Reference, (self.target,)


def _refer_values(keywords: dict[str, Any]) -> dict[str, _Reference]:
    return {name: _Reference(value) for name, value in keywords.items()}


def _import_reference(name: str) -> _Reference:
    return _Reference(import_name(name))


def _join_reference(
    parts: list[_Reference], keywords: dict[str, _Reference]
) -> _Reference:
    function, *arguments = (part.target for part in parts)
    options = {name: part.target for name, part in keywords.items()}
    return _Reference(partial(function, *arguments, **options))


def _can_pickle(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True


def _check_copyable(value: Any) -> None:
    try:
        copy.deepcopy(value)
    except Exception as error:
        raise pickle.PicklingError(
            f"{value!r} cannot be pickled ({error}), and no module has it under a public "
            "name. Bind it to a name at the top of a module that the other process can "
            "import, such as 'cut = tokenizer.cut', or define a function there that "
            "calls it."
        ) from error


def _read_own_name(value: Any) -> str | None:
    """Return the name that a function or class tells of itself, if it is true."""
    # Methods of built-in classes know their class alone.
    home = getattr(value, "__objclass__", value)
    module = getattr(home, "__module__", None)
    path = getattr(value, "__qualname__", None)
    if not isinstance(path, str) or module in _MAIN:
        return None
    try:
        same = _is_same(_follow(sys.modules[str(module)], path), value)
    except (KeyError, AttributeError):
        return None
    return f"{module}:{path}" if same else None


def _find_public_name(value: Any) -> str | None:
    for module_name, module in _list_modules(value):
        for name, candidate in list(vars(module).items()):
            if not name.startswith("_") and _is_same(candidate, value):
                return f"{module_name}:{name}"
    return None


def _list_modules(value: Any) -> Iterator[tuple[str, ModuleType]]:
    """Yield the loaded modules, those where a value may have its name first."""
    owner = getattr(value, "__self__", value)
    names: list[str] = []
    for home in (getattr(value, "__module__", None), type(owner).__module__):
        parts = str(home).split(".")
        names += [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    for name in dict.fromkeys([*names, *sys.modules]):
        module = sys.modules.get(name)
        if name not in _MAIN and isinstance(module, ModuleType):
            yield name, module


def _is_same(one: Any, other: Any) -> bool:
    # Each access to a method makes a new object; equal ones have the same owner.
    methods = (MethodType, BuiltinMethodType)
    return one is other or (
        type(one) is type(other) and isinstance(one, methods) and one == other
    )


def _follow(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name)
    return value
