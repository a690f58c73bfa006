"""The neural cache: by its formula, token by token, and over a whole document."""

import numpy as np
import pytest

from sklearn_slm.decoding import (
    NeuralCache,
    cache,
    extend_cache,
    generate,
    mix_cache,
    score_with_cache,
    start_cache,
)

N_TOKENS, SIZE = 6, 3
CACHE = NeuralCache(size=4, weight=0.3, theta=0.8)


def draw_document(n, seed=0):
    """Return states, targets and the network's log-probabilities of n tokens."""
    random = np.random.RandomState(seed)
    logits = random.standard_normal((n, N_TOKENS))
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    states = random.standard_normal((n, SIZE)).astype(np.float32)
    return states, random.randint(0, N_TOKENS, n), log_probs.astype(np.float32)


def mix_by_hand(states, targets, log_probs, t):
    """Return the probabilities at step t as the formula has them."""
    network = np.exp(np.float64(log_probs[t]))
    first = max(t - CACHE.size, 0)
    if t == first:
        return network
    near = np.exp(CACHE.theta * (states[first:t] @ states[t]).astype(np.float64))
    of_cache = np.zeros(N_TOKENS)
    for target, power in zip(targets[first:t], near):
        of_cache[target] += power
    of_cache /= near.sum()
    return (1 - CACHE.weight) * network + CACHE.weight * of_cache


def test_token_by_token_two_texts_side_by_side():
    documents = [draw_document(9), draw_document(9, seed=1)]
    remembered = start_cache(CACHE, 2, SIZE)
    for t in range(9):
        states = np.stack([document[0][t] for document in documents])
        log_probs = np.stack([document[2][t] for document in documents])
        mixed = mix_cache(CACHE, remembered, states, log_probs)
        assert mixed.dtype == np.float32
        for row, document in enumerate(documents):
            expected = mix_by_hand(*document, t)
            np.testing.assert_allclose(np.exp(mixed[row]), expected, rtol=1e-5)
        targets = np.array([document[1][t] for document in documents])
        remembered = extend_cache(remembered, states, targets)
    assert remembered[2].tolist() == [9, 9]


@pytest.mark.parametrize("block", [256, 3])
def test_a_document_is_scored_as_its_tokens_are(block, monkeypatch):
    monkeypatch.setattr(cache, "_BLOCK", block)
    states, targets, log_probs = draw_document(40)
    likelihood = log_probs[np.arange(40), targets]
    expected = [
        np.log(mix_by_hand(states, targets, log_probs, t)[targets[t]])
        for t in range(40)
    ]
    mixed = score_with_cache(CACHE, likelihood, states, targets)
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed, expected, atol=1e-6)
    assert mixed[0] == pytest.approx(likelihood[0], abs=1e-6)
    # A stream in pieces, of which the second knows the first.
    for cut in (1, 2, 25, 40):
        rest = score_with_cache(
            CACHE,
            likelihood[cut:],
            states[cut:],
            targets[cut:],
            before=(states[:cut], targets[:cut]),
        )
        np.testing.assert_allclose(rest, expected[cut:], atol=1e-6)


def test_large_states_and_improbable_tokens():
    states, targets, log_probs = draw_document(40)
    likelihood = log_probs[np.arange(40), targets]
    sharp = NeuralCache(size=40, weight=0.3, theta=1e6)
    mixed = score_with_cache(sharp, likelihood, states, targets)
    assert np.isfinite(mixed).all()
    assert (mixed[1:] >= np.log(0.7) + likelihood[1:] - 1e-5).all()
    # The network excludes it, and the cache has not seen it.
    never = np.full(40, -np.inf, np.float32)
    mixed = score_with_cache(sharp, never, states, np.arange(40))
    assert (mixed == -np.inf).all()
    assert score_with_cache(sharp, never[:0], states[:0], targets[:0]).shape == (0,)


def test_without_weight_the_network_speaks_alone():
    states, targets, log_probs = draw_document(10)
    silent = NeuralCache(size=4, weight=0.0)
    likelihood = log_probs[np.arange(10), targets]
    mixed = score_with_cache(silent, likelihood, states, targets)
    np.testing.assert_allclose(mixed, likelihood, atol=1e-6)
    remembered = start_cache(silent, 10, SIZE)
    remembered = extend_cache(remembered, states, targets)
    mixed = mix_cache(silent, remembered, states, log_probs)
    np.testing.assert_allclose(mixed, log_probs, atol=1e-6)


def test_a_cache_stands_beside_the_state_when_texts_are_generated():
    """Each row has its own: a token that came once comes again."""
    bold = NeuralCache(size=8, weight=0.9, theta=0.0)
    flat = np.full((1, 1_000), -np.log(1_000), np.float32)
    hidden = np.ones((1, SIZE), np.float32)

    def step(remembered, ids):
        n = len(ids)
        remembered = extend_cache(remembered, np.repeat(hidden, n, 0), ids)
        log_probs = np.repeat(flat, n, 0)
        return mix_cache(bold, remembered, np.repeat(hidden, n, 0), log_probs), (
            remembered
        )

    state, seeds = start_cache(bold, 3, SIZE), np.arange(3, dtype=np.uint64)
    ended = np.zeros(3, bool)
    drawn = []
    first = np.repeat(flat, 3, 0)
    for ids in generate(step, state, first, seeds=seeds, n_tokens=60, ended=ended):
        drawn.append(ids)
        ended[1] = len(drawn) == 20
    drawn = np.array(drawn)
    texts = [set(drawn[:20, row].tolist()) for row in range(3)]
    assert all(len(text) < 12 for text in texts)  # 20 without a cache
    assert not texts[0] & texts[1] and not texts[0] & texts[2]
    assert len(set(drawn[:, 2].tolist())) < 25


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"size": 0}, "size must be at least 1. Got 0"),
        ({"weight": 1.0}, "weight must be at least 0 and below 1. Got 1.0"),
        ({"weight": -0.1}, "weight must be"),
        ({"theta": -1.0}, "theta must be a number of at least 0"),
        ({"theta": np.nan}, "theta must be"),
    ],
)
def test_what_no_cache_can_be_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        NeuralCache(**fields)
