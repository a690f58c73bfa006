r"""Token patterns that need no trust: those that cannot take long on any text.

Python's regular expressions try one way after the other and have no time limit: ``(a+)+$``
takes years over thirty letters, and even ``\w+x`` a time that grows with the square of a
text's length. Whoever writes a model file chooses the pattern, so a file may hold only
what provably reads a text once.

That is a small grammar, whose argument is short. In a sequence everything but the end has
a fixed length, one repeated character stands behind it, and nothing that can fail
follows: an attempt either fails after a fixed number of steps, or matches all that it has
looked at. What may follow is

- an optional group, which is not needed for a match,
- ``\b`` behind ``\w+``, which is at the end of a word by then,
- ``\b`` behind letters and digits where the sequence begins with ``\b``: this may fail, but
  begins only once for each word.
"""

from __future__ import annotations

import re

__all__ = ["is_linear"]

_LONGEST = 1000

_ESCAPED = r"\\(?:[wWdDsStnrfv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^A-Za-z0-9])"
# One character: of a kind, any, itself, of a set.
_CHARACTER = (
    rf"(?:{_ESCAPED}|\.|[^\\\[\](){{}}.*+?^$|]|\[\^?+(?:{_ESCAPED}|[^\\\[\]])+\])"
)
_OF_WORDS = r"(?:\\[wd]|\[(?:\\[wd]|a-z|A-Z|0-9|[A-Za-z0-9_])+\])"
_REPEAT = r"(?:[*+?]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})"
_OPTIONAL = rf"\(\?:{_CHARACTER}+{_REPEAT}?\)[?*]"
_SEQUENCE = "|".join(
    [
        rf"{_CHARACTER}*(?:\\w{_REPEAT})?\\b",
        rf"\\b{_CHARACTER}*{_OF_WORDS}{_REPEAT}\\b",
        rf"(?:\\b)?{_CHARACTER}*(?:{_CHARACTER}{_REPEAT}(?:{_OPTIONAL})?)?",
    ]
)
# Atomic groups: this pattern is no better than others. No (?i): with it, large sets take
# seconds to compile.
_ALTERNATIVE = rf"(?>(?:{_SEQUENCE})(?=\||\Z))"
_LINEAR = re.compile(
    rf"(?:\(\?[aums]+\))?{_ALTERNATIVE}(?:\|{_ALTERNATIVE})*+", re.DOTALL
)


def is_linear(pattern: str) -> bool:
    r"""Tell whether a pattern reads any text in time proportional to its length.

    Parameters
    ----------
    pattern : str
        A regular expression.

    Returns
    -------
    bool
        False if it does not, and if it is too complicated to tell.

    Examples
    --------
    >>> is_linear(r"(?u)\b\w\w+\b"), is_linear(r"[a-z]+(?:'[a-z]+)?|[^\w\s]")
    (True, True)
    >>> is_linear(r"(a+)+$"), is_linear(r"\w+x")
    (False, False)
    """
    return len(pattern) <= _LONGEST and _LINEAR.fullmatch(pattern) is not None
