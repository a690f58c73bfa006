"""Vectors of texts, and the loss of finding the right one, in Keras' operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ...text.vocabulary import PADDING_ID
from ..backend import import_keras
from ..encoder import build_encoder, drop
from ..initializers import Initializers
from .classes import pool_states

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["ROWS", "Vectors", "build_body", "compute_loss"]

# Weights that have a row for each token; the body has all others.
ROWS = ("embedding",)
# The first scale of cosines: that of what is usual once such networks are trained.
_FIRST_SCALE = float(np.log(15.0))
_SHORTEST = 1e-6


def build_body(
    spec: NetworkSpec,
    *,
    dropout: float,
    recurrent_dropout: float,
    initializers: Initializers,
) -> Any:
    """Build what a network makes of word vectors.

    Parameters
    ----------
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.PairHead`.
    dropout : float
        Dropout rate of word vectors, of states between layers and of what is pooled.
    recurrent_dropout : float
        Dropout rate of the recurrent states, one mask per text.
    initializers : Initializers
        Draw the first weights.

    Returns
    -------
    keras.Model
        From word vectors (steps, batch, n_components) and their mask (steps, batch, 1) to
        vectors (batch, n_outputs).
    """
    encoder = spec.encoder
    vectors = keras.Input(batch_shape=(None, None, encoder.n_components))
    mask = keras.Input(batch_shape=(None, None, 1))
    encoded = build_encoder(
        encoder,
        vectors,
        mask,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        initializers=initializers,
    )
    pooled = pool_states(spec, encoded, mask, initializers)
    pooled = drop(pooled, dropout, initializers.draw_seed())
    head = Vectors(spec.head.n_outputs, initializers.draw_kernel(), name="head")
    return keras.Model([vectors, mask], head(pooled), name="body")


def compute_loss(
    spec: NetworkSpec,
    body: Any,
    rows: Sequence[Any],
    weights: Sequence[Any],
    seeds: Sequence[Any],
    batch: Sequence[Any],
    *,
    label_smoothing: float = 0.0,
    training: bool = True,
) -> tuple:
    """Return the weighted sum of the log losses of a batch of questions.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    body : keras.Model
        What :func:`build_body` returned.
    rows : sequence of tensors
        The embedding table alone.
    weights, seeds : sequences of tensors
        Trainable and other values of the body.
    batch : sequence of tensors
        The parts of a :class:`~sklearn_slm.network.sequences.answers.AnswerBatch`.
    label_smoothing : float, default=0.0
        Not used: a wrong answer is never a little right.
    training : bool, default=True
        Whether dropout is active.

    Returns
    -------
    loss : tensor of shape ()
        Each question's right answer among the answers of the batch (in-batch negatives).
    seeds : list of tensors
        The seeds of dropout after it.
    """
    ids, answers, is_answer, right, weight = batch
    (table,) = rows
    pair = []
    for text in (ids, answers):
        mask = ops.cast(ops.not_equal(text, PADDING_ID), "float32")[:, :, None]
        vectors, seeds = body.stateless_call(
            list(weights),
            list(seeds),
            [ops.take(table, text, axis=0), mask],
            training=training,
        )
        pair.append(vectors)
    scores = ops.matmul(pair[0], ops.transpose(pair[1])) + (is_answer - 1.0) * 1e9
    is_right = ops.one_hot(right, scores.shape[1])
    losses = ops.logsumexp(scores, axis=1) - ops.sum(is_right * scores, axis=1)
    return ops.sum(weight * losses), seeds


class Vectors(keras.layers.Layer):  # type: ignore[name-defined]
    """Vectors of one length, ``exp(s / 2) x / |x|`` with ``x = W h + b``.

    Parameters
    ----------
    n_outputs : int
        Length of a vector.
    initializer : callable
        Draws the kernel, as those of Keras do.
    """

    def __init__(self, n_outputs: int, initializer: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.n_outputs, self.initializer = n_outputs, initializer

    def build(self, pooled_shape: tuple) -> None:
        """Create the weights."""
        shape = pooled_shape[-1], self.n_outputs
        self.kernel = self.add_weight(
            name="kernel", shape=shape, initializer=self.initializer
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.n_outputs,), initializer="zeros"
        )
        self.scale = self.add_weight(
            name="scale",
            shape=(),
            initializer=keras.initializers.Constant(_FIRST_SCALE),
        )

    def call(self, pooled: Any) -> Any:
        """Return vectors (batch, n_outputs) of what is pooled (batch, size)."""
        vectors = ops.matmul(pooled, self.kernel) + self.bias
        squares = ops.sum(vectors**2, axis=1, keepdims=True)
        # Before the root, whose gradient has no bound at 0.
        norms = ops.sqrt(ops.maximum(squares, _SHORTEST**2))
        return vectors * (ops.exp(0.5 * self.scale) / norms)

    def compute_output_shape(self, pooled_shape: tuple) -> tuple:
        """Return (batch, n_outputs)."""
        return (pooled_shape[0], self.n_outputs)
