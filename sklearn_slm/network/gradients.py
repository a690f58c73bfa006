"""Recurrences with gradients of their own.

Differentiating a scan step by step adds to the recurrent kernel's gradient at every step
and keeps all that a step computed. Here the forward scan keeps the states alone. Of them
the backward one computes the gates again, as one product for many steps; what is left to
it, step by step, is one product and a few sums. The kernels' gradients are products of
many steps, too.

"Many steps" are a chunk of no more than 64: what is computed of one stays in the
processor's cache. Of a whole text of 400 tokens it would not, and half of the time would
go into fetching memory (docs/benchmarks.md).

Everything is time-major, (steps, batch, ...), and ``inside`` is 1 at tokens and 0 at
padding, where a state is carried over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .backend import import_keras, import_native
from .sums import sum_products, sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["run_cell"]

_LONGEST_CHUNK = 64


class _Cell(NamedTuple):
    """What a kind of cell computes.

    Parameters
    ----------
    n_states : int
        Tensors in its state; the first one is what it gives to others.
    step : callable
        From (state, (projected inputs, inside)) of one step to (state, (first state
        after the step, states before it)).
    prepare : callable
        From (projected inputs, inside, what ``step`` gave) of many steps to factors.
    back : callable
        From (gradient by the state after a step, (gradient by its result, factors)) to
        (gradient by the state before it, something for ``finish``).
    finish : callable
        From (what ``back`` gave, factors) of many steps to the gradients by the
        projected inputs and by the recurrent product.
    """

    n_states: int
    step: Callable
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

        def project(inputs: Any) -> Any:
            return ops.matmul(inputs, kernel) + bias

        def go_on(state: tuple, chunk: tuple) -> tuple:
            inputs, inside = chunk
            steps = project(inputs), inside
            return native.scan(of_cell.step, state, steps, reverse=reverse)

        chunks = cut(inputs), cut(inside)
        _, kept = native.scan(go_on, start, chunks, reverse=reverse)

        def gradient(*args: Any) -> tuple:
            def go_back(state: tuple, chunk: tuple) -> tuple:
                d_state, sums = state
                inputs, inside, d_states, *kept = chunk
                factors = of_cell.prepare(project(inputs), inside, *kept)
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
                    sum_products(_flat(kept[1] * mask), d_recurrent),
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
    """``c = f*c + i*g``, ``h = o*tanh(c)``; gates input, forget, output, candidate."""
    transposed = ops.transpose(kernel)

    def activate(gates: Any) -> tuple:
        i, f, o, g = ops.split(gates, 4, axis=-1)
        return ops.sigmoid(i), ops.sigmoid(f), ops.sigmoid(o), _activate(g, sigmoid)

    def step(state: tuple, inputs: tuple) -> tuple:
        hidden, memory = state
        projected, here = inputs
        i, f, o, g = activate(projected + ops.matmul(hidden * mask, kernel))
        moved = f * memory + i * g
        after = here * (o * ops.tanh(moved)) + (1.0 - here) * hidden
        moved = here * moved + (1.0 - here) * memory
        return (after, moved), (after, hidden, memory)

    def prepare(projected: Any, inside: Any, _: Any, hidden: Any, memory: Any) -> tuple:
        i, f, o, g = activate(projected + ops.matmul(hidden * mask, kernel))
        t = ops.tanh(f * memory + i * g)
        slopes = [
            g * i * (1.0 - i),
            memory * f * (1.0 - f),
            inside * t * o * (1.0 - o),
            i * _slope(g, sigmoid),
        ]
        return ops.concatenate(slopes, -1), inside * o * (1.0 - t * t), f, inside

    def back(state: tuple, inputs: tuple) -> tuple:
        d_hidden, d_memory = state
        d_states, slopes, of_memory, f, here = inputs
        d_hidden = d_hidden + d_states
        d_moved = here * d_memory + d_hidden * of_memory
        d_gates = ops.concatenate([d_moved, d_moved, d_hidden, d_moved], -1) * slopes
        d_before = ops.matmul(d_gates, transposed) * mask
        d_hidden = (1.0 - here) * d_hidden + d_before
        return (d_hidden, (1.0 - here) * d_memory + d_moved * f), d_gates

    return _Cell(2, step, prepare, back)


def _gru(kernel: Any, bias: Any, mask: Any, sigmoid: bool) -> _Cell:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))``; gates z, r, g."""
    transposed = ops.transpose(kernel)

    def activate(projected: Any, hidden: Any) -> tuple:
        z, r, g = ops.split(projected, 3, axis=-1)
        of_state = ops.split(ops.matmul(hidden * mask, kernel), 3, axis=-1)
        z, r = ops.sigmoid(z + of_state[0]), ops.sigmoid(r + of_state[1])
        inner = of_state[2] + bias
        return z, r, _activate(g + r * inner, sigmoid), inner

    def step(state: tuple, inputs: tuple) -> tuple:
        (hidden,) = state
        projected, here = inputs
        z, _, g, _ = activate(projected, hidden)
        after = here * (z * hidden + (1.0 - z) * g) + (1.0 - here) * hidden
        return (after,), (after, hidden)

    def prepare(projected: Any, inside: Any, _: Any, hidden: Any) -> tuple:
        z, r, g, inner = activate(projected, hidden)
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
        gates = d_recurrent[..., : 2 * d_hidden.shape[-1]]
        return ops.concatenate([gates, d_hidden * of_g], -1), d_recurrent

    return _Cell(1, step, prepare, back, finish)


def _rnn(kernel: Any, mask: Any, sigmoid: bool) -> _Cell:
    """``h = act(x + U.h)``."""
    transposed = ops.transpose(kernel)

    def step(state: tuple, inputs: tuple) -> tuple:
        (hidden,) = state
        projected, here = inputs
        moved = _activate(projected + ops.matmul(hidden * mask, kernel), sigmoid)
        after = here * moved + (1.0 - here) * hidden
        return (after,), (after, hidden)

    def prepare(projected: Any, inside: Any, after: Any, hidden: Any) -> tuple:
        return inside * _slope(after, sigmoid), inside

    def back(state: tuple, inputs: tuple) -> tuple:
        (d_hidden,) = state
        d_states, slopes, here = inputs
        d_hidden = d_hidden + d_states
        d_gates = d_hidden * slopes
        d_before = ops.matmul(d_gates, transposed) * mask
        return ((1.0 - here) * d_hidden + d_before,), d_gates

    return _Cell(1, step, prepare, back)


_CELLS: dict[str, Callable] = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def _activate(values: Any, sigmoid: bool) -> Any:
    return ops.sigmoid(values) if sigmoid else ops.tanh(values)


def _slope(activated: Any, sigmoid: bool) -> Any:
    """Return the activation's derivative in terms of its value."""
    return activated * (1.0 - activated) if sigmoid else 1.0 - activated * activated


def _flat(values: Any) -> Any:
    """Put steps and rows end to end."""
    return ops.reshape(values, (-1, values.shape[-1]))
