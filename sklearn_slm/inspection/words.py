"""Words drawn by matplotlib in reading order, each on the colour of its score."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .fonts import choose_fonts
from .segments import Segment, is_right_to_left

__all__ = ["draw_words", "make_word_axes", "measure_height"]

_LINE = 2.0  # height of a line, in font sizes
_SMALLEST = 4.0


class _Piece(NamedTuple):
    text: str
    score: float | None
    space: bool  # whether blank comes before it
    n_breaks: int  # line breaks before it, two at most
    width: float  # in points


def measure_height(
    figure: Any, segments: Sequence[Segment], width: float, font_size: float
) -> float:
    """Return the height in points of a text that is wrapped at a width in points."""
    pieces = _measure(figure, segments, font_size, _style(segments))
    return _count_rows(_wrap(pieces, width, font_size)) * _LINE * font_size


def make_word_axes(pyplot: Any, segments: Sequence[Segment]) -> tuple[Any, Any]:
    """Make axes as high as the text needs, and narrow ones below for the colours."""
    width, margin, head, foot = 7.0, 0.15, 0.4, 0.75
    figure = pyplot.figure(figsize=(width, 2.0))
    room = width - 2 * margin
    text = measure_height(figure, segments, room * 72.0, 11.0) / 72.0 + 0.05
    height = head + text + foot
    figure.set_size_inches(width, height)
    left = margin / width
    ax = figure.add_axes((left, foot / height, room / width, text / height))
    # Farther in than the text, so that the first number is not cut off.
    place = (2.0 * left, (foot - 0.25) / height, 2.0 / width, 0.1 / height)
    bar = figure.add_axes(place)
    return ax, bar


def draw_words(
    ax: Any,
    segments: Sequence[Segment],
    colour: Callable[[float], Any],
    *,
    font_size: float = 11.0,
) -> None:
    """Draw a text into axes, wrapped at their width.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where; its frame and ticks are taken away.
    segments : sequence of Segment
        The text.
    colour : callable
        From a score to a colour of matplotlib.
    font_size : float, default=11
        In points; smaller if the text would not fit.
    """
    ax.set_axis_off()
    points = 72.0 / ax.figure.dpi
    width = ax.get_window_extent().width * points
    height = ax.get_window_extent().height * points
    style = _style(segments)
    pieces = _measure(ax.figure, segments, font_size, style)
    rows = _wrap(pieces, width, font_size)
    while _count_rows(rows) * _LINE * font_size > height and font_size > _SMALLEST:
        font_size *= 0.9
        pieces = [piece._replace(width=piece.width * 0.9) for piece in pieces]
        rows = _wrap(pieces, width, font_size)
    ax.set(
        xlim=(0.0, width),
        ylim=(max(height, _count_rows(rows) * _LINE * font_size), 0.0),
    )
    mirrored = is_right_to_left("".join(segment.text for segment in segments))
    for (row, x), piece in zip(rows, pieces):
        box = None
        ink: Any = "0.5"
        if piece.score is not None:
            face = colour(piece.score)
            red, green, blue = face[:3]
            ink = "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "white"
            box = {"facecolor": face, "edgecolor": "none", "boxstyle": "square,pad=0.1"}
        ax.text(
            width - x - piece.width if mirrored else x,
            (row + 0.5) * _LINE * font_size,
            piece.text,
            fontsize=font_size,
            color=ink,
            va="center_baseline",
            bbox=box,
            **style,
        )


def _style(segments: Sequence[Segment]) -> dict[str, Any]:
    # A text is never mathematics, whatever dollar signs it has.
    families = choose_fonts(segment.text for segment in segments)
    return {"fontfamily": families, "parse_math": False}


def _count_rows(places: list[tuple[int, float]]) -> int:
    return 1 + places[-1][0] if places else 1


def _measure(
    figure: Any, segments: Sequence[Segment], size: float, style: dict[str, Any]
) -> list[_Piece]:
    probe = figure.text(0, 0, "", fontsize=size, **style)
    pieces: list[_Piece] = []
    space, n_breaks = False, 0
    for segment in segments:
        for part in re.split(r"(\s+)", segment.text):
            if not part or part.isspace():
                space = space or bool(part)
                n_breaks += part.count("\n")
                continue
            probe.set_text(part)
            width = probe.get_window_extent().width * 72.0 / figure.dpi
            breaks = min(n_breaks, 2) if pieces else 0
            pieces.append(_Piece(part, segment.score, space, breaks, width))
            space, n_breaks = False, 0
    probe.remove()
    return pieces


def _wrap(pieces: list[_Piece], width: float, size: float) -> list[tuple[int, float]]:
    """Return row and left edge of each piece."""
    places: list[tuple[int, float]] = []
    row, x = 0, 0.0
    for piece in pieces:
        # Room for the colour around a word, and a blank where the text has one.
        gap = (0.5 if piece.space else 0.22) * size if x else 0.15 * size
        if piece.n_breaks or (x and x + gap + piece.width > width):
            row, x, gap = row + max(piece.n_breaks, 1), 0.0, 0.15 * size
        places.append((row, x + gap))
        x += gap + piece.width
    return places
