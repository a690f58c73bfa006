"""Build the Keras network of a spec, and move weights in and out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import PADDING_ID
from .backend import float32_variables, import_keras, import_native
from .encoder import build_encoder, layer_name, shape_state
from .heads import HEADS
from .initializers import Initializers

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["build_body", "build_network", "read_weights", "write_weights"]


@float32_variables()
def build_network(
    spec: NetworkSpec,
    *,
    embedding: np.ndarray,
    train_vectors: bool = True,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    initializer: str = "glorot_uniform",
    seed: int = 0,
) -> Any:
    """Build a network with fresh weights.

    Parameters
    ----------
    spec : NetworkSpec
        What the network computes.
    embedding : ndarray of shape (n_tokens, n_components), dtype float32
        Initial word vectors; row 0 is padding, row 1 unknown tokens.
    train_vectors : bool, default=True
        Whether training moves the word vectors.
    dropout : float, default=0.0
        Dropout rate of word vectors, of states between layers and of the head's inputs.
    recurrent_dropout : float, default=0.0
        Dropout rate of the recurrent state, one mask per text.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        As in :class:`~sklearn_slm.network.initializers.Initializers`.
    seed : int, default=0
        Seed of initial weights and dropout.

    Returns
    -------
    keras.Model
        From ids of shape (batch, steps), int32, to what the head gives. Its layer
        ``"body"`` is the network from word vectors of shape (steps, batch,
        n_components), and a mask (steps, batch, 1) that is 1 at tokens. Where the head
        reads columns, both take them too, as the last one of their inputs.
    """
    encoder = spec.encoder
    body = build_body(
        spec,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        initializers=Initializers(initializer, seed),
    )
    ids = keras.Input((None,), dtype="int32", name="ids")
    by_step = ops.transpose(ids)
    vectors = keras.layers.Embedding(
        _pad_rows(encoder.table_rows),
        encoder.n_components,
        # The default would draw its seed from Python's global generator.
        embeddings_initializer="zeros",
        trainable=train_vectors,
        name="embedding",
    )
    is_token = ops.cast(ops.not_equal(by_step, PADDING_ID), "float32")[:, :, None]
    columns = _list_columns(spec)
    outputs = HEADS[spec.head.kind].build_outputs(
        spec,
        body([vectors(by_step), is_token, *columns]),
        vectors,
        body.get_layer("head"),
    )
    given = [ids, *columns] if columns else ids
    network = keras.Model(given, outputs, name="sklearn_slm")
    _variable(network, "embedding").assign(_pad_table(embedding))
    return network


def build_body(
    spec: NetworkSpec,
    *,
    dropout: float,
    recurrent_dropout: float,
    initializers: Initializers,
    carries_state: bool = False,
) -> Any:
    """Build what a network makes of word vectors.

    Parameters
    ----------
    spec, dropout, recurrent_dropout
        As in :func:`build_network`.
    initializers : Initializers
        Draw the first weights.
    carries_state : bool, default=False
        Whether a state goes in and comes out, for training on a stream piece by piece.

    Returns
    -------
    keras.Model
        From word vectors of shape (steps, batch, n_components) and a mask (steps, batch,
        1) that is 1 at tokens to what the head makes of the states. If it carries a
        state: from these, ``carry`` of shape (steps, batch, 1) and the state before the
        first step to a list of what the head gives, the states of the last layer, and the
        state after the last step.
    """
    encoder = spec.encoder
    # Time comes first: a scan then reads and writes whole slices.
    inputs = keras.Input(batch_shape=(None, None, encoder.n_components), name="vectors")
    mask = keras.Input(batch_shape=(None, None, 1), name="mask")
    carry, start = None, []
    if carries_state:
        carry = keras.Input(batch_shape=(None, None, 1), name="carry")
        start = [keras.Input((units,)) for units in shape_state(encoder)]
    encoded = build_encoder(
        encoder,
        inputs,
        mask,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        initializers=initializers,
        start=start,
        carry=carry,
    )
    columns = _list_columns(spec)
    read = {"columns": columns[0]} if columns else {}
    outputs = HEADS[spec.head.kind].build_head(
        spec, encoded, mask, dropout=dropout, initializers=initializers, **read
    )
    if not carries_state:
        return keras.Model([inputs, mask, *columns], outputs, name="body")
    given = [inputs, mask, carry, *start]
    return keras.Model(given, [outputs, encoded.states, *encoded.ends], name="body")


def read_weights(network: Any, spec: NetworkSpec) -> dict[str, np.ndarray]:
    """Copy the weights of a network out, as ``spec.weights()`` names them."""
    weights = {
        name: np.array(native.to_numpy(_variable(network, name).value), np.float32)
        for name in spec.weights()
    }
    table = weights["embedding"][: spec.encoder.table_rows].copy()
    return weights | {"embedding": table}


def write_weights(network: Any, weights: Mapping[str, np.ndarray]) -> None:
    """Copy weights into a network of the same spec."""
    for name, value in weights.items():
        value = _pad_table(value) if name == "embedding" else value
        _variable(network, name).assign(value)


def _list_columns(spec: NetworkSpec) -> list[Any]:
    """Return the input of the columns that come with texts, if the head reads any."""
    n_columns = getattr(spec.head, "n_columns", 0)
    return [keras.Input((n_columns,), name="beside")] if n_columns else []


def _pad_rows(n_tokens: int) -> int:
    """Return the rows of a live table: a few more than there are tokens.

    The vocabularies of a search's folds differ a little, and meet at the same number, so
    that nothing is compiled anew for them.
    """
    step = max(64, 2 ** (n_tokens.bit_length() - 3))
    return -(-n_tokens // step) * step


def _pad_table(table: np.ndarray) -> np.ndarray:
    """Add rows of zeros that no id names."""
    return np.pad(table, ((0, _pad_rows(len(table)) - len(table)), (0, 0)))


def _variable(network: Any, name: str) -> Any:
    if name == "embedding":
        return network.get_layer("embedding").embeddings
    layer, attribute = name.rsplit(".", 1)
    return getattr(network.get_layer("body").get_layer(layer_name(layer)), attribute)
