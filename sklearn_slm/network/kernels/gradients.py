"""Recurrences with gradients of their own.

Differentiating a scan step by step adds to the recurrent kernel's gradient at every step
and keeps all that a step computed. Here the forward scan keeps the states, and of texts
that are not long the gates. Of longer ones the backward scan computes the gates again
from the states, as one product for many steps; what is left to it, step by step, is one
product and a few sums. The kernels' gradients are products of many steps, too.

"Many steps" are a chunk of no more than 64: what is computed of one stays in the
processor's cache. A whole text of 400 tokens would not fit (docs/notes/speed.md).

Everything is time-major, (steps, batch, ...), and ``mask`` is 1 at tokens and 0 at
padding, where a state is carried over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backend import import_keras, import_native
from .cells import build_cell
from .sums import sum_products, sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["run_cell"]

_LONGEST_CHUNK = 64
# Beyond so many values of gates, fetching takes longer than computing them again
# (docs/notes/speed.md).
_MOST_KEPT = 2**20


def run_cell(
    cell: str,
    inputs: Any,
    kernel: Any,
    bias: Any,
    recurrent_kernel: Any,
    recurrent_bias: Any,
    mask: Any,
    dropout_mask: Any = None,
    *,
    candidate_activation: str = "tanh",
    backward: bool = False,
    start: Sequence[Any] | None = None,
    carry: Any = None,
) -> Any:
    """Run a recurrence over time, from states of zeros or from given ones.

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
    mask : tensor of shape (steps, batch, 1)
        1 at tokens, 0 at padding; where it is 0 the state is carried over.
    dropout_mask : tensor of shape (batch, units) or None, default=None
        Multiplies the previous state on its way into the gates.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the candidate.
    backward : bool, default=False
        Run from the last step to the first.
    start : sequence of tensors of shape (batch, units) or None, default=None
        The state before the first step: hidden and, for lstm, cell state.
    carry : tensor of shape (steps, batch, 1) or None, default=None
        Multiplies the state before each step: 0 where a document begins, else 1.

    Returns
    -------
    states : tensor of shape (steps, batch, units)
        The state after each step, in the order of the steps. Gradients reach the inputs,
        kernels, biases and ``start``, not the masks.
    end : list of tensors of shape (batch, units)
        If ``start`` is given: the state after the last step.
    """
    sigmoid, reverse = candidate_activation == "sigmoid", backward
    if dropout_mask is None:
        dropout_mask = ops.ones((1, 1), inputs.dtype)
    has_start, has_carry = start is not None, carry is not None
    has_bias = recurrent_bias is not None
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
        inputs, mask, dropout_mask, kernel, bias, recurrent_kernel, *others = args
        more = others[:has_bias]
        carries = others[has_bias : has_bias + has_carry]
        units = recurrent_kernel.shape[0]
        cell_steps = build_cell(
            cell, recurrent_kernel, *more, dropout_mask=dropout_mask, sigmoid=sigmoid
        )
        zeros = ops.zeros((ops.shape(inputs)[1], units), inputs.dtype)
        start = (zeros,) * cell_steps.n_states
        if has_start:
            start = tuple(others[has_bias + has_carry :])
        size = [*inputs.shape[:2], kernel.shape[1]]
        # The state that a single gate leads to tells enough.
        keep = size[-1] > units and None not in size and np.prod(size) <= _MOST_KEPT

        def project(inputs: Any) -> Any:
            return ops.matmul(inputs, kernel) + bias

        def step(state: tuple, inputs: tuple) -> tuple:
            projected, step_mask = inputs[:2]
            if has_carry:
                state = tuple(inputs[2] * values for values in state)
            gates = cell_steps.activate(projected, state[0])
            after = cell_steps.move(gates, state, step_mask)
            return after, (after[0], *state, *(gates if keep else ()))

        def forward_chunk(state: tuple, chunk: tuple) -> tuple:
            inputs, *masks = chunk
            steps = project(inputs), *masks
            return native.scan(step, state, steps, reverse=reverse)

        chunks = cut(inputs), cut(mask), *map(cut, carries)
        end, kept = native.scan(forward_chunk, start, chunks, reverse=reverse)

        def gradient(*args: Any) -> tuple:
            def backward_chunk(state: tuple, chunk: tuple) -> tuple:
                d_state, sums = state
                inputs, mask, *others = chunk
                step_carry, (d_states, *kept) = others[:has_carry], others[has_carry:]
                after, *before = kept[: 1 + cell_steps.n_states]
                gates = kept[1 + cell_steps.n_states :]
                if not keep:
                    gates = cell_steps.activate(project(inputs), before[0])
                factors = cell_steps.prepare(gates, mask, after, *before)
                steps = d_states, *factors
                back = cell_steps.back
                if has_carry:
                    steps, back = (*steps, *step_carry), _carry_back(back)
                d_state, d_steps = native.scan(
                    back, d_state, steps, reverse=not reverse
                )
                d_projected, d_recurrent = cell_steps.finish(d_steps, factors)
                d_inputs = ops.matmul(d_projected, transposed)
                d_projected, d_recurrent = _flat(d_projected), _flat(d_recurrent)
                new = [
                    sum_products(_flat(inputs), d_projected),
                    sum_rows(d_projected),
                    sum_products(_flat(before[0] * dropout_mask), d_recurrent),
                ]
                if more:
                    new.append(sum_rows(d_recurrent[:, -units:]))
                sums = tuple(a + b for a, b in zip(sums, new))
                return (d_state, sums), d_inputs

            transposed = ops.transpose(kernel)
            weights = kernel, bias, recurrent_kernel, *more
            sums = tuple(map(ops.zeros_like, weights))
            d_states, d_end = args[-1], (zeros,) * cell_steps.n_states
            if has_start:
                n_steps = ops.shape(inputs)[0]
                d_end = zeros, *(d_states[n_steps + i] for i in range(len(start) - 1))
                d_states = d_states[:n_steps]
            (d_start, sums), d_inputs = native.scan(
                backward_chunk,
                (d_end, sums),
                (*chunks, cut(d_states), *kept),
                reverse=not reverse,
            )
            return (
                join(d_inputs),
                *map(ops.zeros_like, (mask, dropout_mask)),
                *sums,
                *map(ops.zeros_like, carries),
                *(d_start if has_start else ()),
            )

        states = join(kept[0])
        if has_start:
            states = ops.concatenate([states, *(s[None] for s in end[1:])])
        return states, gradient

    masks, weights = (mask, dropout_mask), (kernel, bias, recurrent_kernel)
    args = inputs, *masks, *weights, recurrent_bias, carry, *(start or ())
    # Unwrapped: backends follow gradients through tensors, not through variables.
    states = run(*(ops.convert_to_tensor(a) for a in args if a is not None))
    if start is None:
        return states
    n_steps = ops.shape(inputs)[0]
    last = states[0 if backward else n_steps - 1]
    end = [last, *(states[n_steps + i] for i in range(len(start) - 1))]
    return states[:n_steps], end


def _carry_back(back: Callable) -> Callable:
    """Return the step back of a cell whose state before it was multiplied."""

    def step(state: tuple, inputs: tuple) -> tuple:
        state, d_step = back(state, inputs[:-1])
        carry = inputs[-1]
        return tuple(carry * values for values in state), d_step

    return step


def _choose_chunk(steps: int | None) -> int | None:
    """Return the length of equal chunks; None for one chunk of all steps."""
    if steps is None:
        return None
    lengths = range(_LONGEST_CHUNK, _LONGEST_CHUNK // 4, -1)
    return next((length for length in lengths if steps % length == 0), None)


def _flat(values: Any) -> Any:
    """Put steps and rows end to end."""
    return ops.reshape(values, (-1, values.shape[-1]))
