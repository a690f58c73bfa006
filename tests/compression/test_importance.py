"""Importance of hidden units against finite differences."""

import numpy as np
import pytest

from sklearn_slm.compression import measure_units
from sklearn_slm.runtime import encode_batches, prepare_network
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_network

TEXTS = draw_texts([5, 3, 0, 1])
STEP = 1e-6


def scale_readers(spec, weights, layer, direction, unit, factor):
    """Return weights in which all that reads a unit reads a multiple of its state."""
    weights = dict(weights)
    units = spec.encoder.hidden_size[layer]
    d = spec.encoder.directions.index(direction)
    place = d * units + unit

    def scale(name, where):
        weights[name] = weights[name].copy()
        weights[name][where] *= factor

    scale(f"layer_{layer}.{direction}.recurrent_kernel", unit)
    if layer + 1 < len(spec.encoder.hidden_size):
        for other in spec.encoder.directions:
            scale(f"layer_{layer + 1}.{other}.kernel", place)
    else:
        scale("head.kernel", place)
        if "attention.kernel" in weights:
            scale("attention.kernel", (slice(None), place))
    return weights


def mix_logits(spec, weights, mixture):
    """Return the mixture of the logits of each text, in float64."""
    network = prepare_network(spec, weights, np.float64)
    mixed = np.zeros(len(TEXTS))
    for batch in encode_batches(network, TEXTS):
        mixed[batch.rows] = (batch.outputs["logits"] * mixture[batch.rows]).sum(axis=1)
    return mixed


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"cell": "gru"},
        {"cell": "rnn", "pooling": "max", "bidirectional": False},
        {"pooling": "last", "hidden_size": (2, 3)},
        {"cell": "gru", "pooling": "mean", "hidden_size": (3, 2)},
    ],
    ids=str,
)
def test_it_is_the_slope_of_a_factor_of_the_state(fields):
    spec, weights = make_network(scale=0.7, **fields)
    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    mixture = np.random.RandomState(1).standard_normal((4, 3))
    found = measure_units(spec, weights, TEXTS, mixture)
    assert found.keys() == {name for name, _, _ in spec.encoder.layers()}
    for name, values in found.items():
        layer, direction = int(name[6]), name.split(".")[1]
        for unit, value in enumerate(values):
            up, down = (
                mix_logits(
                    spec,
                    scale_readers(spec, weights, layer, direction, unit, factor),
                    mixture,
                )
                for factor in (1 + STEP, 1 - STEP)
            )
            expected = np.abs(up - down).sum() / (2 * STEP) / len(TEXTS)
            assert value == pytest.approx(expected, abs=1e-7)


def test_without_a_text_or_a_token_nothing_counts():
    spec, weights = make_network()
    empty = Ragged(np.zeros(0, np.int32), np.zeros(2, np.int64))
    found = measure_units(spec, weights, empty, np.ones((1, 3)))
    assert all((values == 0).all() for values in found.values())
