"""Recurrent cells whose steps are kept, and the way back through them.

Each cell has a forward pass over inputs of shape (n, width, k). It returns its states
from the one before the first token, shape (width + 1, n, units), and what the way back
needs. The backward pass goes from the gradient by the states, shape (width, n, units),
to that by the inputs of the gates, shape (width, n, columns).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..spec import NetworkSpec

__all__ = ["STEPS"]

Weights = Mapping[str, np.ndarray]


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * values))


def _activate(spec: NetworkSpec, values: np.ndarray) -> np.ndarray:
    return np.tanh(values) if spec.candidate_activation == "tanh" else _sigmoid(values)


def _slope(spec: NetworkSpec, active: np.ndarray) -> np.ndarray:
    """Return the derivative of the candidate's activation from its value."""
    if spec.candidate_activation == "tanh":
        return 1.0 - active * active
    return active * (1.0 - active)


def _project(weights: Weights, name: str, inputs: np.ndarray) -> np.ndarray:
    by_step = np.ascontiguousarray(inputs.swapaxes(0, 1))
    return by_step @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]


def _lstm(
    spec: NetworkSpec, weights: Weights, name: str, inputs: np.ndarray
) -> tuple[np.ndarray, ...]:
    recurrent = weights[f"{name}.recurrent_kernel"]
    units = len(recurrent)
    gates = _project(weights, name, inputs)
    hidden = np.zeros((len(gates) + 1, gates.shape[1], units))
    memory = np.zeros_like(hidden)
    for t, gate in enumerate(gates):
        gate += hidden[t] @ recurrent
        gate[:, : 3 * units] = _sigmoid(gate[:, : 3 * units])
        gate[:, 3 * units :] = _activate(spec, gate[:, 3 * units :])
        i, f, o, g = np.split(gate, 4, axis=1)
        memory[t + 1] = f * memory[t] + i * g
        hidden[t + 1] = o * np.tanh(memory[t + 1])
    return hidden, memory, gates


def _lstm_back(
    spec: NetworkSpec,
    weights: Weights,
    name: str,
    kept: tuple[np.ndarray, ...],
    given: np.ndarray,
) -> np.ndarray:
    _, memory, gates = kept
    recurrent = weights[f"{name}.recurrent_kernel"]
    back = np.empty_like(gates)
    by_hidden = by_memory = np.zeros_like(memory[0])
    for t in reversed(range(len(gates))):
        i, f, o, g = np.split(gates[t], 4, axis=1)
        by_hidden = given[t] + by_hidden
        shown = np.tanh(memory[t + 1])
        by_memory = by_memory + by_hidden * o * (1.0 - shown * shown)
        back[t] = np.concatenate(
            [
                by_memory * g * i * (1.0 - i),
                by_memory * memory[t] * f * (1.0 - f),
                by_hidden * shown * o * (1.0 - o),
                by_memory * i * _slope(spec, g),
            ],
            axis=1,
        )
        by_memory = by_memory * f
        by_hidden = back[t] @ recurrent.T
    return back


def _gru(
    spec: NetworkSpec, weights: Weights, name: str, inputs: np.ndarray
) -> tuple[np.ndarray, ...]:
    recurrent = weights[f"{name}.recurrent_kernel"]
    units = len(recurrent)
    gates = _project(weights, name, inputs)
    hidden = np.zeros((len(gates) + 1, gates.shape[1], units))
    inner = np.zeros((len(gates), gates.shape[1], units))
    for t, gate in enumerate(gates):
        product = hidden[t] @ recurrent
        gate[:, : 2 * units] = _sigmoid(gate[:, : 2 * units] + product[:, : 2 * units])
        inner[t] = product[:, 2 * units :] + weights[f"{name}.recurrent_bias"]
        z, r, g = np.split(gate, 3, axis=1)
        g[:] = _activate(spec, g + r * inner[t])
        hidden[t + 1] = z * hidden[t] + (1.0 - z) * g
    return hidden, inner, gates


def _gru_back(
    spec: NetworkSpec,
    weights: Weights,
    name: str,
    kept: tuple[np.ndarray, ...],
    given: np.ndarray,
) -> np.ndarray:
    hidden, inner, gates = kept
    recurrent = weights[f"{name}.recurrent_kernel"]
    back = np.empty_like(gates)
    by_hidden = np.zeros_like(hidden[0])
    for t in reversed(range(len(gates))):
        z, r, g = np.split(gates[t], 3, axis=1)
        by_hidden = given[t] + by_hidden
        by_candidate = by_hidden * (1.0 - z) * _slope(spec, g)
        by_update = by_hidden * (hidden[t] - g) * z * (1.0 - z)
        by_reset = by_candidate * inner[t] * r * (1.0 - r)
        back[t] = np.concatenate([by_update, by_reset, by_candidate], axis=1)
        products = np.concatenate([by_update, by_reset, by_candidate * r], axis=1)
        by_hidden = by_hidden * z + products @ recurrent.T
    return back


def _rnn(
    spec: NetworkSpec, weights: Weights, name: str, inputs: np.ndarray
) -> tuple[np.ndarray, ...]:
    recurrent = weights[f"{name}.recurrent_kernel"]
    gates = _project(weights, name, inputs)
    hidden = np.zeros((len(gates) + 1, *gates.shape[1:]))
    for t, gate in enumerate(gates):
        hidden[t + 1] = _activate(spec, gate + hidden[t] @ recurrent)
    return (hidden,)


def _rnn_back(
    spec: NetworkSpec,
    weights: Weights,
    name: str,
    kept: tuple[np.ndarray, ...],
    given: np.ndarray,
) -> np.ndarray:
    (hidden,) = kept
    recurrent = weights[f"{name}.recurrent_kernel"]
    back = np.empty_like(given)
    by_hidden = np.zeros_like(hidden[0])
    for t in reversed(range(len(given))):
        back[t] = (given[t] + by_hidden) * _slope(spec, hidden[t + 1])
        by_hidden = back[t] @ recurrent.T
    return back


STEPS = {
    "lstm": (_lstm, _lstm_back),
    "gru": (_gru, _gru_back),
    "rnn": (_rnn, _rnn_back),
}
