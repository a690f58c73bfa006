"""Alignments as HTML: a heat map of attention between two texts.

As in :mod:`~sklearn_slm.inspection.html`, colours are half-transparent, text is escaped
and there is no script. Nothing is told by colour alone: a closed table below each heat
map names the source tokens of most weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from .html import STRONGEST, fill_page
from .segments import to_printable

if TYPE_CHECKING:
    Alignment = Any  # of a room below this one

__all__ = ["name_tokens", "render_alignment_page", "render_alignments"]

_COLOUR = "160,90,220"
_SMALL = "font-size:85%;opacity:.8"
# A page's own style of tables must not stripe the heat map.
_PLAIN = "background:none;border:0;padding:.1em .4em"
_N_NAMED = 3  # source tokens that are named for each token


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
        parts.append(_render_legend())
    return f'<div class="slm-alignments">{"".join(parts)}</div>'


def render_alignment_page(alignments: Sequence[Alignment], title: str) -> str:
    """Return a whole HTML page, which can be written to a file in UTF-8."""
    return fill_page(render_alignments(alignments), title)


def _render_one(one: Alignment) -> str:
    texts = " \u2192 ".join(
        f"<bdi>{escape(to_printable(text))}</bdi>" for text in (one.source, one.target)
    )
    body = ""
    if one.attention.size:
        sources, targets = (
            name_tokens(one.source_tokens),
            name_tokens(one.target_tokens),
        )
        body = _render_map(sources, targets, one.attention)
        body += _render_numbers(sources, targets, one.attention)
    return (
        '<div style="margin:0 0 1.5em 0"><div dir="auto" style="white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{texts}</div>{body}</div>'
    )


def _render_map(
    sources: Sequence[str], targets: Sequence[str], attention: np.ndarray
) -> str:
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
            _render_cell(source, token, weight)
            for source, weight in zip(sources, row.tolist())
        )
        + "</tr>"
        for token, row in zip(targets, attention)
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:separate;'
        'border-spacing:1px;margin:.5em 0"><thead><tr style="background:none">'
        f'<td style="{_PLAIN}"></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _render_cell(source: str, target: str, weight: float) -> str:
    told = escape(f"{source} \u2192 {target}: {weight:.2f}", quote=True)
    return (
        f'<td style="background:rgba({_COLOUR},{STRONGEST * weight:.3f});border:0;'
        f'padding:0;min-width:1.5em;height:1.5em" title="{told}"></td>'
    )


def _render_numbers(
    sources: Sequence[str], targets: Sequence[str], attention: np.ndarray
) -> str:
    rows = []
    for token, row in zip(targets, attention):
        best = np.argsort(-row, kind="stable")[:_N_NAMED]
        named = ", ".join(
            f"<bdi>{escape(sources[i])}</bdi> {row[i]:.2f}" for i in best.tolist()
        )
        rows.append(
            f'<tr><td style="text-align:left"><bdi>{escape(token)}</bdi></td>'
            f'<td style="text-align:left">{named}</td></tr>'
        )
    return (
        f'<details style="{_SMALL}"><summary>numbers</summary><table><thead><tr>'
        '<th style="text-align:left">written</th>'
        '<th style="text-align:left">looked at</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></details>"
    )


def _render_legend() -> str:
    swatches = " ".join(
        f'<span style="background-color:rgba({_COLOUR},{STRONGEST * weight:.3f});'
        f'padding:0 .4em;border-radius:.2em">{weight:.2f}</span>'
        for weight in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return (
        f'<div style="{_SMALL}">attention: {swatches}; a row is a token that was written, '
        "a column one of the source</div>"
    )
