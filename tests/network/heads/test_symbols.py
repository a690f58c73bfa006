"""The loss over all alignments, by listing them."""

from itertools import product

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.encoder import layer_name
from sklearn_slm.network.heads.symbols import ROWS, build_body, compute_loss
from sklearn_slm.network.initializers import Initializers
from sklearn_slm.spec import EncoderSpec, NetworkSpec, SymbolHead
from tests.network.differentiation import compile_loss, differentiate
from tests.networks import draw_weights

keras, native = import_keras(), import_native()
SPEC = NetworkSpec(EncoderSpec(3, (4,), n_tokens=None), SymbolHead(3))
WEIGHTS = draw_weights(SPEC)
FRAMES = np.random.RandomState(1).standard_normal((5, 2, 3)).astype(np.float32)
LENGTHS = np.int32([5, 3])
SYMBOLS, N_SYMBOLS = np.int32([[1, 1, 2, 0], [2, 0, 0, 0]]), np.int32([3, 1])
WEIGHT = np.float32([1.0, 0.5])


def build(dropout=0.0):
    body = build_body(
        SPEC,
        dropout=dropout,
        recurrent_dropout=0.0,
        initializers=Initializers("uniform", 0),
    )
    for name, value in WEIGHTS.items():
        layer, attribute = name.rsplit(".", 1)
        getattr(body.get_layer(layer_name(layer)), attribute).assign(value)
    return body


def compute(body, values, **others):
    batch = [
        keras.ops.convert_to_tensor(part)
        for part in (FRAMES, LENGTHS, SYMBOLS, N_SYMBOLS, WEIGHT)
    ]
    seeds = [v.value for v in body.non_trainable_variables]
    return compute_loss(SPEC, body, [], values, seeds, batch, **others)[0]


def read_values(body):
    return [native.to_numpy(v.value) for v in body.trainable_variables]


def collapse(alignment):
    kept = [s for i, s in enumerate(alignment) if i == 0 or s != alignment[i - 1]]
    return [s for s in kept if s]


def test_the_loss_by_listing_all_alignments():
    body = build()
    mask = (np.arange(5)[:, None] < LENGTHS)[:, :, None].astype(np.float32)
    logits = native.to_numpy(body([FRAMES, mask])).astype(np.float64)
    expected = 0.0
    for row in (0, 1):
        of_row = np.exp(logits[: LENGTHS[row], row])
        probs = of_row / of_row.sum(axis=1, keepdims=True)
        said = SYMBOLS[row, : N_SYMBOLS[row]].tolist()
        total = sum(
            np.prod(probs[np.arange(len(probs)), list(alignment)])
            for alignment in product(range(3), repeat=len(probs))
            if collapse(alignment) == said
        )
        expected -= WEIGHT[row] * np.log(total)
    loss = compute(body, read_values(body), training=False)
    assert float(native.to_numpy(loss)) == pytest.approx(expected, rel=1e-4)
    assert ROWS == ()


def test_gradients_by_finite_differences():
    body = build()
    values = read_values(body)

    def loss(*given):
        return compute(body, given, training=False)

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
    plain, again, dropped = (
        float(native.to_numpy(compute(body, read_values(body), training=t)))
        for t in (False, False, True)
    )
    assert plain == again != dropped
