"""What a killed training goes on from, and a callback of Keras that takes it down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .backend import import_keras

keras = import_keras()

if TYPE_CHECKING:
    from .train import Epoch

__all__ = ["Checkpoint", "Saver", "skip_steps"]

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on as if it had not ended.

    The order of the texts, and what dropout of tokens or masks hide, depend on the seeds
    and on the number of the epoch alone. A language model, which reads a stream, has a
    checkpoint of its own.

    Parameters
    ----------
    batch : int
        Batches of the epoch under way that are done.
    sums : list of float
        What the training has summed over these.
    values : list
        Weights, seeds of dropout, the optimizer's state and the steps so far, as the
        trainer copies them.
    epochs : list of Epoch
        The epochs that are done.
    kept : list of dict of str to ndarray
        Weights of the best of them, best first; empty before the first.
    losses : list of float, default=[]
        What `kept` is ordered by, where there are several.
    measured : list of float, default=[]
        What was measured after each epoch beside its loss.
    inputs : dict of str to ndarray, default={}
        Inputs of the epoch under way that are not those of the first one.
    is_over : bool, default=False
        Whether no epoch follows.
    """

    batch: int
    sums: list[float]
    values: list[Any]
    epochs: list[Epoch]
    kept: list[Weights]
    losses: list[float] = field(default_factory=list)
    measured: list[float] = field(default_factory=list)
    inputs: dict[str, np.ndarray] = field(default_factory=dict)
    is_over: bool = False


class Saver(keras.callbacks.Callback):  # type: ignore[name-defined]
    """Takes a training of Keras down after each epoch, and every so many seconds.

    It comes last among the callbacks, and sees what the others have changed.

    Parameters
    ----------
    trainer : Trainer
        What trains.
    watch : object
        Has ``epochs``, the ``weights`` of the best of them, and ``diverged``.
    save : callable or None
        Called with each :class:`Checkpoint`.
    seconds : float
        Seconds between checkpoints within an epoch.
    resume : Checkpoint or None
        Where the training goes on.
    n_epochs : int
        Most epochs.
    """

    def __init__(
        self,
        trainer: Any,
        watch: Any,
        save: Callable[[Checkpoint], object] | None,
        seconds: float,
        resume: Checkpoint | None,
        n_epochs: int,
    ):
        super().__init__()
        self.trainer, self.watch, self.save = trainer, watch, save
        self.seconds, self.resume, self.n_epochs = seconds, resume, n_epochs
        self.skipped = 0 if resume is None else resume.batch
        self.saved = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Go on with the sums of an epoch that was under way."""
        # Keras has just set its sums to zero.
        if self.resume is not None and self.resume.batch:
            self.trainer.write_sums(self.resume.sums)
        self.resume = None

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Save if it is time, and the step was made here."""
        is_due = time.monotonic() - self.saved >= self.seconds
        if is_due and batch >= self.skipped:
            self._save(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save, unless the epoch diverged: it is to be made again."""
        self.skipped = 0
        if not self.watch.diverged:
            is_over = bool(self.model.stop_training) or epoch + 1 == self.n_epochs
            self._save(0, is_over=is_over)

    def _save(self, batch: int, *, is_over: bool = False) -> None:
        if self.save is None:
            return
        checkpoint = Checkpoint(
            batch=batch,
            sums=self.trainer.read_sums(),
            values=[*self.trainer.copy_state()[:2]],
            epochs=list(self.watch.epochs),
            kept=[self.watch.weights] if self.watch.weights else [],
            is_over=is_over,
        )
        self.save(checkpoint)
        self.saved = time.monotonic()


def skip_steps(network: Any, n: int) -> None:
    """Have Keras read the next batches of a network, and make no step with them.

    They were learned before a checkpoint.

    Parameters
    ----------
    network : keras.Model
        With a ``train_function``, which is as it was after these batches.
    n : int
        How many batches.
    """
    train, left = network.train_function, n

    def skip(*given: Any) -> Any:
        nonlocal left
        *state, data = given
        # JAX and TensorFlow give what yields batches, PyTorch the batch itself.
        if hasattr(data, "__next__"):
            next(data)
        left -= 1
        if not left:
            network.train_function = train
        logs = {"loss": 0.0}
        return (logs, *state) if state else logs

    if n:
        network.train_function = skip
