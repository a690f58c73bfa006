"""TrainingCurveDisplay: loss and validation score, or perplexity, by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..unwrap import split_classifier, split_model
from .fonts import import_pyplot
from .surprisal import split_language_model

__all__ = ["TrainingCurveDisplay"]

_LOSS, _SCORE = "#336688", "#cc6622"


class TrainingCurveDisplay:
    """Training loss and validation accuracy, or perplexity, of each epoch.

    It is best made by :meth:`from_estimator`. Of a classifier it has two plots; of a
    language model one, with the perplexities of training and validation texts.

    Parameters
    ----------
    loss : sequence of float
        Training loss of each epoch.
    scores : sequence of float or None, default=None
        Validation score of each epoch; None if there was no validation set. If there are
        fewer than losses, they are those of the last epochs.
    metric : {"accuracy", "perplexity"}, default="accuracy"
        What is drawn. ``"accuracy"``: scores are accuracies. ``"perplexity"``: losses are
        negative log-likelihoods of a token, scores are log-likelihoods, and both are
        drawn as perplexities.

    Attributes
    ----------
    ax_ : ndarray of matplotlib.axes.Axes
        One for the loss and, where there are scores, one for the accuracy; one alone for
        perplexities.
    figure_ : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> from sklearn_slm.inspection import TrainingCurveDisplay
    >>> display = TrainingCurveDisplay([0.7, 0.4, 0.3], [0.6, 0.8, 0.75]).plot()
    >>> [ax.get_ylabel() for ax in display.ax_]
    ['training loss', 'validation accuracy']
    """

    def __init__(
        self,
        loss: Sequence[float],
        scores: Sequence[float] | None = None,
        *,
        metric: str = "accuracy",
    ):
        self.loss = loss
        self.scores = scores
        self.metric = metric

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> TrainingCurveDisplay:
        """Draw how the training of a classifier or a language model went.

        Parameters
        ----------
        estimator : SLMTextClassifier, SLMLanguageModel, Pipeline or search
            The fitted model. A Pipeline must end in one of the two.
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
        metric = "accuracy"
        if hasattr(type(split_model(estimator)[1]), "score_tokens"):
            _, model = split_language_model(estimator)
            metric = "perplexity"
        else:
            _, model = split_classifier(estimator)
        display = cls(model.loss_curve_, model.validation_scores_, metric=metric)
        return display.plot(ax=ax)

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

        Raises
        ------
        ValueError
            If `metric` is none of the two.
        """
        if self.metric not in ("accuracy", "perplexity"):
            raise ValueError(
                f"metric must be 'accuracy' or 'perplexity'. Got {self.metric!r}."
            )
        pyplot = import_pyplot()
        n = 2 if self.scores and self.metric == "accuracy" else 1
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
        if self.metric == "perplexity":
            self._draw_perplexities(self.ax_[0])
        else:
            self._draw_loss_and_accuracy(*self.ax_)
        for part in self.ax_:
            part.set_xlabel("epoch")
            part.xaxis.get_major_locator().set_params(integer=True)
            part.spines[["top", "right"]].set_visible(False)
        return self

    def _draw_loss_and_accuracy(self, loss_ax: Any, score_ax: Any = None) -> None:
        self._draw(loss_ax, self.loss, _LOSS)
        loss_ax.set(ylabel="training loss", ylim=(0.0, None))
        if score_ax is not None and self.scores:
            x = self._draw(score_ax, self.scores, _SCORE)
            score_ax.set_ylabel("validation accuracy")
            best = int(np.argmax(self.scores))
            kept = self.scores[best]
            _mark_kept(score_ax, x[best], kept, f"kept: {kept:.3f}")
            score_ax.legend(frameon=False, loc="lower right")

    def _draw_perplexities(self, ax: Any) -> None:
        self._draw(ax, _to_perplexity(self.loss), _LOSS, "training, with dropout")
        if self.scores:
            values = _to_perplexity(np.negative(self.scores))
            x = self._draw(ax, values, _SCORE, "validation")
            best = int(np.argmin(values))
            _mark_kept(ax, x[best], values[best], f"kept: {values[best]:,.1f}")
        ax.set(ylabel="perplexity", yscale="log")
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.yaxis.set_minor_formatter(_format_few)
        ax.legend(frameon=False, loc="upper right")

    def _draw(
        self, ax: Any, values: Any, colour: str, name: str | None = None
    ) -> list[int]:
        """Draw one curve, which ends at the last epoch; return its epochs."""
        last = len(self.loss)
        x = list(range(last - len(values) + 1, last + 1))
        ax.plot(x, values, marker="o", markersize=4, color=colour, label=name)
        return x


def _to_perplexity(losses: Any) -> np.ndarray:
    return np.exp(np.minimum(losses, 700.0))


def _mark_kept(ax: Any, x: float, y: float, name: str) -> None:
    """Put a ring around the epoch whose weights were kept."""
    ax.plot(
        x,
        y,
        marker="o",
        markersize=11,
        fillstyle="none",
        color="0.3",
        linestyle="none",
        label=name,
    )


def _format_few(value: float, _: int) -> str:
    """Return a number for some of the ticks between powers of ten."""
    return f"{value:,.0f}" if f"{value:e}"[0] in "25" else ""
