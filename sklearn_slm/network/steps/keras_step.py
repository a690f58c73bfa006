"""A training step on PyTorch and TensorFlow: touched rows and adversarial vectors.

The formulas are those of the step on JAX (jax_step.py), on one device. As there the
network is differentiated by the vectors of the batch's tokens, which is what the
perturbation needs, and only the touched rows of the table move.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ...text.vocabulary import PADDING_ID
from ..backend import import_keras, import_native
from ..heads import HEADS
from .adversarial import (
    compute_confidence,
    compute_perturbation,
    compute_trial_perturbation,
)
from .rows import compute_row_step, start_moments
from .schedule import compute_rate_factor, find_rate, weigh_step

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = [
    "KerasStep",
    "clip_together",
    "compute_gradients",
    "compute_virtual_gradients",
]


class KerasStep:
    """One step after another: what ``network.train_step`` calls, with its own state.

    Parameters
    ----------
    network : keras.Model
        From ids to logits, compiled, with layers named ``"embedding"`` and ``"body"``.
    spec : NetworkSpec
        What it computes.
    adversarial, rows, n_steps, keep_weights
        As in :class:`~sklearn_slm.network.steps.jax_step.JaxStep`.
    clip_norm : float or None
        Largest norm of all gradients together.
    virtual : float, default=0.0
        As in :class:`~sklearn_slm.network.steps.jax_step.JaxStep`.
    seed : int, default=0
        Seed of where virtual adversaries begin.
    """

    def __init__(
        self,
        network: Any,
        spec: NetworkSpec,
        *,
        adversarial: float,
        clip_norm: float | None,
        rows: str | None,
        n_steps: int,
        keep_weights: bool,
        virtual: float = 0.0,
        seed: int = 0,
    ):
        self.network, self.spec = network, spec
        self.virtual, self.draws = virtual, keras.random.SeedGenerator(seed)
        self.adversarial, self.clip_norm, self.rows = adversarial, clip_norm, rows
        self.n_steps, self.keep_weights = n_steps, keep_weights
        self.embedding = network.get_layer("embedding").embeddings
        optimizer = network.optimizer
        rate_at = find_rate(optimizer)
        self.rate: Any = None if rate_at is None else optimizer.variables[rate_at]
        self.moments = []
        if rows == "adam":
            start = start_moments(*self.embedding.shape)
            self.moments = [
                keras.Variable(values, dtype="float32", trainable=False)
                for values in start
            ]

    def open_threads(self) -> AbstractContextManager:
        """Open none: these backends have threads of their own."""
        return nullcontext()

    def copy_state(self) -> list[np.ndarray]:
        """Copy what the steps left behind beside the network and its optimizer."""
        return [np.array(native.to_numpy(v.value)) for v in self._variables()]

    def restore_state(self, state: list[np.ndarray]) -> None:
        """Undo the steps since :meth:`copy_state`."""
        for variable, values in zip(self._variables(), state):
            variable.assign(values)

    def _variables(self) -> list:
        return [*self.moments, self.draws.state]

    def _measure(self, weight: Any) -> tuple[Any, Any, Any]:
        """Return the weight of a batch, and the factors of gradient and learning rate."""
        optimizer = self.network.optimizer
        total, factors = ops.sum(weight), (1.0, 1.0)
        if self.keep_weights:
            n_texts = ops.sum(ops.cast(weight > 0, "float32"))
            factors = weigh_step(total / n_texts, optimizer)
        done = ops.cast(optimizer.iterations, "float32") + 1.0
        schedule = compute_rate_factor(done, self.n_steps, ops.minimum)
        return total, factors[0], schedule * factors[1]

    def __call__(self, data: tuple) -> dict:
        """Make a step with (ids, targets, weights of the texts); return logs.

        Where the head reads columns, ids come as a pair with these.
        """
        ids, y, weight = data
        columns = None
        if isinstance(ids, (tuple, list)):
            ids, columns = ids
        network, embedding = self.network, self.embedding
        optimizer, body = network.optimizer, network.get_layer("body")
        n_texts = ops.shape(ids)[0] // (2 if self.virtual > 0 else 1)
        others, weight_of_others = ids[n_texts:], weight[n_texts:]
        weight = weight[:n_texts]
        loss, d_vectors, gradients = compute_gradients(
            network,
            self.spec,
            ids[:n_texts],
            y[:n_texts],
            weight,
            adversarial=self.adversarial,
            columns=columns,
        )
        total, factor, rate_factor = self._measure(weight)
        if self.virtual > 0:
            # Their mean loss counts as much as that of the texts with labels.
            share = total / ops.maximum(ops.sum(weight_of_others), 1.0)
            more = compute_virtual_gradients(
                network,
                self.spec,
                others,
                weight_of_others * share,
                norm=self.virtual,
                seed=self.draws,
            )
            gradients = [a + b for a, b in zip(gradients, more)]
        scale = 1.0 / ops.maximum(total, 1e-12)
        loss, scale = loss * scale, scale * factor
        gradients = [g * scale for g in gradients]
        d_vectors = ops.reshape(d_vectors, (-1, self.spec.encoder.n_components)) * scale
        read = ops.reshape(ops.transpose(ids[:n_texts]), (-1,))
        # A copy: PyTorch assigns where the values lie. A schedule has no such variable.
        highest = None if self.rate is None else self.rate * 1.0
        if highest is not None:
            self.rate.assign(highest * rate_factor)
        if self.rows:
            touched, place = native.find_distinct(read)
            moving = ops.segment_sum(d_vectors, place, ops.shape(touched)[0])
            if self.clip_norm is not None:
                *gradients, moving = clip_together([*gradients, moving], self.clip_norm)
            _move_rows(embedding, self.moments, touched, moving, self.rate.value)
        moves = dict(zip(map(id, body.trainable_variables), gradients))
        variables = network.trainable_variables
        if len(variables) > len(gradients):
            n_rows = embedding.shape[0]
            moves[id(embedding)] = ops.segment_sum(d_vectors, read, n_rows)
        optimizer.apply([moves[id(v)] for v in variables], variables)
        if highest is not None:
            self.rate.assign(highest)
        # The mean over the epoch.
        (metric,) = network.metrics
        metric.update_state(loss, sample_weight=total)
        return {metric.name: metric.result()}


def compute_gradients(
    network: Any,
    spec: NetworkSpec,
    ids: Any,
    y: Any,
    weight: Any,
    *,
    adversarial: float,
    columns: Any = None,
) -> tuple[Any, Any, list]:
    """Return the summed loss of a batch, and its gradients.

    Dropout is active, and the same for the texts and their adversaries.

    Parameters
    ----------
    network, spec, adversarial
        As in :class:`KerasStep`.
    ids : tensor of shape (batch, steps)
        Texts.
    y : tensor of shape (batch, n_outputs)
        Targets.
    weight : tensor of shape (batch,)
        Weights of the texts in the loss.
    columns : tensor of shape (batch, n_columns) or None, default=None
        What comes with each text, where the head reads any.

    Returns
    -------
    loss : tensor of shape ()
        Loss of the texts as they are.
    d_vectors : tensor of shape (steps, batch, n_components)
        Gradient with respect to the vectors; with an adversary, of both losses, as the
        others.
    gradients : list of tensors
        With respect to the trainable weights of the layer ``"body"``.
    """
    head, body = HEADS[spec.head.kind], network.get_layer("body")
    vectors, mask, weights, seeds = _read_inputs(network, ids)
    beside = [] if columns is None else [columns]

    def summed_loss(vectors: Any, *weights: Any) -> tuple:
        given = [vectors, mask, *beside]
        outputs, after = body.stateless_call(weights, seeds, given, training=True)
        losses = head.compute_losses(spec.head, outputs, y)
        return ops.sum(weight * losses), (losses, after)

    (loss, (losses, after)), gradients = native.differentiate(
        summed_loss, [vectors, *weights]
    )
    if adversarial > 0:
        norms = adversarial * compute_confidence(losses, head.compute_chance(spec))
        moved = vectors + compute_perturbation(gradients[0], norms)
        _, added = native.differentiate(summed_loss, [moved, *weights])
        gradients = [a + b for a, b in zip(gradients, added)]
    for variable, value in zip(body.non_trainable_variables, after):
        variable.assign(value)
    return loss, gradients[0], gradients[1:]


def compute_virtual_gradients(
    network: Any, spec: NetworkSpec, ids: Any, weight: Any, *, norm: float, seed: Any
) -> list:
    """Return the gradients of the virtual adversarial loss of texts without labels.

    The loss is that of
    :func:`~sklearn_slm.network.steps.adversarial.compute_trial_perturbation`.

    Parameters
    ----------
    network, spec, ids, weight
        As in :func:`compute_gradients`.
    norm : float
        Length of the perturbation of a text's vectors.
    seed : keras.random.SeedGenerator
        Draws the trial perturbation.

    Returns
    -------
    list of tensors
        With respect to the trainable weights of the layer ``"body"``; texts without labels
        do not move word vectors.
    """
    head, body = HEADS[spec.head.kind], network.get_layer("body")
    vectors, mask, weights, seeds = _read_inputs(network, ids)

    def run(vectors: Any, weights: Any) -> Any:
        given = [vectors, mask]
        return body.stateless_call(weights, seeds, given, training=True)[0]

    predicted = head.compute_probabilities(spec.head, run(vectors, weights))

    def summed_loss(vectors: Any, *own: Any) -> tuple:
        losses = head.compute_losses(spec.head, run(vectors, own or weights), predicted)
        return ops.sum(weight * losses), ()

    norms = norm * ops.ones_like(weight)
    draw = keras.random.normal(ops.shape(vectors), seed=seed)
    step = compute_trial_perturbation(draw, mask[:, :, 0] > 0, norms)
    _, (uphill,) = native.differentiate(summed_loss, [vectors + step])
    step = compute_perturbation(uphill, norms)
    _, gradients = native.differentiate(summed_loss, [vectors + step, *weights])
    return gradients[1:]


def _read_inputs(network: Any, ids: Any) -> tuple[Any, Any, list, list]:
    """Return vectors and mask of texts, the body's weights, and the seeds of dropout."""
    body, read = network.get_layer("body"), ops.transpose(ids)
    mask = ops.cast(ops.not_equal(read, PADDING_ID), "float32")[:, :, None]
    vectors = ops.take(network.get_layer("embedding").embeddings, read, axis=0)
    weights = [v.value for v in body.trainable_variables]
    return vectors, mask, weights, [v.value for v in body.non_trainable_variables]


def clip_together(gradients: list, clip_norm: float) -> list:
    """Shrink gradients together so that their norm is no more than this.

    Parameters
    ----------
    gradients : list of tensors
        Gradients of all weights.
    clip_norm : float
        Largest norm.
    """
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
