"""Displays of explanations, as scikit-learn draws its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .explain import explain
from .explanation import Explanation
from .fonts import choose_fonts, import_pyplot
from .html import render_explanations, render_page
from .segments import show_label, split_segments
from .words import draw_words, make_word_axes

__all__ = ["AttentionDisplay", "ExplanationDisplay"]

FOR, AGAINST = "#2684ff", "#ff8000"


class AttentionDisplay:
    """Heat map of attention over the words of a text.

    It is best made by :meth:`from_estimator`.

    Parameters
    ----------
    explanation : Explanation
        An explanation by ``method="attention"``.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the words.
    figure_ : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> from sklearn_slm.inspection import AttentionDisplay
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(4, max_iter=1, adversarial=0.0, random_state=0)
    >>> model = model.fit(corpus.data[:200], corpus.target[:200])
    >>> display = AttentionDisplay.from_estimator(model, "The film was not bad.")
    >>> len(display.ax_.texts)
    6
    """

    def __init__(self, explanation: Explanation):
        self.explanation = explanation

    @classmethod
    def from_estimator(
        cls, estimator: Any, text: str, *, ax: Any = None, cmap: Any = "Purples"
    ) -> AttentionDisplay:
        """Draw where a network looked in one text.

        Parameters
        ----------
        estimator : SLMTextClassifier, Pipeline that ends in one, or a search over these
            The fitted model, with ``pooling="attention"``.
        text : str
            The text.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure as high as the text needs.
        cmap : str or matplotlib.colors.Colormap, default="Purples"
            Colours from no weight to the largest one.

        Returns
        -------
        AttentionDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the text is not one string.
        """
        if not isinstance(text, str):
            raise TypeError(
                f"text must be one str, but {type(text).__name__} was given. For several "
                "texts make several displays."
            )
        (explanation,) = explain(estimator, [text], method="attention")
        return cls(explanation).plot(ax=ax, cmap=cmap)

    def plot(self, *, ax: Any = None, cmap: Any = "Purples") -> AttentionDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure as high as the text needs.
        cmap : str or matplotlib.colors.Colormap, default="Purples"
            Colours from no weight to the largest one.

        Returns
        -------
        AttentionDisplay
            The display itself.

        Warns
        -----
        UserWarning
            If no installed font has some of the characters.
        """
        pyplot = import_pyplot()
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        shown = self.explanation
        segments = split_segments(shown, shown.scores)
        largest = float(shown.scores.max(initial=0.0)) or 1.0
        colours: Any = ScalarMappable(Normalize(0.0, largest), cmap)
        if ax is None:
            ax, bar_ax = make_word_axes(pyplot, segments)
            bar = ax.figure.colorbar(colours, cax=bar_ax, orientation="horizontal")
            bar.set_label("attention")
        draw_words(ax, segments, colours.to_rgba)
        title = f"{show_label(shown.prediction)} ({shown.probability:.2f})"
        ax.set_title(
            title, loc="left", fontfamily=choose_fonts([title]), parse_math=False
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self


class ExplanationDisplay:
    """Texts with coloured words: HTML in a notebook, or bars of the strongest words.

    It is best made by :meth:`from_estimator`. The HTML holds the texts escaped and no
    script; it suits light and dark pages.

    Parameters
    ----------
    explanations : Explanation or sequence of Explanation
        What :func:`explain` shown.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the bars, after :meth:`plot`.
    figure_ : matplotlib.figure.Figure
        The figure, after :meth:`plot`.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> from sklearn_slm.inspection import ExplanationDisplay
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(4, max_iter=1, adversarial=0.0, random_state=0)
    >>> model = model.fit(corpus.data[:200], corpus.target[:200])
    >>> display = ExplanationDisplay.from_estimator(model, ["A <b>good</b> film."])
    >>> "<b>good" in display._repr_html_(), "&lt;b&gt;" in display._repr_html_()
    (False, True)
    """

    def __init__(self, explanations: Explanation | Sequence[Explanation]):
        if isinstance(explanations, Explanation):
            explanations = [explanations]
        self.explanations = list(explanations)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Iterable[str],
        *,
        target: Any = None,
        method: str = "contribution",
    ) -> ExplanationDisplay:
        """Explain texts; nothing is drawn before it is shown.

        Parameters
        ----------
        estimator : SLMTextClassifier, Pipeline that ends in one, or a search over these
            The fitted model.
        X : iterable of str or TokenSequences
            The texts.
        target, method
            As in :func:`explain`.

        Returns
        -------
        ExplanationDisplay
            The display.
        """
        return cls(explain(estimator, X, target, method))

    def _repr_html_(self) -> str:
        return render_explanations(self.explanations)

    def write_html(
        self, path: str | os.PathLike[str], *, title: str = "Explanations"
    ) -> None:
        """Write a page of its own, which loads nothing and runs nothing.

        Parameters
        ----------
        path : str or path-like
            The file.
        title : str, default="Explanations"
            Title of the page.
        """
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(render_page(self.explanations, title))

    def plot(
        self, index: int = 0, *, n: int = 10, ax: Any = None
    ) -> ExplanationDisplay:
        """Draw the strongest tokens of one text as bars, in the order of the text.

        Parameters
        ----------
        index : int, default=0
            Which text.
        n : int, default=10
            How many tokens.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ExplanationDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are scores for several targets.

        Warns
        -----
        UserWarning
            If no installed font has some of the characters.
        """
        pyplot = import_pyplot()
        shown = self.explanations[index]
        shown.top(1)
        strongest = np.sort(np.argsort(-np.abs(shown.scores), kind="stable")[:n])
        scores, tokens = shown.scores[strongest], [shown.tokens[i] for i in strongest]
        if ax is None:
            height = 1.0 + 0.3 * len(tokens)
            _, ax = pyplot.subplots(figsize=(6.0, height), layout="constrained")
        places = np.arange(len(tokens))
        ax.barh(places, scores, color=np.where(scores >= 0, FOR, AGAINST))
        title = f"{show_label(shown.target)} ({shown.probability:.2f}), {shown.method}"
        style = {"fontfamily": choose_fonts([*tokens, title]), "parse_math": False}
        ax.set_yticks(places, tokens, **style)
        ax.set_title(title, loc="left", **style)
        ax.axvline(0.0, color="0.5", linewidth=0.8)
        ax.invert_yaxis()
        attends = shown.method == "attention"
        ax.set_xlabel("weight" if attends else "score: below 0 speaks against it")
        self.ax_, self.figure_ = ax, ax.figure
        return self
