"""A second text from the states of a first, and its loss, in Keras' operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...spec import NetworkSpec
from ...text.vocabulary import PADDING_ID
from ..backend import import_keras
from ..encoder import average_states, build_encoder, drop, layer_name
from ..initializers import Initializers
from ..kernels.softmax import compute_tied_loss

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["ROWS", "attend", "build_body", "compute_loss"]

# Weights that have a row for each token; the body has all others.
ROWS = ("embedding", "decoder.embedding", "head.bias")


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
        With a :class:`~sklearn_slm.spec.DecoderHead`.
    dropout : float
        Dropout rate of the vectors of both texts, of states between layers, and of what
        meets the table.
    recurrent_dropout : float
        Dropout rate of the recurrent states, one mask per text.
    initializers : Initializers
        Draw the first weights.

    Returns
    -------
    keras.Model
        From vectors of the first text (steps, batch, n_components), its mask (steps,
        batch, 1) and vectors of the tokens that the decoder reads to vectors (steps of
        the second text, batch, n_components of the decoder), whose products with its
        table are the logits.
    """
    encoder, decoder = spec.encoder, spec.head.decoder
    rates: Any = {"dropout": dropout, "recurrent_dropout": recurrent_dropout}
    vectors = keras.Input(batch_shape=(None, None, encoder.n_components))
    mask = keras.Input(batch_shape=(None, None, 1))
    written = keras.Input(batch_shape=(None, None, decoder.n_components))
    encoded = build_encoder(encoder, vectors, mask, initializers=initializers, **rates)
    mean = average_states(encoded.states, mask)
    start = [
        state
        for i, units in enumerate(decoder.hidden_size)
        for state in _build_bridge(spec, i, units, mean, initializers)
    ]
    decoded = build_encoder(
        decoder,
        written,
        ops.ones_like(written[:, :, :1]),
        initializers=initializers,
        start=start,
        prefix="decoder.",
        **rates,
    )
    read = Attention(initializers.draw_kernel(), name="attention")(
        decoded.states, encoded.states, mask
    )
    combine = keras.layers.Dense(
        decoder.n_components,
        activation="tanh",
        kernel_initializer=initializers.draw_kernel(),
        name="combine",
    )
    outputs = combine(ops.concatenate([decoded.states, read], axis=-1))
    outputs = drop(outputs, dropout, initializers.draw_seed())
    return keras.Model([vectors, mask, written], outputs, name="body")


def _build_bridge(
    spec: NetworkSpec, depth: int, units: int, mean: Any, initializers: Initializers
) -> list:
    """Return the state that a layer of the decoder begins with."""
    n_states = len(spec.head.state_sizes) // len(spec.head.decoder.hidden_size)
    dense = keras.layers.Dense(
        n_states * units,
        activation="tanh",
        kernel_initializer=initializers.draw_kernel(),
        name=layer_name(f"bridge.layer_{depth}"),
    )
    return list(ops.split(dense(mean), n_states, axis=-1))


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
    """Return the summed log loss of the tokens of a batch of second texts.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    body : keras.Model
        What :func:`build_body` returned.
    rows : sequence of tensors
        The values of the weights that `ROWS` names, in their order.
    weights, seeds : sequences of tensors
        Trainable and other values of the body.
    batch : sequence of tensors
        Ids of the first texts (steps, batch), ids that the decoder reads (steps, batch),
        ids of the tokens after them, and a weight of each of these, float32.
    label_smoothing : float, default=0.0
        As in :func:`~sklearn_slm.network.kernels.softmax.compute_tied_loss`.
    training : bool, default=True
        Whether dropout is active.

    Returns
    -------
    loss : tensor of shape ()
    seeds : list of tensors
        The seeds of dropout after it.
    """
    table, written, bias = rows
    ids, read, targets, weight = batch
    mask = ops.cast(ops.not_equal(ids, PADDING_ID), "float32")[:, :, None]
    given = [ops.take(table, ids, axis=0), mask, ops.take(written, read, axis=0)]
    outputs, seeds = body.stateless_call(
        list(weights), list(seeds), given, training=training
    )
    loss = compute_tied_loss(
        ops.reshape(outputs, (-1, spec.head.decoder.n_components)),
        written,
        bias,
        ops.reshape(targets, (-1,)),
        ops.reshape(weight, (-1,)),
        label_smoothing,
    )
    return loss, seeds


def attend(queries: Any, keys: Any, values: Any, is_token: Any) -> Any:
    """Return the mean of a text's values for each query, by a softmax of its products.

    Parameters
    ----------
    queries : tensor of shape (steps, batch, units)
        What looks.
    keys : tensor of shape (steps of the text, batch, units)
        What it is compared with.
    values : tensor of shape (steps of the text, batch, size)
        What it gets.
    is_token : tensor of shape (steps of the text, batch, 1)
        1 at tokens, 0 at padding.

    Returns
    -------
    tensor of shape (steps, batch, size)
        Zeros where a text has no tokens.
    """
    # Batch first: one product for each text.
    keys = ops.transpose(keys, (1, 2, 0))
    scores = ops.matmul(ops.transpose(queries, (1, 0, 2)), keys)
    is_token = ops.transpose(is_token, (1, 2, 0))
    weight = ops.softmax(scores + (is_token - 1.0) * 1e9, axis=-1) * is_token
    read = ops.matmul(weight, ops.transpose(values, (1, 0, 2)))
    return ops.transpose(read, (1, 0, 2))


class Attention(keras.layers.Layer):  # type: ignore[name-defined]
    """The mean of one text's states, weighted for each state of another.

    ``a(t) = softmax over s of h(t) . W . e(s)``; of a text without tokens it is zeros.

    Parameters
    ----------
    initializer : callable
        Draws the kernel, as those of Keras do.
    """

    def __init__(self, initializer: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.initializer = initializer

    def build(
        self, states_shape: tuple, read_shape: tuple, is_token_shape: tuple
    ) -> None:
        """Create the weights."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(states_shape[-1], read_shape[-1]),
            initializer=self.initializer,
        )

    def call(self, states: Any, read: Any, is_token: Any) -> Any:
        """Return what is read (steps, batch, size) at states (steps, batch, units).

        Parameters
        ----------
        states : tensor of shape (steps, batch, units)
            States of the decoder.
        read : tensor of shape (steps of the first text, batch, size)
            States of the encoder.
        is_token : tensor of shape (steps of the first text, batch, 1)
            1 at tokens, 0 at padding.
        """
        keys = ops.matmul(read, ops.transpose(self.kernel))
        return attend(states, keys, read, is_token)

    def compute_output_shape(
        self, states_shape: tuple, read_shape: tuple, is_token_shape: tuple
    ) -> tuple:
        """Return (steps, batch, size)."""
        return (*states_shape[:2], read_shape[-1])
