"""What the JSON of a file must hold, and of which type."""

from __future__ import annotations

from typing import Any

__all__ = ["RefusedError", "expect", "is_number", "take_count", "take_field"]


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


def is_number(value: Any) -> bool:
    """Tell whether a value is a number that a float can hold; JSON has larger ones."""
    return isinstance(value, (int, float)) and abs(value) < 1e300


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
