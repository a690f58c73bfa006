"""A training step on PyTorch and TensorFlow: touched rows and adversarial vectors.

The formulas are those of the step on JAX (jax_step.py), on one device. As there the
network is differentiated by the vectors of the batch's tokens, which is what the
perturbation needs, and only the touched rows of the table move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..spec import NetworkSpec
from ..text.vocabulary import PADDING_ID
from .backend import import_keras, import_native
from .formulas import (
    compute_chance,
    compute_confidence,
    compute_losses,
    compute_perturbation,
    compute_row_step,
    start_moments,
)

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["compute_gradients", "make_train_step"]


def make_train_step(
    network: Any,
    spec: NetworkSpec,
    *,
    adversarial: float,
    clip_norm: float | None,
    rows: str | None,
    learning_rate: Any,
) -> Callable:
    """Return a function for ``network.train_step``, as Keras' trainers call it.

    Parameters
    ----------
    network : keras.Model
        From ids to logits, compiled, with layers named ``"embedding"`` and ``"rest"``.
    spec : NetworkSpec
        What it computes.
    adversarial, rows
        As in :func:`~sklearn_slm.network.jax_step.make_train_step`.
    clip_norm : float or None
        Largest norm of all gradients together.
    learning_rate : float or callable
        Step size of the rows, or a function from the number of steps made to it.

    Returns
    -------
    callable
        From (ids, targets, weights of the texts) to logs.
    """
    optimizer, rest = network.optimizer, network.get_layer("rest")
    embedding = network.get_layer("embedding").embeddings
    variables = network.trainable_variables
    optimizer.build(variables)
    moments = []
    if rows == "adam":
        start = start_moments(*embedding.shape)
        moments = [keras.Variable(values, trainable=False) for values in start]

    @native.untraced
    def step(data: tuple) -> dict:
        ids, y, weight = data
        loss, by_vectors, gradients = compute_gradients(
            network, spec, ids, y, weight, adversarial=adversarial
        )
        total = ops.sum(weight)
        scale = 1.0 / ops.maximum(total, 1e-12)
        loss, gradients = loss * scale, [g * scale for g in gradients]
        by_vectors = ops.reshape(by_vectors, (-1, spec.n_components)) * scale
        read = ops.reshape(ops.transpose(ids), (-1,))
        if rows:
            touched, place = native.find_distinct(read)
            moving = ops.segment_sum(by_vectors, place, ops.shape(touched)[0])
            if clip_norm is not None:
                *gradients, moving = _clip([*gradients, moving], clip_norm)
            rate = learning_rate
            if callable(rate):
                rate = rate(optimizer.iterations)
            _move_rows(embedding, moments, touched, moving, rate)
        found = dict(zip(map(id, rest.trainable_variables), gradients))
        if len(variables) > len(gradients):
            n_rows = embedding.shape[0]
            found[id(embedding)] = ops.segment_sum(by_vectors, read, n_rows)
        optimizer.apply([found[id(v)] for v in variables], variables)
        # The mean over the pass.
        (metric,) = network.metrics
        metric.update_state(loss, sample_weight=total)
        return {metric.name: metric.result()}

    return step


def compute_gradients(
    network: Any,
    spec: NetworkSpec,
    ids: Any,
    y: Any,
    weight: Any,
    *,
    adversarial: float,
) -> tuple[Any, Any, list]:
    """Return the summed loss of a batch, and its gradients.

    Dropout is active, and the same for the texts and their adversaries.

    Parameters
    ----------
    network, spec, adversarial
        As in :func:`make_train_step`.
    ids : tensor of shape (batch, steps)
        Texts.
    y : tensor of shape (batch,) or (batch, n_labels)
        Targets.
    weight : tensor of shape (batch,)
        Weights of the texts in the loss.

    Returns
    -------
    loss : tensor of shape ()
        Of the texts as they are.
    by_vectors : tensor of shape (steps, batch, n_components)
        Gradient by the vectors; with an adversary, of both losses, as the others.
    gradients : list of tensors
        By the trainable weights of the layer ``"rest"``.
    """
    rest = network.get_layer("rest")
    read = ops.transpose(ids)
    inside = ops.cast(ops.not_equal(read, PADDING_ID), "float32")[:, :, None]
    vectors = ops.take(network.get_layer("embedding").embeddings, read, axis=0)
    weights = [v.value for v in rest.trainable_variables]
    seeds = [v.value for v in rest.non_trainable_variables]

    def summed_loss(vectors: Any, *weights: Any) -> tuple:
        logits, after = rest.stateless_call(
            weights, seeds, [vectors, inside], training=True
        )
        losses = compute_losses(logits, y)
        return ops.sum(weight * losses), (losses, after)

    (loss, (losses, after)), found = native.differentiate(
        summed_loss, [vectors, *weights]
    )
    if adversarial > 0:
        norms = adversarial * compute_confidence(losses, compute_chance(spec))
        moved = vectors + compute_perturbation(found[0], norms)
        _, more = native.differentiate(summed_loss, [moved, *weights])
        found = [a + b for a, b in zip(found, more)]
    for variable, value in zip(rest.non_trainable_variables, after):
        variable.assign(value)
    return loss, found[0], found[1:]


def _clip(gradients: list, clip_norm: float) -> list:
    """Shrink gradients together so that their norm is no more than this."""
    norm = ops.sqrt(sum(ops.sum(g**2) for g in gradients))
    shrink = clip_norm / ops.maximum(norm, clip_norm)
    return [g * shrink for g in gradients]


def _move_rows(
    embedding: Any, moments: list, touched: Any, moving: Any, rate: Any
) -> None:
    """Move some rows: by the gradient itself where there are no moments."""
    step = rate * moving
    if moments:
        squares, touches = (ops.take(m, touched, axis=0) for m in moments)
        step, *new = compute_row_step(squares, touches, moving, rate)
        for moment, values in zip(moments, new):
            native.set_rows(moment, touched, values)
    before = ops.take(embedding, touched, axis=0)
    native.set_rows(embedding, touched, before - step)
