"""Recurrences with gradients of their own.

Differentiating a scan step by step adds to the recurrent kernel's gradient at every step
and keeps all that a step computed. Here the forward scan keeps the states, and of texts
that are not long the gates. Of longer ones the backward scan computes the gates again
from the states, as one product for many steps; what is left to it, step by step, is one
product and a few sums. The kernels' gradients are products of many steps, too.

"Many steps" are a chunk of no more than 64: what is computed of one stays in the
processor's cache. Of a whole text of 400 tokens it would not, and half of the time would
go into fetching memory (docs/benchmarks.md).

Everything is time-major, (steps, batch, ...), and ``inside`` is 1 at tokens and 0 at
padding, where a state is carried over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .backend import import_keras, import_native
from .sums import sum_products, sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["run_cell"]

_LONGEST_CHUNK = 64
# Beyond so many values of gates, fetching takes longer than computing them again
# (docs/benchmarks/training.md).
_MOST_KEPT = 2**20


class _Cell(NamedTuple):
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


def run_cell(
    cell: str,
    inputs: Any,
    kernel: Any,
    bias: Any,
    recurrent_kernel: Any,
    recurrent_bias: Any,
    inside: Any,
    dropout_mask: Any = None,
    *,
    candidate_activation: str = "tanh",
    backward: bool = False,
) -> Any:
    """Run a recurrence over time from states of zeros.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        Kind of cell.
    inputs : tensor of shape (steps, batch, n_inputs)
        Inputs of the layer.
    kernel, bias : tensors of shape (n_inputs, n_gates * units), (n_gates * units,)
        Weights of the inputs: lstm input, forget, output, candidate; gru update, reset,
        candidate.
    recurrent_kernel : tensor of shape (units, n_gates * units)
        Weights of the previous state.
    recurrent_bias : tensor of shape (units,) or None
        Bias inside the reset gate's product; for gru.
    inside : tensor of shape (steps, batch, 1)
        1 at tokens, 0 at padding; where it is 0 the state is carried over.
    dropout_mask : tensor of shape (batch, units) or None, default=None
        Multiplies the previous state on its way into the gates.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the candidate.
    backward : bool, default=False
        Run from the last step to the first.

    Returns
    -------
    tensor of shape (steps, batch, units)
        The state after each step, in the order of the steps. Gradients reach the inputs,
        kernels and biases, not ``inside`` and ``dropout_mask``.
    """
    sigmoid, reverse = candidate_activation == "sigmoid", backward
    if dropout_mask is None:
        dropout_mask = ops.ones((1, 1), inputs.dtype)
    length = _choose_chunk(inputs.shape[0])

    def cut(values: Any) -> Any:
        """Put many steps into chunks."""
        if length is None:
            return values[None]
        return ops.reshape(values, (-1, length, *ops.shape(values)[1:]))

    def join(chunks: Any) -> Any:
        return ops.reshape(chunks, (-1, *ops.shape(chunks)[2:]))

    @native.custom_gradient
    def run(*args: Any) -> tuple:
        inputs, kernel, bias, recurrent_kernel, *more, inside, mask = args
        units = recurrent_kernel.shape[0]
        of_cell: _Cell = _CELLS[cell](recurrent_kernel, *more, mask, sigmoid)
        zeros = ops.zeros((ops.shape(inputs)[1], units), inputs.dtype)
        start = (zeros,) * of_cell.n_states
        size = [*inputs.shape[:2], kernel.shape[1]]
        # Of a single gate, the state that it leads to tells enough.
        keep = size[-1] > units and None not in size and np.prod(size) <= _MOST_KEPT

        def project(inputs: Any) -> Any:
            return ops.matmul(inputs, kernel) + bias

        def step(state: tuple, inputs: tuple) -> tuple:
            projected, here = inputs
            gates = of_cell.activate(projected, state[0])
            after = of_cell.move(gates, state, here)
            return after, (after[0], *state, *(gates if keep else ()))

        def go_on(state: tuple, chunk: tuple) -> tuple:
            inputs, inside = chunk
            steps = project(inputs), inside
            return native.scan(step, state, steps, reverse=reverse)

        chunks = cut(inputs), cut(inside)
        _, kept = native.scan(go_on, start, chunks, reverse=reverse)

        def gradient(*args: Any) -> tuple:
            def go_back(state: tuple, chunk: tuple) -> tuple:
                d_state, sums = state
                inputs, inside, d_states, *kept = chunk
                after, *before = kept[: 1 + of_cell.n_states]
                gates = kept[1 + of_cell.n_states :]
                if not keep:
                    gates = of_cell.activate(project(inputs), before[0])
                factors = of_cell.prepare(gates, inside, after, *before)
                steps = d_states, *factors
                d_state, found = native.scan(
                    of_cell.back, d_state, steps, reverse=not reverse
                )
                d_projected, d_recurrent = of_cell.finish(found, factors)
                d_inputs = ops.matmul(d_projected, transposed)
                d_projected, d_recurrent = _flat(d_projected), _flat(d_recurrent)
                new = [
                    sum_products(_flat(inputs), d_projected),
                    sum_rows(d_projected),
                    sum_products(_flat(before[0] * mask), d_recurrent),
                ]
                if more:
                    new.append(sum_rows(d_recurrent[:, -units:]))
                sums = tuple(a + b for a, b in zip(sums, new))
                return (d_state, sums), d_inputs

            transposed = ops.transpose(kernel)
            weights = kernel, bias, recurrent_kernel, *more
            sums = tuple(map(ops.zeros_like, weights))
            (_, sums), d_inputs = native.scan(
                go_back,
                (start, sums),
                (*chunks, cut(args[-1]), *kept),
                reverse=not reverse,
            )
            rest = ops.zeros_like(inside), ops.zeros_like(mask)
            return join(d_inputs), *sums, *rest

        return join(kept[0]), gradient

    weights = kernel, bias, recurrent_kernel, recurrent_bias
    args = inputs, *weights, inside, dropout_mask
    # Unwrapped: backends follow gradients through tensors, not through variables.
    return run(*(ops.convert_to_tensor(a) for a in args if a is not None))


def _choose_chunk(steps: int | None) -> int | None:
    """Return the length of equal chunks; None for one chunk of all steps."""
    if steps is None:
        return None
    lengths = range(_LONGEST_CHUNK, _LONGEST_CHUNK // 4, -1)
    return next((length for length in lengths if steps % length == 0), None)


def _lstm(kernel: Any, mask: Any, sigmoid: bool) -> _Cell:
    """``c = f*c + i*g``, ``h = o*tanh(c)``; gates input, forget, output, candidate.

    ``sigmoid(x) = (1 + tanh(x / 2)) / 2``: one loop activates all gates.
    """
    transposed = ops.transpose(kernel)
    units = kernel.shape[0]
    scale = np.repeat(np.float32([0.5, 0.5, 0.5, 0.5 if sigmoid else 1.0]), units)

    def activate(projected: Any, hidden: Any) -> tuple:
        gates = projected + ops.matmul(hidden * mask, kernel)
        return (scale * ops.tanh(scale * gates) + (1.0 - scale),)

    def move(gates: tuple, state: tuple, here: Any) -> tuple:
        hidden, memory = state
        i, f, o, g = ops.split(gates[0], 4, axis=-1)
        moved = f * memory + i * g
        after = here * (o * ops.tanh(moved)) + (1.0 - here) * hidden
        return after, here * moved + (1.0 - here) * memory

    def prepare(gates: tuple, inside: Any, _: Any, *before: Any) -> tuple:
        i, f, o, g = ops.split(gates[0], 4, axis=-1)
        memory = before[1]
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

    return _Cell(2, activate, move, prepare, back)


def _gru(kernel: Any, bias: Any, mask: Any, sigmoid: bool) -> _Cell:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))``; gates z, r, g."""
    transposed = ops.transpose(kernel)
    units = kernel.shape[0]

    def activate(projected: Any, hidden: Any) -> tuple:
        of_state = ops.matmul(hidden * mask, kernel)
        gates = ops.sigmoid((projected + of_state)[..., : 2 * units])
        inner = of_state[..., 2 * units :] + bias
        candidate = projected[..., 2 * units :] + gates[..., units:] * inner
        return gates, _activate(candidate, sigmoid), inner

    def move(gates: tuple, state: tuple, here: Any) -> tuple:
        (hidden,), (gates, g, _) = state, gates
        z = gates[..., :units]
        return (here * (z * hidden + (1.0 - z) * g) + (1.0 - here) * hidden,)

    def prepare(gates: tuple, inside: Any, _: Any, hidden: Any) -> tuple:
        gates, g, inner = gates
        z, r = gates[..., :units], gates[..., units:]
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

    return _Cell(1, activate, move, prepare, back, finish)


def _rnn(kernel: Any, mask: Any, sigmoid: bool) -> _Cell:
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

    return _Cell(1, activate, move, prepare, back)


_CELLS: dict[str, Callable] = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def _activate(values: Any, sigmoid: bool) -> Any:
    return ops.sigmoid(values) if sigmoid else ops.tanh(values)


def _slope(activated: Any, sigmoid: bool) -> Any:
    """Return the activation's derivative in terms of its value."""
    return activated * (1.0 - activated) if sigmoid else 1.0 - activated * activated


def _flat(values: Any) -> Any:
    """Put steps and rows end to end."""
    return ops.reshape(values, (-1, values.shape[-1]))
