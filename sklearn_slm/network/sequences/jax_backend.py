"""Steps on pairs of texts on JAX: halves of a batch in a thread each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ..backend import float32_variables, import_keras
from ..devices import FIRST, SEEDS, SUM, spread
from ..heads import HEADS
from ..initializers import Initializers
from ..live import LiveValues, shift_seeds
from ..steps.rows import compute_row_step
from ..steps.schedule import find_rate
from ..trainer import OPTIMIZERS
from .batches import Batch

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["JaxBackend", "jit_losses", "jit_update"]


class JaxBackend(LiveValues):
    """What a :class:`~.step.SequenceTrainer` computes, on JAX.

    The halves of a batch are the same, and added up in the same order, for one thread
    and for two.

    Parameters
    ----------
    trainer : SequenceTrainer
        Its variables are read once; from then on their values are here.
    """

    def __init__(self, trainer: Any):
        options, spec = trainer.options, trainer.spec
        super().__init__(trainer.list_variables(), options.n_threads, options.mesh)
        self.rows, self.body = trainer.rows, trainer.body
        rates = options.dropout, options.recurrent_dropout, options.label_smoothing
        self.gradient, self.loss = jit_losses(spec, *rates)
        of_rows = trainer.rows if trainer.is_named else []
        self.groups = (
            trainer.variables,
            trainer.optimizer.variables,
            of_rows,
            trainer.moments,
        )
        if trainer.is_named:
            self.update = jit_update(spec, options.optimizer, options.clip_norm)
        else:
            self.update = _jit_update(trainer.optimizer)
        self.learning_rate = np.float32(options.learning_rate)

    def _run(self, function: Callable, gives: tuple, halves: Sequence[Batch]) -> list:
        """Call a function for each half, in threads once it is compiled."""
        takes = None, None, SEEDS, *halves[0].row_axes
        function = spread(function, self.mesh, takes, gives)
        rows, weights = self._get(self.rows), self._get(self.body.trainable_variables)
        seeds = self._get(self.body.non_trainable_variables)
        given = [
            (rows, weights, shift_seeds(seeds, k), *half)
            for k, half in enumerate(halves)
        ]
        shapes = tuple(part.shape for part in halves[0][:2])
        return self._run_parts(function, shapes, given)

    def step(self, halves: Sequence[Batch], count: float, factor: float) -> float:
        """See :meth:`~.step.SequenceTrainer.step`."""
        results = self._run(self.gradient, ((SUM, FIRST), SUM), halves)
        # The seeds of the first half go on.
        self._set(self.body.non_trainable_variables, results[0][0][1])
        moved = self.update(
            *map(self._get, self.groups),
            [gradients for _, gradients in results],
            np.float32(1.0 / max(count, 1e-12)),
            np.float32(factor),
            self.learning_rate,
        )
        for variables, values in zip(self.groups, moved):
            self._set(variables, values)
        return sum(float(loss) for (loss, _), _ in results)

    def evaluate(self, halves: Sequence[Batch]) -> float:
        """See :meth:`~.step.SequenceTrainer.evaluate`."""
        results = self._run(self.loss, (SUM, FIRST), halves)
        return sum(float(loss) for loss, _ in results)


def _build(spec: NetworkSpec, dropout: float = 0.0, recurrent: float = 0.0) -> Any:
    return HEADS[spec.head.kind].build_body(
        spec,
        dropout=dropout,
        recurrent_dropout=recurrent,
        initializers=Initializers("uniform", 0),
    )


@lru_cache(maxsize=16)
def jit_losses(
    spec: NetworkSpec,
    dropout: float,
    recurrent_dropout: float,
    label_smoothing: float,
) -> tuple[Callable, Callable]:
    """Return the gradient of the loss of half a batch, and the loss without dropout.

    One pair for all networks of a kind, so that a second fit in a process traces and
    compiles nothing.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    dropout, recurrent_dropout, label_smoothing : float
        As in :class:`~sklearn_slm.network.options.TrainingOptions`.

    Returns
    -------
    gradient, loss : callable
        From (values by row, weights of the body, seeds, the parts of a batch) to ((loss,
        seeds), gradients of the first two), and to (loss, seeds).
    """
    head = HEADS[spec.head.kind]
    with float32_variables():
        body = _build(spec, dropout, recurrent_dropout)

    def train(rows: list, weights: list, seeds: list, *batch: Any) -> tuple:
        return head.compute_loss(
            spec, body, rows, weights, seeds, batch, label_smoothing=label_smoothing
        )

    def test(rows: list, weights: list, seeds: list, *batch: Any) -> tuple:
        return head.compute_loss(
            spec, body, rows, weights, seeds, batch, training=False
        )

    # A higher level is slower at run time too (docs/notes/speed.md).
    compiler = {"xla_backend_optimization_level": 1}
    gradient = jax.value_and_grad(train, argnums=(0, 1), has_aux=True)
    return (
        jax.jit(gradient, compiler_options=compiler),
        jax.jit(test, compiler_options=compiler),
    )


@lru_cache(maxsize=16)
def jit_update(spec: NetworkSpec, optimizer: str, clip_norm: float | None) -> Callable:
    """Return the function that moves all weights, for an optimizer known by name.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    optimizer : {"adam", "adamw", "sgd"}
        What moves the weights of the body.
    clip_norm : float or None
        Largest norm of all gradients together.

    Returns
    -------
    callable
        From (weights, the optimizer's state, values by row, what is known of their
        gradients, gradients of the halves, factor of the gradients, factor of the
        learning rate, learning rate of rows) to the first four.
    """
    with float32_variables():
        weights = _build(spec).trainable_variables
        named = OPTIMIZERS[optimizer]()
        # Its state is made for shapes; a variable twice would have one state.
        named.build([keras.Variable(w) for w in weights])
    return _jit_update(named, clip_norm=clip_norm)


def _jit_update(optimizer: Any, *, clip_norm: float | None = None) -> Callable:
    rate_at = find_rate(optimizer)

    def update(
        values: list,
        slots: list,
        rows: list,
        moments: list,
        halves: list,
        scale: Any,
        factor: Any,
        rate: Any,
    ) -> tuple:
        sums = jax.tree.map(lambda *parts: sum(parts) * scale, *halves)
        of_rows, moving = (list(part) for part in sums)
        if clip_norm is not None:
            norm = jnp.sqrt(sum(jnp.sum(g**2) for g in [*of_rows, *moving]))
            shrink = clip_norm / jnp.maximum(norm, clip_norm)
            of_rows, moving = ([g * shrink for g in part] for part in (of_rows, moving))
        if not rows:  # the optimizer, an object of the user's, holds them
            of_rows, moving = [], [*of_rows, *moving]
        slots, highest = list(slots), None
        if rate_at is not None:
            highest = slots[rate_at]
            slots[rate_at] = highest * factor
        values, slots = optimizer.stateless_apply(slots, moving, values)
        slots = list(slots)
        if rate_at is not None:
            slots[rate_at] = highest
        rows, moments = list(rows), list(moments)
        for i, gradient in enumerate(of_rows):
            matrix = gradient.reshape(len(gradient), -1)
            step = rate * factor * matrix
            if moments:
                squares, touches = known = moments[2 * i : 2 * i + 2]
                step, *new = compute_row_step(squares, touches, matrix, rate * factor)
                # Rows that the batch did not read stay, and count no step.
                is_read = jnp.any(matrix != 0, axis=1, keepdims=True)
                moments[2 * i : 2 * i + 2] = [
                    jnp.where(is_read, n, k) for n, k in zip(new, known)
                ]
                step = jnp.where(is_read, step, 0.0)
            rows[i] = rows[i] - step.reshape(gradient.shape)
        return list(values), slots, rows, moments

    return jax.jit(update, donate_argnums=(0, 1, 2, 3))
