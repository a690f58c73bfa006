"""SurprisalDisplay: texts coloured by how little a language model expected them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from .fonts import choose_fonts, import_pyplot
from .segments import show_label
from .surprisal import Surprisal, compute_surprisal, to_surprisal
from .surprisal_html import (
    choose_largest,
    render_surprisal_page,
    render_surprisals,
    split_surprisal,
)
from .words import draw_words, make_word_axes

__all__ = ["SurprisalDisplay"]


class SurprisalDisplay:
    """Heat map of the surprisal of each token: HTML in a notebook, or a drawing.

    The more colour, the less the model expected a token after those before it. It is
    best made by :meth:`from_estimator`. The HTML holds the texts escaped and no script;
    it suits light and dark pages, and has all numbers as a table too.

    Parameters
    ----------
    surprisals : Surprisal or sequence of Surprisal
        What :func:`compute_surprisal` returned.
    vmax : float or None, default=None
        Surprisal of the full colour. None takes that of a token drawn by chance from
        the whole vocabulary, which makes all texts of one model comparable.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the words, after :meth:`plot`.
    figure_ : matplotlib.figure.Figure
        The figure, after :meth:`plot`.

    Examples
    --------
    >>> from sklearn_slm import SLMLanguageModel
    >>> from sklearn_slm.inspection import SurprisalDisplay
    >>> texts = ["one two three four", "two three four one"] * 20
    >>> lm = SLMLanguageModel(
    ...     16, max_iter=20, batch_size=4, window=5, learning_rate=0.01, random_state=0
    ... ).fit(texts)
    >>> display = SurprisalDisplay.from_estimator(lm, ["one two four"])
    >>> [name for name, _ in display.surprisals[0].top(1)]
    ['four']
    >>> display.write_html("surprisal.html")  # doctest: +SKIP
    """

    def __init__(
        self,
        surprisals: Surprisal | Sequence[Surprisal],
        *,
        vmax: float | None = None,
    ):
        if isinstance(surprisals, Surprisal):
            surprisals = [surprisals]
        self.surprisals = list(surprisals)
        self.vmax = vmax

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Iterable[str],
        y: Any = None,
        *,
        unit: str = "bits",
        vmax: float | None = None,
    ) -> SurprisalDisplay:
        """Score the tokens of texts; nothing is drawn before it is shown.

        Parameters
        ----------
        estimator : SLMLanguageModel, Pipeline that ends in one, or a search over these
            The fitted model.
        X, y, unit
            As in :func:`compute_surprisal`.
        vmax : float or None, default=None
            Surprisal of the full colour; None takes that of a token drawn by chance.

        Returns
        -------
        SurprisalDisplay
            The display.
        """
        return cls(compute_surprisal(estimator, X, y, unit=unit), vmax=vmax)

    @classmethod
    def from_log_likelihoods(
        cls,
        tokens: Iterable[Sequence[str]],
        log_likelihoods: Iterable[Any],
        *,
        unit: str = "bits",
        vmax: float | None = None,
    ) -> SurprisalDisplay:
        r"""Show likelihoods that are known already, such as those of another model.

        Parameters
        ----------
        tokens : iterable of sequence of str
            Tokens of each text; those that a space stands before begin with it, ``"\n"``
            is a line break and ``""`` the end of the text.
        log_likelihoods : iterable of array-like of shape (n_tokens,)
            Natural logarithm of the probability of each token.
        unit : {"bits", "nats"}, default="bits"
            What to show.
        vmax : float or None, default=None
            Surprisal of the full colour; None takes the largest one.

        Returns
        -------
        SurprisalDisplay
            The display.

        Raises
        ------
        ValueError
            If a text has not as many likelihoods as tokens.
        """
        pairs = zip(tokens, log_likelihoods, strict=True)
        return cls([to_surprisal(t, values, unit) for t, values in pairs], vmax=vmax)

    def _repr_html_(self) -> str:
        return render_surprisals(self.surprisals, self.vmax)

    def write_html(
        self, path: str | os.PathLike[str], *, title: str = "Surprisal"
    ) -> None:
        """Write a page of its own, which loads nothing and runs nothing.

        Parameters
        ----------
        path : str or path-like
            The file.
        title : str, default="Surprisal"
            Title of the page.
        """
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(render_surprisal_page(self.surprisals, title, self.vmax))

    def plot(
        self, index: int = 0, *, ax: Any = None, cmap: Any = "Reds"
    ) -> SurprisalDisplay:
        """Draw one text, its words on the colour of their surprisal.

        Parameters
        ----------
        index : int, default=0
            Which text.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure as high as the text needs.
        cmap : str or matplotlib.colors.Colormap, default="Reds"
            Colours from no surprisal to that of the full colour.

        Returns
        -------
        SurprisalDisplay
            The display itself.

        Warns
        -----
        UserWarning
            If no installed font has some of the characters.
        """
        pyplot = import_pyplot()
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        shown = self.surprisals[index]
        segments = split_surprisal(shown)
        largest = choose_largest(self.surprisals, self.vmax) or 1.0
        colours: Any = ScalarMappable(Normalize(0.0, largest), cmap)
        if ax is None:
            ax, bar_ax = make_word_axes(pyplot, segments)
            bar = ax.figure.colorbar(
                colours, cax=bar_ax, orientation="horizontal", extend="max"
            )
            bar.set_label(f"surprisal in {shown.unit}")
        draw_words(ax, segments, colours.to_rgba)
        title = f"perplexity {shown.perplexity:,.0f}"
        if shown.label is not None:
            title += f", given {show_label(shown.label)}"
        families = choose_fonts([title])
        ax.set_title(title, loc="left", fontfamily=families, parse_math=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
