"""Gradients against finite differences; pooled terms against the logits they sum to."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.runtime import encode_batches, prepare_network
from sklearn_slm.runtime.gradients import float_weights, pull_back_logits
from sklearn_slm.runtime.heads.classes import compute_pooling_weights
from sklearn_slm.spec import CELLS, POOLINGS
from tests.networks import draw_texts, each_text, make_network

NETWORKS = [
    {"cell": cell, "pooling": pooling, "bidirectional": both}
    for cell, pooling, both in itertools.product(CELLS, POOLINGS, [True, False])
] + [
    {"hidden_size": (4, 3)},
    {"hidden_size": (2, 3), "cell": "gru", "candidate_activation": "sigmoid"},
    {"candidate_activation": "sigmoid"},
    {"cell": "rnn", "candidate_activation": "sigmoid", "output": "sigmoid"},
]


def make_double_network(**fields):
    """Return a spec and weights in float64, for differences of 1e-6."""
    spec, weights = make_network(scale=0.7, **fields)
    return spec, {name: value.astype(np.float64) for name, value in weights.items()}


def mix_logits(spec, weights, texts, mixture):
    """Return the mixture of the logits of the pass that keeps everything."""
    network = prepare_network(spec, weights, np.float64)
    return sum(
        (batch.outputs["logits"] * mixture[batch.rows]).sum()
        for batch in encode_batches(network, texts)
    )


def compute_gradients(spec, weights, texts, mixture):
    gradients = np.zeros((len(texts.values), spec.encoder.n_components))
    network, floats = (
        prepare_network(spec, weights, np.float64),
        float_weights(spec, weights),
    )
    for batch in encode_batches(network, texts):
        found = pull_back_logits(network, floats, batch, mixture[batch.rows])
        gradients[batch.tokens] = found
    return gradients


@pytest.mark.parametrize("fields", NETWORKS, ids=str)
def test_gradient_equals_finite_differences(fields):
    lengths = [5, 0, 3, 1]
    spec, weights = make_double_network(n_components=3, n_tokens=2 + 9, **fields)
    texts = draw_texts(lengths)
    # Each token is a word of its own, so that its vector can be moved alone.
    texts = replace(texts, values=np.arange(2, 11, dtype=np.int32))
    mixture = np.random.RandomState(1).normal(size=(4, 3))
    gradients = compute_gradients(spec, weights, texts, mixture)
    step = 1e-6
    for token, component in np.ndindex(gradients.shape):
        values = []
        for sign in (1, -1):
            table = weights["embedding"].copy()
            table[2 + token, component] += sign * step
            moved = weights | {"embedding": table}
            values.append(mix_logits(spec, moved, texts, mixture))
        slope = (values[0] - values[1]) / (2 * step)
        assert gradients[token, component] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("fields", NETWORKS, ids=str)
def test_pooling_shares_sum_to_what_the_serving_pass_pools(fields):
    spec, weights = make_network(scale=0.7, **fields)
    texts = draw_texts([4, 0, 7, 1, 7])
    logits = prepare_network(spec, weights).run(texts)["logits"]
    network = prepare_network(spec, weights, np.float64)
    for batch in encode_batches(network, texts):
        shares = compute_pooling_weights(network.head, batch.encoded, batch.packing)
        terms = (shares * batch.encoded.states) @ weights["head.kernel"]
        for row, document in enumerate(batch.rows):
            total = terms[batch.packing.rows == row].sum(axis=0) + weights["head.bias"]
            np.testing.assert_allclose(total, logits[document], atol=1e-5)


def test_texts_are_put_back_in_their_order():
    spec, weights = make_network()
    texts = draw_texts([2, 0, 9, 4])
    outputs = np.random.RandomState(2).normal(size=(4, 3))
    together = compute_gradients(spec, weights, texts, outputs)
    assert together.shape == (15, 5)
    for i, text in enumerate(each_text(texts)):
        alone = compute_gradients(spec, weights, text, outputs[i : i + 1])
        part = slice(texts.offsets[i], texts.offsets[i + 1])
        np.testing.assert_allclose(together[part], alone, atol=1e-12)
