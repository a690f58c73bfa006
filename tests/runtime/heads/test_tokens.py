"""The head for the next token in NumPy: by hand, in blocks, and text by text."""

import tracemalloc

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.runtime import encode_batches, prepare_network
from sklearn_slm.runtime.heads import tokens
from sklearn_slm.runtime.heads.tokens import (
    compute_log_likelihood,
    compute_log_probs,
    prepare_head,
)
from sklearn_slm.runtime.weights import to_float
from sklearn_slm.text import Ragged
from tests.networks import (
    N_TOKENS,
    draw_texts,
    each_text,
    make_token_network,
    make_token_spec,
)

STATES = np.random.RandomState(3).standard_normal((7, 4)).astype(np.float32)
TARGETS = np.array([0, 1, 11, 5, 5, 3, 2])
TEXTS = draw_texts([3, 0, 7, 1, 7, 12, 2])


def compute_softmax(weights, states):
    """Return the logarithm of softmax(E (W h) + b), written out in float64."""
    floats = {name: np.float64(to_float(weights, name)) for name in weights}
    vectors = states @ floats["head.kernel"] if "head.kernel" in floats else states
    logits = np.float64(vectors) @ floats["embedding"].T + floats["head.bias"]
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def test_two_tokens_by_hand():
    spec = make_token_spec(n_tokens=2, n_components=1, hidden_size=(1,))
    weights = {
        "embedding": np.float32([[0.5], [-1.0]]),
        "head.bias": np.float32([0.1, 0.3]),
    }
    logits = 2 * 0.5 + 0.1, 2 * -1.0 + 0.3
    first = np.exp(logits[0]) / (np.exp(logits[0]) + np.exp(logits[1]))
    head = prepare_head(spec, weights)
    log_probs = compute_log_probs(head, np.float32([[2.0]]))
    np.testing.assert_allclose(log_probs, [np.log([first, 1 - first])], rtol=1e-6)


@pytest.mark.parametrize("dtype", [None, "float16", "int8", "int4"])
@pytest.mark.parametrize("n_components", [4, 6])
def test_log_probs_are_those_of_the_formula(n_components, dtype):
    spec, weights = make_token_network(n_components=n_components)
    assert ("head.kernel" in weights) == (n_components != 4)
    weights = quantize_weights(spec, weights, dtype) if dtype else weights
    expected = compute_softmax(weights, STATES)
    head = prepare_head(spec, weights)
    log_probs = compute_log_probs(head, STATES)
    assert log_probs.dtype == np.float32
    np.testing.assert_allclose(log_probs, expected, atol=1e-6)
    likelihood = compute_log_likelihood(head, STATES, TARGETS)
    np.testing.assert_allclose(likelihood, expected[np.arange(7), TARGETS], atol=1e-6)


def test_blocks_change_nothing(monkeypatch):
    head = prepare_head(*make_token_network())
    expected = compute_log_probs(head, STATES)
    monkeypatch.setattr(tokens, "_BLOCK_STATES", 3)
    monkeypatch.setattr(tokens, "_BLOCK_LOGITS", 0)
    np.testing.assert_allclose(compute_log_probs(head, STATES), expected, atol=1e-6)
    np.testing.assert_allclose(
        compute_log_likelihood(head, STATES, TARGETS),
        expected[np.arange(7), TARGETS],
        atol=1e-6,
    )
    none = STATES[:0]
    assert compute_log_probs(head, none).shape == (0, N_TOKENS)
    assert compute_log_likelihood(head, none, TARGETS[:0]).shape == (0,)


def test_memory_does_not_grow_with_the_states():
    spec, weights = make_token_network(n_tokens=5_000)
    head = prepare_head(spec, weights)
    states = np.zeros((20_000, 4), np.float32)  # all their logits would be 400 MB
    tracemalloc.start()
    compute_log_likelihood(head, states, np.zeros(20_000, int))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6


def test_logits_of_any_size_have_probabilities():
    spec, weights = make_token_network(n_components=4)
    head = prepare_head(spec, weights | {"embedding": weights["embedding"] * 1e15})
    log_probs = compute_log_probs(head, STATES)
    assert np.isfinite(log_probs).all()
    np.testing.assert_array_equal(log_probs.max(axis=1), 0.0)


@pytest.mark.parametrize("n_components", [4, 6])
def test_each_token_has_the_likelihood_of_the_one_after_it(n_components):
    spec, weights = make_token_network(n_components=n_components, n_labels=2)
    prepared = prepare_network(spec, weights)
    likelihood = prepared.run(TEXTS)["log_likelihood"]
    assert likelihood.dtype == np.float32
    texts = Ragged(likelihood, TEXTS.offsets)
    for row, text in enumerate(each_text(TEXTS)):
        alone = prepared.run(text)["log_likelihood"]
        np.testing.assert_allclose(alone, texts[row], atol=1e-6)
        if not len(alone):
            continue
        state = tuple(np.zeros((1, 4), np.float32) for _ in range(2))
        states, _ = prepared.forward_chunk(state, text)
        log_probs = compute_softmax(weights, states)
        expected = log_probs[np.arange(len(alone) - 1), text.values[1:]]
        np.testing.assert_allclose(alone[:-1], expected, atol=1e-6)
        assert alone[-1] == 0.0


def test_all_texts_of_three_tokens_are_certain_together():
    """The likelihoods of all ways to go on from a boundary sum to one."""
    spec, weights = make_token_network(n_tokens=5)
    pairs = np.stack(np.meshgrid(np.arange(5), np.arange(5)), axis=-1).reshape(-1, 2)
    ids = np.pad(pairs, ((0, 0), (1, 0))).astype(np.int32)
    texts = Ragged(ids.ravel(), 3 * np.arange(26))
    likelihood = prepare_network(spec, weights).run(texts)["log_likelihood"]
    total = np.exp(likelihood.reshape(25, 3).sum(axis=1)).sum()
    assert total == pytest.approx(1.0, abs=1e-6)


def test_in_float64_every_batch_has_its_outputs():
    spec, weights = make_token_network()
    served = prepare_network(spec, weights).run(TEXTS)["log_likelihood"]
    prepared = prepare_network(spec, weights, np.float64)
    for batch in encode_batches(prepared, TEXTS):
        likelihood = batch.outputs["log_likelihood"]
        assert likelihood.dtype == np.float64
        expected = Ragged(served, TEXTS.offsets).take(batch.rows).values
        np.testing.assert_allclose(likelihood, expected, atol=1e-6)
