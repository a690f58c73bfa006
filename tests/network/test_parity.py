"""Keras, NumPy and the formulas agree on every architecture."""

import itertools

import numpy as np
import pytest

from sklearn_slm.network.backend import import_native
from sklearn_slm.network.build import build_network, read_weights, write_weights
from sklearn_slm.runtime import forward
from sklearn_slm.spec import CELLS, POOLINGS, NetworkSpec
from sklearn_slm.text import pad_ids

native = import_native()
LENGTHS = np.array([5, 0, 1, 9, 3, 9])
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)]).astype(np.int64)
IDS = np.random.RandomState(0).randint(1, 12, OFFSETS[-1]).astype(np.int32)


def make_network(spec, seed=1):
    """Return a network and random weights that are written into it."""
    random = np.random.RandomState(seed)
    weights = {
        name: np.float32(random.standard_normal(shape) * 0.5)
        for name, shape in spec.weight_shapes().items()
    }
    network = build_network(spec, embedding=weights["embedding"], seed=seed)
    write_weights(network, weights)
    for name, value in read_weights(network, spec).items():
        np.testing.assert_array_equal(value, weights[name])
    return network, weights


@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("hidden_size", [(4,), (4, 3)])
@pytest.mark.parametrize("cell", CELLS)
def test_keras_and_numpy_agree_and_padding_changes_nothing(
    cell, hidden_size, candidate
):
    for bidirectional, pooling in itertools.product([False, True], POOLINGS):
        spec = NetworkSpec(
            12,
            5,
            hidden_size,
            3,
            cell=cell,
            bidirectional=bidirectional,
            pooling=pooling,
            candidate_activation=candidate,
        )
        network, weights = make_network(spec)
        expected = forward(spec, weights, IDS, OFFSETS).logits
        for width in (9, 13):
            found = native.to_numpy(network(pad_ids(IDS, OFFSETS, width)))
            np.testing.assert_allclose(found, expected, atol=1e-5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_one_lstm_step_and_attention_worked_by_hand():
    spec = NetworkSpec(4, 1, (1,), 1, bidirectional=False)
    weights = {
        "embedding": [[0], [0], [1], [2]],
        "layer_0.forward.kernel": [[0.1, 0.2, 0.3, 0.4]],
        "layer_0.forward.recurrent_kernel": [[0.5, 0.6, 0.7, 0.8]],
        "layer_0.forward.bias": [0.0, 1.0, 0.0, 0.1],
        "attention.kernel": [[0.3], [0.9]],
        "attention.bias": 0.2,
        "head.kernel": [[2.0]],
        "head.bias": [-1.0],
    }
    weights = {name: np.float32(value) for name, value in weights.items()}
    hidden, memory, states = 0.0, 0.0, []
    for x in (1.0, 2.0):
        i, f, o = (sigmoid(x * w + hidden * u + b) for w, u, b in
                   ((0.1, 0.5, 0.0), (0.2, 0.6, 1.0), (0.3, 0.7, 0.0)))  # fmt: skip
        memory = f * memory + i * np.tanh(x * 0.4 + hidden * 0.8 + 0.1)
        hidden = o * np.tanh(memory)
        states.append(hidden)
    score = np.array([0.9 * states[0], 0.3 * states[0] + 0.9 * states[1]]) + 0.2
    weight = np.exp(score) / np.exp(score).sum()
    found = forward(spec, weights, np.int32([2, 3]), np.int64([0, 2]))
    np.testing.assert_allclose(found.attention, weight, rtol=1e-6)
    np.testing.assert_allclose(found.logits, [[2 * weight @ states - 1]], rtol=1e-5)


def test_our_lstm_is_keras_own():
    import keras

    spec = NetworkSpec(12, 5, (4,), 3, bidirectional=False, pooling="last")
    _, weights = make_network(spec)
    theirs = keras.layers.LSTM(4)
    x = weights["embedding"][IDS[:5]][None]
    theirs.build(x.shape)
    swap = [0, 1, 3, 2]  # Keras: input, forget, candidate, output
    theirs.set_weights(
        [
            np.concatenate([np.split(w, 4, axis=-1)[i] for i in swap], axis=-1)
            for w in (
                weights["layer_0.forward.kernel"],
                weights["layer_0.forward.recurrent_kernel"],
                weights["layer_0.forward.bias"],
            )
        ]
    )
    pooled = native.to_numpy(theirs(x))
    expected = pooled @ weights["head.kernel"] + weights["head.bias"]
    found = forward(spec, weights, IDS[:5], np.int64([0, 5])).logits
    np.testing.assert_allclose(found, expected, atol=1e-5)
