"""Train a network: epochs, validation, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..spec import LARGEST_WEIGHT
from .backend import import_keras
from .batches import TextBatches
from .trainer import Trainer, Weights

keras = import_keras()

__all__ = [
    "DivergenceError",
    "Epoch",
    "TrainingResult",
    "train_network",
]



@dataclass(frozen=True)
class Epoch:
    """What one pass over the data gave.

    Parameters
    ----------
    number : int
        1 for the first pass.
    loss : float
        Mean training loss of the pass, with dropout active.
    score, validation_loss : float or None
        Accuracy and loss on the validation part, where there is one.
    best_score : float or None
        Best accuracy so far.
    seconds : float
        Wall time of the pass and its validation.
    """

    number: int
    loss: float
    score: float | None
    validation_loss: float | None
    best_score: float | None
    seconds: float


@dataclass
class TrainingResult:
    """The weights to keep and how training went.

    Parameters
    ----------
    weights : dict of str to ndarray
        The best weights on the validation part; without one, the last ones.
    epochs : list of Epoch
        Every pass that was completed.
    interrupted : bool
        Whether the user pressed Ctrl-C.
    diverged : bool
        Whether a pass after these ended with a loss or weights that are out of bounds.
    """

    weights: Weights
    epochs: list[Epoch] = field(default_factory=list)
    interrupted: bool = False
    diverged: bool = False


class DivergenceError(ArithmeticError):
    """The loss or the weights are out of bounds after the first pass."""


def train_network(
    trainer: Trainer,
    batches: TextBatches,
    *,
    max_iter: int,
    evaluate: Callable[[Weights], tuple[float, float]] | None = None,
    n_iter_no_change: int = 5,
    tol: float = 0.0,
    callbacks: Sequence[Any] = (),
    report: Callable[[Epoch], None] = lambda epoch: None,
) -> TrainingResult:
    """Train until the passes are used up or the validation score stops rising.

    Parameters
    ----------
    trainer : Trainer
        The network.
    batches : TextBatches
        The training part.
    max_iter : int
        Most passes over the data.
    evaluate : callable or None, default=None
        From weights to (accuracy, loss) on the validation part. Without it all passes
        are made and the last weights are kept.
    n_iter_no_change : int, default=5
        Stop after this many passes in which the accuracy did not rise by ``tol``.
    tol : float, default=0.0
        The least rise of accuracy that counts.
    callbacks : sequence of keras.callbacks.Callback
        Called as in ``keras.Model.fit``; their logs hold ``loss`` and, with
        ``evaluate``, ``val_accuracy`` and ``val_loss``.
    report : callable
        Called with each :class:`Epoch`.

    Returns
    -------
    TrainingResult
        The weights to keep, the passes made, what ended it.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C comes before the end of the first pass: there is nothing to keep.
    DivergenceError
        If the first pass ends with a loss or weights that are out of bounds.
    """
    watch = _Watch(trainer, evaluate, n_iter_no_change, tol, report)
    interrupted = False
    weights: Weights = {}
    try:
        trainer.run(batches, max_iter, [watch, *callbacks])
        if evaluate is None and not watch.diverged:
            # A callback may have had the last word.
            weights = trainer.read_weights()
    except KeyboardInterrupt:
        if not watch.epochs:
            raise
        interrupted = True
    finally:
        for callback in callbacks:
            # Not its own method: some look into the network that they are given.
            keras.callbacks.Callback.set_model(callback, None)
    if not watch.epochs:
        raise DivergenceError
    return TrainingResult(
        weights or watch.weights, watch.epochs, interrupted, watch.diverged
    )


def _is_sound(weights: Weights, loss: float) -> bool:
    """Tell whether the loss is finite, and no weight beyond bounds; NaN is none."""
    return math.isfinite(loss) and all(
        -LARGEST_WEIGHT < v.min() and v.max() < LARGEST_WEIGHT for v in weights.values()
    )


class _Watch(keras.callbacks.Callback):  # type: ignore[name-defined]
    """Evaluate after each pass, remember the weights to keep, stop in time."""

    def __init__(
        self,
        trainer: Trainer,
        evaluate: Callable[[Weights], tuple[float, float]] | None,
        n_iter_no_change: int,
        tol: float,
        report: Callable[[Epoch], None],
    ):
        super().__init__()
        self.trainer, self.evaluate, self.report = trainer, evaluate, report
        self.n_iter_no_change, self.tol = n_iter_no_change, tol
        self.epochs: list[Epoch] = []
        self.weights: Weights = {}
        self.diverged = False
        self.best = (-np.inf, -np.inf)
        self.since_best = 0
        self.began = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        score = loss = None
        weights = self.trainer.read_weights()
        self.diverged = not _is_sound(weights, float(logs["loss"]))
        if self.diverged:
            if self.evaluate is not None:
                logs["val_accuracy"] = logs["val_loss"] = np.nan
            self.trainer.stop()
            return
        if self.evaluate is None:
            self.weights = weights
        else:
            score, loss = self.evaluate(weights)
            logs["val_accuracy"], logs["val_loss"] = score, loss
            self._compare(weights, score, loss)
        done = Epoch(
            number=len(self.epochs) + 1,
            loss=float(logs["loss"]),
            score=score,
            validation_loss=loss,
            best_score=None if score is None else self.best[0],
            seconds=time.perf_counter() - self.began,
        )
        self.epochs.append(done)
        self.report(done)

    def _compare(self, weights: Weights, score: float, loss: float) -> None:
        self.since_best += 1
        if score > self.best[0] + self.tol:
            self.since_best = 0
        # Among passes of equal accuracy the surer one is kept.
        if (score, -loss) > self.best:
            self.best, self.weights = (score, -loss), weights
        if self.since_best >= self.n_iter_no_change:
            self.trainer.stop()
