"""Vectors of texts that train: the loss by hand, its gradient by finite differences."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.encoder import layer_name
from sklearn_slm.network.heads.pairs import ROWS, build_body, compute_loss
from sklearn_slm.network.initializers import Initializers
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import EncoderSpec, NetworkSpec, PairHead
from sklearn_slm.text import Ragged
from tests.network.differentiation import compile_loss, differentiate
from tests.networks import draw_weights

keras, native = import_keras(), import_native()
QUESTIONS = np.int32([[2, 5], [3, 0], [4, 0]])
ANSWERS = np.int32([[6, 7, 2, 0], [3, 8, 0, 0]])
IS_ANSWER = np.float32([1, 1, 1, 0])
RIGHT, WEIGHT = np.int32([2, 1]), np.float32([1.0, 0.5])


def make_spec(pooling="max"):
    return NetworkSpec(EncoderSpec(3, (4,), n_tokens=9), PairHead(5, pooling))


def build(spec, weights, dropout=0.0):
    body = build_body(
        spec,
        dropout=dropout,
        recurrent_dropout=0.0,
        initializers=Initializers("uniform", 0),
    )
    for name, value in weights.items():
        if name not in ROWS:
            layer, attribute = name.rsplit(".", 1)
            getattr(body.get_layer(layer_name(layer)), attribute).assign(value)
    return body


def compute(spec, body, values, **others):
    batch = [
        keras.ops.convert_to_tensor(part)
        for part in (QUESTIONS, ANSWERS, IS_ANSWER, RIGHT, WEIGHT)
    ]
    seeds = [v.value for v in body.non_trainable_variables]
    return compute_loss(spec, body, values[:1], values[1:], seeds, batch, **others)[0]


def read_values(body, weights):
    return [
        weights["embedding"],
        *(native.to_numpy(v.value) for v in body.trainable_variables),
    ]


def as_texts(ids):
    rows = [column[column > 0] for column in ids.T]
    offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Ragged(np.concatenate(rows).astype(np.int32), offsets)


@pytest.mark.parametrize("pooling", ["max", "attention"])
def test_the_loss_by_hand_of_vectors_that_serve(pooling):
    """Training and runtime agree on the vectors."""
    spec = make_spec(pooling)
    weights = draw_weights(spec)
    body = build(spec, weights)
    network = prepare_network(spec, weights)
    questions, answers = (
        network.run(as_texts(ids))["vectors"].astype(np.float64)
        for ids in (QUESTIONS, ANSWERS[:, :3])
    )
    scale = np.exp(weights["head.scale"])
    np.testing.assert_allclose((questions**2).sum(axis=1), scale, rtol=1e-5)
    scores = questions @ answers.T
    log_probs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = -(WEIGHT @ log_probs[np.arange(2), RIGHT])
    loss = compute(spec, body, read_values(body, weights), training=False)
    assert float(native.to_numpy(loss)) == pytest.approx(expected, rel=1e-4)


def test_gradients_by_finite_differences():
    spec = make_spec()
    weights = draw_weights(spec)
    body = build(spec, weights)
    values = read_values(body, weights)

    def loss(*given):
        return compute(spec, body, given, training=False)

    _, gradients = differentiate(loss, values)
    measure = compile_loss(loss)
    random = np.random.RandomState(0)
    for k, (value, gradient) in enumerate(zip(values, gradients)):
        direction = np.float32(random.standard_normal(value.shape))
        losses = [
            measure(*values[:k], np.float32(value + step * direction), *values[k + 1 :])
            for step in (5e-3, -5e-3)
        ]
        slope = (losses[0] - losses[1]) / 1e-2
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=0.03, abs=5e-3)


def test_dropout_is_active_in_training_alone():
    spec = make_spec()
    weights = draw_weights(spec)
    body = build(spec, weights, dropout=0.5)
    values = read_values(body, weights)
    plain, again, dropped = (
        float(native.to_numpy(compute(spec, body, values, training=t)))
        for t in (False, False, True)
    )
    assert plain == again != dropped
