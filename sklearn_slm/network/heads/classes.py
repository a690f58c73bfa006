"""Pooling, logits and the loss of classes, in Keras' operations."""

from __future__ import annotations

from typing import Any

from ...spec import ClassHead, NetworkSpec
from ..backend import import_keras
from ..encoder import Outputs, average_states, drop
from ..initializers import Initializers

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = [
    "TARGET",
    "AttentionPooling",
    "build_head",
    "build_outputs",
    "compute_chance",
    "compute_losses",
    "compute_probabilities",
    "pool_states",
]

# What of :class:`~sklearn_slm.network.examples.Examples` it is trained on.
TARGET = "classes"


def build_head(
    spec: NetworkSpec,
    encoded: Outputs,
    mask: Any,
    *,
    dropout: float,
    initializers: Initializers,
    columns: Any = None,
) -> Any:
    """Return the logits (batch, n_outputs) of a batch of texts.

    Parameters
    ----------
    spec : NetworkSpec
        With the head to build.
    encoded : Outputs
        States (steps, batch, state_size) of the last layer.
    mask : tensor of shape (steps, batch, 1)
        1 at tokens, 0 at padding.
    dropout : float
        Dropout rate of the pooled vector.
    initializers : Initializers
        Draw the first weights.
    columns : tensor of shape (batch, n_columns) or None, default=None
        What comes with each text, where the head reads it. Its weights begin at 0 and it
        has a dropout of its own, of the same rate.
    """
    head = spec.head
    pooled = pool_states(spec, encoded, mask, initializers)
    pooled = drop(pooled, dropout, initializers.draw_seed())
    kernel = initializers.draw_kernel()
    dense = keras.layers.Dense(head.n_outputs, kernel_initializer=kernel, name="head")
    logits = dense(pooled)
    if columns is None:
        return logits
    columns = drop(columns, dropout, initializers.draw_seed())
    beside = keras.layers.Dense(
        head.n_outputs, use_bias=False, kernel_initializer="zeros", name="columns"
    )
    return logits + beside(columns)


def pool_states(
    spec: NetworkSpec, encoded: Outputs, mask: Any, initializers: Initializers
) -> Any:
    """Return one vector (batch, state_size) of the states of each text.

    Parameters
    ----------
    spec : NetworkSpec
        With a head that has a ``pooling``.
    encoded, mask, initializers
        As in :func:`build_head`.
    """
    head, states = spec.head, encoded.states
    if head.pooling == "attention":
        draw = initializers.draw_kernel()
        return AttentionPooling(initializer=draw, name="attention")(states, mask)
    elif head.pooling == "last":
        # Padding carries the state over, so each direction ends at an edge.
        ends = [states[0 if i else -1] for i, states in enumerate(encoded.directions)]
        pooled = ops.concatenate(ends, axis=-1) if len(ends) > 1 else ends[0]
    else:
        pooled = (average_states if head.pooling == "mean" else _pool_max)(states, mask)
    return pooled


def compute_losses(head: ClassHead, logits: Any, targets: Any) -> Any:
    """Return the log loss of each text; of several labels, their mean.

    Parameters
    ----------
    head : ClassHead
        The head of the network.
    logits : tensor of shape (batch, n_outputs)
        Its outputs.
    targets : tensor of shape (batch, n_outputs)
        1 where a class or label is true; soft labels are between 0 and 1.

    Returns
    -------
    tensor of shape (batch,)
    """
    if head.multilabel:
        return ops.mean(ops.softplus(logits) - targets * logits, axis=1)
    return ops.logsumexp(logits, axis=1) - ops.sum(targets * logits, axis=1)


def compute_probabilities(head: ClassHead, logits: Any) -> Any:
    """Return the probabilities that a network gives the classes or labels of each text.

    Parameters
    ----------
    head, logits
        As in :func:`compute_losses`.

    Returns
    -------
    tensor of shape (batch, n_outputs)
        Soft labels for :func:`compute_losses`.
    """
    return ops.sigmoid(logits) if head.multilabel else ops.softmax(logits, axis=1)


def build_outputs(spec: NetworkSpec, logits: Any, embedding: Any, head: Any) -> Any:
    """Return the logits: they need no word vectors."""
    return logits


def compute_chance(spec: NetworkSpec) -> float:
    """Return what a network that knows nothing gives the right class or label."""
    head = spec.head
    return 0.5 if head.multilabel else 1.0 / max(head.n_outputs, 2)


class AttentionPooling(keras.layers.Layer):  # type: ignore[name-defined]
    """Weighted sum of states, with weights that look at a state and the one before.

    ``a = softmax over t of W_a.[h(t-1), h(t)] + b_a`` and ``h* = sum a(t) h(t)``,
    where h(0) is zero. A text without tokens gives zeros.

    Parameters
    ----------
    initializer : callable
        Draws the kernel, as those of Keras do.
    """

    def __init__(self, *, initializer: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.initializer = initializer

    def build(self, states_shape: tuple, is_token_shape: tuple) -> None:
        """Create the weights."""
        self.kernel = self.add_weight(
            name="kernel", shape=(2, states_shape[-1]), initializer=self.initializer
        )
        self.bias = self.add_weight(name="bias", shape=(), initializer="zeros")

    def call(self, states: Any, is_token: Any) -> Any:
        """Pool states (steps, batch, size) where is_token (steps, batch, 1) is 1."""
        before, now = ops.split(ops.matmul(states, ops.transpose(self.kernel)), 2, -1)
        before = ops.pad(before[:-1], ((1, 0), (0, 0), (0, 0)))
        score = before + now + self.bias
        weight = ops.softmax(score + (is_token - 1.0) * 1e9, axis=0) * is_token
        return ops.sum(states * weight, axis=0)

    def compute_output_shape(self, states_shape: tuple, is_token_shape: tuple) -> tuple:
        """Return (batch, size)."""
        return (states_shape[1], states_shape[2])


def _pool_max(states: Any, mask: Any) -> Any:
    """Take the largest value of each component where mask is 1, else 0."""
    highest = ops.max(states + (mask - 1.0) * 1e9, axis=0)
    return highest * ops.max(mask, axis=0)
