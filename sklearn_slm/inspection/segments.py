"""An explained text as pieces to show: with a score, or between those that have one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .explanation import Explanation

__all__ = [
    "Segment",
    "is_right_to_left",
    "show_label",
    "split_segments",
    "to_printable",
]

# Controls and lone surrogates.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff]"
)


class Segment(NamedTuple):
    """A piece of a text and its score, None where no token is."""

    text: str
    score: float | None


def split_segments(explanation: Explanation, scores: np.ndarray) -> list[Segment]:
    """Cut the original text at its tokens; without one, put spaces between tokens.

    Parameters
    ----------
    explanation : Explanation
        Whose text.
    scores : ndarray of shape (n_tokens,)
        Score of each token.

    Returns
    -------
    list of Segment
        Together the text, but for characters that cannot be shown.
    """
    return [
        Segment(to_printable(text), score)
        for text, score in _cut(explanation, scores.tolist())
        if text
    ]


def _cut(explanation: Explanation, scores: list[float]) -> Iterator[tuple]:
    if explanation.text is None or explanation.offsets is None:
        for token, score in zip(explanation.tokens, scores):
            yield token, score
            yield " ", None
        return
    text, at = explanation.text, 0
    for (start, end), score in zip(explanation.offsets.tolist(), scores):
        start = max(start, at)
        yield text[at:start], None
        yield text[start:end], score
        at = max(at, end)
    yield text[at:], None


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of a text belongs to a script read from the right."""
    first = re.search(r"[^\W\d_]", text)
    return bool(first and _RIGHT_TO_LEFT.match(first[0]))


def show_label(label: Any) -> str:
    """Return a predicted class, or the predicted labels, as words."""
    text = ", ".join(map(str, label)) if isinstance(label, list) else str(label)
    return to_printable(text) or "none"


def to_printable(text: str) -> str:
    """Put U+FFFD in place of what no page and no font can show."""
    return _HIDDEN.sub("\ufffd", text)
