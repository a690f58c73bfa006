"""The way back through recurrent cells, over packed steps.

The gates are computed again from the states that the forward pass kept, all steps in one
product: only the way back itself goes step by step. Each function leads from the gradient
with respect to the states, shape (n_tokens, units), to that with respect to the inputs of
the gates, shape (n_tokens, columns), both packed as one direction reads the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ..spec import EncoderSpec
from .packing import Packing

__all__ = ["BACKWARD"]

Weights = Mapping[str, np.ndarray]


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * values))


def _activate(encoder: EncoderSpec, values: np.ndarray) -> np.ndarray:
    is_tanh = encoder.candidate_activation == "tanh"
    return np.tanh(values) if is_tanh else _sigmoid(values)


def _derivative(encoder: EncoderSpec, active: np.ndarray) -> np.ndarray:
    """Return the derivative of the candidate's activation from its value."""
    if encoder.candidate_activation == "tanh":
        return 1.0 - active * active
    return active * (1.0 - active)


def _shift(values: np.ndarray, packing: Packing) -> np.ndarray:
    """Return what the step before had; zeros at the first step."""
    before = np.zeros_like(values)
    before[packing.starts[1] :] = values[packing.previous]
    return before


def _steps_back(packing: Packing) -> Iterator[slice]:
    """Yield the packed tokens of each step, the last step first."""
    ends = packing.starts.tolist()
    for start, end in zip(ends[-2::-1], ends[:0:-1]):
        yield slice(start, end)


def _lstm(
    encoder: EncoderSpec,
    weights: Weights,
    name: str,
    inputs: np.ndarray,
    states: np.ndarray,
    cells: np.ndarray | None,
    gradient: np.ndarray,
    packing: Packing,
) -> np.ndarray:
    assert cells is not None
    recurrent = weights[f"{name}.recurrent_kernel"]
    gates = inputs @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]
    gates += _shift(states, packing) @ recurrent
    i, f, o, g = np.split(gates, 4, axis=1)
    i, f, o, g = _sigmoid(i), _sigmoid(f), _sigmoid(o), _activate(encoder, g)
    cells_before, shown = _shift(cells, packing), np.tanh(cells)
    d_gates = np.empty_like(gates)
    d_state = np.zeros((len(packing.lengths), states.shape[1]))
    d_cell = np.zeros_like(d_state)
    for t in _steps_back(packing):
        n = t.stop - t.start
        d_hidden = gradient[t] + d_state[:n]
        d_cell_state = d_cell[:n] + d_hidden * o[t] * (1.0 - shown[t] * shown[t])
        d_gates[t] = np.concatenate(
            [
                d_cell_state * g[t] * i[t] * (1.0 - i[t]),
                d_cell_state * cells_before[t] * f[t] * (1.0 - f[t]),
                d_hidden * shown[t] * o[t] * (1.0 - o[t]),
                d_cell_state * i[t] * _derivative(encoder, g[t]),
            ],
            axis=1,
        )
        d_cell[:n] = d_cell_state * f[t]
        d_state[:n] = d_gates[t] @ recurrent.T
    return d_gates


def _gru(
    encoder: EncoderSpec,
    weights: Weights,
    name: str,
    inputs: np.ndarray,
    states: np.ndarray,
    cells: np.ndarray | None,
    gradient: np.ndarray,
    packing: Packing,
) -> np.ndarray:
    recurrent = weights[f"{name}.recurrent_kernel"]
    units = states.shape[1]
    before = _shift(states, packing)
    gates = inputs @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]
    products = before @ recurrent
    z, r = np.split(_sigmoid(gates[:, : 2 * units] + products[:, : 2 * units]), 2, 1)
    inner = products[:, 2 * units :] + weights[f"{name}.recurrent_bias"]
    g = _activate(encoder, gates[:, 2 * units :] + r * inner)
    d_gates = np.empty_like(gates)
    d_state = np.zeros((len(packing.lengths), units))
    for t in _steps_back(packing):
        n = t.stop - t.start
        d_hidden = gradient[t] + d_state[:n]
        d_candidate = d_hidden * (1.0 - z[t]) * _derivative(encoder, g[t])
        d_update = d_hidden * (before[t] - g[t]) * z[t] * (1.0 - z[t])
        d_reset = d_candidate * inner[t] * r[t] * (1.0 - r[t])
        d_gates[t] = np.concatenate([d_update, d_reset, d_candidate], axis=1)
        d_products = np.concatenate([d_update, d_reset, d_candidate * r[t]], axis=1)
        d_state[:n] = d_hidden * z[t] + d_products @ recurrent.T
    return d_gates


def _rnn(
    encoder: EncoderSpec,
    weights: Weights,
    name: str,
    inputs: np.ndarray,
    states: np.ndarray,
    cells: np.ndarray | None,
    gradient: np.ndarray,
    packing: Packing,
) -> np.ndarray:
    recurrent = weights[f"{name}.recurrent_kernel"]
    d_gates = np.empty_like(gradient)
    d_state = np.zeros((len(packing.lengths), states.shape[1]))
    for t in _steps_back(packing):
        n = t.stop - t.start
        d_hidden = gradient[t] + d_state[:n]
        d_gates[t] = d_hidden * _derivative(encoder, states[t])
        d_state[:n] = d_gates[t] @ recurrent.T
    return d_gates


BACKWARD: dict[str, Callable[..., np.ndarray]] = {
    "lstm": _lstm,
    "gru": _gru,
    "rnn": _rnn,
}
