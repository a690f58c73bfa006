"""CompressionDisplay: what models lose as they become smaller and faster."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..compression import CompressionStep, find_front
from ..compression.steps import time_texts
from ..unwrap import split_classifier
from .fonts import choose_fonts, import_pyplot

__all__ = ["CompressionDisplay"]

_BEST, _OTHER = "#336688", "0.65"
# Attribute of a step, label of the axis, whether less is better, and where beside a point
# the line of the best does not pass.
_AXES = (
    ("n_bytes", "bytes of the file", True, (6, -9)),
    ("texts_per_second", "texts a second", False, (5, 4)),
)


class CompressionDisplay:
    """Accuracy of models against the size of their files and against their speed.

    The line leads through the Pareto front: the models that no other one beats in one
    without losing in the other.

    Parameters
    ----------
    table : sequence of CompressionStep
        The models, such as ``table`` of a :class:`~sklearn_slm.estimators.pruning.\
PruningResult`, or a DataFrame of them.
    name : str or None, default=None
        What the legend calls them, where several displays share axes.

    Attributes
    ----------
    ax_ : ndarray of matplotlib.axes.Axes of shape (2,)
        Sizes, and speeds.
    figure_ : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from sklearn_slm.compression import CompressionStep
    >>> from sklearn_slm.inspection import CompressionDisplay
    >>> table = [
    ...     CompressionStep("float32", 2_400_000, 9_000, 0.924),
    ...     CompressionStep("int8", 800_000, 12_000, 0.923),
    ...     CompressionStep("32 units", 900_000, 14_000, 0.921),
    ... ]
    >>> display = CompressionDisplay.from_table(table)
    >>> [step.name for step in display.find_best("n_bytes")]
    ['int8', 'float32']
    """

    def __init__(self, table: Iterable[CompressionStep], name: str | None = None):
        if hasattr(table, "to_dict"):
            table = [CompressionStep(**row) for row in table.to_dict("records")]
        elif hasattr(table, "to_dicts"):
            table = [CompressionStep(**row) for row in table.to_dicts()]
        self.table = list(table)
        for step in self.table:
            if not isinstance(step, CompressionStep):
                raise TypeError(
                    "table must hold rows of CompressionStep, as result.table of prune "
                    f"does. Got {step!r:.60}."
                )
        if not self.table:
            raise ValueError("table must have at least one row. Got none.")
        self.name = name

    @classmethod
    def from_table(
        cls,
        table: Iterable[CompressionStep],
        *,
        name: str | None = None,
        labels: bool = True,
        ax: Any = None,
    ) -> CompressionDisplay:
        """Draw models whose size, speed and accuracy are known.

        Parameters
        ----------
        table : iterable of CompressionStep
            The models.
        name, labels, ax
            See the class, and :meth:`plot`.

        Returns
        -------
        CompressionDisplay
            The display, drawn.
        """
        return cls(table, name).plot(labels=labels, ax=ax)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any],
        X: Sequence[str],
        y: Any,
        *,
        name: str | None = None,
        labels: bool = True,
        ax: Any = None,
    ) -> CompressionDisplay:
        """Measure models, and draw them.

        Parameters
        ----------
        estimators : mapping of str to estimator
            Fitted models by name: each an SLMTextClassifier, a Pipeline that ends in one,
            or a search over these. The size is that of the file of the classifier; the
            vectorizer of a Pipeline shares its words and vectors with it.
        X, y : texts and labels
            What to measure accuracy and speed on. The speed is the best of three rounds.
        name, labels, ax
            See the class, and :meth:`plot`.

        Returns
        -------
        CompressionDisplay
            The display, drawn.

        Raises
        ------
        TypeError, NotFittedError
            If a model is of another kind, or not fitted.
        """
        if not isinstance(estimators, Mapping):
            raise TypeError(
                "estimators must map names to fitted models: {'whole': model, 'half': "
                f"smaller}}. Got {type(estimators).__name__}."
            )
        X = X if hasattr(X, "__len__") else list(X)
        steps = [_measure(label, model, X, y) for label, model in estimators.items()]
        return cls(steps, name).plot(labels=labels, ax=ax)

    def find_best(self, by: str = "n_bytes") -> list[CompressionStep]:
        """Return the Pareto front.

        Parameters
        ----------
        by : {"n_bytes", "texts_per_second"}, default="n_bytes"
            What the accuracy is weighed against.

        Returns
        -------
        list of CompressionStep
            From the smallest to the largest, or from the fastest to the slowest.

        Raises
        ------
        ValueError
            If `by` is something else.
        """
        less_is_better = {attribute: less for attribute, _, less, _ in _AXES}
        if by not in less_is_better:
            raise ValueError(f"by must be one of {tuple(less_is_better)}. Got {by!r}.")
        sign = 1.0 if less_is_better[by] else -1.0
        costs = [sign * getattr(step, by) for step in self.table]
        front = find_front(costs, [step.score for step in self.table])
        return [self.table[i] for i in front]

    def plot(self, *, labels: bool = True, ax: Any = None) -> CompressionDisplay:
        """Draw the display.

        Parameters
        ----------
        labels : bool, default=True
            Whether the models on the line have their names.
        ax : array-like of two matplotlib.axes.Axes or None, default=None
            Where to draw sizes and speeds, such as ``ax_`` of another display; None makes
            a figure.

        Returns
        -------
        CompressionDisplay
            The display itself.
        """
        pyplot = import_pyplot()
        if ax is None:
            _, ax = pyplot.subplots(
                1, 2, figsize=(8.0, 3.2), sharey=True, layout="constrained"
            )
        self.ax_ = np.asarray(ax)
        self.figure_ = self.ax_[0].figure
        for part, (attribute, title, less, offset) in zip(self.ax_, _AXES):
            self._draw(part, attribute, offset if labels else None)
            _scale(part, logarithmic=less)
            part.set_xlabel(title)
            part.spines[["top", "right"]].set_visible(False)
        self.ax_[0].set_ylabel("accuracy")
        if self.name is not None:
            for part in self.ax_:
                part.legend(frameon=False, prop={"family": choose_fonts([self.name])})
        return self

    def _draw(self, ax: Any, attribute: str, offset: tuple[int, int] | None) -> None:
        """Draw points, the line of the best and, beside them, their names."""
        best = self.find_best(attribute)
        others = [step for step in self.table if step not in best]
        colour = _BEST if self.name is None else None
        x, y = [getattr(s, attribute) for s in best], [s.score for s in best]
        (line,) = ax.plot(x, y, marker="o", ms=5, color=colour, label=self.name)
        colour = _OTHER if self.name is None else line.get_color()
        x, y = [getattr(s, attribute) for s in others], [s.score for s in others]
        ax.plot(x, y, marker="o", ms=4, mfc="none", ls="none", color=colour)
        for step in best if offset else ():
            ax.annotate(
                step.name,
                (getattr(step, attribute), step.score),
                xytext=offset,
                textcoords="offset points",
                fontsize=7,
                fontfamily=choose_fonts([step.name]),
                parse_math=False,
            )


def _scale(ax: Any, *, logarithmic: bool) -> None:
    """Give the horizontal axis short numbers, and room for names on the right."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    ax.margins(x=0.16, y=0.12)
    if logarithmic:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))


def _measure(name: str, model: Any, X: Any, y: Any) -> CompressionStep:
    """Measure a model on texts."""
    _, classifier = split_classifier(model)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = os.path.join(folder, "model.slm")
        classifier.save(path)
        n_bytes = os.path.getsize(path)
    model_ngrams = classifier.ngrams_
    return CompressionStep(
        name=name,
        n_bytes=n_bytes,
        texts_per_second=time_texts(lambda: model.predict_proba(X), len(X)),
        score=float(np.mean(_find_correct(model.predict(X), y))),
        hidden_size=classifier.spec_.encoder.hidden_size,
        n_words=len(classifier.vocabulary_),
        n_ngrams=0 if model_ngrams is None else len(model_ngrams),
    )


def _find_correct(predicted: np.ndarray, y: Any) -> np.ndarray:
    """Tell which texts are right: their class, or their whole set of labels."""
    right = predicted == np.asarray(y)
    return right.all(axis=1) if right.ndim > 1 else right
