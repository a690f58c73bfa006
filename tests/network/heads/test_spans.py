"""Spans that train: their loss by hand, its gradient by finite differences, padding."""

from functools import partial

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.encoder import layer_name
from sklearn_slm.network.heads.spans import ROWS, build_body, compute_loss
from sklearn_slm.network.initializers import Initializers
from sklearn_slm.spec import EncoderSpec, NetworkSpec, SpanHead
from tests.network.differentiation import differentiate
from tests.networks import draw_weights
from tests.spans import score_by_hand

keras, native = import_keras(), import_native()
SPEC = NetworkSpec(EncoderSpec(3, (2,), n_tokens=9), SpanHead(3, n_features=2))
WEIGHTS = draw_weights(SPEC)
# A row of padding alone, and steps of it behind all texts.
QUESTIONS = np.int32([[2, 5, 3, 0], [3, 0, 4, 0], [4, 0, 0, 0], [0, 0, 0, 0]])
PASSAGES = np.int32([[6, 3, 2, 0], [3, 8, 7, 0], [7, 5, 0, 0], [2, 0, 0, 0], [0] * 4])
FEATURES = np.random.RandomState(1).rand(5, 4, 2).astype(np.float32)
FEATURES[PASSAGES == 0] = 7.0
# One answer of two tokens, one of one, and none.
SPANS = np.int32([[1, 2], [0, 0], [-1, -1], [-1, -1]])
WEIGHT = np.float32([1.0, 0.5, 2.0, 0.0])
BATCH = QUESTIONS, PASSAGES, FEATURES, SPANS, WEIGHT


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


def make_loss(body):
    """Return the loss, and the loss with its gradients, as functions of all values."""
    batch = [keras.ops.convert_to_tensor(part) for part in BATCH]
    seeds = [v.value for v in body.non_trainable_variables]

    def loss(*values):
        given = SPEC, body, values[:1], values[1:], seeds, batch
        return compute_loss(*given, training=False)[0]

    if keras.backend.backend() == "jax":
        import jax

        # Compiled once for both, as training does.
        compiler = {"xla_backend_optimization_level": 1}
        jitted = jax.jit(
            jax.value_and_grad(lambda values: loss(*values)), compiler_options=compiler
        )

        def run(values):
            value, gradients = jitted([np.float32(value) for value in values])
            return float(value), list(map(np.asarray, gradients))

        return (lambda values: run(values)[0]), run

    def call(values):
        tensors = [keras.ops.convert_to_tensor(np.float32(v)) for v in values]
        return float(native.to_numpy(loss(*tensors)))

    return call, partial(differentiate, loss)


def read_values(body):
    table = WEIGHTS["embedding"]
    return [table, *(native.to_numpy(v.value) for v in body.trainable_variables)]


@pytest.fixture(scope="module")
def body():
    return build()


@pytest.fixture(scope="module")
def functions(body):
    return make_loss(body)


def test_the_loss_by_hand(body, functions):
    compute, _ = functions
    expected = 0.0
    for row, (span, weight) in enumerate(zip(SPANS, WEIGHT)):
        question, passage = (ids[ids[:, row] > 0, row] for ids in (QUESTIONS, PASSAGES))
        sides = score_by_hand(WEIGHTS, question, passage, FEATURES[:, row])
        # No token stands in front.
        expected -= weight * sum(side[k + 1] for side, k in zip(sides, span))
    assert compute(read_values(body)) == pytest.approx(expected, rel=1e-5)


def test_gradients_by_finite_differences(body, functions):
    compute, run = functions
    values = read_values(body)
    _, gradients = run(values)
    random = np.random.RandomState(0)
    for k, (value, gradient) in enumerate(zip(values, gradients)):
        direction = np.float32(random.standard_normal(value.shape))
        losses = [
            compute([*values[:k], value + step * direction, *values[k + 1 :]])
            for step in (5e-3, -5e-3)
        ]
        slope = (losses[0] - losses[1]) / 1e-2
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=0.03, abs=5e-3)


def test_dropout_acts_on_what_is_read_and_on_what_meets():
    """Vectors of both texts, inputs and states of the layer over both, the question."""
    layers = build(dropout=0.5).layers
    rates = [layer.rate for layer in layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.5] * 4
