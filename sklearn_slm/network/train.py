"""Train a network: epochs, validation, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..spec import LARGEST_WEIGHT, NetworkSpec
from ..text import Ragged
from .backend import import_keras
from .batches import TextBatches
from .checkpoints import Checkpoint, Saver
from .devices import use_devices
from .examples import Examples
from .heads import HEADS
from .options import Seeds, TrainingOptions
from .trainer import Trainer, Weights

keras = import_keras()

__all__ = [
    "DivergenceError",
    "Epoch",
    "Trained",
    "has_stopped",
    "is_sound",
    "train_network",
]


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave.

    Parameters
    ----------
    number : int
        1 for the first epoch.
    loss : float
        Mean training loss of the epoch, with dropout active.
    score, validation_loss : float or None
        Score and loss on the validation set, where there is one.
    best_score : float or None
        Best score so far.
    seconds : float
        Wall time of the epoch and its validation.
    """

    number: int
    loss: float
    score: float | None
    validation_loss: float | None
    best_score: float | None
    seconds: float


class Trained(NamedTuple):
    """The weights to keep and how training went.

    Parameters
    ----------
    weights : dict of str to ndarray
        The best weights on the validation set; without one, the last ones.
    epochs : list of Epoch
        Every epoch that was completed.
    interrupted : bool
        Whether the user pressed Ctrl-C.
    diverged : bool
        Whether an epoch after these ended with a loss or weights that are out of bounds.
    live : Trainer
        The network with its optimizer's state, for the next piece of a stream.
    """

    weights: Weights
    epochs: list[Epoch]
    interrupted: bool
    diverged: bool
    live: Trainer


class DivergenceError(ArithmeticError):
    """The loss or the weights are out of bounds after the first epoch."""


@use_devices
def train_network(
    spec: NetworkSpec,
    start: Mapping[str, np.ndarray],
    examples: Examples,
    options: TrainingOptions,
    *,
    seeds: Seeds,
    epochs: int,
    first_epoch: int = 0,
    is_stream: bool = False,
    evaluate: Callable[[Weights], tuple[float, float]] | None = None,
    callbacks: Sequence[Any] = (),
    report: Callable[[Epoch, Callable[[], Weights]], bool | None] | None = None,
    live: Trainer | None = None,
    unlabeled: Ragged | None = None,
    save: Callable[[Checkpoint], object] | None = None,
    save_seconds: float = math.inf,
    resume: Checkpoint | None = None,
) -> Trained:
    """Train until the epochs are used up or the validation score stops rising.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    start : mapping of str to ndarray
        Weights to start from; ``"embedding"`` is required, what is missing starts afresh.
    examples : Examples
        What to train on; of none, the weights are those to start from.
    options : TrainingOptions
        How.
    seeds : Seeds
        Seeds of first weights and dropout, and of the order of the texts.
    epochs : int
        Most epochs.
    first_epoch : int, default=0
        Epochs that were made before, which have used up so many orders of the texts.
    is_stream : bool, default=False
        Whether the examples are a piece of a stream: the learning rate then stays, and
        the weights of texts keep their size.
    evaluate : callable or None, default=None
        From weights to (score, loss) on the validation set. Without it all epochs are
        made and the last weights are kept.
    callbacks : sequence of keras.callbacks.Callback
        Called as in ``keras.Model.fit``; their logs hold ``loss`` and, with
        ``evaluate``, ``val_accuracy`` and ``val_loss``.
    report : callable or None, default=None
        Called with each :class:`Epoch`, and with what reads the weights; if it returns
        True, training ends.
    live : Trainer or None, default=None
        What the piece before this one returned. It is gone on with, if the options are
        the same, and is as it was should this piece fail.
    unlabeled : Ragged or None, default=None
        Texts without labels, for the virtual adversarial loss where ``options.virtual`` is
        above 0.
    save : callable or None, default=None
        Called with a :class:`~.checkpoints.Checkpoint` after each epoch, and within one
        whenever `save_seconds` have passed.
    save_seconds : float, default=inf
        Seconds between checkpoints within an epoch.
    resume : Checkpoint or None, default=None
        Where to go on. All else must be as it was; `callbacks` begin anew.

    Returns
    -------
    Trained

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C comes before the end of the first epoch: there is nothing to keep.
    DivergenceError
        If the first epoch ends with a loss or weights that are out of bounds.
    """
    if unlabeled is None or not options.virtual:
        unlabeled, options = None, replace(options, virtual=0.0)
    if live is not None and not _goes_on(live, spec, options, start):
        live = None
    if not len(examples):
        trainer = live or Trainer(
            spec, start, options, seed=seeds.weights, keep_weights=is_stream
        )
        return Trained(trainer.read_weights(), [], False, False, trainer)
    batches = TextBatches(
        examples,
        HEADS[spec.head.kind].TARGET,
        batch_size=options.batch_size,
        epochs=epochs,
        seed=seeds.order,
        word_dropout=options.word_dropout,
        first_epoch=first_epoch + (len(resume.epochs) if resume else 0),
        keep_weights=is_stream,
        unlabeled=unlabeled,
    )
    if live is None:
        trainer = Trainer(
            spec,
            start,
            options,
            seed=seeds.weights,
            # A schedule has an end, and a stream none.
            n_steps=0 if is_stream else epochs * len(batches),
            keep_weights=is_stream,
        )
        watch = _Watch(trainer, options, evaluate, report, resume)
        saver = None
        if save is not None or resume is not None:
            saver = Saver(trainer, watch, save, save_seconds, resume, epochs)
        return _run(watch, batches, epochs, callbacks, resume, saver)
    state = live.copy_state()
    try:
        watch = _Watch(live, options, evaluate, report)
        return _run(watch, batches, epochs, callbacks)
    except BaseException:
        live.restore_state(state)
        raise


def _goes_on(
    live: Trainer,
    spec: NetworkSpec,
    options: TrainingOptions,
    start: Mapping[str, np.ndarray],
) -> bool:
    """Tell whether a live network is the one that is asked for, at these weights."""
    free = ("batch_size", "word_dropout", "n_iter_no_change", "tol")
    same = replace(options, **{name: getattr(live.options, name) for name in free})
    # After a Ctrl-C behind its last epoch, the weights that it led to were not stored.
    is_there = all(live.latest.get(name) is value for name, value in start.items())
    return is_there and live.is_intact and (live.spec, live.options) == (spec, same)


def _run(
    watch: _Watch,
    batches: TextBatches,
    epochs: int,
    callbacks: Sequence[Any],
    resume: Checkpoint | None = None,
    saver: Saver | None = None,
) -> Trained:
    trainer, interrupted = watch.trainer, False
    weights: Weights = {}
    point: dict[str, int] = {}
    if resume is not None:
        trainer.restore_state((*resume.values, {}))
        point = {"n_done": len(resume.epochs), "n_skipped": resume.batch}
    try:
        if resume is None or not resume.is_over:
            called = [watch, *callbacks, *([saver] if saver else [])]
            trainer.run(batches, epochs, called, **point)
        if watch.evaluate is None and not watch.diverged:
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
    return Trained(
        weights=weights or watch.weights,
        epochs=watch.epochs,
        interrupted=interrupted,
        diverged=watch.diverged,
        live=trainer,
    )


def is_sound(weights: Weights, loss: float) -> bool:
    """Tell whether the loss is finite, and no weight beyond bounds; NaN is none."""
    return math.isfinite(loss) and all(
        -LARGEST_WEIGHT < v.min() and v.max() < LARGEST_WEIGHT for v in weights.values()
    )


def has_stopped(epochs: Sequence[Epoch], options: TrainingOptions) -> bool:
    """Tell whether the last epochs brought no better score.

    Parameters
    ----------
    epochs : sequence of Epoch
        All so far; those without a score count for nothing.
    options : TrainingOptions
        ``n_iter_no_change`` epochs must bring more than ``tol``.
    """
    scores = [epoch.score for epoch in epochs if epoch.score is not None]
    patience = options.n_iter_no_change
    if len(scores) <= patience:
        return False
    return max(scores[-patience:]) <= max(scores[:-patience]) + options.tol


class _Watch(keras.callbacks.Callback):  # type: ignore[name-defined]
    """Evaluate after each epoch, remember the weights to keep, stop in time."""

    def __init__(
        self,
        trainer: Trainer,
        options: TrainingOptions,
        evaluate: Callable[[Weights], tuple[float, float]] | None,
        report: Callable[[Epoch, Callable[[], Weights]], bool | None] | None,
        resume: Checkpoint | None = None,
    ):
        super().__init__()
        self.trainer, self.options = trainer, options
        self.evaluate, self.report = evaluate, report
        self.epochs: list[Epoch] = []
        self.weights: Weights = {}
        self.diverged = False
        self.best = (-np.inf, -np.inf)
        self.since_best = 0
        self.began = time.perf_counter()
        if resume is not None:
            self.epochs = list(resume.epochs)
            for epoch in self.epochs:
                if epoch.score is not None and epoch.validation_loss is not None:
                    self._compare({}, epoch.score, epoch.validation_loss)
            self.weights = resume.kept[0] if resume.kept else {}

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        score = loss = None
        weights = self.trainer.read_weights()
        self.diverged = not is_sound(weights, float(logs["loss"]))
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
        if self.report is not None and self.report(done, self.trainer.read_weights):
            self.trainer.stop()

    def _compare(self, weights: Weights, score: float, loss: float) -> None:
        self.since_best += 1
        if score > self.best[0] + self.options.tol:
            self.since_best = 0
        # Among epochs of equal accuracy the surer one is kept.
        if (score, -loss) > self.best:
            self.best, self.weights = (score, -loss), weights
        if self.since_best >= self.options.n_iter_no_change:
            self.trainer.stop()
