"""Steps of a language model on JAX: parts of a batch in a thread each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from ..backend import compile_once, import_keras
from ..steps.rows import compute_row_step
from .loss import build_loss, list_weights
from .sampling import Sample
from .windows import Window

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["JaxBackend"]


class JaxBackend:
    """What a :class:`~.step.LanguageTrainer` computes, on JAX.

    The parts of a batch are the same, and added up in the same order, for one thread and
    for two: products as small as those of a recurrence leave a second core idle.

    Parameters
    ----------
    trainer : LanguageTrainer
        Its variables are read once; from then on their values are here.
    """

    def __init__(self, trainer: Any):
        options, self.optimizer = trainer.options, trainer.optimizer
        self.device = jax.local_devices()[0]
        self.values = {
            id(v): jax.device_put(v.value, self.device)
            for v in trainer._all_variables()
        }
        self.table, self.variables = trainer.table, trainer.variables
        self.bodies = trainer.bodies
        self.rate = trainer.rate
        self.train_vectors = options.train_vectors
        body = trainer.bodies[0]
        # A higher level is slower at run time too (docs/notes/speed.md).
        compiler = {"xla_backend_optimization_level": 1}
        loss = build_loss(trainer.spec, body, options.activation_penalty)
        self.gradient = jax.jit(
            jax.value_and_grad(loss, has_aux=True), compiler_options=compiler
        )
        plain = build_loss(trainer.spec, body, 0.0, training=False)
        self.loss = jax.jit(plain, compiler_options=compiler)
        self.update = jax.jit(self._update, donate_argnums=(0, 1))
        self.row_variables, self.moments = trainer.row_variables, trainer.moments
        self.row_rate, self.clip_norm = options.learning_rate, options.clip_norm
        self.is_adam = options.optimizer != "sgd"
        self.gather = jax.jit(_gather)
        self.update_rows = jax.jit(self._update_rows, donate_argnums=(0, 1, 2, 3))
        self.two = options.n_threads > 1 and self.device.platform == "cpu"
        self.pool: ThreadPoolExecutor | None = None
        self.met: set = set()

    @contextmanager
    def open_threads(self) -> Iterator[None]:
        """Keep two threads while steps are made."""
        with ThreadPoolExecutor(2) if self.two else nullcontext() as self.pool:
            try:
                yield
            finally:
                self.pool = None

    def _get(self, variables: Sequence[Any]) -> list:
        return [self.values[id(v)] for v in variables]

    def _set(self, variables: Sequence[Any], values: Sequence[Any]) -> None:
        self.values.update({id(v): value for v, value in zip(variables, values)})

    def read(self, variable: Any) -> np.ndarray:
        """Copy the value of a variable."""
        return np.array(self.values[id(variable)])

    def write(self, variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
        """Set the values of variables."""
        self._set(variables, jax.device_put(list(values), self.device))

    def _run(self, function: Any, parts: Sequence[Window], call: Any) -> list:
        """Call a function for each part, in threads once it is compiled."""
        key = function, parts[0].ids.shape
        with nullcontext() if key in self.met else compile_once():
            pool = self.pool if key in self.met else None
            results = list((pool.map if pool else map)(call, range(len(parts))))
        self.met.add(key)
        return results

    def _weights_of(self, parts: Sequence[Window], k: int) -> tuple[int, list, list]:
        """Return the direction that a part is of, its weights and its seeds."""
        direction = k * len(self.bodies) // len(parts)
        body = self.bodies[direction]
        seeds = self._get(body.non_trainable_variables)
        # Dropout of each part is its own.
        seeds = [seed.at[0].add(np.uint32(0x9E3779B9 * k % 2**32)) for seed in seeds]
        return direction, self._get([self.table, *list_weights(body)]), seeds

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
        given = [self._weights_of(parts, k) for k in range(len(parts))]
        drawn: tuple = ()
        if sample is not None:
            drawn = sample.candidates, sample.correction
            rows = self.gather(self._get(self.row_variables), sample.rows)
            for direction, weights, _ in given:
                weights[0] = rows[0]
                weights[1] = rows[1 + direction]

        def call(k: int) -> Any:
            _, weights, seeds = given[k]
            data = states[k], scales[k], *parts[k], *drawn
            result = self.gradient(weights, seeds, *data)
            return jax.block_until_ready(result)

        results = self._run(self.gradient, parts, call)
        # The seeds of the first part of each direction go on.
        for k in reversed(range(len(parts))):
            if k * len(self.bodies) % len(parts) == 0:
                body = self.bodies[given[k][0]]
                self._set(body.non_trainable_variables, results[k][0][1][1])
        gradients: list = [[] for _ in self.bodies]
        for (direction, *_), (_, gradient) in zip(given, results):
            gradients[direction].append(gradient)
        scale = np.float32(1.0 / max(count, 1.0)), np.float32(factor)
        values = self._get(self.variables), self._get(self.optimizer.variables)
        if sample is None:
            moved, slots = self.update(*values, gradients, *scale)
        else:
            held = self._get(self.row_variables), self._get(self.moments)
            moved, slots, *held = self.update_rows(
                *values, *held, gradients, *scale, sample.rows
            )
            self._set(self.row_variables, held[0])
            self._set(self.moments, held[1])
        self._set(self.variables, moved)
        self._set(self.optimizer.variables, slots)
        loss = sum(float(result[0][1][0]) for result in results)
        return loss, [result[0][1][2] for result in results]

    def _update(
        self, values: list, slots: list, gradients: list, scale: Any, factor: Any
    ) -> tuple:
        # Summed over the parts of each direction, the table's over all.
        sums = [[sum(parts) for parts in zip(*of_parts)] for of_parts in gradients]
        table = sum(of_direction[0] for of_direction in sums)
        moving = [table] * self.train_vectors
        moving += [g for of_direction in sums for g in of_direction[1:]]
        return self._apply(values, slots, [g * scale for g in moving], factor)

    def _update_rows(
        self,
        values: list,
        slots: list,
        tables: list,
        moments: list,
        gradients: list,
        scale: Any,
        factor: Any,
        rows: Any,
    ) -> tuple:
        """Move weights, and the rows that were read of table and biases."""
        sums = [[sum(parts) for parts in zip(*of_parts)] for of_parts in gradients]
        of_rows = [sum(of_direction[0] for of_direction in sums) * self.train_vectors]
        of_rows += [of_direction.pop(1) for of_direction in sums]
        moving = [g for of_direction in sums for g in of_direction[1:]]
        every = [g * scale for g in [*of_rows, *moving]]
        if self.clip_norm is not None:
            norm = jnp.sqrt(sum(jnp.sum(g**2) for g in every))
            every = [
                g * (self.clip_norm / jnp.maximum(norm, self.clip_norm)) for g in every
            ]
        of_rows, moving = every[: len(tables)], every[len(tables) :]
        values, slots = self._apply(values, slots, moving, factor)
        rate, tables, moments = self.row_rate * factor, list(tables), list(moments)
        for i, gradient in enumerate(of_rows):
            matrix = gradient.reshape(len(gradient), -1)
            step = rate * matrix
            if self.is_adam:
                known = [
                    m.at[rows].get(mode="clip") for m in moments[2 * i : 2 * i + 2]
                ]
                step, *new = compute_row_step(known[0], known[1], matrix, rate)
                for k, part in enumerate(new, 2 * i):
                    moments[k] = moments[k].at[rows].set(part, mode="drop")
            step = step.reshape(gradient.shape)
            tables[i] = tables[i].at[rows].add(-step, mode="drop")
        return values, slots, tables, moments

    def _apply(self, values: list, slots: list, moving: list, factor: Any) -> tuple:
        """Move weights by the optimizer, its learning rate multiplied by a factor."""
        rate: Any = None
        slots = list(slots)
        if self.rate is not None:
            rate = slots[self.rate]
            slots[self.rate] = rate * factor
        values, slots = self.optimizer.stateless_apply(slots, moving, values)
        slots = list(slots)
        if self.rate is not None:
            slots[self.rate] = rate
        return list(values), slots

    def evaluate(
        self, parts: Sequence[Window], states: list, scales: list
    ) -> tuple[float, list]:
        """See :meth:`~.step.LanguageTrainer.evaluate`."""
        given = [self._weights_of(parts, k) for k in range(len(parts))]

        def call(k: int) -> Any:
            _, weights, seeds = given[k]
            result = self.loss(weights, seeds, states[k], scales[k], *parts[k])
            return jax.block_until_ready(result)

        results = self._run(self.loss, parts, call)
        loss = sum(float(result[1][0]) for result in results)
        return loss, [result[1][2] for result in results]


def _gather(variables: list, rows: Any) -> list:
    """Return rows of tables; behind the last row there are copies of it."""
    return [v.at[rows].get(mode="clip") for v in variables]
