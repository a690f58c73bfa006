"""Gradients against finite differences; contributions against the logits they sum to."""

import itertools

import numpy as np
import pytest

from sklearn_slm import NetworkSpec
from sklearn_slm.runtime import forward, input_gradients, token_contributions
from sklearn_slm.runtime.contributions import wide_terms
from sklearn_slm.runtime.gradients import encode_vectors, float_weights, pull_back

POOLINGS = ["attention", "last", "mean", "max"]


def random_network(seed=0, **fields):
    spec = NetworkSpec(
        **{"n_tokens": 12, "n_components": 3, "hidden_size": (4,), "n_outputs": 3}
        | fields
    )
    generator = np.random.RandomState(seed)
    weights = {
        name: generator.normal(scale=0.7, size=shape).astype(np.float32)
        for name, shape in spec.weight_shapes().items()
    }
    if spec.n_wide:
        # Single tokens and pairs of them, as the wide branch numbers them.
        keys = np.concatenate([np.arange(2, 12), 12 * 3 + np.arange(2, 12)])
        weights["wide.keys"] = keys[: spec.n_wide].astype(np.int64)
    return spec, weights


def random_documents(lengths, seed=0):
    ids = np.random.RandomState(seed).randint(1, 12, size=sum(lengths))
    return ids.astype(np.int32), np.concatenate([[0], np.cumsum(lengths)])


NETWORKS = [
    {"cell": cell, "pooling": pooling, "bidirectional": both}
    for cell, pooling, both in itertools.product(
        ["lstm", "gru", "rnn"], POOLINGS, [True, False]
    )
] + [
    {"hidden_size": (4, 3)},
    {"hidden_size": (2, 3), "cell": "gru", "candidate_activation": "sigmoid"},
    {"candidate_activation": "sigmoid"},
    {"cell": "rnn", "candidate_activation": "sigmoid", "output": "sigmoid"},
]


@pytest.mark.parametrize("fields", NETWORKS, ids=str)
def test_gradient_equals_finite_differences(fields):
    spec, weights = random_network(**fields)
    floats = float_weights(spec, weights)
    lengths = np.array([5, 3, 1])
    generator = np.random.RandomState(1)
    vectors = generator.normal(size=(3, 5, spec.n_components))
    mixture = generator.normal(size=(3, spec.state_size))

    def value(x):
        encoded = encode_vectors(spec, floats, x, lengths)
        pooled = (encoded.share * encoded.states).sum(axis=1)
        return (pooled * mixture).sum()

    encoded = encode_vectors(spec, floats, vectors, lengths)
    found = pull_back(spec, floats, encoded, mixture)
    assert not found[np.arange(5) >= lengths[:, None]].any()
    step = 1e-6
    for place in np.ndindex(vectors.shape):
        moved = np.zeros_like(vectors)
        moved[place] = step
        slope = (value(vectors + moved) - value(vectors - moved)) / (2 * step)
        assert found[place] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize(
    "fields", [*NETWORKS, {"n_wide": 20}, {"n_wide": 15, "pooling": "max"}], ids=str
)
def test_contributions_sum_to_the_logits(fields):
    spec, weights = random_network(**fields)
    ids, offsets = random_documents([4, 0, 7, 1, 7])
    terms = token_contributions(spec, weights, ids, offsets)
    found = forward(spec, weights, ids, offsets)
    for i, logits in enumerate(found.logits):
        total = terms[offsets[i] : offsets[i + 1]].sum(axis=0) + weights["head.bias"]
        total += weights.get("wide.bias", 0.0)
        np.testing.assert_allclose(total, logits, atol=1e-5)


def test_documents_are_put_back_in_their_order():
    spec, weights = random_network()
    ids, offsets = random_documents([2, 0, 9, 4])
    outputs = np.random.RandomState(2).normal(size=(4, 3))
    together = input_gradients(spec, weights, ids, offsets, outputs)
    assert together.shape == (15, 3)
    for i in range(4):
        part = slice(offsets[i], offsets[i + 1])
        alone = input_gradients(
            spec,
            weights,
            ids[part],
            np.array([0, offsets[i + 1] - offsets[i]]),
            outputs[i : i + 1],
        )
        np.testing.assert_allclose(together[part], alone, atol=1e-12)


def test_an_ngram_is_shared_out_to_its_tokens_and_occurrences():
    spec, weights = random_network(n_wide=1)
    weights["wide.keys"] = np.array([12 * 3 + 4])  # token 3, then token 4
    weights["wide.kernel"] = np.array([[6.0, 0.0, -3.0]], np.float32)
    ids = np.array([3, 4, 4, 1, 3, 4, 3], np.int32)
    offsets = np.array([0, 6, 7])
    terms = wide_terms(spec, weights, ids, offsets)
    # One known n-gram: its feature has length one; it occurs twice, with two tokens.
    expected = np.array([1, 1, 0, 0, 1, 1, 0])[:, None] * [1.5, 0.0, -0.75]
    np.testing.assert_allclose(terms, expected, atol=1e-6)
