"""Recurrences with gradients of their own.

Differentiating a scan step by step adds to the recurrent kernel's gradient at every
step and keeps more than it needs. Here the forward scan keeps what the gates were, the
backward scan gives the gradient of the gates alone, and the kernel's gradient is ONE
matrix product over all steps after it.

Everything is time-major, (steps, batch, ...), and ``inside`` is 1 at tokens and 0 at
padding, where a state is carried over.
"""

from __future__ import annotations

from typing import Any

from .backend import import_keras, import_native

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["run_gru", "run_lstm", "run_rnn"]


def run_lstm(
    projected: Any, kernel: Any, inside: Any, mask: Any, *, sigmoid: bool, reverse: bool
) -> Any:
    """``c = f*c + i*g``, ``h = o*tanh(c)`` from states of zeros.

    Parameters
    ----------
    projected : tensor of shape (steps, batch, 4 * units)
        Input part of the gates: input, forget, output, candidate.
    kernel : tensor of shape (units, 4 * units)
        Weights of the previous state.
    inside : tensor of shape (steps, batch, 1)
        1 at tokens, 0 at padding.
    mask : tensor of shape (batch, units)
        Multiplies the previous state on its way into the gates.
    sigmoid : bool
        Whether the candidate's activation is a sigmoid, else tanh.
    reverse : bool
        Run from the last step to the first.

    Returns
    -------
    tensor of shape (steps, batch, units)
        The state after each step. Gradients reach ``projected`` and ``kernel`` only.
    """

    @native.custom_gradient
    def run(projected: Any, kernel: Any, inside: Any, mask: Any) -> tuple:
        zeros = _zeros(projected, kernel)

        def step(state: tuple, inputs: tuple) -> tuple:
            hidden, memory = state
            gates, here = inputs
            gates = gates + ops.matmul(hidden * mask, kernel)
            i, f, o, g = ops.split(gates, 4, axis=-1)
            i, f, o = ops.sigmoid(i), ops.sigmoid(f), ops.sigmoid(o)
            g = _activate(g, sigmoid)
            moved = f * memory + i * g
            kept = (ops.concatenate([i, f, o, g], axis=-1), memory)
            hidden = here * (o * ops.tanh(moved)) + (1.0 - here) * hidden
            return (hidden, here * moved + (1.0 - here) * memory), (hidden, *kept)

        _, (states, gates, memories) = native.scan(
            step, (zeros, zeros), (projected, inside), reverse=reverse
        )

        def gradient(*args: Any) -> tuple:
            def back(state: tuple, inputs: tuple) -> tuple:
                d_hidden, d_memory = state
                d_states, gates, memory, here = inputs
                i, f, o, g = ops.split(gates, 4, axis=-1)
                d_hidden = d_hidden + d_states
                d_new = here * d_hidden
                t = ops.tanh(f * memory + i * g)
                d_moved = here * d_memory + d_new * o * (1.0 - t * t)
                d_gates = ops.concatenate(
                    [
                        d_moved * g * i * (1.0 - i),
                        d_moved * memory * f * (1.0 - f),
                        d_new * t * o * (1.0 - o),
                        d_moved * i * _slope(g, sigmoid),
                    ],
                    axis=-1,
                )
                d_before = ops.matmul(d_gates, transposed) * mask
                d_hidden = (1.0 - here) * d_hidden + d_before
                d_memory = (1.0 - here) * d_memory + d_moved * f
                return (d_hidden, d_memory), d_gates

            transposed = ops.transpose(kernel)
            _, d_gates = native.scan(
                back,
                (zeros, zeros),
                (args[-1], gates, memories, inside),
                reverse=not reverse,
            )
            before = _shift(states, zeros, reverse) * mask
            return (
                d_gates,
                _outer(before, d_gates),
                ops.zeros_like(inside),
                ops.zeros_like(mask),
            )

        return states, gradient

    return run(*_tensors(projected, kernel, inside, mask))


def run_gru(
    projected: Any,
    kernel: Any,
    bias: Any,
    inside: Any,
    mask: Any,
    *,
    sigmoid: bool,
    reverse: bool,
) -> Any:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))`` from a state of zeros.

    Parameters
    ----------
    projected : tensor of shape (steps, batch, 3 * units)
        Input part of the gates: update, reset, candidate.
    kernel : tensor of shape (units, 3 * units)
        Weights of the previous state.
    bias : tensor of shape (units,)
        b in the candidate.
    inside, mask, sigmoid, reverse
        As in :func:`run_lstm`.

    Returns
    -------
    tensor of shape (steps, batch, units)
        The state after each step. Gradients reach ``projected``, ``kernel`` and
        ``bias`` only.
    """

    @native.custom_gradient
    def run(projected: Any, kernel: Any, bias: Any, inside: Any, mask: Any) -> tuple:
        zeros = _zeros(projected, kernel)

        def step(state: tuple, inputs: tuple) -> tuple:
            (hidden,) = state
            gates, here = inputs
            recurrent = ops.matmul(hidden * mask, kernel)
            z, r, g = ops.split(gates, 3, axis=-1)
            z_h, r_h, g_h = ops.split(recurrent, 3, axis=-1)
            z, r, g_h = ops.sigmoid(z + z_h), ops.sigmoid(r + r_h), g_h + bias
            g = _activate(g + r * g_h, sigmoid)
            kept = ops.concatenate([z, r, g, g_h], axis=-1)
            moved = z * hidden + (1.0 - z) * g
            hidden = here * moved + (1.0 - here) * hidden
            return (hidden,), (hidden, kept)

        _, (states, kept) = native.scan(
            step, (zeros,), (projected, inside), reverse=reverse
        )

        def gradient(*args: Any) -> tuple:
            before = _shift(states, zeros, reverse)

            def back(state: tuple, inputs: tuple) -> tuple:
                (d_hidden,) = state
                d_states, kept, hidden, here = inputs
                z, r, g, g_h = ops.split(kept, 4, axis=-1)
                d_hidden = d_hidden + d_states
                d_new = here * d_hidden
                d_g = d_new * (1.0 - z) * _slope(g, sigmoid)
                d_z = d_new * (hidden - g) * z * (1.0 - z)
                d_r = d_g * g_h * r * (1.0 - r)
                d_recurrent = ops.concatenate([d_z, d_r, d_g * r], axis=-1)
                d_before = ops.matmul(d_recurrent, transposed) * mask
                d_hidden = (1.0 - here) * d_hidden + d_new * z + d_before
                return (d_hidden,), (d_recurrent, d_g)

            transposed = ops.transpose(kernel)
            _, (d_recurrent, d_g) = native.scan(
                back,
                (zeros,),
                (args[-1], kept, before, inside),
                reverse=not reverse,
            )
            units = kernel.shape[0]
            return (
                ops.concatenate([d_recurrent[..., : 2 * units], d_g], axis=-1),
                _outer(before * mask, d_recurrent),
                ops.sum(d_recurrent[..., 2 * units :], axis=(0, 1)),
                ops.zeros_like(inside),
                ops.zeros_like(mask),
            )

        return states, gradient

    return run(*_tensors(projected, kernel, bias, inside, mask))


def run_rnn(
    projected: Any, kernel: Any, inside: Any, mask: Any, *, sigmoid: bool, reverse: bool
) -> Any:
    """``h = act(x + U.h)`` from a state of zeros.

    Parameters
    ----------
    projected : tensor of shape (steps, batch, units)
        Input part of the new state.
    kernel : tensor of shape (units, units)
        Weights of the previous state.
    inside, mask, sigmoid, reverse
        As in :func:`run_lstm`.

    Returns
    -------
    tensor of shape (steps, batch, units)
        The state after each step. Gradients reach ``projected`` and ``kernel`` only.
    """

    @native.custom_gradient
    def run(projected: Any, kernel: Any, inside: Any, mask: Any) -> tuple:
        zeros = _zeros(projected, kernel)

        def step(hidden: Any, inputs: tuple) -> tuple:
            gates, here = inputs
            moved = _activate(gates + ops.matmul(hidden * mask, kernel), sigmoid)
            hidden = here * moved + (1.0 - here) * hidden
            return hidden, hidden

        _, states = native.scan(step, zeros, (projected, inside), reverse=reverse)

        def gradient(*args: Any) -> tuple:
            def back(d_hidden: Any, inputs: tuple) -> tuple:
                d_states, hidden, here = inputs
                d_hidden = d_hidden + d_states
                d_gates = here * d_hidden * _slope(hidden, sigmoid)
                d_before = ops.matmul(d_gates, transposed) * mask
                return (1.0 - here) * d_hidden + d_before, d_gates

            transposed = ops.transpose(kernel)
            _, d_gates = native.scan(
                back, zeros, (args[-1], states, inside), reverse=not reverse
            )
            before = _shift(states, zeros, reverse) * mask
            return (
                d_gates,
                _outer(before, d_gates),
                ops.zeros_like(inside),
                ops.zeros_like(mask),
            )

        return states, gradient

    return run(*_tensors(projected, kernel, inside, mask))


def _tensors(*values: Any) -> list[Any]:
    """Unwrap Keras variables: backends follow gradients through tensors only."""
    return [ops.convert_to_tensor(value) for value in values]


def _zeros(projected: Any, kernel: Any) -> Any:
    return ops.zeros((ops.shape(projected)[1], kernel.shape[0]), projected.dtype)


def _activate(values: Any, sigmoid: bool) -> Any:
    return ops.sigmoid(values) if sigmoid else ops.tanh(values)


def _slope(activated: Any, sigmoid: bool) -> Any:
    """Return the activation's derivative in terms of its value."""
    return activated * (1.0 - activated) if sigmoid else 1.0 - activated * activated


def _shift(states: Any, zeros: Any, reverse: bool) -> Any:
    """Return the state before each step."""
    if reverse:
        return ops.concatenate([states[1:], zeros[None]], axis=0)
    return ops.concatenate([zeros[None], states[:-1]], axis=0)


def _outer(before: Any, d_gates: Any) -> Any:
    """Return the sum over steps and rows of before x d_gates, as one product."""
    rows = ops.reshape(before, (-1, before.shape[-1]))
    columns = ops.reshape(d_gates, (-1, d_gates.shape[-1]))
    return ops.matmul(ops.transpose(rows), columns)
