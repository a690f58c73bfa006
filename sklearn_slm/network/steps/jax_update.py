"""What moves the weights on JAX: halves added up, clipping, touched rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ..backend import float32_variables, import_keras
from ..build import build_network
from ..kernels.sums import sum_rows
from .rows import compute_row_step
from .schedule import find_rate

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["Arrays", "build_update", "count_rows", "jit_update", "split_flat"]

Arrays = list[jax.Array]

_FEWEST_ROWS = 1024


def count_rows(n_tokens: int) -> int:
    """Return the rows that stand for the tokens of half a batch where weights move.

    Rounding up makes few updates of the many widths of a data set: one below 64 tokens a
    text. Compiling it takes as long as moving rows a thousand times.

    Parameters
    ----------
    n_tokens : int
        Tokens of half a batch, padding included.

    Returns
    -------
    int
        1,024 times a power of two.

    Examples
    --------
    >>> [count_rows(n) for n in (1, 1024, 1025, 20_000)]
    [1024, 1024, 2048, 32768]
    """
    rows = _FEWEST_ROWS
    while rows < n_tokens:
        rows *= 2
    return rows


@lru_cache(maxsize=16)
def jit_update(
    spec: NetworkSpec, optimizer: type, clip_norm: float | None, rows: str | None
) -> Callable:
    """Return the function that moves all weights, for an optimizer without settings.

    Like the gradient, one for all networks of a kind.

    Parameters
    ----------
    spec : NetworkSpec
        With ``n_tokens=1``: the table plays no part here.
    optimizer : type
        Class of the optimizer.
    clip_norm, rows
        As in :func:`build_update`.

    Returns
    -------
    callable
        See :func:`build_update`.
    """
    table = np.zeros((1, spec.encoder.n_components), np.float32)
    body = build_network(spec, embedding=table).get_layer("body")
    with float32_variables():
        mover = optimizer()
        mover.build(body.trainable_variables)
    return build_update(mover, body, None, clip_norm, rows)


def build_update(
    optimizer: Any,
    body: Any,
    place: int | None,
    clip_norm: float | None,
    rows: str | None,
) -> Callable:
    """Return the compiled function that adds up the halves and moves all weights.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Built for the weights that it moves.
    body : keras.Model
        The layer ``"body"`` of a network of this kind.
    place : int or None
        Where the table is among the optimizer's weights; None where it is not.
    clip_norm : float or None
        Largest norm of all gradients together.
    rows : {"adam", "sgd"} or None
        As in :class:`~sklearn_slm.network.steps.jax_step.JaxStep`.

    Returns
    -------
    callable
        From (other weights, table, optimizer's state, moments of the rows, metrics, loss and
        gradients of each half, touched rows, place of each token among them, weight of the
        batch, factor of the gradient, factor of the learning rate) to (weights, table,
        state, moments, metrics, loss).
    """
    shapes = [v.shape for v in body.trainable_variables]
    # A schedule or an object of the user's is not known, and not changed.
    rate_at = find_rate(optimizer)

    def update(
        small: Arrays,
        table: jax.Array,
        slots: Arrays,
        moments: Arrays,
        metrics: Arrays,
        halves: list[tuple],
        touched: jax.Array,
        inverse: jax.Array,
        weight: jax.Array,
        factor: jax.Array,
        rate_factor: jax.Array,
    ) -> tuple:
        scale = 1.0 / jnp.maximum(weight, 1e-12)
        loss = sum(h[0] for h in halves) * scale
        scale = scale * factor
        d_weights = [jnp.concatenate([g.ravel() for g in h[1]]) for h in halves]
        moving = [sum(d_weights) * scale]
        if place is not None or rows:
            tokens = jnp.concatenate([h[2] for h in halves])
            moving.append(jnp.zeros_like(tokens).at[inverse].add(tokens) * scale)
        if clip_norm is not None:
            norm = jnp.sqrt(sum(map(_sum_squares, moving)))
            moving = [g * (clip_norm / jnp.maximum(norm, clip_norm)) for g in moving]
        gradients = split_flat(moving[0], shapes)
        if place is not None:
            dense = jnp.zeros_like(table).at[touched].add(moving[1], mode="drop")
            gradients.insert(place, dense)
            small = [*small[:place], table, *small[place:]]
        rate: Any = None
        if rate_at is not None:
            rate = slots[rate_at]
            slots = [*slots[:rate_at], rate * rate_factor, *slots[rate_at + 1 :]]
        small, slots = (
            list(part) for part in optimizer.stateless_apply(slots, gradients, small)
        )
        if rate_at is not None:
            slots[rate_at] = rate
        if place is not None:
            table = small.pop(place)
        elif rows == "sgd":
            step = -rate * rate_factor * moving[1]
            table = table.at[touched].add(step, mode="drop")
        elif rows == "adam":
            table, moments = _move_rows(
                table, moments, touched, moving[1], rate * rate_factor
            )
        # The mean over the epoch, as Keras keeps it: a sum and a count.
        total, count, *others = metrics
        metrics = [total + loss * weight, count + weight, *others]
        return small, table, slots, moments, metrics, loss

    return jax.jit(update, donate_argnums=(0, 1, 2, 3, 4))


def _sum_squares(values: jax.Array) -> jax.Array:
    squares = jnp.pad(values.ravel() ** 2, (0, -values.size % 128)).reshape(-1, 128)
    return jnp.sum(sum_rows(squares))


def _move_rows(
    table: jax.Array,
    moments: Arrays,
    touched: jax.Array,
    gradient: jax.Array,
    learning_rate: jax.Array,
) -> tuple[jax.Array, Arrays]:
    """Move some rows; what is known of the gradients of the others stays."""
    squares, touches = (m.at[touched].get(mode="clip") for m in moments)
    step, *new = compute_row_step(squares, touches, gradient, learning_rate)
    return table.at[touched].add(-step, mode="drop"), [
        m.at[touched].set(rows, mode="drop") for m, rows in zip(moments, new)
    ]


def split_flat(flat: jax.Array, shapes: list[tuple]) -> Arrays:
    """Undo the joining of arrays end to end."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = jnp.split(flat, ends[:-1].tolist())
    return [part.reshape(shape) for part, shape in zip(parts, shapes)]
