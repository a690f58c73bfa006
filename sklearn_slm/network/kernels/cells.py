"""What each kind of cell computes: the gates, one step on, and one step back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..backend import import_keras

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["Cell", "build_cell"]


class Cell(NamedTuple):
    """What a kind of cell computes.

    Parameters
    ----------
    n_states : int
        Tensors in its state; the first one is what it gives to others.
    activate : callable
        From (projected inputs, first state before) of one step or of many to a tuple:
        the gates.
    move : callable
        From (gates, state, mask) of one step to the state after it.
    prepare : callable
        From (gates, mask, first state after, states before) of many steps to factors.
    back : callable
        From (gradient with respect to the state after a step, (that with respect to its
        result, factors)) to (that with respect to the state before it, something for
        ``finish``).
    finish : callable
        From (what ``back`` gave, factors) of many steps to the gradients with respect to
        the projected inputs and to the recurrent product.
    """

    n_states: int
    activate: Callable
    move: Callable
    prepare: Callable
    back: Callable
    finish: Callable = lambda d_gates, factors: (d_gates, d_gates)


def build_cell(
    cell: str, kernel: Any, *more: Any, dropout_mask: Any, sigmoid: bool
) -> Cell:
    """Return what a kind of cell computes.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        Kind of cell.
    kernel, *more : tensors
        Recurrent kernel; for gru the bias of the reset gate's product, too.
    dropout_mask : tensor of shape (batch, units)
        Multiplies the previous state on its way into the gates.
    sigmoid : bool
        Whether the candidate's activation is the logistic function, not tanh.

    Returns
    -------
    Cell
        Its functions.
    """
    kinds: dict[str, Callable] = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}
    return kinds[cell](kernel, *more, dropout_mask, sigmoid)


def _lstm(kernel: Any, dropout_mask: Any, sigmoid: bool) -> Cell:
    """``c = f*c + i*g``, ``h = o*tanh(c)``; gates input, forget, output, candidate.

    ``sigmoid(x) = (1 + tanh(x / 2)) / 2``: one loop activates all gates.
    """
    transposed = ops.transpose(kernel)
    units = kernel.shape[0]
    scales = np.array([0.5, 0.5, 0.5, 0.5 if sigmoid else 1.0], np.float32)
    scale = ops.convert_to_tensor(np.repeat(scales, units))

    def activate(projected: Any, hidden: Any) -> tuple:
        gates = projected + ops.matmul(hidden * dropout_mask, kernel)
        return (scale * ops.tanh(scale * gates) + (1.0 - scale),)

    def move(gates: tuple, state: tuple, mask: Any) -> tuple:
        hidden, cell_state = state
        i, f, o, g = ops.split(gates[0], 4, axis=-1)
        moved = f * cell_state + i * g
        after = mask * (o * ops.tanh(moved)) + (1.0 - mask) * hidden
        return after, mask * moved + (1.0 - mask) * cell_state

    def prepare(
        gates: tuple, mask: Any, after: Any, hidden: Any, cell_state: Any
    ) -> tuple:
        i, f, o, g = ops.split(gates[0], 4, axis=-1)
        t = ops.tanh(f * cell_state + i * g)
        derivatives = scale**2 - (gates[0] - (1.0 - scale)) ** 2
        derivatives = derivatives * ops.concatenate([g, cell_state, mask * t, i], -1)
        return derivatives, mask * o * (1.0 - t * t), f, mask

    def back(state: tuple, inputs: tuple) -> tuple:
        d_hidden, d_cell_state = state
        d_states, derivatives, d_cell_factor, f, mask = inputs
        d_hidden = d_hidden + d_states
        d_moved = mask * d_cell_state + d_hidden * d_cell_factor
        d_gates = (
            ops.concatenate([d_moved, d_moved, d_hidden, d_moved], -1) * derivatives
        )
        d_before = ops.matmul(d_gates, transposed) * dropout_mask
        d_hidden = (1.0 - mask) * d_hidden + d_before
        return (d_hidden, (1.0 - mask) * d_cell_state + d_moved * f), d_gates

    return Cell(2, activate, move, prepare, back)


def _gru(kernel: Any, bias: Any, dropout_mask: Any, sigmoid: bool) -> Cell:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))``; gates z, r, g."""
    transposed = ops.transpose(kernel)
    units = kernel.shape[0]

    def activate(projected: Any, hidden: Any) -> tuple:
        recurrent_part = ops.matmul(hidden * dropout_mask, kernel)
        zr = ops.sigmoid((projected + recurrent_part)[..., : 2 * units])
        inner = recurrent_part[..., 2 * units :] + bias
        candidate = projected[..., 2 * units :] + zr[..., units:] * inner
        return zr, _activate(candidate, sigmoid), inner

    def move(gates: tuple, state: tuple, mask: Any) -> tuple:
        (hidden,), (zr, g, _) = state, gates
        z = zr[..., :units]
        return (mask * (z * hidden + (1.0 - z) * g) + (1.0 - mask) * hidden,)

    def prepare(gates: tuple, mask: Any, _: Any, hidden: Any) -> tuple:
        zr, g, inner = gates
        z, r = zr[..., :units], zr[..., units:]
        d_z = mask * (hidden - g) * z * (1.0 - z)
        d_g = mask * (1.0 - z) * _derivative(g, sigmoid)
        d_r = d_g * inner * r * (1.0 - r)
        recurrent = ops.concatenate([d_z, d_r, d_g * r], -1)
        return recurrent, mask * z + (1.0 - mask), d_g

    def back(state: tuple, inputs: tuple) -> tuple:
        (d_hidden,) = state
        d_states, recurrent, kept, _ = inputs
        d_hidden = d_hidden + d_states
        d_recurrent = ops.concatenate([d_hidden] * 3, -1) * recurrent
        d_before = ops.matmul(d_recurrent, transposed) * dropout_mask
        return (kept * d_hidden + d_before,), d_hidden

    def finish(d_hidden: Any, factors: tuple) -> tuple:
        recurrent, _, d_g = factors
        d_recurrent = ops.concatenate([d_hidden] * 3, -1) * recurrent
        gates = d_recurrent[..., : 2 * units]
        return ops.concatenate([gates, d_hidden * d_g], -1), d_recurrent

    return Cell(1, activate, move, prepare, back, finish)


def _rnn(kernel: Any, dropout_mask: Any, sigmoid: bool) -> Cell:
    """``h = act(x + U.h)``."""
    transposed = ops.transpose(kernel)

    def activate(projected: Any, hidden: Any) -> tuple:
        return (
            _activate(projected + ops.matmul(hidden * dropout_mask, kernel), sigmoid),
        )

    def move(gates: tuple, state: tuple, mask: Any) -> tuple:
        return (mask * gates[0] + (1.0 - mask) * state[0],)

    def prepare(_: tuple, mask: Any, after: Any, hidden: Any) -> tuple:
        return mask * _derivative(after, sigmoid), mask

    def back(state: tuple, inputs: tuple) -> tuple:
        (d_hidden,) = state
        d_states, derivatives, mask = inputs
        d_hidden = d_hidden + d_states
        d_gates = d_hidden * derivatives
        d_before = ops.matmul(d_gates, transposed) * dropout_mask
        return ((1.0 - mask) * d_hidden + d_before,), d_gates

    return Cell(1, activate, move, prepare, back)


def _activate(values: Any, sigmoid: bool) -> Any:
    return ops.sigmoid(values) if sigmoid else ops.tanh(values)


def _derivative(activated: Any, sigmoid: bool) -> Any:
    """Return the activation's derivative in terms of its value."""
    return activated * (1.0 - activated) if sigmoid else 1.0 - activated * activated
