"""WordMapDisplay: word vectors on a plane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .fonts import choose_fonts, import_pyplot

__all__ = ["WordMapDisplay"]


class WordMapDisplay:
    """Words as points of a plane, near each other where their vectors are.

    It is best made by :meth:`from_vectors`.

    Parameters
    ----------
    words : sequence of str
        The words.
    points : array-like of shape (n_words, 2)
        Their places.
    groups : sequence or None, default=None
        A group for each word, shown by colour.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the words.
    figure_ : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from sklearn_slm import WordVectors
    >>> from sklearn_slm.inspection import WordMapDisplay
    >>> vectors = WordVectors(["good", "bad", "ugly"], [[2.0, 0], [-1, 1], [-1, 0.5]])
    >>> display = WordMapDisplay.from_vectors(vectors)
    >>> [text.get_text() for text in display.ax_.texts]
    ['good', 'bad', 'ugly']
    """

    def __init__(
        self, words: Sequence[str], points: Any, groups: Sequence[Any] | None = None
    ):
        self.words = list(words)
        self.points = np.asarray(points, dtype=np.float64)
        self.groups = groups

    @classmethod
    def from_vectors(
        cls,
        vectors: Any,
        words: Iterable[str] | None = None,
        *,
        groups: Sequence[Any] | None = None,
        reducer: Any = None,
        n: int = 100,
        ax: Any = None,
    ) -> WordMapDisplay:
        """Draw word vectors.

        Parameters
        ----------
        vectors : WordVectors, or a fitted estimator that has ``vectors_``
            The vectors.
        words : iterable of str or None, default=None
            Which words; None takes the first `n`, which are the most frequent ones.
        groups : sequence or None, default=None
            A group for each word, shown by colour.
        reducer : object with fit_transform, or None, default=None
            From vectors of unit length to two numbers, such as
            ``TSNE(2, metric="cosine")`` of scikit-learn; None takes principal
            components, which are exact and always the same.
        n : int, default=100
            Words, where none are named.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        WordMapDisplay
            The display, drawn.

        Raises
        ------
        KeyError
            If a word has no vector.
        ValueError
            If there are fewer than two words, or another number of groups.
        """
        vectors = getattr(vectors, "vectors_", vectors)
        chosen = list(vectors.tokens[:n] if words is None else words)
        if len(chosen) < 2:
            raise ValueError(f"a map needs at least 2 words. Got {len(chosen)}.")
        if groups is not None and len(groups) != len(chosen):
            raise ValueError(
                "groups must have one entry for each of the "
                f"{len(chosen)} words. Got {len(groups)}."
            )
        table = np.array([vectors[word] for word in chosen], np.float64)
        table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
        if reducer is None:
            points = _principal_components(table)
        else:
            points = np.asarray(reducer.fit_transform(table))[:, :2]
        return cls(chosen, points, groups).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> WordMapDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        WordMapDisplay
            The display itself.

        Warns
        -----
        UserWarning
            If no installed font has some of the characters.
        """
        pyplot = import_pyplot()
        if ax is None:
            _, ax = pyplot.subplots(figsize=(7.0, 5.5), layout="constrained")
        groups = ["words"] * len(self.words) if self.groups is None else self.groups
        names = list(dict.fromkeys(groups))
        families = choose_fonts([*self.words, *map(str, names)])
        for k, name in enumerate(names):
            rows = [i for i, group in enumerate(groups) if group == name]
            ax.scatter(*self.points[rows].T, s=12, color=f"C{k % 10}", label=str(name))
        for word, point, group in zip(self.words, self.points, groups):
            ax.annotate(
                word,
                point,
                xytext=(3, 3),
                textcoords="offset points",
                fontsize=9,
                color=f"C{names.index(group) % 10}",
                fontfamily=families,
                parse_math=False,
            )
        if self.groups is not None:
            legend = ax.legend(frameon=False)
            for text in legend.get_texts():
                text.set(fontfamily=families, parse_math=False)
        ax.set(xticks=[], yticks=[])
        ax.margins(0.1)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _principal_components(table: np.ndarray) -> np.ndarray:
    """Return the first two principal components, signs fixed."""
    centred = table - table.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(table), 2))
    axes = (left * scale)[:, :2]
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    points[:, : axes.shape[1]] = axes * np.where(signs == 0, 1.0, signs)
    return points
