"""Weight: the shape of a named array, and how it is stored and trained."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["LARGEST_WEIGHT", "Weight", "check_choices", "check_sizes"]

# Bound of what is trained: products of two such numbers, and sums of a million of these,
# are still numbers of float32, so that no prediction overflows.
LARGEST_WEIGHT = 1e15


class Weight(NamedTuple):
    """The shape of one named weight, and what kind of array it is.

    Parameters
    ----------
    shape : tuple of int
        Its shape; ``()`` for a single number.
    kind : {"table", "kernel", "small"}
        ``"table"``: rows that are looked up, each quantised with a scale of its own;
        training moves only the rows that a batch reads. ``"kernel"``: a matrix of
        products, each column quantised with a scale of its own. ``"small"``: too few
        numbers for int8 to pay.
    """

    shape: tuple[int, ...]
    kind: str


def check_choices(fields: Any, choices: dict[str, tuple]) -> None:
    """Refuse a field that is none of its choices.

    Parameters
    ----------
    fields : object
        What has the fields as attributes.
    choices : dict of str to tuple
        What each field may be.

    Raises
    ------
    ValueError
        If a field is something else.
    """
    for name, allowed in choices.items():
        if getattr(fields, name) not in allowed:
            raise ValueError(
                f"{name} must be one of {allowed}. Got {getattr(fields, name)!r}."
            )


def check_sizes(**sizes: Any) -> None:
    """Refuse a size that is no whole number of at least 1.

    Raises
    ------
    ValueError
        If one is something else; the message names it.
    """
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(
                f"{name} must be a whole number of at least 1. Got {size!r}."
            )
