"""Explanations as HTML: coloured words, escaped, without script.

Only inline styles with half-transparent colours are used, so that the words keep the
colour of the page's text: the same HTML is read on light and on dark pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from .segments import show_label, split_segments

if TYPE_CHECKING:
    from .explanation import Explanation

__all__ = [
    "AGAINST",
    "FOR",
    "LOOKED",
    "STRONGEST",
    "fill_page",
    "render_explanations",
    "render_page",
    "show_escaped",
]

# Colours of what speaks for an answer, against it, and of what was looked at.
FOR, AGAINST, LOOKED = "38,132,255", "255,128,0", "160,90,220"
STRONGEST = 0.6  # opacity; more would hide dark text on dark pages
# A page may load nothing and run nothing, whatever a text holds.
_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" \
content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; \
padding: 0 1rem; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def render_explanations(explanations: Sequence[Explanation]) -> str:
    """Return HTML for a notebook's cell: the text with its words coloured.

    Parameters
    ----------
    explanations : sequence of Explanation
        What to show, one below the other.

    Returns
    -------
    str
        A ``div``.
    """
    parts = [_render_one(explanation) for explanation in explanations]
    if explanations:
        parts.append(_render_legend(explanations[0].method))
    return f'<div class="slm-explanations">{"".join(parts)}</div>'


def render_page(explanations: Sequence[Explanation], title: str) -> str:
    """Return a whole HTML page, which can be written to a file in UTF-8."""
    return fill_page(render_explanations(explanations), title)


def fill_page(body: str, title: str) -> str:
    """Return a whole HTML page with this body, which loads nothing and runs nothing."""
    return _PAGE.format(title=escape(title), body=body)


def _render_one(explanation: Explanation) -> str:
    several = explanation.scores.ndim == 2
    targets = explanation.target if several else [explanation.target]
    probabilities = np.atleast_1d(explanation.probability)
    scores = explanation.scores if several else explanation.scores[:, None]
    if several and explanation.method == "attention":
        targets, scores = targets[:1], scores[:, :1]  # the same for every class
    largest = float(np.abs(scores).max(initial=0.0))
    rows = "".join(
        _render_row(explanation, target, p, scores[:, k], largest)
        for k, (target, p) in enumerate(zip(targets, probabilities))
    )
    if explanation.columns:
        rows += _render_columns(explanation, several)
    head = f"predicted <b>{show_escaped(explanation.prediction)}</b>"
    return f'<div style="margin:0 0 1em 0"><div>{head}</div>{rows}</div>'


def _render_columns(explanation: Explanation, several: bool) -> str:
    """Return a line for each target: what each column beside the text adds to it."""
    scores = np.asarray(explanation.column_scores).reshape(
        len(explanation.columns or ()), -1
    )
    targets = explanation.target if several else [explanation.target]
    largest = float(np.abs(scores).max(initial=0.0))
    lines = []
    for k, target in enumerate(targets):
        words = " ".join(
            _render_word(f"{name} {score:+.2f}", score, largest, False)
            for name, score in zip(explanation.columns or (), scores[:, k])
        )
        about = f"{show_escaped(target)}, columns: " if several else "columns: "
        lines.append(f'<div style="font-size:85%;line-height:1.9">{about}{words}</div>')
    return "".join(lines)


def _render_row(
    explanation: Explanation, target: Any, p: float, scores: np.ndarray, largest: float
) -> str:
    attends = explanation.method == "attention"
    words = "".join(
        escape(segment.text)
        if segment.score is None
        else _render_word(segment.text, segment.score, largest, attends)
        for segment in split_segments(explanation, scores)
    )
    # bdi keeps the direction of a text, and of a label, from touching the rest.
    return (
        f'<div style="font-size:85%;opacity:.75">{show_escaped(target)}: probability {p:.3f}'
        f'</div><div dir="auto" style="line-height:1.9;white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{words}</div>'
    )


def _render_word(text: str, score: float, largest: float, attends: bool) -> str:
    opacity = STRONGEST * abs(score) / largest if largest > 0 else 0.0
    colour = LOOKED if attends else (FOR if score > 0 else AGAINST)
    return (
        f'<span style="background-color:rgba({colour},{opacity:.3f});padding:.15em 0;'
        f'border-radius:.2em" title="{score:+.4g}">{escape(text)}</span>'
    )


def _render_legend(method: str) -> str:
    kinds = [(FOR, "speaks for it"), (AGAINST, "speaks against it")]
    if method == "attention":
        kinds = [(LOOKED, "attended to")]
    swatches = " ".join(
        f'<span style="background-color:rgba({colour},{STRONGEST});padding:0 .4em;'
        f'border-radius:.2em">{name}</span>'
        for colour, name in kinds
    )
    return f'<div style="font-size:85%;opacity:.75">{escape(method)}: {swatches}</div>'


def show_escaped(label: Any) -> str:
    """Return a label as HTML."""
    return f"<bdi>{escape(show_label(label))}</bdi>"
