"""Train a network on pairs of sequences: epochs, validation, the best epochs kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ...spec import NetworkSpec
from ..checkpoints import Checkpoint
from ..devices import use_devices
from ..examples import Examples
from ..language.train import Progress
from ..options import Seeds, TrainingOptions
from ..train import DivergenceError, Epoch, has_stopped, is_sound
from .answers import AnswerBatches
from .batches import PairBatches
from .frames import FrameBatches
from .spans import SpanBatches
from .step import SequenceTrainer, Weights

__all__ = ["TrainedSequences", "train_sequences"]

# What reads the examples of a head, by its kind.
READERS: dict[str, Any] = {
    "decoder": PairBatches,
    "symbols": FrameBatches,
    "pairs": AnswerBatches,
    "spans": SpanBatches,
}


class TrainedSequences(NamedTuple):
    """The weights to choose from and how training went.

    Parameters
    ----------
    kept : list of (float, dict of str to ndarray)
        Validation loss of a token and weights of the best epochs, best first; without a
        validation set the last epoch alone, with its training loss.
    epochs : list of Epoch
        Every epoch that was completed; scores are mean log-likelihoods of a token.
    interrupted, diverged : bool
        As in :class:`~sklearn_slm.network.train.Trained`.
    measured : sequence of float, default=()
        What was measured after each of these epochs, where it was.
    """

    kept: list[tuple[float, Weights]]
    epochs: list[Epoch]
    interrupted: bool
    diverged: bool
    measured: Sequence[float] = ()


@use_devices
def train_sequences(
    spec: NetworkSpec,
    start: Mapping[str, np.ndarray],
    examples: Examples,
    options: TrainingOptions,
    *,
    seeds: Seeds,
    epochs: int,
    first_epoch: int = 0,
    validation: Examples | None = None,
    report: Callable[[Progress], object] | None = None,
    report_weights: Callable[[Weights], float | None] | None = None,
    report_epoch: Callable[[Epoch], bool | None] | None = None,
    renew: Callable[[Weights], Examples] | None = None,
    n_keep: int = 1,
    save: Callable[[Checkpoint], object] | None = None,
    save_seconds: float = math.inf,
    resume: Checkpoint | None = None,
) -> TrainedSequences:
    """Train until the epochs are used up or the validation loss stops falling.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    start : mapping of str to ndarray
        Weights to start from; what is missing starts afresh.
    examples : Examples
        What the batches of the head are read from: see
        :class:`~.batches.PairBatches`, :class:`~.frames.FrameBatches`,
        :class:`~.answers.AnswerBatches` and :class:`~.spans.SpanBatches`.
    options : TrainingOptions
        How.
    seeds : Seeds
        Seeds of first weights and dropout, and of the order of the pairs.
    epochs : int
        Most epochs.
    first_epoch : int, default=0
        Epochs that were made before, which have used up so many orders.
    validation : Examples or None, default=None
        Pairs whose loss tells the best epochs, and when to stop.
    report : callable or None, default=None
        Called with a ``Progress`` after each step.
    report_weights : callable or None, default=None
        Called with the weights after each epoch, before `report_epoch`; its time is that
        of the epoch. It may return what it measured.
    report_epoch : callable or None, default=None
        Called with each :class:`~..train.Epoch`; if it returns True, training ends.
    renew : callable or None, default=None
        Called with the weights after each epoch that another one follows; returns the
        examples of that one, of the shapes that `examples` have: wrong answers that are
        hard to tell from right ones, say.
    n_keep : int, default=1
        Best epochs whose weights are kept.
    save : callable or None, default=None
        Called with a :class:`~..checkpoints.Checkpoint` after each epoch, and within one
        whenever `save_seconds` have passed.
    save_seconds : float, default=inf
        Seconds between checkpoints within an epoch.
    resume : Checkpoint or None, default=None
        Where to go on. All else must be as it was.

    Returns
    -------
    TrainedSequences

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C comes before the first step.
    DivergenceError
        If the first epoch ends with a loss or weights that are out of bounds.
    """
    reader = READERS[spec.head.kind]
    batches = reader.of(examples, options, epochs)
    trainer = SequenceTrainer(
        spec, start, options, seed=seeds.weights, n_steps=epochs * len(batches)
    )
    run = _Run(
        trainer, batches, seeds.order, epochs, first_epoch, report, save, save_seconds
    )
    tests = None
    if validation is not None:
        tests = reader.of(validation, options, 1, batches)
    point = resume or Checkpoint(0, [0.0, 0.0, 0.0], [], [], [])
    done, measured = list(point.epochs), list(point.measured)
    kept = list(zip(point.losses, point.kept))
    if resume is not None:
        trainer.restore_state(*resume.values)
        run = run.renew(replace(examples, inputs={**examples.inputs, **resume.inputs}))
    first_step, is_over = trainer.done, point.is_over
    interrupted = diverged = False
    try:
        with trainer.open_threads():
            while not is_over:
                began = time.perf_counter()
                loss = run.make_epoch(point)
                weights = trainer.read_weights()
                if not is_sound(weights, loss):
                    diverged = True
                    break
                score = None if tests is None else -_evaluate(trainer, tests)
                found = None if report_weights is None else report_weights(weights)
                kept = _keep(kept, loss if score is None else -score, weights, n_keep)
                if score is None:
                    kept = [(loss, weights)]
                scores = [e.score for e in done if e.score is not None]
                best = None if score is None else max([score, *scores])
                epoch = Epoch(
                    number=len(done) + 1,
                    loss=loss,
                    score=score,
                    validation_loss=None if score is None else -score,
                    best_score=best,
                    seconds=time.perf_counter() - began,
                )
                done.append(epoch)
                measured += [] if found is None else [found]
                if report_epoch is not None and report_epoch(epoch):
                    break
                is_over = len(done) == epochs or has_stopped(done, options)
                if renew is not None and not is_over:
                    run = run.renew(renew(weights))
                point = Checkpoint(
                    batch=0,
                    sums=[0.0, 0.0, 0.0],
                    values=[],
                    epochs=list(done),
                    kept=[weights for _, weights in kept],
                    losses=[loss for loss, _ in kept],
                    measured=list(measured),
                    inputs=run.find_renewed(examples),
                    is_over=is_over,
                )
                run.save_at(point)
    except KeyboardInterrupt:
        if trainer.done == first_step and not done:
            raise
        interrupted = True
        if not kept:
            kept = [(math.inf, trainer.read_weights())]
    if not kept:
        raise DivergenceError
    return TrainedSequences(kept, done, interrupted, diverged, measured)


@dataclass(frozen=True)
class _Run:
    """What the epochs of a training share."""

    trainer: SequenceTrainer
    batches: Any
    seed: int
    n_epochs: int
    first_epoch: int
    report: Callable[[Progress], object] | None
    save: Callable[[Checkpoint], object] | None
    save_seconds: float

    def renew(self, examples: Examples) -> _Run:
        """Return the same with other examples, of the same shapes."""
        return replace(self, batches=replace(self.batches, examples=examples))

    def find_renewed(self, first: Examples) -> dict[str, np.ndarray]:
        """Return the inputs that are other arrays than those of the first examples."""
        inputs = self.batches.examples.inputs
        return {n: v for n, v in inputs.items() if v is not first.inputs[n]}

    def save_at(self, point: Checkpoint) -> None:
        """Take down where the training is."""
        if self.save is not None:
            values = [self.trainer.copy_state(), self.trainer.done]
            self.save(replace(point, values=values))

    def make_epoch(self, point: Checkpoint) -> float:
        """Go on in an epoch to its end; return the mean loss of a token."""
        number = self.first_epoch + len(point.epochs)
        total = self.batches.n_targets
        loss, count, before = point.sums
        read = 0
        began = saved = time.perf_counter()
        batches = self.batches.read(self.seed, number)
        for i, batch in enumerate(islice(batches, point.batch, None), point.batch):
            loss += self.trainer.step(batch)
            count += float(batch.weight.sum())
            read += batch.n_targets
            if self.report is not None:
                self.report(
                    Progress(
                        epoch=number + 1,
                        n_epochs=self.first_epoch + self.n_epochs,
                        done=int(before) + read,
                        total=total,
                        loss=loss / max(count, 1e-12),
                        seconds=time.perf_counter() - began,
                        read=read,
                    )
                )
            if time.perf_counter() - saved >= self.save_seconds:
                sums = [loss, count, before + read]
                self.save_at(replace(point, batch=i + 1, sums=sums))
                saved = time.perf_counter()
        return loss / max(count, 1e-12)


def _evaluate(trainer: SequenceTrainer, batches: Any) -> float:
    """Return the mean log loss of a token of other pairs."""
    loss = count = 0.0
    for batch in batches.read():
        loss += trainer.evaluate(batch)
        count += float(batch.weight.sum())
    return loss / max(count, 1e-12)


def _keep(
    kept: list[tuple[float, Weights]], loss: float, weights: Weights, n_keep: int
) -> list[tuple[float, Weights]]:
    """Return the best epochs, with a new one if it is among them."""
    ordered = sorted([*kept, (loss, weights)], key=lambda entry: entry[0])
    return ordered[:n_keep]
