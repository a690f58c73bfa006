"""Surprisals as HTML: words on the colour of how little they were expected.

As in :mod:`~sklearn_slm.inspection.html`, colours are half-transparent, text is escaped
and there is no script. Nothing is told by colour alone: a closed table below each text
has the numbers, for readers who do not see colours and for screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from .html import STRONGEST, fill_page, show_escaped
from .segments import Segment, to_printable

if TYPE_CHECKING:
    from .surprisal import Surprisal

__all__ = [
    "choose_largest",
    "render_surprisal_page",
    "render_surprisals",
    "split_surprisal",
]

COLOUR = 214, 39, 80
LINE_BREAK, END = "\u21b5", "\u25a0"
_MARKS = {"\n": LINE_BREAK, "": END}
_SMALL = "font-size:85%;opacity:.8"
_N_NAMED = 3  # surprising tokens that are named above a text


def choose_largest(surprisals: Sequence[Surprisal], vmax: float | None) -> float:
    """Return the surprisal that has the full colour.

    Parameters
    ----------
    surprisals : sequence of Surprisal
        What is to be shown.
    vmax : float or None
        A surprisal that the user chose. None takes that of a token drawn by chance, which
        is the same for all texts of a model; where it is not known, the largest one.
    """
    if vmax is not None:
        return float(vmax)
    chances = [one.chance for one in surprisals if one.chance is not None]
    if chances:
        return max(chances)
    scores = np.concatenate([[0.0], *(one.surprisal for one in surprisals)])
    return float(scores[np.isfinite(scores)].max())


def split_surprisal(one: Surprisal) -> list[Segment]:
    """Cut a text into its tokens with their surprisals, and the spaces between them.

    Line breaks and the end of the text are tokens too, and get a mark that can be seen.
    """
    segments, begins_line = [], True
    for token, score in zip(one.tokens, one.surprisal.tolist()):
        if token in _MARKS:
            segments.append(Segment(_MARKS[token], score))
            segments += [Segment(token, None)] if token else []
        else:
            word = token.lstrip(" ") or token  # a space alone is a character
            if len(word) < len(token) and not begins_line:
                segments.append(Segment(" ", None))
            segments.append(Segment(to_printable(word), score))
        begins_line = token.endswith("\n")
    return segments


def render_surprisals(
    surprisals: Sequence[Surprisal], vmax: float | None = None
) -> str:
    """Return HTML for a notebook's cell: texts with their words coloured.

    Parameters
    ----------
    surprisals : sequence of Surprisal
        What to show, one below the other.
    vmax : float or None, default=None
        See :func:`choose_largest`.

    Returns
    -------
    str
        A ``div``.
    """
    largest = choose_largest(surprisals, vmax)
    parts = [_render_one(one, largest) for one in surprisals]
    if surprisals:
        parts.append(_render_legend(surprisals, largest))
    return f'<div class="slm-surprisals">{"".join(parts)}</div>'


def render_surprisal_page(
    surprisals: Sequence[Surprisal], title: str, vmax: float | None = None
) -> str:
    """Return a whole HTML page, which can be written to a file in UTF-8."""
    return fill_page(render_surprisals(surprisals, vmax), title)


def _render_one(one: Surprisal, largest: float) -> str:
    numbers = iter(range(len(one.tokens)))
    words = "".join(
        escape(segment.text)
        if segment.score is None
        else _render_token(one, next(numbers), segment.text, largest)
        for segment in split_surprisal(one)
    )
    return (
        f'<div style="margin:0 0 1em 0"><div style="{_SMALL}">{_summarise(one)}</div>'
        '<div dir="auto" style="line-height:1.9;white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{words}</div>{_render_table(one)}</div>'
    )


def _summarise(one: Surprisal) -> str:
    n = len(one.surprisal)
    parts = [f"{n} token{'' if n == 1 else 's'}"]
    if one.label is not None:
        parts.insert(0, f"given {show_escaped(one.label)}")
    if n:
        parts.append(
            f"{one.surprisal.mean():.1f} {one.unit} a token (perplexity "
            f"{one.perplexity:,.0f})"
        )
        named = ", ".join(
            f"<bdi>{escape(_quote(token))}</bdi> {score:.1f}"
            for token, score in one.top(_N_NAMED)
        )
        parts.append(f"most surprising: {named}")
    return "; ".join(parts)


def _name(token: str) -> str:
    """Return a token as it can stand in a line."""
    names = {"": f"{END} (end)", "\n": f"{LINE_BREAK} (line break)", " ": "a space"}
    return names.get(token) or to_printable(token.removeprefix(" "))


def _quote(token: str) -> str:
    name = _name(token)
    return f"\u201c{name}\u201d" if name == to_printable(token) else name


def _render_token(one: Surprisal, i: int, text: str, largest: float) -> str:
    score = float(one.surprisal[i])
    opacity = STRONGEST * min(score / largest, 1.0) if largest > 0 else 0.0
    mark, told = "", f"{score:.1f} {one.unit}"
    if not one.known[i]:
        mark = ";text-decoration:underline dotted"
        told += ", unknown to the model"
    if one.tokens[i] in _MARKS:
        # A mark is no part of the text: it is not copied with it.
        mark += ";user-select:none;font-size:65%;vertical-align:.15em"
    return (
        f'<span style="background-color:{_rgba(opacity)};padding:.15em 0;'
        f'border-radius:.2em{mark}" title="{told}">{escape(text)}</span>'
    )


def _render_table(one: Surprisal) -> str:
    rows = "".join(
        f'<tr><td style="text-align:left"><bdi>{escape(_name(token))}</bdi></td>'
        f'<td style="text-align:right">{score:.2f}</td></tr>'
        for token, score in zip(one.tokens, one.surprisal.tolist())
    )
    return (
        f'<details style="{_SMALL}"><summary>numbers</summary><table>'
        f'<thead><tr><th style="text-align:left">token</th><th>{one.unit}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )


def _render_legend(surprisals: Sequence[Surprisal], largest: float) -> str:
    unit = surprisals[0].unit
    swatches = " ".join(
        f'<span style="background-color:{_rgba(STRONGEST * share)};padding:0 .4em;'
        f'border-radius:.2em">{share * largest:.1f}{more}</span>'
        for share, more in (
            (0.0, ""),
            (0.25, ""),
            (0.5, ""),
            (0.75, ""),
            (1.0, " or more"),
        )
    )
    marks = []
    if not all(one.known.all() for one in surprisals):
        marks.append(
            '<span style="text-decoration:underline dotted">dotted</span>: unknown, '
            "with the surprisal of any unknown token"
        )
    tokens = {token for one in surprisals for token in one.tokens}
    marks += [f"{LINE_BREAK} line break"] if "\n" in tokens else []
    marks += [f"{END} end of the text"] if "" in tokens else []
    told = "; ".join([f"surprisal in {unit}: {swatches}", *marks])
    return f'<div style="{_SMALL}">{told}</div>'


def _rgba(opacity: float) -> str:
    return f"rgba({','.join(map(str, COLOUR))},{opacity:.3f})"
