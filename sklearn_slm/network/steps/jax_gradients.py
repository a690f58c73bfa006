"""Gradients of part of a batch on JAX: of texts with labels, and of texts without."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ...text.vocabulary import PADDING_ID
from ..backend import import_keras
from ..build import build_network
from ..heads import HEADS
from .adversarial import (
    compute_confidence,
    compute_perturbation,
    compute_trial_perturbation,
)
from .jax_update import Arrays, count_rows, split_flat

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["jit_gradient", "jit_virtual_gradient"]

# A higher level is slower at run time too (docs/notes/speed.md).
_COMPILER_OPTIONS = {"xla_backend_optimization_level": 1}


@lru_cache(maxsize=16)
def jit_gradient(
    spec: NetworkSpec, dropout: float, recurrent_dropout: float, adversarial: bool
) -> Callable:
    """Return the function from half a batch to its summed loss and gradients.

    One for all networks of a kind, so that a second fit in a process traces and compiles
    nothing, and leaves nothing behind.

    Parameters
    ----------
    spec : NetworkSpec
        With ``n_tokens=1``: the table plays no part here.
    dropout, recurrent_dropout : float
        As in :func:`~sklearn_slm.network.build.build_network`.
    adversarial : bool
        Whether the gradients are those of the moved vectors as well.

    Returns
    -------
    callable
        From (weights end to end, vectors, seeds, norm, ids, targets, weights of the
        texts and, where the head reads any, their columns) to ((loss, gradient with
        respect to the weights, gradient with respect to the vectors), seeds). The first
        gradient is a list of arrays, to be put end to end; the last one has a row for
        each token and then rows of zeros, which
        :func:`~sklearn_slm.network.steps.jax_update.count_rows` counts.
    """
    chance = HEADS[spec.head.kind].compute_chance(spec)
    shapes, _, summed_loss = _build_loss(spec, dropout, recurrent_dropout)
    differentiate = jax.value_and_grad(summed_loss, argnums=(0, 1), has_aux=True)

    def gradient(
        flat: jax.Array, vectors: jax.Array, seeds: Arrays, norm: jax.Array, *data: Any
    ) -> tuple:
        loss, (d_weights, d_vectors), after = compute(flat, vectors, seeds, norm, *data)
        return (loss, d_weights, _pad_tokens(d_vectors)), after

    def compute(
        flat: jax.Array, vectors: jax.Array, seeds: Arrays, norm: jax.Array, *data: Any
    ) -> tuple:
        if not adversarial:
            weights = split_flat(flat, shapes)
            (loss, (after, _)), gradients = differentiate(
                weights, vectors, seeds, *data
            )
            return loss, gradients, after

        def add(state: tuple, is_first: jax.Array) -> tuple:
            moved, sums, loss, _ = state
            weights = split_flat(flat, shapes)
            (summed, (after, losses)), (d_weights, d_vectors) = differentiate(
                weights, moved, seeds, *data
            )
            # One array is quicker to add up than many.
            gradients = jnp.concatenate([g.ravel() for g in d_weights]), d_vectors
            norms = norm * compute_confidence(losses, chance)
            moved = vectors + compute_perturbation(d_vectors, norms)
            loss = jnp.where(is_first, summed, loss)
            return (moved, jax.tree.map(jnp.add, sums, gradients), loss, after), None

        # In a loop, the network is compiled once, and both gradients use the same memory.
        sums = jnp.zeros_like(flat), jnp.zeros_like(vectors)
        start = vectors, sums, jnp.zeros_like(norm), seeds
        (_, sums, loss, after), _ = jax.lax.scan(add, start, jnp.array([True, False]))
        return loss, ([sums[0]], sums[1]), after

    return jax.jit(gradient, compiler_options=_COMPILER_OPTIONS)


@lru_cache(maxsize=16)
def jit_virtual_gradient(
    spec: NetworkSpec, dropout: float, recurrent_dropout: float
) -> Callable:
    """Return the function from texts without labels to their gradients.

    The gradients are those of the virtual adversarial loss, see
    :func:`~sklearn_slm.network.steps.adversarial.compute_trial_perturbation`.

    Parameters
    ----------
    spec, dropout, recurrent_dropout
        As in :func:`jit_gradient`.

    Returns
    -------
    callable
        From (weights end to end, vectors, seeds, norm, number of the step, ids, weights of
        the texts) to what :func:`jit_gradient` returns. The loss is 0: the one that is
        shown is that of the texts with labels. No word vector has a gradient: a row of the
        table makes steps of one size, however small its gradient is, so that the words of
        these many texts would scatter.
    """
    head = HEADS[spec.head.kind]
    shapes, run, summed_loss = _build_loss(spec, dropout, recurrent_dropout)
    differentiate = jax.grad(summed_loss, argnums=(0, 1), has_aux=True)

    def gradient(
        flat: jax.Array,
        vectors: jax.Array,
        seeds: Arrays,
        norm: jax.Array,
        done: jax.Array,
        ids: jax.Array,
        weight: jax.Array,
    ) -> tuple:
        logits, after = run(split_flat(flat, shapes), vectors, seeds, ids)
        predicted = head.compute_probabilities(spec.head, logits)
        norms = jnp.full(ids.shape[1], norm)
        key = jax.random.fold_in(seeds[0], done)
        draw = jax.random.normal(key, vectors.shape, vectors.dtype)
        first = compute_trial_perturbation(draw, ids != PADDING_ID, norms)

        def differentiate_at(state: tuple, _: None) -> tuple:
            step, _ = state
            weights = split_flat(flat, shapes)
            (d_weights, d_vectors), _ = differentiate(
                weights, vectors + step, seeds, ids, predicted, weight
            )
            gradients = jnp.concatenate([g.ravel() for g in d_weights]), d_vectors
            return (compute_perturbation(d_vectors, norms), gradients), None

        # First where the trial leads to, then where that leads to; compiled once.
        zeros = jnp.zeros_like(flat), jnp.zeros_like(vectors)
        (_, (d_weights, _)), _ = jax.lax.scan(
            differentiate_at, (first, zeros), None, length=2
        )
        of_no_token = jnp.zeros((0, vectors.shape[-1]), vectors.dtype)
        return (jnp.zeros_like(norm), [d_weights], of_no_token), after

    return jax.jit(gradient, compiler_options=_COMPILER_OPTIONS)


def _build_loss(
    spec: NetworkSpec, dropout: float, recurrent_dropout: float
) -> tuple[list[tuple], Callable, Callable]:
    """Return the shapes of the weights, and functions of these and of vectors.

    The first gives the head's outputs and the next seeds, the second the summed loss, the
    seeds and the losses. Dropout is active.
    """
    head = HEADS[spec.head.kind]
    body = build_network(
        spec,
        embedding=np.zeros((1, spec.encoder.n_components), np.float32),
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
    ).get_layer("body")

    def run(
        weights: Arrays,
        vectors: jax.Array,
        seeds: Arrays,
        ids: jax.Array,
        *columns: jax.Array,
    ) -> tuple[jax.Array, Arrays]:
        mask = (ids != PADDING_ID).astype(vectors.dtype)[:, :, None]
        given = [vectors, mask, *columns]
        return body.stateless_call(weights, seeds, given, training=True)

    def summed_loss(
        weights: Arrays,
        vectors: jax.Array,
        seeds: Arrays,
        ids: jax.Array,
        y: jax.Array,
        weight: jax.Array,
        *columns: jax.Array,
    ) -> tuple[jax.Array, tuple]:
        outputs, after = run(weights, vectors, seeds, ids, *columns)
        losses = head.compute_losses(spec.head, outputs, y)
        return jnp.sum(weight * losses), (after, losses)

    return [v.shape for v in body.trainable_variables], run, summed_loss


def _pad_tokens(d_vectors: jax.Array) -> jax.Array:
    """Return a row for each token, and rows of zeros up to a number of few values."""
    d_tokens = d_vectors.reshape(-1, d_vectors.shape[-1])
    n_zeros = count_rows(len(d_tokens)) - len(d_tokens)
    return jnp.pad(d_tokens, [(0, n_zeros), (0, 0)])
