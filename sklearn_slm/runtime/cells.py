"""One recurrent layer over packed steps, all directions at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..spec import EncoderSpec
from .packing import Packing

__all__ = ["Layer", "prepare_layers", "prepare_step", "run_layer"]


@dataclass(frozen=True)
class Layer:
    """The weights of a layer, its directions side by side, ready to run.

    The columns of gates with a sigmoid are halved, because ``sigmoid(x)`` is ``(1 +
    tanh(x / 2)) / 2``: one tanh over all gates then serves them.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        Kind of cell.
    kernel : ndarray of shape (inputs, n_gates * n_directions * units)
        Weights of the input.
    bias : ndarray of shape (n_gates * n_directions * units,)
        Added to the input part of the gates.
    recurrent_kernel : ndarray of shape (n_gates, n_directions, units, units)
        Weights of the previous state. Gates come first, so that each gate of a batch
        is one contiguous block: strided ones cost twice the time.
    recurrent_bias : ndarray of shape (n_directions, units) or None
        Bias inside the reset gate's product; for gru only.
    sigmoid_candidate : bool
        Whether the candidate's activation is a sigmoid.
    """

    cell: str
    kernel: np.ndarray
    bias: np.ndarray
    recurrent_kernel: np.ndarray
    recurrent_bias: np.ndarray | None
    sigmoid_candidate: bool

    def project(self, inputs: np.ndarray) -> np.ndarray:
        """Return the input part, shape (n_gates, n * n_directions, units).

        Row ``i * n_directions + d`` is input ``i`` as direction ``d`` reads it.
        """
        n_gates, n_directions, units, _ = self.recurrent_kernel.shape
        projected = inputs @ self.kernel
        projected += self.bias
        by_gate = projected.reshape(-1, n_gates, n_directions * units).swapaxes(0, 1)
        return np.ascontiguousarray(by_gate).reshape(n_gates, -1, units)


def prepare_layers(spec: EncoderSpec, weights: Mapping[str, np.ndarray]) -> list[Layer]:
    """Put the weights of all layers into the shape that runs; their dtype stays."""
    return [
        _prepare_layer(
            spec,
            weights,
            [f"layer_{depth}.{direction}" for direction in spec.directions],
        )
        for depth in range(len(spec.hidden_size))
    ]


def _prepare_layer(
    spec: EncoderSpec, weights: Mapping[str, np.ndarray], names: list[str]
) -> Layer:
    units, columns = weights[f"{names[0]}.recurrent_kernel"].shape
    sigmoid_candidate = spec.candidate_activation == "sigmoid"
    scale = np.full(columns, 0.5, weights[f"{names[0]}.bias"].dtype)
    if not sigmoid_candidate:
        scale[-units:] = 1.0
    recurrent_bias = None
    if spec.cell == "gru":
        recurrent_bias = np.stack(
            [weights[f"{name}.recurrent_bias"] * scale[-units:] for name in names]
        )

    def by_gate(kind: str) -> np.ndarray:
        """Stack the directions: shape (..., n_gates, n_directions, units)."""
        scaled = [weights[f"{name}.{kind}"] * scale for name in names]
        split = [s.reshape(*s.shape[:-1], columns // units, units) for s in scaled]
        return np.stack(split, axis=-2)

    kernel = by_gate("kernel")
    return Layer(
        cell=spec.cell,
        kernel=kernel.reshape(len(kernel), -1),
        bias=by_gate("bias").reshape(-1),
        recurrent_kernel=np.ascontiguousarray(
            by_gate("recurrent_kernel").transpose(1, 2, 0, 3)
        ),
        recurrent_bias=recurrent_bias,
        sigmoid_candidate=sigmoid_candidate,
    )


def run_layer(
    layer: Layer,
    projected: np.ndarray,
    index: np.ndarray,
    packing: Packing,
    *,
    state: np.ndarray | None = None,
    keep: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Run the recurrence of all directions.

    Parameters
    ----------
    layer : Layer
        The weights.
    projected : ndarray of shape (n_gates, n_rows, units), dtype float32
        Input parts of the gates, as :meth:`Layer.project` returns them.
    index : ndarray of shape (n_tokens, n_directions), dtype intp
        For each packed position the row of ``projected`` that each direction reads
        there; the backward one reads each document from its own last token.
    packing : Packing
        Where the tokens of the documents lie.
    state : ndarray of shape (2, n_documents, n_directions, units) or None, default=None
        Hidden and cell state to begin from, which the run moves on; None for zeros.
    keep : bool, default=False
        Whether to return the cell states of all tokens too.

    Returns
    -------
    states : ndarray of shape (n_tokens, n_directions, units)
        The state after each token read, of the type of the weights.
    last : ndarray of shape (n_documents, n_directions, units)
        The state after the last token of each document; the first one if it has none.
    cells : ndarray of shape (n_tokens, n_directions, units) or None
        The cell state after each token read, if kept and the cell has one.
    """
    n_gates, n_directions, units, _ = layer.recurrent_kernel.shape
    n_documents, dtype = len(packing.lengths), layer.kernel.dtype
    if state is None:
        state = np.zeros((2, n_documents, n_directions, units), dtype)
    hidden, cell = state
    room = np.empty((2, n_gates * hidden.size), dtype)
    states = np.empty((len(index), n_directions, units), dtype)
    cells = np.empty_like(states) if keep and layer.cell == "lstm" else None
    running = -1
    for start, n in zip(packing.starts.tolist(), packing.active.tolist()):
        if n != running:
            # Views cost as much as small products do: make them only when needed.
            running, here = n, hidden[:n]
            shape = (n_gates, n, n_directions, units)
            gates, recurrent = room[:, : math.prod(shape)].reshape(2, *shape)
            step = prepare_step(layer, gates, here, cell[:n], recurrent)
        projected.take(index[start : start + n], axis=1, out=gates, mode="clip")
        step()
        states[start : start + n] = here
        if cells is not None:
            cells[start : start + n] = cell[:n]
    return states, hidden, cells


def prepare_step(
    layer: Layer,
    gates: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    recurrent: np.ndarray,
) -> Callable[[], None]:
    """Return the function that makes one step of n documents, in place.

    Parameters
    ----------
    layer : Layer
        The weights.
    gates : ndarray of shape (n_gates, n, n_directions, units), dtype float32
        Holds the input parts before each step.
    hidden, cell : ndarray of shape (n, n_directions, units), dtype float32
        Hidden and cell state, which a step moves on; only an LSTM has a cell state.
    recurrent : ndarray of the shape of `gates`, dtype float32
        Room for the products of the hidden state.
    """
    prepare = {"lstm": _lstm_step, "gru": _gru_step, "rnn": _rnn_step}[layer.cell]
    return prepare(layer, gates, hidden, cell, recurrent)


# float32 scalars: a Python number would be converted in every call.
_HALF = np.array(0.5, np.float32)


def _by_direction(values: np.ndarray) -> np.ndarray:
    """View (..., n, n_directions, k) as one matrix for each direction."""
    return values.swapaxes(-3, -2)


def _lstm_step(
    layer: Layer,
    gates: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    recurrent: np.ndarray,
) -> Callable[[], None]:
    """``c = f*c + i*g``, ``h = o*tanh(c)``; in place."""
    kernel = layer.recurrent_kernel
    states, products = _by_direction(hidden), _by_direction(recurrent)
    input_gate, forget_gate, output_gate, candidate = gates
    halved = gates if layer.sigmoid_candidate else gates[:3]
    matmul, tanh, multiply, add = np.matmul, np.tanh, np.multiply, np.add

    def step() -> None:
        matmul(states, kernel, products)
        add(gates, recurrent, gates)
        tanh(gates, gates)
        multiply(halved, _HALF, halved)
        add(halved, _HALF, halved)
        multiply(cell, forget_gate, cell)
        multiply(input_gate, candidate, candidate)
        add(cell, candidate, cell)
        tanh(cell, hidden)
        multiply(hidden, output_gate, hidden)

    return step


def _gru_step(
    layer: Layer,
    gates: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    recurrent: np.ndarray,
) -> Callable[[], None]:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))``, in place."""
    kernel, bias = layer.recurrent_kernel, layer.recurrent_bias
    states, products = _by_direction(hidden), _by_direction(recurrent)
    update_reset, recurrent_part = gates[:2], recurrent[:2]
    update, reset, candidate = gates
    inner = recurrent[2]

    def step() -> None:
        np.matmul(states, kernel, products)
        np.add(update_reset, recurrent_part, update_reset)
        np.tanh(update_reset, update_reset)
        np.multiply(update_reset, _HALF, update_reset)
        np.add(update_reset, _HALF, update_reset)
        np.add(inner, bias, inner)  # type: ignore[arg-type]
        np.multiply(inner, reset, inner)
        np.add(candidate, inner, candidate)
        _activate(layer, candidate)
        np.subtract(hidden, candidate, hidden)
        np.multiply(hidden, update, hidden)
        np.add(hidden, candidate, hidden)

    return step


def _rnn_step(
    layer: Layer,
    gates: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    recurrent: np.ndarray,
) -> Callable[[], None]:
    """``h = act(x + U.h)``, in place."""
    kernel = layer.recurrent_kernel
    states, products = _by_direction(hidden), _by_direction(recurrent)

    def step() -> None:
        np.matmul(states, kernel, products)
        np.add(gates[0], recurrent[0], hidden)
        _activate(layer, hidden)

    return step


def _activate(layer: Layer, values: np.ndarray) -> None:
    np.tanh(values, values)
    if layer.sigmoid_candidate:
        np.multiply(values, _HALF, values)
        np.add(values, _HALF, values)
