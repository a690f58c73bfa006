"""Train a language model: epochs over a stream, validation, checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ...spec import NetworkSpec
from ..devices import use_devices
from ..options import Seeds, TrainingOptions
from ..train import DivergenceError, Epoch, has_stopped, is_sound
from .step import LanguageTrainer, Weights
from .windows import Stream, Window, Windows

__all__ = ["Checkpoint", "Progress", "TrainedLanguage", "train_language"]

# A small corpus in many rows would make a handful of steps an epoch.
_FEWEST_STEPS, _FEWEST_ROWS = 50, 4


class Progress(NamedTuple):
    """How far training is, after each step.

    Parameters
    ----------
    epoch, n_epochs : int
        Number of the epoch, from 1, and most epochs.
    done, total : int
        Tokens of this epoch that were read, and all of them.
    loss : float
        Mean log loss of a token in this epoch so far, with dropout.
    seconds : float
        Time since the epoch began, or training was resumed in it.
    read : int
        Tokens read in that time.
    """

    epoch: int
    n_epochs: int
    done: int
    total: int
    loss: float
    seconds: float
    read: int


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on as if it had not ended.

    Parameters
    ----------
    epoch, window, step : int
        Epochs and windows of the epoch that are done, and steps in all.
    loss, count : float
        Summed loss and tokens of the epoch so far.
    values : list of ndarray
        Weights, seeds of dropout and the optimizer's state.
    states : list of list of ndarray
        The state that the next window begins with, of each part.
    epochs : list of Epoch
        The epochs that are done.
    best : list of dict of str to ndarray
        Weights of the best epoch, of each direction; empty before the first.
    is_over : bool, default=False
        Whether no epoch follows.
    """

    epoch: int
    window: int
    step: int
    loss: float
    count: float
    values: list[np.ndarray]
    states: list[list[np.ndarray]]
    epochs: list[Epoch] = field(default_factory=list)
    best: list[Weights] = field(default_factory=list)
    is_over: bool = False


class TrainedLanguage(NamedTuple):
    """The weights to keep and how training went.

    Parameters
    ----------
    weights : list of dict of str to ndarray
        Weights of each direction; all share one table.
    epochs : list of Epoch
        Every epoch that was completed; scores are mean log-likelihoods of a token.
    interrupted, diverged : bool
        As in :class:`~sklearn_slm.network.train.Trained`.
    live : LanguageTrainer
        The model with its optimizer's state, for the next piece of a stream.
    """

    weights: list[Weights]
    epochs: list[Epoch]
    interrupted: bool
    diverged: bool
    live: LanguageTrainer


@use_devices
def train_language(
    spec: NetworkSpec,
    start: Sequence[Mapping[str, np.ndarray]],
    stream: Stream,
    options: TrainingOptions,
    *,
    seeds: Seeds,
    epochs: int,
    first_epoch: int = 0,
    is_piece: bool = False,
    validation: Stream | None = None,
    report: Callable[[Progress], object] | None = None,
    report_epoch: Callable[[Epoch], bool | None] | None = None,
    save: Callable[[Checkpoint], object] | None = None,
    save_seconds: float = math.inf,
    resume: Checkpoint | None = None,
    live: LanguageTrainer | None = None,
) -> TrainedLanguage:
    """Train until the epochs are used up or the validation score stops rising.

    Parameters
    ----------
    spec : NetworkSpec
        The model of one direction.
    start : sequence of mapping of str to ndarray
        Weights to start from, for each direction: the second one reads from the end.
    stream : Stream
        What to train on.
    options : TrainingOptions
        How.
    seeds : Seeds
        Seeds of first weights and dropout, and of the order of the documents.
    epochs : int
        Most epochs.
    first_epoch : int, default=0
        Epochs that were made before, which have used up so many orders.
    is_piece : bool, default=False
        Whether this is a piece of a longer stream: the learning rate then stays.
    validation : Stream or None, default=None
        What tells the best epoch. Without it the last weights are kept.
    report : callable or None, default=None
        Called with a :class:`Progress` after each step.
    report_epoch : callable or None, default=None
        Called with each :class:`~sklearn_slm.network.train.Epoch`; if it returns True,
        training ends.
    save : callable or None, default=None
        Called with a :class:`Checkpoint` after each epoch, and within one whenever
        `save_seconds` have passed.
    save_seconds : float, default=inf
        Seconds between checkpoints within an epoch.
    resume : Checkpoint or None, default=None
        Where to go on. All else must be as it was.
    live : LanguageTrainer or None, default=None
        What the piece before this one returned; it is as it was should this one fail. It
        is not taken where network, options or weights are others now.

    Returns
    -------
    TrainedLanguage

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C comes before the first step.
    DivergenceError
        If the loss or the weights are out of bounds before an epoch is done.
    """
    n_rows = _count_rows(options, stream.n_tokens)
    steps = min(options.window, -(-stream.n_tokens // n_rows))
    directions = range(len(start))
    plans = [Windows(stream, n_rows, steps, backward=bool(d)) for d in directions]
    if live is not None and not _goes_on(live, spec, options, start):
        live = None
    trainer = live or LanguageTrainer(
        spec,
        start,
        options,
        seed=seeds.weights,
        n_steps=0 if is_piece else epochs * len(plans[0]),
    )
    run = _Run(trainer, plans, seeds, epochs, first_epoch, report, save, save_seconds)
    if resume is not None:
        trainer.restore_state(resume.values, resume.step)
    before = (trainer.copy_state(), trainer.done) if live is not None else None
    try:
        with trainer.open_threads():
            return _train(run, options, validation, report_epoch, resume)
    except BaseException:
        if before is not None:
            trainer.restore_state(*before)
        raise


def _goes_on(
    live: LanguageTrainer,
    spec: NetworkSpec,
    options: TrainingOptions,
    start: Sequence[Mapping[str, np.ndarray]],
) -> bool:
    """Tell whether a live network is the one that is asked for, at these weights."""
    free = ("batch_size", "window", "n_iter_no_change", "tol", "n_threads")
    same = replace(options, **{name: getattr(live.options, name) for name in free})
    if (live.spec, live.options) != (spec, same):
        return False
    latest = live.read_weights()
    return len(latest) == len(start) and all(
        np.array_equal(weights[name], value)
        for weights, given in zip(latest, start)
        for name, value in given.items()
    )


def _count_rows(options: TrainingOptions, n_tokens: int) -> int:
    """Return how many rows are read side by side: few enough for many steps an epoch."""
    most = max(n_tokens // options.window, 1)
    wanted = max(most // _FEWEST_STEPS, _FEWEST_ROWS)
    return min(options.batch_size, wanted, most)


@dataclass
class _Run:
    """What the epochs of a training share."""

    trainer: LanguageTrainer
    plans: list[Windows]
    seeds: Seeds
    n_epochs: int
    first_epoch: int
    report: Callable[[Progress], object] | None
    save: Callable[[Checkpoint], object] | None
    save_seconds: float

    def __post_init__(self) -> None:
        self.saved = time.monotonic()

    def start_states(self, n_rows: int) -> list:
        """Return the states before an epoch, of all parts of rows side by side."""
        sizes = [(n_rows + 1) // 2, n_rows // 2]
        trainer = self.trainer
        return [trainer.start_state(n) for _ in self.plans for n in sizes if n]

    def start_epoch(self, epochs: list[Epoch], best: list[Weights]) -> Checkpoint:
        """Return where the training is before an epoch, without its values."""
        return Checkpoint(
            epoch=len(epochs),
            window=0,
            step=self.trainer.done,
            loss=0.0,
            count=0.0,
            values=[],
            states=self.start_states(self.plans[0].n_rows),
            epochs=list(epochs),
            best=best,
        )

    def make_epoch(self, checkpoint: Checkpoint) -> tuple[float, float]:
        """Go on in an epoch to its end; return its summed loss and its tokens."""
        trainer, plan = self.trainer, self.plans[0]
        number = self.first_epoch + checkpoint.epoch
        loss, count, states = checkpoint.loss, checkpoint.count, checkpoint.states
        order = None
        if plan.stream.is_independent:
            random = np.random.default_rng([self.seeds.order, number])
            order = random.permutation(len(plan.stream))
        rate = trainer.options.embedding_dropout
        began, read = time.perf_counter(), 0.0
        windows = (plan.read(order, checkpoint.window) for plan in self.plans)
        for i, window in enumerate(zip(*windows), checkpoint.window):
            keep = None
            random = np.random.default_rng([self.seeds.order, number, i])
            if rate > 0:
                kept = random.random(trainer.spec.encoder.table_rows) >= rate
                keep = (kept / (1.0 - rate)).astype(np.float32)
            added, states = trainer.step(_halve(window), states, keep, random)
            n = float(sum(w.weight.sum() for w in window))
            loss, count, read = loss + added, count + n, read + n
            if self.report is not None:
                progress = Progress(
                    epoch=number + 1,
                    n_epochs=self.first_epoch + self.n_epochs,
                    done=int(count),
                    total=plan.stream.n_tokens * len(self.plans),
                    loss=loss / max(count, 1.0),
                    seconds=time.perf_counter() - began,
                    read=int(read),
                )
                self.report(progress)
            if time.monotonic() - self.saved >= self.save_seconds:
                arrays = [[np.asarray(a) for a in state] for state in states]
                self.save_at(
                    replace(
                        checkpoint, window=i + 1, loss=loss, count=count, states=arrays
                    )
                )
        return loss, count

    def save_at(self, checkpoint: Checkpoint) -> None:
        """Take down where the training is."""
        if self.save is not None:
            values = self.trainer.copy_state()
            self.save(replace(checkpoint, step=self.trainer.done, values=values))
            self.saved = time.monotonic()

    def evaluate(self, validation: Stream) -> float:
        """Return the mean log-likelihood of a token of other documents."""
        is_whole, n_rows = validation.is_independent, self.plans[0].n_rows
        if is_whole:
            n_rows = min(n_rows, len(validation))
        loss, count, states = 0.0, 0.0, self.start_states(n_rows)
        plans = [
            replace(plan, stream=validation, n_rows=n_rows, keeps_whole=is_whole)
            for plan in self.plans
        ]
        for window in zip(*(plan.read() for plan in plans)):
            added, states = self.trainer.evaluate(_halve(window), states)
            loss += added
            count += float(sum(w.weight.sum() for w in window))
        return -loss / max(count, 1.0)


def _halve(windows: Sequence[Window]) -> list[Window]:
    return [half for window in windows for half in window.halve()]


def _train(
    run: _Run,
    options: TrainingOptions,
    validation: Stream | None,
    report_epoch: Callable[[Epoch], bool | None] | None,
    resume: Checkpoint | None,
) -> TrainedLanguage:
    trainer = run.trainer
    epochs = list(resume.epochs) if resume else []
    best = list(resume.best) if resume else []
    interrupted = diverged = False
    first_step = trainer.done
    point = resume or run.start_epoch([], [])
    try:
        while not point.is_over:
            began = time.perf_counter()
            summed, count = run.make_epoch(point)
            loss = summed / max(count, 1.0)
            weights = trainer.read_weights()
            if not all(is_sound(w, loss) for w in weights):
                diverged = True
                break
            score = None if validation is None else run.evaluate(validation)
            scores = [e.score for e in epochs if e.score is not None]
            if score is None or score > max(scores, default=-math.inf):
                best = weights
            done = Epoch(
                number=len(epochs) + 1,
                loss=loss,
                score=score,
                validation_loss=None if score is None else -score,
                best_score=None if score is None else max([score, *scores]),
                seconds=time.perf_counter() - began,
            )
            epochs.append(done)
            if report_epoch is not None and report_epoch(done):
                break
            is_over = len(epochs) == run.n_epochs or has_stopped(epochs, options)
            point = replace(run.start_epoch(epochs, best), is_over=is_over)
            run.save_at(point)
    except KeyboardInterrupt:
        if trainer.done == first_step and not epochs:
            raise
        interrupted = True
        if not best:
            best = trainer.read_weights()
    if not best:
        raise DivergenceError
    return TrainedLanguage(best, epochs, interrupted, diverged, trainer)
