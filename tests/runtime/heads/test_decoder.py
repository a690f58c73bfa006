"""The decoder in NumPy: the formulas of its spec in plain loops, and rows side by side."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.heads import decoder
from sklearn_slm.runtime.heads.decoder import Memory, take_memory
from sklearn_slm.runtime.weights import to_float
from sklearn_slm.text import Ragged
from tests.networks import (
    N_TARGET_TOKENS,
    draw_targets,
    draw_texts,
    each_text,
    make_decoder_network,
)

TEXTS = draw_texts([3, 0, 7, 1])
TARGETS = draw_targets([2, 1, 0, 5])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_lstm(weights, name, vectors, hidden, cell):
    """Return the state after each vector, one after another."""
    states = []
    for vector in vectors:
        gates = vector @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]
        gates = gates + hidden @ weights[f"{name}.recurrent_kernel"]
        i, f, o, g = np.split(gates, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        states.append(hidden)
    return np.array(states).reshape(len(vectors), len(hidden))


def compute_slowly(spec, weights, source, target):
    """Return log-likelihood and attention of one pair, in float64 and plain loops."""
    weights = {n: np.float64(to_float(weights, n)) for n in spec.weights()}
    states = weights["embedding"][source]
    for i, units in enumerate(spec.encoder.hidden_size):
        zeros = np.zeros(units)
        forward = run_lstm(weights, f"layer_{i}.forward", states, zeros, zeros)
        backward = run_lstm(weights, f"layer_{i}.backward", states[::-1], zeros, zeros)[
            ::-1
        ]
        states = np.concatenate([forward, backward], axis=1)
    mean = np.zeros(states.shape[1])
    for state in states:
        mean += state / len(states)
    read = weights["decoder.embedding"][[0, *target]]
    for i in range(len(spec.head.decoder.hidden_size)):
        name = f"bridge.layer_{i}"
        start = np.tanh(mean @ weights[f"{name}.kernel"] + weights[f"{name}.bias"])
        hidden, cell = np.split(start, 2)
        read = run_lstm(weights, f"decoder.layer_{i}.forward", read, hidden, cell)
    likelihood, attention = [], []
    for hidden, after in zip(read, [*target, 0]):
        scores = [hidden @ weights["attention.kernel"] @ state for state in states]
        powers = np.exp(scores)
        weight = powers / powers.sum()
        context = sum((w * state for w, state in zip(weight, states)), 0 * mean)
        both = np.concatenate([hidden, context])
        output = np.tanh(both @ weights["combine.kernel"] + weights["combine.bias"])
        logits = weights["decoder.embedding"] @ output + weights["head.bias"]
        likelihood.append(logits[after] - np.log(np.exp(logits).sum()))
        attention.append(weight)
    return likelihood, np.array(attention)


@pytest.mark.parametrize("dtype", [None, "int8"])
@pytest.mark.parametrize("hidden_size", [(4,), (3, 5)])
def test_pairs_in_plain_loops(hidden_size, dtype):
    spec, weights = make_decoder_network(hidden_size=hidden_size)
    weights = quantize_weights(spec, weights, dtype) if dtype else weights
    network = prepare_network(spec, weights)
    scored = network.score_targets(TEXTS, TARGETS, attention=True)
    assert scored.log_likelihood.lengths.tolist() == [3, 2, 1, 6]
    assert scored.log_likelihood.values.dtype == np.float32
    for row in range(len(TEXTS)):
        expected = compute_slowly(spec, weights, TEXTS[row], TARGETS[row])
        likelihood, attention = scored.log_likelihood[row], scored.attention[row]
        np.testing.assert_allclose(likelihood, expected[0], atol=1e-6)
        assert attention.shape == (len(TARGETS[row]) + 1, len(TEXTS[row]))
        np.testing.assert_allclose(attention.ravel(), expected[1].ravel(), atol=1e-6)


def test_one_of_everything_by_hand():
    spec, weights = make_decoder_network(
        n_components=1, hidden_size=(1,), cell="rnn", bidirectional=False
    )
    weights = {name: np.zeros_like(value) for name, value in weights.items()}
    weights["embedding"][2] = 0.5
    weights["layer_0.forward.kernel"][:] = 1.5
    weights["bridge.layer_0.kernel"][:] = 0.3
    weights["attention.kernel"][:] = 0.8
    weights["combine.kernel"][:, 0] = 0.6, -0.4
    weights["decoder.layer_0.forward.recurrent_kernel"][:] = 2.0
    weights["decoder.embedding"][3, 0] = 0.7
    network = prepare_network(spec, weights)
    text = Ragged(np.int32([2]), np.array([0, 1]))
    memory, start = network.read_sources(text)
    state = np.tanh(0.5 * 1.5)
    np.testing.assert_allclose(memory.states, [[[state]]], rtol=1e-6)
    np.testing.assert_allclose(memory.keys, [[[0.8 * state]]], rtol=1e-6)
    np.testing.assert_allclose(start[0], [[np.tanh(0.3 * state)]], rtol=1e-6)
    log_probs, attention, after = network.decode_step(memory, start, np.array([0]))
    hidden = np.tanh(2.0 * np.tanh(0.3 * state))
    np.testing.assert_allclose(after[0], [[hidden]], rtol=1e-6)
    assert attention.tolist() == [[1.0]]
    power = np.exp(0.7 * np.tanh(0.6 * hidden - 0.4 * state))
    expected = np.log(power / (power + N_TARGET_TOKENS - 1))
    np.testing.assert_allclose(log_probs[0, 3], expected, rtol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_hypotheses_stand_side_by_side(cell):
    spec, weights = make_decoder_network(cell=cell, hidden_size=(3, 4))
    network = prepare_network(spec, weights)
    memory, state = network.read_sources(TEXTS)
    ids = np.array([0, 5, 8])
    rows = np.repeat(np.arange(len(TEXTS)), len(ids))
    given = [part.copy() for part in state]
    log_probs, attention, after = network.decode_step(
        memory, tuple(part[rows] for part in state), np.tile(ids, len(TEXTS))
    )
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, rtol=1e-5)
    assert [part.shape for part in after] == [(12, n) for n in spec.head.state_sizes]
    for i, token in enumerate(ids):
        every = slice(i, None, len(ids))
        alone = network.decode_step(memory, state, np.full(len(TEXTS), token))
        np.testing.assert_allclose(log_probs[every], alone[0], atol=1e-6)
        np.testing.assert_allclose(attention[every], alone[1], atol=1e-6)
        for part, expected in zip(after, alone[2]):
            np.testing.assert_allclose(part[every], expected, atol=1e-6)
    for part, before in zip(state, given):
        np.testing.assert_array_equal(part, before)


def test_padding_and_empty_texts_are_never_looked_at():
    spec, weights = make_decoder_network()
    network = prepare_network(spec, weights)
    memory, state = network.read_sources(TEXTS)
    assert memory.lengths.tolist() == [3, 0, 7, 1]
    is_token = np.arange(7) < memory.lengths[:, None]
    assert not memory.states[~is_token].any() and not memory.keys[~is_token].any()
    ids = np.zeros(4, np.int32)
    expected = network.decode_step(memory, state, ids)
    np.testing.assert_allclose(expected[1].sum(axis=1), [1, 0, 1, 1], atol=1e-6)
    noise = np.where(is_token[:, :, None], memory.keys, 1e3)
    log_probs, attention, _ = network.decode_step(
        memory._replace(keys=noise), state, ids
    )
    np.testing.assert_array_equal(attention, expected[1])
    np.testing.assert_array_equal(log_probs, expected[0])
    # The start of an empty text is that of the biases alone.
    bias = np.tanh(weights["bridge.layer_0.bias"])
    np.testing.assert_allclose(np.concatenate([p[1] for p in state]), bias, rtol=1e-6)


def test_what_is_read_of_a_text_is_what_is_read_of_it_alone():
    network = prepare_network(*make_decoder_network(hidden_size=(3, 4)))
    memory, state = network.read_sources(TEXTS)
    outputs = network.run(TEXTS)
    for row, text in enumerate(each_text(TEXTS)):
        alone, start = network.read_sources(text)
        n = len(text.values)
        for part, own in zip(alone[:2], take_memory(memory, np.array([row]))):
            np.testing.assert_allclose(part[:, :n], own[:, :n], atol=1e-6)
        for i, (part, own) in enumerate(zip(start, state)):
            np.testing.assert_allclose(part[0], own[row], atol=1e-6)
            np.testing.assert_allclose(outputs[f"start_{i}"][row], own[row], atol=1e-6)
        keys = outputs["keys"][TEXTS.offsets[row] : TEXTS.offsets[row + 1]]
        np.testing.assert_allclose(keys, memory.keys[row, :n], atol=1e-6)


def test_memory_of_some_texts():
    memory = Memory(np.arange(6.0).reshape(3, 2, 1), np.zeros((3, 2, 4)), np.arange(3))
    taken = take_memory(memory, np.array([2, 0, 2]))
    assert taken.states[:, 0, 0].tolist() == [4, 0, 4]
    assert taken.lengths.tolist() == [2, 0, 2]
    assert np.shares_memory(take_memory(memory, slice(2)).states, memory.states)


def test_float64_where_differences_are_to_be_taken():
    spec, weights = make_decoder_network()
    network = prepare_network(spec, weights, np.float64)
    memory, state = network.read_sources(TEXTS)
    log_probs, attention, _ = network.decode_step(memory, state, np.zeros(4, int))
    assert log_probs.dtype == attention.dtype == memory.keys.dtype == np.float64
    head = decoder.prepare_head(spec, weights, np.float64)
    assert head.output.table.dtype == np.float64
