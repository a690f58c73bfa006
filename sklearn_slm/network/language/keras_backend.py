"""Steps of a language model on PyTorch and TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from ..backend import import_keras, import_native
from ..steps.keras_step import clip_together
from ..steps.rows import compute_row_step
from .loss import build_loss, list_weights
from .sampling import Sample
from .windows import Window

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["KerasBackend"]


class KerasBackend:
    """What a :class:`~.step.LanguageTrainer` computes; see ``JaxBackend``.

    Parameters
    ----------
    trainer : LanguageTrainer
        Its variables are moved where they are.
    """

    def __init__(self, trainer: Any):
        options = trainer.options
        self.table, self.bodies = trainer.table, trainer.bodies
        self.optimizer, self.variables = trainer.optimizer, trainer.variables
        self.train_vectors, self.rate = options.train_vectors, trainer.rate
        self.row_variables, self.moments = trainer.row_variables, trainer.moments
        self.row_rate, self.clip_norm = options.learning_rate, options.clip_norm
        self.is_adam = options.optimizer != "sgd"
        penalty = options.activation_penalty
        self.losses = [build_loss(trainer.spec, b, penalty) for b in self.bodies]
        self.plain = [build_loss(trainer.spec, b, 0.0, False) for b in self.bodies]

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

    def step(
        self,
        parts: Sequence[Window],
        states: list,
        scales: list,
        count: float,
        factor: float,
        sample: Sample | None,
    ) -> tuple[float, list]:
        """Make a step; see :meth:`~.step.LanguageTrainer.step`."""
        step = native.untraced(self._step)
        return step(parts, states, scales, count, factor, sample)

    def _step(
        self,
        parts: Sequence[Window],
        states: list,
        scales: list,
        count: float,
        factor: float,
        sample: Sample | None,
    ) -> tuple[float, list]:
        total, ends = 0.0, []
        sums: dict[int, Any] = {}
        read: dict[int, Any] = {}
        drawn: tuple = ()
        if sample is not None:
            # Behind the last row there are copies of it.
            rows = np.minimum(sample.rows, self.table.shape[0] - 1)
            read = {id(v): ops.take(v.value, rows, axis=0) for v in self.row_variables}
            drawn = sample.candidates, sample.correction
        for k, (part, state) in enumerate(zip(parts, states)):
            direction = k * len(self.bodies) // len(parts)
            body, compute = self.bodies[direction], self.losses[direction]
            given = _convert([*state, scales[k], *part, *drawn])
            state, data = given[: len(state)], given[len(state) :]
            seeds = [v.value for v in body.non_trainable_variables]

            def loss(*weights: Any) -> tuple:
                return compute(list(weights), seeds, state, *data)  # noqa: B023

            variables = [self.table, *list_weights(body)]
            (_, (summed, after, end)), gradients = native.differentiate(
                loss, [read.get(id(v), v.value) for v in variables]
            )
            for variable, value in zip(body.non_trainable_variables, after):
                variable.assign(value)
            for variable, gradient in zip(variables, gradients):
                known = sums.get(id(variable))
                sums[id(variable)] = gradient if known is None else known + gradient
            total += float(native.to_numpy(summed))
            # As arrays, which hold nothing of the window that they come from.
            ends.append([native.to_numpy(part) for part in end])
        scale = 1.0 / max(count, 1.0)
        moving = [sums[id(v)] * scale for v in self.variables]
        if self.row_variables:
            of_rows = [sums[id(v)] * scale for v in self.row_variables]
            if not self.train_vectors:
                of_rows[0] = ops.zeros_like(of_rows[0])
            if self.clip_norm is not None:
                every = clip_together([*of_rows, *moving], self.clip_norm)
                of_rows, moving = every[: len(of_rows)], every[len(of_rows) :]
            touched = np.arange(len(of_rows[0])) if sample is None else sample.rows
            self._move_rows(touched, of_rows, self.row_rate * factor)
        if self.rate is None:
            self.optimizer.apply(moving, self.variables)
            return total, ends
        rate = self.optimizer.variables[self.rate]
        # A copy: PyTorch assigns where the values lie.
        highest = rate * 1.0
        rate.assign(highest * factor)
        self.optimizer.apply(moving, self.variables)
        rate.assign(highest)
        return total, ends

    def _move_rows(self, rows: np.ndarray, gradients: list, rate: float) -> None:
        """Move the rows that were read of table and biases."""
        n_known = int(np.searchsorted(rows, self.table.shape[0]))
        touched = ops.convert_to_tensor(rows[:n_known])
        for i, (variable, gradient) in enumerate(zip(self.row_variables, gradients)):
            gradient = gradient[:n_known]
            matrix = ops.reshape(gradient, (n_known, -1))
            step = rate * matrix
            if self.is_adam:
                moments = self.moments[2 * i : 2 * i + 2]
                known = [ops.take(m.value, touched, axis=0) for m in moments]
                step, *new = compute_row_step(known[0], known[1], matrix, rate)
                for moment, values in zip(moments, new):
                    native.set_rows(moment, touched, values)
            before = ops.take(variable.value, touched, axis=0)
            step = ops.reshape(step, ops.shape(before))
            native.set_rows(variable, touched, before - step)

    def evaluate(
        self, parts: Sequence[Window], states: list, scales: list
    ) -> tuple[float, list]:
        """See :meth:`~.step.LanguageTrainer.evaluate`."""
        total, ends = 0.0, []
        for k, (part, state) in enumerate(zip(parts, states)):
            direction = k * len(self.bodies) // len(parts)
            body = self.bodies[direction]
            given = _convert([*state, scales[k], *part])
            weights = [v.value for v in (self.table, *list_weights(body))]
            seeds = [v.value for v in body.non_trainable_variables]
            evaluate = native.untraced(self.plain[direction])
            _, (loss, _, end) = evaluate(
                weights, seeds, given[: len(state)], *given[len(state) :]
            )
            total += float(native.to_numpy(loss))
            ends.append([native.to_numpy(part) for part in end])
        return total, ends


def _convert(arrays: Sequence[Any]) -> list:
    return [ops.convert_to_tensor(array) for array in arrays]
