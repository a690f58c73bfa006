"""Build the Keras network of a spec, and move weights in and out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import PADDING_ID
from .attention import AttentionPooling, pool_max, pool_mean
from .backend import float32_variables, import_keras, import_native
from .recurrent import Recurrent

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["build_network", "read_weights", "write_weights"]

Draw = Callable[..., np.ndarray]  # from a shape to first values


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
        Share of word-vector components, of states between layers and of the pooled
        vector that are dropped in training.
    recurrent_dropout : float, default=0.0
        Share of the recurrent state that is dropped, one mask per sequence.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start. With glorot, recurrent kernels are orthogonal per gate;
        the other two draw from N(0, 0.05^2) and U(-0.05, 0.05).
    seed : int, default=0
        Seed of initial weights and dropout.

    Returns
    -------
    keras.Model
        From ids of shape (batch, steps), int32, to logits (batch, n_outputs). Its layer
        ``"rest"`` is the network from word vectors of shape (steps, batch,
        n_components), and a mask (steps, batch, 1) that is 1 inside the texts.
    """
    seeds = iter(np.random.RandomState(seed).randint(2**31 - 1, size=1000).tolist())

    def draw() -> Any:
        return _initializer(initializer, next(seeds))

    # Time comes first: a scan then reads and writes whole slices.
    inputs = keras.Input(batch_shape=(None, None, spec.n_components), name="vectors")
    inside = keras.Input(batch_shape=(None, None, 1), name="inside")
    states = inputs
    for i, units in enumerate(spec.hidden_size):
        states = _drop(states, dropout, next(seeds))
        outputs = [
            Recurrent(
                units,
                cell=spec.cell,
                candidate_activation=spec.candidate_activation,
                backward=direction == "backward",
                recurrent_dropout=recurrent_dropout,
                initializer=draw(),
                recurrent_initializer=(
                    _orthogonal_gates(next(seeds))
                    if initializer == "glorot_uniform"
                    else draw()
                ),
                seed=next(seeds),
                name=_layer_name(f"layer_{i}.{direction}"),
            )(states, inside)
            for direction in spec.directions
        ]
        states = ops.concatenate(outputs, axis=-1) if len(outputs) > 1 else outputs[0]
    if spec.pooling == "attention":
        pooled = AttentionPooling(initializer=draw(), name="attention")(states, inside)
    elif spec.pooling == "last":
        # Padding carries the state over, so each direction ends at an edge.
        ends = [o[0 if i else -1] for i, o in enumerate(outputs)]
        pooled = ops.concatenate(ends, axis=-1) if len(ends) > 1 else ends[0]
    else:
        pooled = (pool_mean if spec.pooling == "mean" else pool_max)(states, inside)
    pooled = _drop(pooled, dropout, next(seeds))
    head = keras.layers.Dense(spec.n_outputs, kernel_initializer=draw(), name="head")
    rest = keras.Model([inputs, inside], head(pooled), name="rest")

    ids = keras.Input((None,), dtype="int32", name="ids")
    read = ops.transpose(ids)
    vectors = keras.layers.Embedding(
        _pad_rows(spec.n_tokens),
        spec.n_components,
        # The default would draw its seed from Python's global generator.
        embeddings_initializer="zeros",
        trainable=train_vectors,
        name="embedding",
    )
    mask = ops.cast(ops.not_equal(read, PADDING_ID), "float32")[:, :, None]
    network = keras.Model(ids, rest([vectors(read), mask]), name="sklearn_slm")
    _variable(network, "embedding").assign(_pad_table(embedding))
    return network


def read_weights(network: Any, spec: NetworkSpec) -> dict[str, np.ndarray]:
    """Copy the weights of a network out, as ``spec.weight_shapes()`` names them."""
    found = {
        name: np.array(native.to_numpy(_variable(network, name).value), np.float32)
        for name in spec.weight_shapes()
    }
    return found | {"embedding": found["embedding"][: spec.n_tokens].copy()}


def write_weights(network: Any, weights: Mapping[str, np.ndarray]) -> None:
    """Copy weights into a network of the same spec."""
    for name, value in weights.items():
        value = _pad_table(value) if name == "embedding" else value
        _variable(network, name).assign(value)


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
    return getattr(network.get_layer("rest").get_layer(_layer_name(layer)), attribute)


def _layer_name(layer: str) -> str:
    """Return the name in Keras: PyTorch allows no dots."""
    return layer.replace(".", "_")


def _drop(values: Any, rate: float, seed: int) -> Any:
    return keras.layers.Dropout(rate, seed=seed)(values) if rate > 0 else values


def _initializer(name: str, seed: int) -> Draw:
    """Return what draws a kernel, by the name users give.

    NumPy draws: the same numbers on every backend, and JAX would compile for each shape.
    """
    random = np.random.RandomState(seed)

    def draw(shape: tuple, dtype: Any = None) -> np.ndarray:
        if name == "gaussian":
            return random.normal(0.0, 0.05, shape).astype(np.float32)
        # Glorot and Bengio (2010).
        limit = 0.05 if name == "uniform" else np.sqrt(6.0 / sum(shape))
        return random.uniform(-limit, limit, shape).astype(np.float32)

    return draw


def _orthogonal_gates(seed: int) -> Draw:
    """Return what draws one orthogonal matrix for each gate, side by side."""
    random = np.random.RandomState(seed)

    def draw(shape: tuple, dtype: Any = None) -> np.ndarray:
        units, columns = shape
        gates = []
        for _ in range(columns // units):
            q, r = np.linalg.qr(random.standard_normal((units, units)))
            gates.append(q * np.sign(np.diag(r)))
        return np.concatenate(gates, axis=1).astype(np.float32)

    return draw
