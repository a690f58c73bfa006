"""Token by token, in chunks or at once: the same states."""

import numpy as np
import pytest

from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.encoder import prepare_encoder
from sklearn_slm.runtime.stepping import (
    advance,
    find_hidden,
    read_texts,
    start_state,
    take_state,
)
from sklearn_slm.spec import CELLS, EncoderSpec
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_token_network

LENGTHS = [3, 0, 7, 1, 7]
TEXTS = draw_texts(LENGTHS)


def draw_state(encoder, n, seed=0):
    random = np.random.RandomState(seed)
    return tuple(
        random.uniform(-0.9, 0.9, part.shape).astype(np.float32)
        for part in start_state(encoder, n)
    )


def read_in_steps(encoder, state, texts):
    """Return the states after each token of each text, one text and token at a time."""
    rows, ends = [], []
    for row in range(len(texts)):
        own = take_state(state, np.array([row]))
        for token in texts[row]:
            own = advance(encoder, own, np.array([token]))
            rows.append(find_hidden(encoder.spec, own)[0])
        ends.append(own)
    return np.array(rows), tuple(map(np.concatenate, zip(*ends)))


def assert_equal_states(found, expected):
    assert len(found) == len(expected)
    for part, other in zip(found, expected):
        assert part.dtype == np.float32
        np.testing.assert_allclose(part, other, atol=1e-6)


@pytest.mark.parametrize("hidden_size", [(4,), (3, 6)])
@pytest.mark.parametrize("cell", CELLS)
def test_texts_side_by_side_and_steps_agree(cell, hidden_size):
    spec, weights = make_token_network(cell=cell, hidden_size=hidden_size)
    encoder = prepare_encoder(spec.encoder, weights)
    for state in (start_state(spec.encoder, 5), draw_state(spec.encoder, 5)):
        before = [part.copy() for part in state]
        states, end = read_texts(encoder, state, TEXTS)
        expected, expected_end = read_in_steps(encoder, state, TEXTS)
        np.testing.assert_allclose(states, expected, atol=1e-6)
        assert_equal_states(end, expected_end)
        for part, other in zip(state, before):
            np.testing.assert_array_equal(part, other)
    # The text without a token stays where it was.
    for part, other in zip(end, state):
        np.testing.assert_array_equal(part[1], other[1])


@pytest.mark.parametrize("cell", CELLS)
def test_a_first_step_by_hand(cell):
    """One unit, one component, from a state that is not zero."""
    spec, _ = make_token_network(
        cell=cell, n_tokens=3, n_components=1, hidden_size=(1,)
    )
    gates = CELLS[cell]
    w = np.array([0.2, -0.3, 0.4, 0.7][:gates])
    u = np.array([0.5, 0.1, -0.2, 0.3][:gates])
    b = np.array([0.0, 1.0, 0.1, -0.1][:gates])
    weights = {
        "embedding": [[0], [0.1], [0.5]],
        "layer_0.forward.kernel": [w],
        "layer_0.forward.recurrent_kernel": [u],
        "layer_0.forward.bias": b,
        "layer_0.forward.recurrent_bias": [0.25],
    }
    weights = {name: np.float32(value) for name, value in weights.items()}
    h, c, x = 0.6, -0.4, 0.5
    if cell == "lstm":
        i, f, o = 1 / (1 + np.exp(-(w * x + u * h + b)[:3]))
        c = f * c + i * np.tanh(w[3] * x + u[3] * h + b[3])
        expected = [o * np.tanh(c), c]
    elif cell == "gru":
        z, r = 1 / (1 + np.exp(-(w * x + u * h + b)[:2]))
        g = np.tanh(w[2] * x + b[2] + r * (u[2] * h + 0.25))
        expected = [z * h + (1 - z) * g]
    else:
        expected = [np.tanh(w[0] * x + u[0] * h + b[0])]
    state = (np.float32([[h]]), np.float32([[-0.4]]))[: len(expected)]
    moved = advance(prepare_encoder(spec.encoder, weights), state, np.array([2]))
    np.testing.assert_allclose(np.ravel(moved), expected, rtol=1e-6)
    assert find_hidden(spec.encoder, moved) is moved[0]


@pytest.mark.parametrize("cut", [0, 1, 4, 7])
def test_a_text_read_in_two_chunks(cut):
    spec, weights = make_token_network(hidden_size=(3, 4))
    network = prepare_network(spec, weights)
    ids = TEXTS.values[3:10]
    state = start_state(spec.encoder, 1)

    def read(part, state):
        return network.forward_chunk(state, Ragged(part, np.array([0, len(part)])))

    whole, end = read(ids, state)
    first, state = read(ids[:cut], state)
    second, state = read(ids[cut:], state)
    np.testing.assert_allclose(np.concatenate([first, second]), whole, atol=1e-6)
    assert_equal_states(state, end)


def test_a_stream_longer_than_any_batch():
    spec, weights = make_token_network()
    network = prepare_network(spec, weights)
    stream, state = draw_texts([20_000]), start_state(spec.encoder, 1)
    whole, end = network.forward_chunk(state, stream)
    parts = []
    for begin in range(0, 20_000, 5_000):
        part = Ragged(stream.values[begin : begin + 5_000], np.array([0, 5_000]))
        states, state = network.forward_chunk(state, part)
        parts.append(states)
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=2e-6)
    assert_equal_states(state, end)


def test_what_comes_next_after_a_step_and_after_a_prompt():
    spec, weights = make_token_network()
    network = prepare_network(spec, weights)
    prompts = draw_texts([3, 5, 1])
    shorter = Ragged(prompts.values[[0, 1, 3, 4, 5, 6]], np.array([0, 2, 6, 6]))
    last = prompts.values[prompts.offsets[1:] - 1]
    _, state = network.forward_chunk(start_state(spec.encoder, 3), shorter)
    stepped, after = network.step(state, last)
    read, end = network.read_prompts(start_state(spec.encoder, 3), prompts)
    assert stepped.shape == (3, 12)
    np.testing.assert_allclose(read, stepped, atol=1e-6)
    assert_equal_states(after, end)
    np.testing.assert_allclose(np.exp(read).sum(axis=1), 1, rtol=1e-6)
    # A likelihood of a text is that of the tokens of its steps.
    likelihood = network.run(Ragged(np.append(prompts.values[:3], 7), np.array([0, 4])))
    assert likelihood["log_likelihood"][2] == pytest.approx(read[0, 7], abs=1e-6)


def test_chunks_are_scored_as_texts_are():
    spec, weights = make_token_network(hidden_size=(3, 4))
    network = prepare_network(spec, weights)
    expected = network.run(TEXTS)["log_likelihood"]
    targets = np.append(TEXTS.values[1:], 0)
    likelihood, states, end = network.score_chunk(
        start_state(spec.encoder, 5), TEXTS, targets
    )
    is_followed = np.ones(18, bool)
    is_followed[[2, 9, 10, 17]] = False
    np.testing.assert_allclose(
        likelihood[is_followed], expected[is_followed], atol=1e-6
    )
    again, state = network.forward_chunk(start_state(spec.encoder, 5), TEXTS)
    np.testing.assert_array_equal(states, again)
    assert_equal_states(end, state)


def test_rows_of_a_state_are_taken_as_those_of_arrays():
    encoder = EncoderSpec(3, (2, 4), n_tokens=9, bidirectional=False)
    state = draw_state(encoder, 3)
    taken = take_state(state, np.array([2, 2, 0]))
    for part, other in zip(taken, state):
        np.testing.assert_array_equal(part, other[[2, 2, 0]])
    assert find_hidden(encoder, state) is state[2]


def test_no_texts_at_all():
    spec, weights = make_token_network()
    network = prepare_network(spec, weights)
    state = start_state(spec.encoder, 0)
    states, end = network.forward_chunk(state, draw_texts([]))
    assert states.shape == (0, 4) and [part.shape for part in end] == [(0, 4)] * 2
    assert network.step(state, np.zeros(0, np.int32))[0].shape == (0, 12)


def test_two_directions_have_no_state_that_goes_on():
    with pytest.raises(ValueError, match="needs an encoder of one direction"):
        start_state(EncoderSpec(3, (4,), n_tokens=9), 1)
