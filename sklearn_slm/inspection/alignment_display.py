"""AlignmentDisplay: which tokens of one text go together with which of another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..unwrap import apply_transformers, split_model
from .alignment_html import name_tokens, render_alignment_page, render_alignments
from .fonts import choose_fonts, import_pyplot

if TYPE_CHECKING:
    Alignment = Any  # of a room below this one

__all__ = ["AlignmentDisplay"]

_CELL = 0.34  # inches of a token
_MOST_INCHES = 14.0


class AlignmentDisplay:
    """Heat map of two texts: a translation and its source, an answer and its question.

    With a translator, a row is a token that was written, a column one of the source: the
    more colour, the more the network looked at it. With an answerer, a row is a token of the
    answer, a column one of the question, and the colour is the share of the score that
    the two have: blue speaks for the answer, red (in HTML orange) against it. It is best
    made by :meth:`from_estimator`. The HTML holds the texts escaped and no script; it suits
    light and dark pages, and has numbers as a table too.

    Parameters
    ----------
    alignments : Alignment, AnswerAlignment, or a sequence of one of them
        What :meth:`SLMTranslator.align` or :meth:`SLMAnswerer.align` returned.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the heat map, after :meth:`plot`.
    figure_ : matplotlib.figure.Figure
        The figure, after :meth:`plot`.

    Examples
    --------
    >>> from sklearn_slm import AlignmentDisplay, SLMTranslator
    >>> numbers = {"one": "eins", "two": "zwei", "three": "drei"}
    >>> english = [f"{a} {b}" for a in numbers for b in numbers]
    >>> german = [f"{numbers[a]} {numbers[b]}" for a in numbers for b in numbers]
    >>> model = SLMTranslator(
    ...     24, tokens="word", batch_size=4, max_iter=40, learning_rate=0.02,
    ...     dropout=0.0, random_state=0,
    ... ).fit(english, german)
    >>> display = AlignmentDisplay.from_estimator(model, ["two three"]).plot()
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['zwei', 'drei']
    >>> display.write_html("alignment.html")  # doctest: +SKIP
    """

    def __init__(self, alignments: Alignment | Sequence[Alignment]):
        if hasattr(alignments, "source_tokens"):
            alignments = [alignments]
        self.alignments = list(alignments)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any = None) -> AlignmentDisplay:
        """Align texts; nothing is drawn before it is shown.

        Parameters
        ----------
        estimator : SLMTranslator, SLMAnswerer, Pipeline that ends in one, or a search
            The fitted model.
        X : iterable of str
            Texts.
        y : iterable of str or None, default=None
            Their translations or answers; None for those of the model.

        Returns
        -------
        AlignmentDisplay
            The display.

        Raises
        ------
        TypeError
            If the model ends in another estimator.
        """
        transformers, last = split_model(estimator)
        if not hasattr(last, "align"):
            raise TypeError(
                "expected a fitted SLMTranslator or SLMAnswerer, or a Pipeline or a "
                f"search that ends in one, got {type(last).__name__}."
            )
        return cls(last.align(apply_transformers(transformers, X), y))

    def _repr_html_(self) -> str:
        return render_alignments(self.alignments)

    def write_html(
        self, path: str | os.PathLike[str], *, title: str = "Alignment"
    ) -> None:
        """Write a page of its own, which loads nothing and runs nothing.

        Parameters
        ----------
        path : str or path-like
            The file.
        title : str, default="Alignment"
            Title of the page.
        """
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(render_alignment_page(self.alignments, title))

    def plot(
        self, index: int = 0, *, ax: Any = None, cmap: Any = None
    ) -> AlignmentDisplay:
        """Draw one pair of texts.

        Parameters
        ----------
        index : int, default=0
            Which pair.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure as large as the texts need, with a bar of
            the colours.
        cmap : str, matplotlib.colors.Colormap or None, default=None
            Colours from no attention to all of it, or from the lowest share to the
            highest; None takes "Purples" and "RdBu".

        Returns
        -------
        AlignmentDisplay
            The display itself.

        Raises
        ------
        ValueError
            If one of the texts has no token.

        Warns
        -----
        UserWarning
            If no installed font has some of the characters.
        """
        pyplot = import_pyplot()
        one = self.alignments[index]
        if not one.values.size:
            raise ValueError(
                f"alignment {index} has nothing to draw: {len(one.source_tokens)} tokens "
                f"of the source, {len(one.target_tokens)} of the other text."
            )
        sources, targets = (
            name_tokens(one.source_tokens),
            name_tokens(one.target_tokens),
        )
        has_bar = ax is None
        if ax is None:
            longest = [max(map(len, names)) for names in (sources, targets)]
            width = 1.4 + 0.08 * longest[1] + _CELL * len(sources)
            height = 0.6 + 0.08 * longest[0] + _CELL * len(targets)
            size = (min(width, _MOST_INCHES), min(height, _MOST_INCHES))
            _, ax = pyplot.subplots(figsize=size, layout="compressed")
        is_signed = one.measure != "attention"
        if cmap is None:
            cmap = "RdBu" if is_signed else "Purples"
        most = one.largest or 1.0
        least = -most if is_signed else 0.0
        image = ax.imshow(one.values, cmap=cmap, vmin=least, vmax=most)
        style: Any = {
            "fontfamily": choose_fonts([*sources, *targets]),
            "parse_math": False,
        }
        ax.xaxis.tick_top()
        ax.set_xticks(range(len(sources)), sources, rotation=90, **style)
        ax.set_yticks(range(len(targets)), targets, **style)
        ax.tick_params(length=0)
        # Thin lines between the cells, and no frame.
        ax.set_xticks([i - 0.5 for i in range(1, len(sources))], minor=True)
        ax.set_yticks([i - 0.5 for i in range(1, len(targets))], minor=True)
        ax.grid(which="minor", color="white", linewidth=1.0)
        ax.tick_params(which="minor", length=0)
        ax.spines[:].set_visible(False)
        if has_bar:
            bar = ax.figure.colorbar(image, ax=ax, fraction=0.05, aspect=12)
            bar.set_label(one.measure)
            bar.outline.set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
