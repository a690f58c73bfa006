"""The next token after each state, in Keras' operations."""

from __future__ import annotations

from typing import Any

from ...spec import NetworkSpec, TokenHead
from ..backend import import_keras
from ..encoder import Outputs, drop
from ..initializers import Initializers

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = [
    "TARGET",
    "Projection",
    "build_head",
    "build_outputs",
    "compute_chance",
    "compute_losses",
]

# What of :class:`~sklearn_slm.network.examples.Examples` it is trained on.
TARGET = "ids"


def build_head(
    spec: NetworkSpec,
    encoded: Outputs,
    mask: Any,
    *,
    dropout: float,
    initializers: Initializers,
) -> Any:
    """Return the vectors (steps, batch, n_components) that meet those of the tokens.

    Their products with the embedding table are the logits, which are so many that a
    training step makes them itself, see
    :func:`~sklearn_slm.network.kernels.softmax.compute_tied_loss`.

    Parameters
    ----------
    spec : NetworkSpec
        With the head to build.
    encoded : Outputs
        States (steps, batch, state_size) of the last layer.
    mask : tensor of shape (steps, batch, 1)
        1 at tokens, 0 at padding.
    dropout : float
        Dropout rate of the states.
    initializers : Initializers
        Draw the first weights.
    """
    states = drop(encoded.states, dropout, initializers.draw_seed())
    initializer = initializers.draw_kernel()
    return Projection(spec, initializer=initializer, name="head")(states)


def build_outputs(spec: NetworkSpec, vectors: Any, embedding: Any, head: Any) -> Any:
    """Return the logits (steps, batch, n_tokens) of the tokens after each state.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    vectors : tensor of shape (steps, batch, n_components)
        What :func:`build_head` returned.
    embedding : keras.layers.Embedding
        Holds the table, whose rows beyond ``n_tokens`` no token has.
    head : Projection
        Holds the bias.
    """
    return _Logits(embedding, head, spec.encoder.table_rows)(vectors)


def compute_losses(head: TokenHead, logits: Any, targets: Any) -> Any:
    """Return the mean log loss of the tokens of each text.

    Parameters
    ----------
    head : TokenHead
        The head of the network.
    logits : tensor of shape (steps, batch, n_tokens)
        Its outputs.
    targets : tensor of shape (batch, steps), dtype int32
        The token after each state.

    Returns
    -------
    tensor of shape (batch,)
    """
    is_target = ops.one_hot(ops.transpose(targets), logits.shape[-1])
    losses = ops.logsumexp(logits, axis=-1) - ops.sum(is_target * logits, axis=-1)
    return ops.mean(losses, axis=0)


def compute_chance(spec: NetworkSpec) -> float:
    """Return what a network that knows nothing gives the right token."""
    return 1.0 / max(spec.encoder.table_rows, 2)


class Projection(keras.layers.Layer):  # type: ignore[name-defined]
    """Bring states to the length of word vectors, and hold the bias of the tokens.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    initializer : callable
        Draws the kernel, as those of Keras do.
    """

    def __init__(self, spec: NetworkSpec, *, initializer: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.spec = spec
        self.initializer = initializer

    def build(self, states_shape: tuple) -> None:
        """Create the weights."""
        shapes = {
            name: weight.shape
            for name, weight in self.spec.head.weights(self.spec.encoder).items()
        }
        self.kernel = None
        if "head.kernel" in shapes:
            self.kernel = self.add_weight(
                name="kernel",
                shape=shapes["head.kernel"],
                initializer=self.initializer,
            )
        self.bias = self.add_weight(
            name="bias", shape=shapes["head.bias"], initializer="zeros"
        )

    def call(self, states: Any) -> Any:
        """Return vectors (steps, batch, n_components)."""
        return states if self.kernel is None else ops.matmul(states, self.kernel)

    def compute_output_shape(self, states_shape: tuple) -> tuple:
        """Return (steps, batch, n_components)."""
        return (*states_shape[:2], self.spec.encoder.n_components)


class _Logits(keras.layers.Layer):  # type: ignore[name-defined]
    """Products with the word vectors, plus the bias."""

    def __init__(self, embedding: Any, head: Any, n_tokens: int):
        super().__init__()
        self.embedding, self.head, self.n_tokens = embedding, head, n_tokens

    def call(self, vectors: Any) -> Any:
        table = ops.convert_to_tensor(self.embedding.embeddings)[: self.n_tokens]
        return ops.matmul(vectors, ops.transpose(table)) + self.head.bias

    def compute_output_shape(self, vectors_shape: tuple) -> tuple:
        return (*vectors_shape[:2], self.n_tokens)
