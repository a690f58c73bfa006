"""What a kind of cell computes in one step, written out, and what a mask leaves of it."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.kernels.cells import build_cell
from sklearn_slm.spec import CELLS

keras, native = import_keras(), import_native()
RANDOM = np.random.RandomState(0)
UNITS = 2


def draw(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step_by_hand(cell, act, x, u, hidden, cell_state, bias):
    """Return the new states from the input part x and the recurrent part u of the gates."""
    if cell == "lstm":
        i, f, o = (sigmoid(x[:, k] + u[:, k]) for k in range(3))
        moved = f * cell_state + i * act(x[:, 3] + u[:, 3])
        return o * np.tanh(moved), moved
    if cell == "gru":
        z, r = (sigmoid(x[:, k] + u[:, k]) for k in range(2))
        g = act(x[:, 2] + r * (u[:, 2] + bias))
        return (z * hidden + (1 - z) * g,)
    return (act(x[:, 0] + u[:, 0]),)


@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_one_step_by_hand(cell, candidate):
    n_gates = CELLS[cell]
    projected, kernel = draw(3, n_gates * UNITS), draw(UNITS, n_gates * UNITS)
    more = [draw(UNITS)] if cell == "gru" else []
    dropout_mask = np.float32([[2, 0], [0, 2], [2, 2]])
    mask = np.float32([[1], [0], [1]])
    functions = build_cell(
        cell,
        *map(keras.ops.convert_to_tensor, (kernel, *more)),
        dropout_mask=keras.ops.convert_to_tensor(dropout_mask),
        sigmoid=candidate == "sigmoid",
    )
    state = [draw(3, UNITS) for _ in range(functions.n_states)]
    tensors = tuple(map(keras.ops.convert_to_tensor, state))
    gates = functions.activate(keras.ops.convert_to_tensor(projected), tensors[0])
    after = functions.move(gates, tensors, keras.ops.convert_to_tensor(mask))
    by_gate = (3, n_gates, UNITS)
    expected = step_by_hand(
        cell,
        np.tanh if candidate == "tanh" else sigmoid,
        projected.reshape(by_gate),
        ((state[0] * dropout_mask) @ kernel).reshape(by_gate),
        state[0],
        state[-1],
        *(more or [None]),
    )
    assert len(after) == len(expected) == functions.n_states
    for moved, before, value in zip(after, state, expected):
        moved = native.to_numpy(moved)
        np.testing.assert_allclose(moved[[0, 2]], value[[0, 2]], atol=1e-6)
        np.testing.assert_allclose(moved[1], before[1], atol=1e-7)
