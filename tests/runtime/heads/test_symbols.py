"""Symbols of frames in NumPy: by hand, in batches, alone and block by block."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.encoder import prepare_encoder
from sklearn_slm.runtime.gradients import float_weights
from sklearn_slm.runtime.heads.symbols import compute_log_probs, prepare_head
from sklearn_slm.runtime.stepping import read_frames, start_state
from sklearn_slm.runtime.weights import to_float
from sklearn_slm.spec import CELLS
from sklearn_slm.text import Ragged
from tests.networks import N_SYMBOLS, draw_frames, each_text, make_symbol_network

STATES = np.random.RandomState(3).standard_normal((7, 8)).astype(np.float32)
FRAMES = draw_frames([3, 0, 7, 1, 7, 12, 2])


def test_two_symbols_by_hand():
    spec, _ = make_symbol_network(n_symbols=2, hidden_size=(1,), bidirectional=False)
    weights = {
        "head.kernel": np.float32([[0.5, -1.0]]),
        "head.bias": np.float32([0.1, 0.3]),
    }
    logits = 2 * 0.5 + 0.1, 2 * -1.0 + 0.3
    first = np.exp(logits[0]) / (np.exp(logits[0]) + np.exp(logits[1]))
    log_probs = compute_log_probs(prepare_head(spec, weights), np.float32([[2.0]]))
    assert log_probs.dtype == np.float32
    np.testing.assert_allclose(log_probs, [np.log([first, 1 - first])], rtol=1e-6)


def test_log_probs_are_those_of_the_formula():
    spec, weights = make_symbol_network()
    logits = np.float64(STATES) @ weights["head.kernel"] + weights["head.bias"]
    expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    head = prepare_head(spec, weights)
    np.testing.assert_allclose(compute_log_probs(head, STATES), expected, atol=1e-6)
    assert compute_log_probs(head, STATES[:0]).shape == (0, N_SYMBOLS)
    # However large the logits are.
    large = prepare_head(spec, weights | {"head.kernel": 1e15 * weights["head.kernel"]})
    found = compute_log_probs(large, STATES)
    assert np.isfinite(found).all() and not found.max(axis=1).any()


def run_one_lstm(kernel, recurrent_kernel, bias, frames):
    """Return the states of one direction, step by step in float64."""
    units = len(recurrent_kernel)
    hidden, cell, states = np.zeros(units), np.zeros(units), []
    for frame in np.float64(frames):
        gates = frame @ kernel + hidden @ recurrent_kernel + bias
        opened, kept, shown = 1 / (1 + np.exp(-gates[: 3 * units].reshape(3, units)))
        cell = kept * cell + opened * np.tanh(gates[3 * units :])
        hidden = shown * np.tanh(cell)
        states.append(hidden)
    return np.array(states)


@pytest.mark.parametrize("dtype", [None, "float16", "int8"])
def test_a_network_over_frames_written_out(dtype):
    spec, weights = make_symbol_network()
    weights = quantize_weights(spec, weights, dtype) if dtype else weights
    found = prepare_network(spec, weights).run_frames(FRAMES)
    assert found.values.dtype == np.float32
    np.testing.assert_array_equal(found.offsets, FRAMES.offsets)
    floats = {name: np.float64(to_float(weights, name)) for name in spec.weights()}
    for row, frames in enumerate(map(FRAMES.__getitem__, range(len(FRAMES)))):
        if not len(frames):
            continue
        sides = []
        for direction, step in (("forward", 1), ("backward", -1)):
            parts = [
                floats[f"layer_0.{direction}.{kind}"]
                for kind in ("kernel", "recurrent_kernel", "bias")
            ]
            sides.append(run_one_lstm(*parts, frames[::step])[::step])
        logits = np.concatenate(sides, axis=1) @ floats["head.kernel"]
        logits += floats["head.bias"]
        expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(found[row], expected, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_recording_is_heard_block_by_block(cell):
    spec, weights = make_symbol_network(
        cell=cell, hidden_size=(3, 4), bidirectional=False
    )
    network = prepare_network(spec, weights)
    expected = network.run_frames(FRAMES)
    for n in (1, 2, 5, 30):
        for row, frames in enumerate(map(FRAMES.__getitem__, range(len(FRAMES)))):
            state, found = start_state(spec.encoder, 1), []
            for start in range(0, max(len(frames), 1), n):
                before = [part.copy() for part in state]
                log_probs, after = network.hear(state, frames[start : start + n])
                for part, other in zip(state, before):
                    np.testing.assert_array_equal(part, other)
                found.append(log_probs)
                state = after
            found = np.concatenate(found)
            assert found.dtype == np.float32 and found.shape[1] == N_SYMBOLS
            np.testing.assert_allclose(found, expected[row], atol=1e-6)


def test_recordings_read_on_side_by_side():
    spec, weights = make_symbol_network(bidirectional=False)
    encoder = prepare_encoder(spec.encoder, weights)
    n = len(FRAMES)
    states, end = read_frames(encoder, start_state(spec.encoder, n), FRAMES)
    for row, frames in enumerate(each_text(FRAMES)):
        alone, own = read_frames(encoder, start_state(spec.encoder, 1), frames)
        np.testing.assert_allclose(
            alone, Ragged(states, FRAMES.offsets)[row], atol=1e-6
        )
        for part, other in zip(own, end):
            np.testing.assert_allclose(part[0], other[row], atol=1e-6)


def test_in_float64_too():
    spec, weights = make_symbol_network()
    expected = prepare_network(spec, weights).run_frames(FRAMES)
    network = prepare_network(spec, weights, np.float64)
    found = network.run_frames(FRAMES)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-5)
    # What explains a network asks for its weights but the table: here there is none.
    assert set(float_weights(spec, weights)) == set(spec.weights())
