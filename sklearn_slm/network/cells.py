"""What each kind of cell computes: the gates, one step on, and one step back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .backend import import_keras

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
        From (gates, state, inside) of one step to the state after it.
    prepare : callable
        From (gates, inside, first state after, states before) of many steps to factors.
    back : callable
        From (gradient by the state after a step, (gradient by its result, factors)) to
        (gradient by the state before it, something for ``finish``).
    finish : callable
        From (what ``back`` gave, factors) of many steps to the gradients by the
        projected inputs and by the recurrent product.
    """

    n_states: int
    activate: Callable
    move: Callable
    prepare: Callable
    back: Callable
    finish: Callable = lambda d_gates, factors: (d_gates, d_gates)


def build_cell(cell: str, kernel: Any, *more: Any, mask: Any, sigmoid: bool) -> Cell:
    """Return what a kind of cell computes.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        Kind of cell.
    kernel, *more : tensors
        Recurrent kernel; for gru the bias of the reset gate's product, too.
    mask : tensor of shape (batch, units)
        Multiplies the previous state on its way into the gates.
    sigmoid : bool
        Whether the candidate's activation is the logistic function, not tanh.

    Returns
    -------
    Cell
        Its functions.
    """
    kinds: dict[str, Callable] = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}
    return kinds[cell](kernel, *more, mask, sigmoid)


def _lstm(kernel: Any, mask: Any, sigmoid: bool) -> Cell:
    """``c = f*c + i*g``, ``h = o*tanh(c)``; gates input, forget, output, candidate.

    ``sigmoid(x) = (1 + tanh(x / 2)) / 2``: one loop activates all gates.
    """
    transposed = ops.transpose(kernel)
    units = kernel.shape[0]
    scales = np.array([0.5, 0.5, 0.5, 0.5 if sigmoid else 1.0], np.float32)
    scale = ops.convert_to_tensor(np.repeat(scales, units))

    def activate(projected: Any, hidden: Any) -> tuple:
        gates = projected + ops.matmul(hidden * mask, kernel)
        return (scale * ops.tanh(scale * gates) + (1.0 - scale),)

    def move(gates: tuple, state: tuple, here: Any) -> tuple:
        hidden, memory = state
        i, f, o, g = ops.split(gates[0], 4, axis=-1)
        moved = f * memory + i * g
        after = here * (o * ops.tanh(moved)) + (1.0 - here) * hidden
        return after, here * moved + (1.0 - here) * memory

    def prepare(
        gates: tuple, inside: Any, after: Any, hidden: Any, memory: Any
    ) -> tuple:
        i, f, o, g = ops.split(gates[0], 4, axis=-1)
        t = ops.tanh(f * memory + i * g)
        slopes = scale**2 - (gates[0] - (1.0 - scale)) ** 2
        slopes = slopes * ops.concatenate([g, memory, inside * t, i], -1)
        return slopes, inside * o * (1.0 - t * t), f, inside

    def back(state: tuple, inputs: tuple) -> tuple:
        d_hidden, d_memory = state
        d_states, slopes, of_memory, f, here = inputs
        d_hidden = d_hidden + d_states
        d_moved = here * d_memory + d_hidden * of_memory
        d_gates = ops.concatenate([d_moved, d_moved, d_hidden, d_moved], -1) * slopes
        d_before = ops.matmul(d_gates, transposed) * mask
        d_hidden = (1.0 - here) * d_hidden + d_before
        return (d_hidden, (1.0 - here) * d_memory + d_moved * f), d_gates

    return Cell(2, activate, move, prepare, back)


def _gru(kernel: Any, bias: Any, mask: Any, sigmoid: bool) -> Cell:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))``; gates z, r, g."""
    transposed = ops.transpose(kernel)
    units = kernel.shape[0]

    def activate(projected: Any, hidden: Any) -> tuple:
        of_state = ops.matmul(hidden * mask, kernel)
        zr = ops.sigmoid((projected + of_state)[..., : 2 * units])
        inner = of_state[..., 2 * units :] + bias
        candidate = projected[..., 2 * units :] + zr[..., units:] * inner
        return zr, _activate(candidate, sigmoid), inner

    def move(gates: tuple, state: tuple, here: Any) -> tuple:
        (hidden,), (zr, g, _) = state, gates
        z = zr[..., :units]
        return (here * (z * hidden + (1.0 - z) * g) + (1.0 - here) * hidden,)

    def prepare(gates: tuple, inside: Any, _: Any, hidden: Any) -> tuple:
        zr, g, inner = gates
        z, r = zr[..., :units], zr[..., units:]
        of_z = inside * (hidden - g) * z * (1.0 - z)
        of_g = inside * (1.0 - z) * _slope(g, sigmoid)
        of_r = of_g * inner * r * (1.0 - r)
        recurrent = ops.concatenate([of_z, of_r, of_g * r], -1)
        return recurrent, inside * z + (1.0 - inside), of_g

    def back(state: tuple, inputs: tuple) -> tuple:
        (d_hidden,) = state
        d_states, recurrent, kept, _ = inputs
        d_hidden = d_hidden + d_states
        d_recurrent = ops.concatenate([d_hidden] * 3, -1) * recurrent
        d_before = ops.matmul(d_recurrent, transposed) * mask
        return (kept * d_hidden + d_before,), d_hidden

    def finish(d_hidden: Any, factors: tuple) -> tuple:
        recurrent, _, of_g = factors
        d_recurrent = ops.concatenate([d_hidden] * 3, -1) * recurrent
        gates = d_recurrent[..., : 2 * units]
        return ops.concatenate([gates, d_hidden * of_g], -1), d_recurrent

    return Cell(1, activate, move, prepare, back, finish)


def _rnn(kernel: Any, mask: Any, sigmoid: bool) -> Cell:
    """``h = act(x + U.h)``."""
    transposed = ops.transpose(kernel)

    def activate(projected: Any, hidden: Any) -> tuple:
        return (_activate(projected + ops.matmul(hidden * mask, kernel), sigmoid),)

    def move(gates: tuple, state: tuple, here: Any) -> tuple:
        return (here * gates[0] + (1.0 - here) * state[0],)

    def prepare(_: tuple, inside: Any, after: Any, hidden: Any) -> tuple:
        return inside * _slope(after, sigmoid), inside

    def back(state: tuple, inputs: tuple) -> tuple:
        (d_hidden,) = state
        d_states, slopes, here = inputs
        d_hidden = d_hidden + d_states
        d_gates = d_hidden * slopes
        d_before = ops.matmul(d_gates, transposed) * mask
        return ((1.0 - here) * d_hidden + d_before,), d_gates

    return Cell(1, activate, move, prepare, back)


def _activate(values: Any, sigmoid: bool) -> Any:
    return ops.sigmoid(values) if sigmoid else ops.tanh(values)


def _slope(activated: Any, sigmoid: bool) -> Any:
    """Return the activation's derivative in terms of its value."""
    return activated * (1.0 - activated) if sigmoid else 1.0 - activated * activated
