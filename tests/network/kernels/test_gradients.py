"""The hand-written gradients against finite differences and Keras' own layers."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.kernels import gradients
from sklearn_slm.network.kernels.gradients import run_cell
from sklearn_slm.spec import CELLS
from tests.network.differentiation import compile_loss, differentiate

keras = import_keras()
ops = keras.ops
STEPS, BATCH, INPUTS, UNITS = 4, 2, 3, 2


def draw_case(cell, mask, random, dropout_mask=None, **options):
    """Return a loss of everything that a cell learns, and random arguments for it."""
    steps, columns = len(mask), CELLS[cell] * UNITS
    shapes = [(steps, BATCH, INPUTS), (INPUTS, columns), (columns,), (UNITS, columns)]
    if cell == "gru":
        shapes.append((UNITS,))
    tangent, *arguments = (
        random.standard_normal(shape).astype(np.float32)
        for shape in [(steps, BATCH, UNITS), *shapes]
    )

    def loss(inputs, kernel, bias, recurrent_kernel, recurrent_bias=None):
        states = run_cell(
            cell,
            inputs,
            kernel,
            bias,
            recurrent_kernel,
            recurrent_bias,
            ops.convert_to_tensor(mask),
            None if dropout_mask is None else ops.convert_to_tensor(dropout_mask),
            **options,
        )
        return ops.sum(states * ops.convert_to_tensor(tangent))

    return loss, arguments


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_against_finite_differences(cell, candidate, backward):
    random = np.random.RandomState(0)
    mask = np.float32([[1, 1], [1, 1], [1, 0], [1, 0]])[:, :, None]
    dropout_mask = np.float32([[2, 0], [2, 2]])
    options = {"candidate_activation": candidate, "backward": backward}
    loss, arguments = draw_case(cell, mask, random, dropout_mask, **options)
    _, by_argument = differentiate(loss, arguments)
    measure = compile_loss(loss)
    for _ in range(4):
        moves = [random.standard_normal(a.shape).astype(np.float32) for a in arguments]
        step = 1e-2
        ends = [
            measure(*[np.float32(a + s * step * m) for a, m in zip(arguments, moves)])
            for s in (1, -1)
        ]
        expected = sum(float((g * m).sum()) for g, m in zip(by_argument, moves))
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(
            expected, rel=0.02, abs=5e-3
        )


@pytest.mark.parametrize(
    ("cell", "layer", "order"),
    [
        # Keras: input, forget, candidate, output.
        ("lstm", keras.layers.LSTM, [0, 1, 3, 2]),
        ("gru", keras.layers.GRU, [0, 1, 2]),
        ("rnn", keras.layers.SimpleRNN, [0]),
    ],
)
def test_against_the_layers_of_keras(cell, layer, order):
    random = np.random.RandomState(1)
    columns = CELLS[cell] * UNITS
    tangent = random.standard_normal((STEPS, BATCH, UNITS)).astype(np.float32)
    arguments = [
        random.standard_normal(shape).astype(np.float32)
        for shape in (
            (STEPS, BATCH, INPUTS),
            (INPUTS, columns),
            (UNITS, columns),
            (columns,),
        )
    ]
    place = np.arange(columns).reshape(len(order), UNITS)[order].ravel()

    def ours(x, kernel, recurrent, bias):
        states = run_cell(
            cell,
            x,
            kernel,
            bias,
            recurrent,
            ops.zeros((UNITS,)) if cell == "gru" else None,
            ops.ones((STEPS, BATCH, 1)),
        )
        return ops.sum(states * ops.convert_to_tensor(tangent))

    # Formulas are compared: on a GPU Keras would call a library's layer.
    formulas = {} if cell == "rnn" else {"use_cudnn": False}
    theirs = layer(UNITS, return_sequences=True, **formulas)
    theirs.build((BATCH, STEPS, INPUTS))
    seeds = [v.value for v in theirs.non_trainable_variables]

    def keras_loss(x, kernel, recurrent, bias):
        weights = [ops.take(w, place, axis=-1) for w in (kernel, recurrent, bias)]
        if cell == "gru":  # two biases, of which ours keeps what cannot be added up
            weights[2] = ops.stack([weights[2], ops.zeros((columns,))])
        states, _ = theirs.stateless_call(weights, seeds, ops.transpose(x, (1, 0, 2)))
        return ops.sum(
            ops.transpose(states, (1, 0, 2)) * ops.convert_to_tensor(tangent)
        )

    loss, by_us = differentiate(ours, arguments)
    expected, by_keras = differentiate(keras_loss, arguments)
    assert loss == pytest.approx(expected, rel=1e-5)
    for ours_, theirs_ in zip(by_us, by_keras):
        np.testing.assert_allclose(ours_, theirs_, atol=1e-5)


@pytest.mark.parametrize("most_kept", [0, 2**20])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_chunks_change_nothing(cell, backward, most_kept, monkeypatch):
    steps = 6
    mask = (np.arange(steps)[:, None] < [6, 4]).astype(np.float32)[:, :, None]
    random = np.random.RandomState(2)
    loss, arguments = draw_case(cell, mask, random, backward=backward)
    expected, of_whole = differentiate(loss, arguments)
    monkeypatch.setattr(gradients, "_LONGEST_CHUNK", 3)
    monkeypatch.setattr(gradients, "_MOST_KEPT", most_kept)
    assert gradients._choose_chunk(steps) == 3
    in_chunks, of_chunks = differentiate(loss, arguments)
    assert in_chunks == pytest.approx(expected, abs=1e-5)
    for ours, theirs in zip(of_chunks, of_whole):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_length_of_chunks():
    lengths = [gradients._choose_chunk(n) for n in (None, 7, 64, 80, 448, 400, 97)]
    assert lengths == [None, None, 64, 40, 64, 50, None]


@pytest.mark.parametrize("most_kept", [0, 2**20])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_two_windows_that_carry_the_state_are_one(
    cell, backward, most_kept, monkeypatch
):
    """States, and gradients that reach the first window through the second's start."""
    monkeypatch.setattr(gradients, "_MOST_KEPT", most_kept)
    steps, random = 6, np.random.RandomState(3)
    mask = np.ones((steps, BATCH, 1), np.float32)
    loss, arguments = draw_case(cell, mask, random, backward=backward)
    tangent = np.random.RandomState(3).standard_normal((steps, BATCH, UNITS))
    tangent = ops.convert_to_tensor(np.float32(tangent))
    halves = [slice(0, 2), slice(2, None)]
    n_states = 2 if cell == "lstm" else 1

    def in_windows(inputs, *weights):
        total, state = 0.0, [ops.zeros((BATCH, UNITS))] * n_states
        for half in reversed(halves) if backward else halves:
            recurrent_bias = weights[3] if cell == "gru" else None
            states, state = run_cell(
                cell,
                inputs[half],
                *weights[:3],
                recurrent_bias,
                ops.convert_to_tensor(mask[half]),
                backward=backward,
                start=state,
            )
            total = total + ops.sum(states * tangent[half])
        return total

    expected, of_whole = differentiate(loss, arguments)
    value, of_windows = differentiate(in_windows, arguments)
    assert value == pytest.approx(expected, abs=1e-5)
    for ours, theirs in zip(of_windows, of_whole):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("most_kept", [0, 2**20])
@pytest.mark.parametrize("cell", CELLS)
def test_a_state_that_is_not_carried_begins_anew(cell, most_kept, monkeypatch):
    monkeypatch.setattr(gradients, "_MOST_KEPT", most_kept)
    steps, random = 5, np.random.RandomState(4)
    mask = np.ones((steps, BATCH, 1), np.float32)
    _, arguments = draw_case(cell, mask, random)
    tangent = ops.convert_to_tensor(
        random.standard_normal((steps, BATCH, UNITS)).astype(np.float32)
    )
    carry = np.ones((steps, BATCH, 1), np.float32)
    carry[3, 0] = 0.0
    n_states = 2 if cell == "lstm" else 1

    def run(inputs, weights, rows, tangent, carry=None):
        start = [ops.zeros((inputs.shape[1], UNITS))] * n_states
        states, _ = run_cell(
            cell,
            inputs,
            *weights[:3],
            weights[3] if cell == "gru" else None,
            ops.ones((inputs.shape[0], inputs.shape[1], 1)),
            start=start,
            carry=carry,
        )
        return ops.sum(states * tangent)

    def with_carry(inputs, *weights):
        return run(inputs, weights, BATCH, tangent, ops.convert_to_tensor(carry))

    def apart(inputs, *weights):
        """The first row in two documents, the second one in one."""
        parts = [(slice(0, 3), 0), (slice(3, None), 0), (slice(None), 1)]
        return sum(
            run(inputs[s, r : r + 1], weights, 1, tangent[s, r : r + 1])
            for s, r in parts
        )

    value, of_carry = differentiate(with_carry, arguments)
    expected, of_parts = differentiate(apart, arguments)
    assert value == pytest.approx(expected, abs=1e-5)
    for ours, theirs in zip(of_carry, of_parts):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
