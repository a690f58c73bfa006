"""TrainingCurveDisplay: loss and validation accuracy by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..unwrap import split_classifier
from .fonts import import_pyplot

__all__ = ["TrainingCurveDisplay"]

_LOSS, _SCORE = "#336688", "#cc6622"


class TrainingCurveDisplay:
    """Training loss and validation accuracy of each pass over the texts.

    It is best made by :meth:`from_estimator`.

    Parameters
    ----------
    loss : sequence of float
        Training loss of each epoch.
    scores : sequence of float or None, default=None
        Validation accuracy of each epoch; None if there was no validation set.

    Attributes
    ----------
    ax_ : ndarray of matplotlib.axes.Axes
        One for the loss and, where there are scores, one for the accuracy.
    figure_ : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from sklearn_slm.inspection import TrainingCurveDisplay
    >>> display = TrainingCurveDisplay([0.7, 0.4, 0.3], [0.6, 0.8, 0.75]).plot()
    >>> [ax.get_ylabel() for ax in display.ax_]
    ['training loss', 'validation accuracy']
    """

    def __init__(self, loss: Sequence[float], scores: Sequence[float] | None = None):
        self.loss = loss
        self.scores = scores

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> TrainingCurveDisplay:
        """Draw how the training of a classifier went.

        Parameters
        ----------
        estimator : SLMTextClassifier, Pipeline that ends in one, or a search over these
            The fitted model.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw, see :meth:`plot`.

        Returns
        -------
        TrainingCurveDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If it ends in another estimator.
        """
        _, classifier = split_classifier(estimator)
        return cls(classifier.loss_curve_, classifier.validation_scores_).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> TrainingCurveDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Its area is shared by the two plots; None makes a figure.

        Returns
        -------
        TrainingCurveDisplay
            The display itself.
        """
        pyplot = import_pyplot()
        n = 1 if not self.scores else 2
        if ax is None:
            _, axes = pyplot.subplots(
                1, n, figsize=(4.0 * n, 3.0), squeeze=False, layout="constrained"
            )
            self.ax_ = axes[0]
        else:
            ax.set_axis_off()
            parts = [(0.0, 0.0, 0.42, 1.0), (0.58, 0.0, 0.42, 1.0)]
            parts = [(0.0, 0.0, 1.0, 1.0)] if n == 1 else parts
            self.ax_ = np.array([ax.inset_axes(part) for part in parts])
        self.figure_ = self.ax_[0].figure
        loss_ax, *score_ax = self.ax_
        _draw(loss_ax, self.loss, _LOSS, "training loss")
        loss_ax.set_ylim(bottom=0.0)
        if self.scores:
            _draw(score_ax[0], self.scores, _SCORE, "validation accuracy")
            best = int(np.argmax(self.scores))
            score_ax[0].plot(
                best + 1,
                self.scores[best],
                marker="o",
                markersize=11,
                fillstyle="none",
                color="0.3",
                linestyle="none",
                label=f"kept: {self.scores[best]:.3f}",
            )
            score_ax[0].legend(frameon=False, loc="lower right")
        return self


def _draw(ax: Any, values: Sequence[float], colour: str, name: str) -> None:
    ax.plot(range(1, len(values) + 1), values, marker="o", markersize=4, color=colour)
    ax.set(xlabel="epoch", ylabel=name)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.spines[["top", "right"]].set_visible(False)
