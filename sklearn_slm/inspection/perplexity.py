"""PerplexityDisplay: how well a language model knows documents, and from where on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from ..text import check_documents
from ..unwrap import apply_transformers
from .fonts import choose_fonts, import_pyplot
from .surprisal import split_language_model

__all__ = ["PerplexityDisplay"]

# Bins of a histogram in each doubling of the perplexity. They lie at the same places in
# every plot, so that several sets of texts can share axes.
_BINS = 4


class PerplexityDisplay:
    """Perplexity of documents, or of the tokens at each position in them.

    It is best made by :meth:`from_estimator`. Give the axes of one display to the next,
    and two sets of texts, or two models, can be compared.

    Parameters
    ----------
    log_likelihoods : iterable of array-like of shape (n_tokens,)
        Natural logarithm of the probability of each token, for each document.
    name : str or None, default=None
        What the legend calls them.

    Attributes
    ----------
    perplexities : ndarray of shape (n_documents,), dtype float64
        Perplexity of each document per token.
    perplexity : float
        That of all tokens together.
    ax_ : matplotlib.axes.Axes
        The axes.
    figure_ : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from sklearn_slm.inspection import PerplexityDisplay
    >>> display = PerplexityDisplay([[-1.0, -3.0], [-2.0], [-1.0, -1.0, -1.0]])
    >>> display.perplexities.round(2).tolist(), round(display.perplexity, 2)
    ([7.39, 7.39, 2.72], 4.48)
    >>> display.plot(by="position").ax_.get_xlabel()
    'position of the token in its document'
    """

    def __init__(self, log_likelihoods: Iterable[Any], name: str | None = None):
        self.log_likelihoods = [np.asarray(v, np.float64) for v in log_likelihoods]
        if not self.log_likelihoods:
            raise ValueError("expected at least one document, got none.")
        if not all(v.ndim == 1 and len(v) for v in self.log_likelihoods):
            raise ValueError(
                "log_likelihoods must hold one array of shape (n_tokens,) for each "
                "document, with at least one token: the end of an empty text is one."
            )
        self.name = name

    @property
    def perplexities(self) -> np.ndarray:
        """Perplexity of each document per token."""
        means = np.array([values.mean() for values in self.log_likelihoods])
        return np.exp(np.minimum(-means, 700.0))

    @property
    def perplexity(self) -> float:
        """Perplexity of all tokens together."""
        mean = float(np.concatenate(self.log_likelihoods).mean())
        return math.exp(min(-mean, 700.0))

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Iterable[str],
        y: Any = None,
        *,
        by: str = "document",
        name: str | None = None,
        ax: Any = None,
    ) -> PerplexityDisplay:
        """Draw how well a language model knows texts.

        Parameters
        ----------
        estimator : SLMLanguageModel, Pipeline that ends in one, or a search over these
            The fitted model.
        X : iterable of str, of length n_documents
            Texts, such as those of a test set.
        y : array-like of shape (n_documents,) or None, default=None
            Labels of the documents, for a model that was fitted with labels. The labels
            themselves are not counted.
        by : {"document", "position"}, default="document"
            See :meth:`plot`.
        name : str or None, default=None
            What the legend calls the texts.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        PerplexityDisplay
            The display, drawn.

        Raises
        ------
        TypeError, NotFittedError, ValueError
            As :func:`compute_surprisal`, and if there is no text.
        """
        transformers, model = split_language_model(estimator)
        texts = list(apply_transformers(transformers, check_documents(X)))
        if not texts:
            raise ValueError("X must hold at least one text. Got none.")
        scored = model.score_tokens(texts, y)
        n_labels = 0 if model.classes_ is None else 1
        found = [
            scored.log_likelihood[start + n_labels : end]
            for start, end in pairwise(scored.targets.offsets.tolist())
        ]
        return cls(found, name).plot(by=by, ax=ax)

    def plot(self, *, by: str = "document", ax: Any = None) -> PerplexityDisplay:
        """Draw the display.

        Parameters
        ----------
        by : {"document", "position"}, default="document"
            ``"document"``: a histogram of the perplexities of the documents, with a line
            at that of all tokens; odd texts stand on the right. ``"position"``: the
            perplexity of the first tokens of the documents, the second ones, the third
            and fourth ones, and so on in doubling ranges: how much it helps to have read
            more. (Only long documents have late tokens.)
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        PerplexityDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `by` is something else.
        """
        if by not in ("document", "position"):
            raise ValueError(f"by must be 'document' or 'position'. Got {by!r}.")
        pyplot = import_pyplot()
        if ax is None:
            _, ax = pyplot.subplots(figsize=(5.0, 3.0), layout="constrained")
        if by == "document":
            self._draw_documents(ax)
        else:
            self._draw_positions(ax)
        ax.spines[["top", "right"]].set_visible(False)
        names = ax.get_legend_handles_labels()[1]
        if names:
            families = choose_fonts(names)
            ax.legend(frameon=False, prop={"family": families})
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_documents(self, ax: Any) -> None:
        # Rounding may not move a power of two to the bin below it.
        places = np.floor(np.log2(self.perplexities) * _BINS + 1e-6)
        first = int(places.min())
        counts = np.bincount((places - first).astype(np.int64))
        shares = np.concatenate([counts, [0]]) / counts.sum()
        edges = 2.0 ** ((first + np.arange(len(shares))) / _BINS)
        edges, shares = np.append(edges[0], edges), np.append(0.0, shares)
        (line,) = ax.plot(edges, shares, drawstyle="steps-post", label=self._label())
        colour = line.get_color()
        ax.fill_between(edges, shares, step="post", color=colour, alpha=0.25, lw=0)
        ax.axvline(self.perplexity, color=colour, linestyle=":")
        ax.set(xlabel="perplexity of a document", ylabel="share of the documents")
        ax.set_ylim(bottom=0.0)
        _scale(ax, "x")

    def _draw_positions(self, ax: Any) -> None:
        # Doubling ranges: with one more token read, less and less changes.
        lengths = [len(values) for values in self.log_likelihoods]
        numbers = np.concatenate([np.arange(1, n + 1) for n in lengths])
        values = np.concatenate(self.log_likelihoods)
        ranges = np.frexp(numbers)[1] - 1
        sums = np.bincount(ranges, values)
        perplexities = np.exp(np.minimum(-sums / np.bincount(ranges), 700.0))
        middles = np.exp(np.bincount(ranges, np.log(numbers)) / np.bincount(ranges))
        ax.plot(middles, perplexities, marker="o", markersize=4, label=self._label())
        ax.set(
            xlabel="position of the token in its document",
            ylabel="perplexity of the token",
        )
        _scale(ax, "x")
        _scale(ax, "y")

    def _label(self) -> str | None:
        return None if self.name is None else f"{self.name} ({self.perplexity:,.1f})"


def _scale(ax: Any, name: str) -> None:
    """Give an axis a logarithmic scale with plain numbers."""
    from matplotlib.ticker import EngFormatter, FuncFormatter, NullFormatter

    shorten = EngFormatter(places=0, sep="")

    axis = getattr(ax, f"{name}axis")
    getattr(ax, f"set_{name}scale")("log", base=2)
    axis.set_major_formatter(
        FuncFormatter(lambda v, _: f"{v:,.0f}" if v < 10_000 else shorten(v))
    )
    axis.set_minor_formatter(NullFormatter())
    # From one power of two to another: an axis between two has no numbers.
    lowest, highest = np.log2(getattr(ax.dataLim, f"interval{name}"))
    lowest, highest = math.floor(lowest + 1e-6), math.ceil(highest - 1e-6)
    limits = 2.0**lowest, 2.0 ** max(highest, lowest + 1)
    getattr(ax, f"set_{name}lim")(limits)
