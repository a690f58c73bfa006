"""Steps on pairs of texts on PyTorch and TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from ..backend import import_keras, import_native
from ..heads import HEADS
from ..steps.keras_step import clip_together
from ..steps.rows import compute_row_step
from .batches import Batch

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["KerasBackend"]


class KerasBackend:
    """What a :class:`~.step.SequenceTrainer` computes; see ``JaxBackend``.

    Parameters
    ----------
    trainer : SequenceTrainer
        Its variables are moved where they are.
    """

    def __init__(self, trainer: Any):
        self.trainer, self.options = trainer, trainer.options
        self.spec, self.body, self.rows = trainer.spec, trainer.body, trainer.rows
        self.head = HEADS[self.spec.head.kind]
        # What the step before last left of a model on TensorFlow is not followed.
        self.step = native.untraced(self._step)
        self.evaluate = native.untraced(self._evaluate)

    def open_threads(self) -> AbstractContextManager:
        """Open none: these backends have threads of their own."""
        return nullcontext()

    def read(self, variable: Any) -> np.ndarray:
        """Copy the value of a variable."""
        return np.array(native.to_numpy(variable.value))

    def write(self, variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
        """Set the values of variables."""
        for variable, value in zip(variables, values):
            variable.assign(value)

    def _step(self, halves: Sequence[Batch], count: float, factor: float) -> float:
        """See :meth:`~.step.SequenceTrainer.step`."""
        total, n_rows = 0.0, len(self.rows)
        variables = [*self.rows, *self.body.trainable_variables]
        sums: list[Any] = []
        for half in halves:
            batch = [ops.convert_to_tensor(part) for part in half]
            seeds = [v.value for v in self.body.non_trainable_variables]

            def loss(*values: Any) -> tuple:
                return self.head.compute_loss(
                    self.spec,
                    self.body,
                    values[:n_rows],
                    values[n_rows:],
                    seeds,  # noqa: B023
                    batch,  # noqa: B023
                    label_smoothing=self.options.label_smoothing,
                )

            (summed, after), gradients = native.differentiate(
                loss, [v.value for v in variables]
            )
            for variable, value in zip(self.body.non_trainable_variables, after):
                variable.assign(value)
            total += float(native.to_numpy(summed))
            sums = [a + b for a, b in zip(sums, gradients)] if sums else gradients
        scale = 1.0 / max(count, 1e-12)
        self._move([g * scale for g in sums], factor)
        return total

    def _move(self, gradients: list, factor: float) -> None:
        """Move all weights."""
        trainer = self.trainer
        if trainer.is_named:
            if self.options.clip_norm is not None:
                gradients = clip_together(gradients, self.options.clip_norm)
            n_rows = len(self.rows)
            rate = self.options.learning_rate * factor
            for i, (row, gradient) in enumerate(zip(self.rows, gradients)):
                _move_rows(row, trainer.moments[2 * i : 2 * i + 2], gradient, rate)
            gradients = gradients[n_rows:]
        if trainer.rate is None:
            trainer.optimizer.apply(gradients, trainer.variables)
            return
        rate = trainer.optimizer.variables[trainer.rate]
        # A copy: PyTorch assigns where the values lie.
        highest = rate * 1.0
        rate.assign(highest * factor)
        trainer.optimizer.apply(gradients, trainer.variables)
        rate.assign(highest)

    def _evaluate(self, halves: Sequence[Batch]) -> float:
        """See :meth:`~.step.SequenceTrainer.evaluate`."""
        total = 0.0
        for half in halves:
            loss, _ = self.head.compute_loss(
                self.spec,
                self.body,
                [v.value for v in self.rows],
                [v.value for v in self.body.trainable_variables],
                [v.value for v in self.body.non_trainable_variables],
                [ops.convert_to_tensor(part) for part in half],
                training=False,
            )
            total += float(native.to_numpy(loss))
        return total


def _move_rows(variable: Any, moments: list, gradient: Any, rate: float) -> None:
    """Move the rows that a batch read; the others stay, and count no step."""
    matrix = ops.reshape(gradient, (variable.shape[0], -1))
    step = rate * matrix
    if moments:
        squares, touches = known = [m.value for m in moments]
        step, *new = compute_row_step(squares, touches, matrix, rate)
        is_read = ops.any(ops.not_equal(matrix, 0.0), axis=1, keepdims=True)
        new = [ops.where(is_read, n, k) for n, k in zip(new, known)]
        step = ops.where(is_read, step, 0.0)
        for moment, values in zip(moments, new):
            moment.assign(values)
    variable.assign(variable.value - ops.reshape(step, variable.shape))
