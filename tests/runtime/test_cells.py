"""One layer in NumPy against its formulas, written out step by step in float64."""

import numpy as np
import pytest

from sklearn_slm.runtime.cells import prepare_layers, run_layer
from sklearn_slm.runtime.packing import Packing
from sklearn_slm.spec import CELLS
from tests.networks import make_network

LENGTHS = np.array([4, 2, 0])
PACKING = Packing.of(LENGTHS)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def move(cell, activate, x, state, kernel, recurrent, bias, recurrent_bias):
    """Return (hidden state, cell state) after one token, gate by gate."""
    hidden, cell_state = state
    units = len(hidden)
    gates = {
        "lstm": ("input", "forget", "output", "candidate"),
        "gru": ("update", "reset", "candidate"),
        "rnn": ("candidate",),
    }[cell]
    columns = {name: slice(i * units, (i + 1) * units) for i, name in enumerate(gates)}

    def of_input(gate):
        return x @ kernel[:, columns[gate]] + bias[columns[gate]]

    def of_state(gate):
        return hidden @ recurrent[:, columns[gate]]

    def logistic(gate):
        return sigmoid(of_input(gate) + of_state(gate))

    if cell == "lstm":
        g = activate(of_input("candidate") + of_state("candidate"))
        cell_state = logistic("forget") * cell_state + logistic("input") * g
        return logistic("output") * np.tanh(cell_state), cell_state
    if cell == "gru":
        z, r = logistic("update"), logistic("reset")
        inner = of_state("candidate") + recurrent_bias
        g = activate(of_input("candidate") + r * inner)
        return z * hidden + (1 - z) * g, cell_state
    return activate(of_input("candidate") + of_state("candidate")), cell_state


def run_by_hand(cell, activate, weights, name, vectors):
    """Return the hidden and cell states of one text in one direction."""
    floats = {key: np.float64(value) for key, value in weights.items()}
    parts = [
        floats.get(f"{name}.{part}")
        for part in ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
    ]
    state = (np.zeros(len(parts[1])),) * 2
    states = []
    for x in vectors:
        state = move(cell, activate, x, state, *parts)
        states.append(state)
    return states


@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_states_of_both_directions_are_those_of_the_formulas(cell, candidate):
    spec, weights = make_network(cell=cell, candidate_activation=candidate)
    (layer,) = prepare_layers(spec.encoder, weights)
    vectors = np.random.RandomState(1).standard_normal((6, 5)).astype(np.float32)
    # Packed, the backward direction reads each text from its own last token.
    index = np.stack([PACKING.flat * 2, PACKING.flat[PACKING.mirror] * 2 + 1], axis=1)
    states, last, cells = run_layer(
        layer, layer.project(vectors), index, PACKING, keep=True
    )
    assert states.dtype == np.float32
    activate = np.tanh if candidate == "tanh" else sigmoid
    for row, (first, length) in enumerate(zip(PACKING.first, LENGTHS)):
        text = vectors[first : first + length]
        packed = np.flatnonzero(PACKING.rows == row)
        for d, (direction, read) in enumerate(
            {"forward": text, "backward": text[::-1]}.items()
        ):
            name = f"layer_0.{direction}"
            expected = run_by_hand(cell, activate, weights, name, read)
            for place, (hidden, cell_state) in zip(packed, expected):
                np.testing.assert_allclose(states[place, d], hidden, atol=1e-6)
                if cell == "lstm":
                    np.testing.assert_allclose(cells[place, d], cell_state, atol=1e-6)
            end = expected[-1][0] if len(text) else np.zeros(4)
            np.testing.assert_allclose(last[row, d], end, atol=1e-6)
    assert (cells is None) == (cell != "lstm")


@pytest.mark.parametrize("cell", CELLS)
def test_a_run_goes_on_from_the_state_in_which_another_ended(cell):
    spec, weights = make_network(cell=cell, bidirectional=False)
    (layer,) = prepare_layers(spec.encoder, weights)
    vectors = np.random.RandomState(1).standard_normal((7, 5)).astype(np.float32)
    projected = layer.project(vectors)

    def run(rows, lengths, state=None):
        packing = Packing.of(np.array(lengths))
        index = np.array(rows)[packing.flat][:, None]
        return run_layer(layer, projected, index, packing, state=state)[:2]

    whole, _ = run([0, 1, 2, 3, 4, 5, 6], [4, 3])  # packed: 0 4 1 5 2 6 3
    state = np.zeros((2, 2, 1, 4), np.float32)
    first, _ = run([0, 1, 4], [2, 1], state)
    np.testing.assert_array_equal(first[:, 0], whole[[0, 1, 2], 0])
    second, last = run([2, 3, 5], [2, 1], state)
    np.testing.assert_allclose(second, whole[[4, 3, 6]], atol=1e-7)
    np.testing.assert_array_equal(last, state[0])
    # A text that has ended leaves its state as it is.
    third, last = run([6, 0], [1, 0], state[:, ::-1])
    np.testing.assert_allclose(third, whole[[5]], atol=1e-7)
    np.testing.assert_array_equal(last[1], whole[6])


def test_what_is_not_asked_for_is_not_kept():
    spec, weights = make_network(bidirectional=False)
    (layer,) = prepare_layers(spec.encoder, weights)
    projected = layer.project(np.zeros((6, 5), np.float32))
    assert run_layer(layer, projected, PACKING.flat[:, None], PACKING)[2] is None


def test_the_type_of_the_weights_is_that_of_the_computation():
    spec, weights = make_network(cell="gru", bidirectional=False)
    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    (layer,) = prepare_layers(spec.encoder, weights)
    projected = layer.project(np.ones((6, 5)))
    states, last, _ = run_layer(layer, projected, PACKING.flat[:, None], PACKING)
    assert states.dtype == last.dtype == projected.dtype == np.float64
