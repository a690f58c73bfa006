"""What the JSON of a file must hold, and of which type."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin

__all__ = [
    "RefusedError",
    "check_pattern",
    "check_type",
    "expect",
    "take_count",
    "take_field",
]


class RefusedError(ValueError):
    """What a file says is understood, and not accepted."""


_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def expect(right: bool, message: str) -> None:
    """Refuse a file whose parts contradict each other."""
    if not right:
        raise RefusedError(f"the file does not fit together: {message}")


def take_field(fields: dict, name: str, *kinds: type) -> Any:
    """Return a field of one of these types, exactly: true is no whole number."""
    expect(isinstance(fields, dict), f"expected an object with the field {name!r}.")
    expect(name in fields, f"it has no field {name!r}.")
    value = fields[name]
    expect(
        type(value) in kinds,
        f"expected {name!r} to be {' or '.join(_NAMES[kind] for kind in kinds)}, got "
        f"{_NAMES[type(value)]}.",
    )
    return value


def take_count(fields: dict, name: str) -> int:
    """Return a field that counts something."""
    count = take_field(fields, name, int)
    expect(0 <= count < 2**62, f"{name!r} is {count}.")
    return count


def check_pattern(pattern: str, trusted: frozenset[str]) -> None:
    """Refuse a token pattern that may take very long and is not trusted.

    Parameters
    ----------
    pattern : str
        A regular expression of a file.
    trusted : frozenset of str
        ``"token_pattern"`` is in it if any pattern may be used.

    Raises
    ------
    RefusedError
        If it is neither trusted nor known to read every text in linear time.
    """
    if "token_pattern" in trusted:
        return
    from ..text.patterns import is_linear  # few files need it

    if not is_linear(pattern):
        raise RefusedError(
            f"its token_pattern is {pattern!r:.200}. Such a pattern can take very long "
            "over a text. If you trust it, pass trusted=['token_pattern'] (slm: --trust "
            "token_pattern)."
        )


def check_type(value: Any, hint: Any, name: str) -> None:
    """Refuse a value that is not of the type that an annotation names.

    Parameters
    ----------
    value : object
        From a file.
    hint : type or generic alias
        Such as ``int``, ``str | None``, ``tuple[int, ...]``, ``dict[str, ndarray]``.
    name : str
        What the message calls the value.

    Raises
    ------
    RefusedError
        If it is of another type. True is no whole number, a whole number is a number.
    """
    # A generic alias has the name of its origin: no word of what is in it.
    wanted = hint if get_args(hint) else getattr(hint, "__name__", hint)
    found, origin = type(value).__name__, get_origin(hint)
    if isinstance(origin, type) and isinstance(value, origin):
        found += " of other values"
    expect(_fits(value, hint), f"expected {name} to be {wanted}, got a {found}.")


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if arguments[-1] is Ellipsis:
            return all(_fits(part, arguments[0]) for part in value)
        return len(value) == len(arguments) and all(map(_fits, value, arguments))
    if origin is list:
        return isinstance(value, list) and all(_fits(v, arguments[0]) for v in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            _fits(key, arguments[0]) and _fits(part, arguments[1])
            for key, part in value.items()
        )
    if hint is float:
        return type(value) in (float, int)
    if hint in (int, bool, str):
        return type(value) is hint
    return isinstance(value, hint)
