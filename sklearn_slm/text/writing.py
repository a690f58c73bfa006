"""Tokens that are written one after the other, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Spacer", "cut_at_stops"]


@dataclass
class Spacer:
    r"""Writes tokens as normalised text has them: no space twice, or beside a break.

    Parameters
    ----------
    is_start : bool
        Whether a line begins.
    waits : bool, default=False
        Whether a space was written that stands in the text once another token comes.

    Examples
    --------
    >>> spacer = Spacer(is_start=True)
    >>> [spacer.write(token) for token in (" a", " ", " ", "b", "\n", " c")]
    ['a', '', '', ' b', '\n', 'c']
    """

    is_start: bool
    waits: bool = False

    def write(self, token: str) -> str:
        """Return what a token adds to the text."""
        if token == " ":
            self.waits = not self.is_start
            return ""
        if token == "\n":
            self.is_start, self.waits = True, False
            return token
        has_space = self.waits or (token[:1] == " " and not self.is_start)
        self.is_start = self.waits = False
        return " " * has_space + token.removeprefix(" ")


def cut_at_stops(pieces: Iterable[str], stops: tuple[str, ...]) -> Iterator[str]:
    """Yield pieces up to the first stop; what may be one's beginning waits.

    Parameters
    ----------
    pieces : iterable of str
        A text in pieces.
    stops : tuple of str
        Strings that end it, and are not in it.

    Examples
    --------
    >>> "".join(cut_at_stops(["on", "e, t", "wo, three"], (", th",)))
    'one, two'
    """
    if not stops:
        yield from pieces
        return
    kept = ""
    longest = max(map(len, stops))
    for piece in pieces:
        kept += piece
        places = [place for s in stops if (place := kept.find(s)) >= 0]
        if places:
            yield kept[: min(places)]
            return
        free = len(kept) - longest + 1
        if free > 0:
            yield kept[:free]
            kept = kept[free:]
    yield kept
