"""Word and character error rates: how far texts are from those that were said."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np

__all__ = ["UNITS", "compute_error_rate", "count_edits"]


def count_edits(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> int:
    """Return the Levenshtein distance of two sequences.

    Parameters
    ----------
    reference, hypothesis : sequence of hashable
        Two lists of words, or two strings, whose items are characters.

    Returns
    -------
    int
        The fewest substitutions, insertions and deletions, of one item each, that turn
        one into the other (Levenshtein, 1966).

    Examples
    --------
    >>> count_edits("kitten", "sitting")
    3
    >>> count_edits(["turn", "it", "on"], ["turn", "on"])
    1
    """
    numbers: dict[Hashable, int] = {}
    wanted, written = (
        np.array([numbers.setdefault(item, len(numbers)) for item in items], np.int64)
        for items in (reference, hypothesis)
    )
    steps = np.arange(len(written) + 1)
    row = steps
    for item in wanted:
        # Deletion and substitution; then insertions, which go along the row: each value
        # is the smallest of those to its left, one more for each step.
        edited = row + 1
        np.minimum(edited[1:], row[:-1] + (written != item), out=edited[1:])
        row = np.minimum.accumulate(edited - steps) + steps
    return int(row[-1])


def compute_error_rate(
    hypotheses: Sequence[str], references: Sequence[str], unit: str = "word"
) -> float:
    """Return the error rate of a corpus.

    Parameters
    ----------
    hypotheses : sequence of str
        What was written.
    references : sequence of str
        What should have been; one for each hypothesis.
    unit : {"word", "char"}, default="word"
        Words are what white space separates. Among characters, a stretch of white space
        counts as one space, and as none at the beginning and the end.

    Returns
    -------
    float
        Edits of all texts over the units of all references; more than 1 where much is
        inserted. References without any unit count as one.

    Raises
    ------
    ValueError
        If there are not as many references as hypotheses, or none, or the unit is
        another one.

    Examples
    --------
    >>> compute_error_rate(["turn on light", "stop"], ["turn on the light", "stop"])
    0.2
    >>> compute_error_rate(["stob"], ["stop"], unit="char")
    0.25
    """
    if len(hypotheses) != len(references) or not len(references):
        raise ValueError(
            "expected as many hypotheses as references, and at least one. Got "
            f"{len(hypotheses)} and {len(references)}."
        )
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {tuple(UNITS)}. Got {unit!r}.")
    split, n_edits, n_units = UNITS[unit], 0, 0
    for hypothesis, reference in zip(hypotheses, references):
        wanted = split(reference)
        n_units += len(wanted)
        n_edits += count_edits(wanted, split(hypothesis))
    return n_edits / max(n_units, 1)


def _split_chars(text: str) -> str:
    return " ".join(text.split())


# How a text is split into each unit.
UNITS: dict[str, Callable[[str], Sequence[Hashable]]] = {
    "word": str.split,
    "char": _split_chars,
}
