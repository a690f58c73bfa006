"""The decoder that trains: its loss by hand, its gradient by finite differences."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.encoder import layer_name
from sklearn_slm.network.heads.decoder import ROWS, build_body, compute_loss
from sklearn_slm.network.initializers import Initializers
from tests.network.differentiation import compile_loss, differentiate
from tests.network.sequences.small import SPEC
from tests.networks import draw_weights

keras, native = import_keras(), import_native()
WEIGHTS = draw_weights(SPEC)
# A text of three tokens and one of two, and what is written of them.
IDS = np.int32([[2, 5], [3, 6], [4, 0]])
READ = np.int32([[0, 0], [7, 4], [3, 0]])
TARGETS = np.int32([[7, 4], [3, 0], [0, 0]])
WEIGHT = np.float32([[1, 0.5], [1, 0.5], [1, 0]])


def build(dropout=0.0):
    body = build_body(
        SPEC,
        dropout=dropout,
        recurrent_dropout=0.0,
        initializers=Initializers("uniform", 0),
    )
    for name, value in WEIGHTS.items():
        if name not in ROWS:
            layer, attribute = name.rsplit(".", 1)
            getattr(body.get_layer(layer_name(layer)), attribute).assign(value)
    return body


def compute(body, values, **others):
    n = len(ROWS)
    values = [keras.ops.convert_to_tensor(value) for value in values]
    batch = [keras.ops.convert_to_tensor(part) for part in (IDS, READ, TARGETS, WEIGHT)]
    seeds = [v.value for v in body.non_trainable_variables]
    return compute_loss(SPEC, body, values[:n], values[n:], seeds, batch, **others)[0]


def read_values(body):
    rows = [WEIGHTS[name] for name in ROWS]
    return [*rows, *(native.to_numpy(v.value) for v in body.trainable_variables)]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_lstm(weights, prefix, inputs, state):
    """Return the states of a text, from one step to the next."""
    kernel, recurrent, bias = (
        np.float64(weights[f"{prefix}.{n}"])
        for n in ("kernel", "recurrent_kernel", "bias")
    )
    hidden, cell = state
    states = []
    for x in inputs:
        i, f, o, g = np.split(x @ kernel + hidden @ recurrent + bias, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        states.append(hidden)
    return np.array(states)


def compute_log_probs_by_hand(ids, read):
    """Return the log-probabilities of all tokens after each that is read."""
    w = {name: np.float64(value) for name, value in WEIGHTS.items()}
    vectors, zeros = w["embedding"][ids], np.zeros((2, 5))
    forward = run_lstm(w, "layer_0.forward", vectors, zeros)
    backward = run_lstm(w, "layer_0.backward", vectors[::-1], zeros)[::-1]
    encoded = np.concatenate([forward, backward], axis=1)
    bridge = encoded.mean(axis=0) @ w["bridge.layer_0.kernel"]
    start = np.split(np.tanh(bridge + w["bridge.layer_0.bias"]), 2)
    table = w["decoder.embedding"]
    states = run_lstm(w, "decoder.layer_0.forward", table[read], start)
    scores = np.exp(states @ w["attention.kernel"] @ encoded.T)
    context = scores / scores.sum(axis=1, keepdims=True) @ encoded
    joined = np.concatenate([states, context], axis=1)
    outputs = np.tanh(joined @ w["combine.kernel"] + w["combine.bias"])
    logits = outputs @ table.T + w["head.bias"]
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_by_hand(smoothing):
    body = build()
    loss = compute(body, read_values(body), training=False, label_smoothing=smoothing)
    expected = 0.0
    for ids, read, targets, weight in zip(IDS.T, READ.T, TARGETS.T, WEIGHT.T):
        n = np.count_nonzero(weight)
        log_probs = compute_log_probs_by_hand(ids[ids > 0], read[:n])
        right = log_probs[np.arange(n), targets[:n]]
        mixed = (1 - smoothing) * right + smoothing * log_probs.mean(axis=1)
        expected -= weight[:n] @ mixed
    assert float(native.to_numpy(loss)) == pytest.approx(expected, rel=1e-5)


def test_gradients_by_finite_differences():
    body = build()
    values = read_values(body)

    def loss(*given):
        return compute(body, given, training=False, label_smoothing=0.1)

    _, gradients = differentiate(loss, values)
    measure = compile_loss(loss)
    random = np.random.RandomState(0)
    for k, (value, gradient) in enumerate(zip(values, gradients)):
        direction = random.standard_normal(value.shape).astype(np.float32)
        losses = [
            measure(*values[:k], np.float32(value + step * direction), *values[k + 1 :])
            for step in (1e-2, -1e-2)
        ]
        slope = (losses[0] - losses[1]) / 2e-2
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=0.02, abs=5e-3)


def test_dropout_is_active_in_training_alone():
    body = build(dropout=0.5)
    values = read_values(body)
    plain, again, dropped = (
        float(native.to_numpy(compute(body, values, training=t)))
        for t in (False, False, True)
    )
    assert plain == again != dropped
