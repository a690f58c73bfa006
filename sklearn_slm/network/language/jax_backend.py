"""Steps of a language model on JAX: parts of a batch in a thread each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ..backend import float32_variables, import_keras
from ..build import build_body
from ..devices import FIRST, ROWS, SEEDS, SUM, spread
from ..initializers import Initializers
from ..live import LiveValues, shift_seeds
from ..steps.rows import compute_row_step
from ..steps.schedule import find_rate
from ..trainer import OPTIMIZERS
from .loss import build_loss, list_weights
from .sampling import Sample
from .windows import Window

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["JaxBackend", "jit_losses", "jit_update"]


class JaxBackend(LiveValues):
    """What a :class:`~.step.LanguageTrainer` computes, on JAX.

    The parts of a batch are the same, and added up in the same order, for one thread and
    for two: products as small as those of a recurrence leave a second core idle.

    Parameters
    ----------
    trainer : LanguageTrainer
        Its variables are read once; from then on their values are here.
    """

    def __init__(self, trainer: Any):
        options, spec = trainer.options, trainer.spec
        super().__init__(trainer.list_variables(), options.n_threads, options.mesh)
        self.table, self.bodies = trainer.table, trainer.bodies
        self.groups = (
            trainer.variables,
            trainer.optimizer.variables,
            trainer.row_variables,
            trainer.moments,
        )
        rates = options.dropout, options.recurrent_dropout
        gradient, loss = jit_losses(spec, *rates, options.activation_penalty)
        takes, result = (None, SEEDS, 0, None, 1, 1, 1, 1), (SUM, (SUM, FIRST, ROWS))
        self.gradient = spread(gradient, self.mesh, takes, (result, SUM))
        self.loss = spread(loss, self.mesh, takes, result)
        moves = bool(options.train_vectors)
        if isinstance(options.optimizer, str):
            given = options.optimizer, options.clip_norm, len(self.bodies)
            self.update = jit_update(spec, *given, moves)
        else:
            self.update = _jit_update(trainer.optimizer, moves)
        self.rate = np.float32(options.learning_rate)

    def _find_direction(self, parts: Sequence[Window], k: int) -> int:
        """Return the direction that a part is of."""
        return k * len(self.bodies) // len(parts)

    def _run(self, function: Callable, given: list[tuple]) -> list:
        """Call a function for each part, in threads once it is compiled."""
        return self._run_parts(function, given[0][4].shape, given)

    def _give(
        self, parts: Sequence[Window], states: list, scales: list, more: tuple = ()
    ) -> list[tuple]:
        """Return what the loss of each part is computed from."""
        given = []
        for k, part in enumerate(parts):
            body = self.bodies[self._find_direction(parts, k)]
            weights = self._get([self.table, *list_weights(body)])
            seeds = self._get(body.non_trainable_variables)
            seeds = shift_seeds(seeds, k)
            given.append((weights, seeds, states[k], scales[k], *part, *more))
        return given

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
        more: tuple = ()
        rows = np.zeros(0, np.int32)
        if sample is not None:
            more, rows = (sample.candidates, sample.correction), sample.rows
        given = self._give(parts, states, scales, more)
        if sample is not None:
            read = _gather(self._get(self.groups[2]), rows)
            for k, (weights, *_) in enumerate(given):
                weights[:2] = read[0], read[1 + self._find_direction(parts, k)]
        results = self._run(self.gradient, given)
        gradients: list = [[] for _ in self.bodies]
        for k in reversed(range(len(parts))):
            direction = self._find_direction(parts, k)
            (_, (_, seeds, _)), gradient = results[k]
            gradients[direction].insert(0, gradient)
            # The seeds of the first part of each direction go on.
            self._set(self.bodies[direction].non_trainable_variables, seeds)
        moved = self.update(
            *map(self._get, self.groups),
            gradients,
            np.float32(1.0 / max(count, 1.0)),
            np.float32(factor),
            self.rate,
            rows,
        )
        for variables, values in zip(self.groups, moved):
            self._set(variables, values)
        loss = sum(float(aux[0]) for (_, aux), _ in results)
        return loss, [aux[2] for (_, aux), _ in results]

    def evaluate(
        self, parts: Sequence[Window], states: list, scales: list
    ) -> tuple[float, list]:
        """See :meth:`~.step.LanguageTrainer.evaluate`."""
        results = self._run(self.loss, self._give(parts, states, scales))
        loss = sum(float(aux[0]) for _, aux in results)
        return loss, [aux[2] for _, aux in results]


def _build(spec: NetworkSpec, dropout: float = 0.0, recurrent: float = 0.0) -> Any:
    return build_body(
        spec,
        dropout=dropout,
        recurrent_dropout=recurrent,
        initializers=Initializers("uniform", 0),
        carries_state=True,
    )


@lru_cache(maxsize=16)
def jit_losses(
    spec: NetworkSpec,
    dropout: float,
    recurrent_dropout: float,
    activation_penalty: float,
) -> tuple[Callable, Callable]:
    """Return the gradient of the loss of a window, and the loss without dropout.

    One pair for all models of a kind, so that a second fit in a process traces and
    compiles nothing.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    dropout, recurrent_dropout, activation_penalty : float
        As in :class:`~sklearn_slm.network.options.TrainingOptions`.

    Returns
    -------
    gradient, loss : callable
        See :func:`~.loss.build_loss`.
    """
    with float32_variables():
        body = _build(spec, dropout, recurrent_dropout)
    # A higher level is slower at run time too (docs/notes/speed.md).
    compiler = {"xla_backend_optimization_level": 1}
    loss = build_loss(spec, body, activation_penalty)
    gradient = jax.value_and_grad(loss, has_aux=True)
    plain = build_loss(spec, body, 0.0, training=False)
    return (
        jax.jit(gradient, compiler_options=compiler),
        jax.jit(plain, compiler_options=compiler),
    )


@lru_cache(maxsize=16)
def jit_update(
    spec: NetworkSpec,
    optimizer: str,
    clip_norm: float | None,
    n_directions: int,
    train_vectors: bool,
) -> Callable:
    """Return the function that moves all weights, for an optimizer known by name.

    Parameters
    ----------
    spec : NetworkSpec
        The network of one direction.
    optimizer : {"adam", "adamw", "sgd"}
        What moves them.
    clip_norm : float or None
        Largest norm of all gradients together.
    n_directions : int
        Models over one table.
    train_vectors : bool
        Whether the table moves.

    Returns
    -------
    callable
        From (weights, the optimizer's state, table and biases, which move by rows, and
        what is known of their gradients, gradients of the parts of each direction, factor
        of the gradients, factor of the learning rate, learning rate of rows, the rows that
        the gradients are of; none for all) to the first four.
    """
    with float32_variables():
        weights = list_weights(_build(spec))[1:] * n_directions
        named = OPTIMIZERS[optimizer]()
        # Its state is made for shapes; a variable twice would have one state.
        named.build([keras.Variable(w) for w in weights])
    rows = "sgd" if optimizer == "sgd" else "adam"
    return _jit_update(named, train_vectors, rows=rows, clip_norm=clip_norm)


def _jit_update(
    optimizer: Any,
    train_vectors: bool,
    *,
    rows: str | None = None,
    clip_norm: float | None = None,
) -> Callable:
    by_rows = rows
    rate_at = find_rate(optimizer)

    def apply(values: list, slots: list, moving: list, factor: Any) -> tuple:
        """Move weights by the optimizer, its learning rate multiplied by a factor."""
        rate: Any = None
        slots = list(slots)
        if rate_at is not None:
            rate = slots[rate_at]
            slots[rate_at] = rate * factor
        values, slots = optimizer.stateless_apply(slots, moving, values)
        slots = list(slots)
        if rate_at is not None:
            slots[rate_at] = rate
        return list(values), slots

    def update(
        values: list,
        slots: list,
        tables: list,
        moments: list,
        gradients: list,
        scale: Any,
        factor: Any,
        rate: Any,
        rows: Any,
    ) -> tuple:
        # Summed over the parts of each direction, the table's over all.
        sums = [[sum(parts) for parts in zip(*of_parts)] for of_parts in gradients]
        table = sum(of_direction.pop(0) for of_direction in sums)
        of_rows = []
        if by_rows:
            of_rows = [table * train_vectors]
            of_rows += [of_direction.pop(0) for of_direction in sums]
        moving = [table] * (train_vectors and not by_rows)
        moving += [g for of_direction in sums for g in of_direction]
        every = [g * scale for g in [*of_rows, *moving]]
        if clip_norm is not None:
            norm = jnp.sqrt(sum(jnp.sum(g**2) for g in every))
            every = [g * (clip_norm / jnp.maximum(norm, clip_norm)) for g in every]
        of_rows, moving = every[: len(tables)], every[len(tables) :]
        values, slots = apply(values, slots, moving, factor)
        tables, moments = list(tables), list(moments)
        # No row is looked for where all are meant.
        place = rows if rows.size else slice(None)
        for i, gradient in enumerate(of_rows):
            matrix = gradient.reshape(len(gradient), -1)
            step = rate * factor * matrix
            if by_rows == "adam":
                squares, touches = moments[2 * i : 2 * i + 2]
                step, *new = compute_row_step(
                    squares.at[place].get(mode="clip"),
                    touches.at[place].get(mode="clip"),
                    matrix,
                    rate * factor,
                )
                moments[2 * i : 2 * i + 2] = [
                    m.at[place].set(v, mode="drop")
                    for m, v in zip((squares, touches), new)
                ]
            step = step.reshape(gradient.shape)
            tables[i] = tables[i].at[place].add(-step, mode="drop")
        return values, slots, tables, moments

    return jax.jit(update, donate_argnums=(0, 1, 2, 3))


@jax.jit
def _gather(variables: list, rows: Any) -> list:
    """Return rows of tables; behind the last row there are copies of it."""
    return [v.at[rows].get(mode="clip") for v in variables]
