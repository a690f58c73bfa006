"""Steps of a language model on PyTorch and TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from ..backend import import_keras, import_native
from .loss import build_loss
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
    ) -> tuple[float, list]:
        """Make a step; see :meth:`~.step.LanguageTrainer.step`."""
        step = native.untraced(self._step)
        return step(parts, states, scales, count, factor)

    def _step(
        self,
        parts: Sequence[Window],
        states: list,
        scales: list,
        count: float,
        factor: float,
    ) -> tuple[float, list]:
        total, ends = 0.0, []
        sums: dict[int, Any] = {}
        for k, (part, state) in enumerate(zip(parts, states)):
            direction = k * len(self.bodies) // len(parts)
            body, compute = self.bodies[direction], self.losses[direction]
            given = _convert([*state, scales[k], *part])
            state, data = given[: len(state)], given[len(state) :]
            seeds = [v.value for v in body.non_trainable_variables]

            def loss(*weights: Any) -> tuple:
                return compute(list(weights), seeds, state, *data)  # noqa: B023

            variables = [self.table, *body.trainable_variables]
            (_, (summed, after, end)), gradients = native.differentiate(
                loss, [v.value for v in variables]
            )
            for variable, value in zip(body.non_trainable_variables, after):
                variable.assign(value)
            for variable, gradient in zip(variables, gradients):
                known = sums.get(id(variable))
                sums[id(variable)] = gradient if known is None else known + gradient
            total += float(native.to_numpy(summed))
            ends.append(list(end))
        scale = 1.0 / max(count, 1.0)
        moving = [sums[id(v)] * scale for v in self.variables]
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

    def evaluate(
        self, parts: Sequence[Window], states: list, scales: list
    ) -> tuple[float, list]:
        """See :meth:`~.step.LanguageTrainer.evaluate`."""
        total, ends = 0.0, []
        for k, (part, state) in enumerate(zip(parts, states)):
            direction = k * len(self.bodies) // len(parts)
            body = self.bodies[direction]
            given = _convert([*state, scales[k], *part])
            weights = [v.value for v in (self.table, *body.trainable_variables)]
            seeds = [v.value for v in body.non_trainable_variables]
            evaluate = native.untraced(self.plain[direction])
            _, (loss, _, end) = evaluate(
                weights, seeds, given[: len(state)], *given[len(state) :]
            )
            total += float(native.to_numpy(loss))
            ends.append(list(end))
        return total, ends


def _convert(arrays: Sequence[Any]) -> list:
    return [ops.convert_to_tensor(array) for array in arrays]
