"""Alignments as HTML: a heat map of two texts.

As in :mod:`~sklearn_slm.inspection.html`, colours are half-transparent, text is escaped
and there is no script. Nothing is told by colour alone: a closed table below each heat
map names the source tokens of most weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from .html import AGAINST, FOR, LOOKED, STRONGEST, fill_page
from .segments import to_printable

if TYPE_CHECKING:
    Alignment = Any  # of a room below this one

__all__ = ["name_tokens", "render_alignment_page", "render_alignments"]

_SMALL = "font-size:85%;opacity:.8"
# A page's own style of tables must not stripe the heat map.
_PLAIN = "background:none;border:0;padding:.1em .4em"
_N_NAMED = 3  # source tokens that are named for each token
# What rows and columns are called, and what they are.
_ATTENTION = ("written", "looked at", "a token that was written", "one of the source")
_SHARE = ("answer", "question", "a token of the answer", "one of the question")


def name_tokens(tokens: Sequence[str]) -> list[str]:
    """Return tokens as they can stand beside a heat map: a space alone gets a mark."""
    return [to_printable(token.strip() or "\u2423") for token in tokens]


def render_alignments(alignments: Sequence[Alignment]) -> str:
    """Return HTML for a notebook's cell: a heat map for each pair of texts.

    Parameters
    ----------
    alignments : sequence of Alignment
        What to show, one below the other.

    Returns
    -------
    str
        A ``div``.
    """
    parts = [_render_one(alignment) for alignment in alignments]
    if alignments:
        parts.append(_render_legend(alignments[0]))
    return f'<div class="slm-alignments">{"".join(parts)}</div>'


def render_alignment_page(alignments: Sequence[Alignment], title: str) -> str:
    """Return a whole HTML page, which can be written to a file in UTF-8."""
    return fill_page(render_alignments(alignments), title)


def _render_one(one: Alignment) -> str:
    texts = " \u2192 ".join(
        f"<bdi>{escape(to_printable(text))}</bdi>" for text in (one.source, one.target)
    )
    body = ""
    if one.values.size:
        sources, targets = (
            name_tokens(one.source_tokens),
            name_tokens(one.target_tokens),
        )
        body = _render_map(sources, targets, one)
        body += _render_numbers(sources, targets, one)
    return (
        '<div style="margin:0 0 1.5em 0"><div dir="auto" style="white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{texts}</div>{body}</div>'
    )


def _render_map(sources: Sequence[str], targets: Sequence[str], one: Alignment) -> str:
    largest = one.largest or 1.0
    head = "".join(
        f'<th scope="col" style="{_PLAIN};font-weight:normal;vertical-align:bottom;'
        'writing-mode:vertical-rl;transform:rotate(180deg);text-align:left">'
        f"<bdi>{escape(token)}</bdi></th>"
        for token in sources
    )
    rows = "".join(
        f'<tr style="background:none"><th scope="row" style="{_PLAIN};'
        f'font-weight:normal;text-align:right"><bdi>{escape(token)}</bdi></th>'
        + "".join(
            _render_cell(source, token, value, _paint(one, value / largest))
            for source, value in zip(sources, row.tolist())
        )
        + "</tr>"
        for token, row in zip(targets, one.values)
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:separate;'
        'border-spacing:1px;margin:.5em 0"><thead><tr style="background:none">'
        f'<td style="{_PLAIN}"></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _paint(one: Alignment, weight: float) -> str:
    """Return the colour of a value, from -1 to 1."""
    colour = LOOKED
    if one.measure != "attention":
        colour = FOR if weight > 0 else AGAINST
    return f"rgba({colour},{STRONGEST * abs(weight):.3f})"


def _render_cell(source: str, target: str, value: float, colour: str) -> str:
    told = escape(f"{source} \u2192 {target}: {value:.2f}", quote=True)
    return (
        f'<td style="background:{colour};border:0;'
        f'padding:0;min-width:1.5em;height:1.5em" title="{told}"></td>'
    )


def _render_numbers(
    sources: Sequence[str], targets: Sequence[str], one: Alignment
) -> str:
    rows = []
    for token, row in zip(targets, one.values):
        best = np.argsort(-row, kind="stable")[:_N_NAMED]
        named = ", ".join(
            f"<bdi>{escape(sources[i])}</bdi> {row[i]:.2f}" for i in best.tolist()
        )
        rows.append(
            f'<tr><td style="text-align:left"><bdi>{escape(token)}</bdi></td>'
            f'<td style="text-align:left">{named}</td></tr>'
        )
    row_name, column_name, *_ = _name_sides(one)
    return (
        f'<details style="{_SMALL}"><summary>numbers</summary><table><thead><tr>'
        f'<th style="text-align:left">{row_name}</th>'
        f'<th style="text-align:left">{column_name}</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></details>"
    )


def _name_sides(one: Alignment) -> tuple[str, str, str, str]:
    return _ATTENTION if one.measure == "attention" else _SHARE


def _render_legend(one: Alignment) -> str:
    *_, row, column = _name_sides(one)
    kinds = [(f"{w:.2f}", _paint(one, w)) for w in (0.0, 0.25, 0.5, 0.75, 1.0)]
    if one.measure != "attention":
        kinds = [
            ("speaks for it", _paint(one, 1.0)),
            ("speaks against it", _paint(one, -1.0)),
        ]
    swatches = " ".join(
        f'<span style="background-color:{colour};padding:0 .4em;border-radius:.2em">'
        f"{name}</span>"
        for name, colour in kinds
    )
    return (
        f'<div style="{_SMALL}">{one.measure}: {swatches}; a row is {row}, '
        f"a column {column}</div>"
    )
