"""Pooling: the states of a text to one vector."""

from __future__ import annotations

from typing import Any

from .backend import import_keras

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["AttentionPooling", "pool_max", "pool_mean"]


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

    def build(self, states_shape: tuple, inside_shape: tuple) -> None:
        """Create the weights."""
        self.kernel = self.add_weight(
            name="kernel", shape=(2, states_shape[-1]), initializer=self.initializer
        )
        self.bias = self.add_weight(name="bias", shape=(), initializer="zeros")

    def call(self, states: Any, inside: Any) -> Any:
        """Pool states (steps, batch, size) where inside (steps, batch, 1) is 1."""
        before, now = ops.split(ops.matmul(states, ops.transpose(self.kernel)), 2, -1)
        before = ops.pad(before[:-1], ((1, 0), (0, 0), (0, 0)))
        score = before + now + self.bias
        weight = ops.softmax(score + (inside - 1.0) * 1e9, axis=0) * inside
        return ops.sum(states * weight, axis=0)

    def compute_output_shape(self, states_shape: tuple, inside_shape: tuple) -> tuple:
        """Return (batch, size)."""
        return (states_shape[1], states_shape[2])


def pool_mean(states: Any, inside: Any) -> Any:
    """Average the states (steps, batch, size) where inside (steps, batch, 1) is 1."""
    total = ops.sum(states * inside, axis=0)
    return total / ops.maximum(ops.sum(inside, axis=0), 1.0)


def pool_max(states: Any, inside: Any) -> Any:
    """Take the largest value of each component where inside is 1, else 0."""
    highest = ops.max(states + (inside - 1.0) * 1e9, axis=0)
    return highest * ops.max(inside, axis=0)
