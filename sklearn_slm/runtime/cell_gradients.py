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


def _slope(encoder: EncoderSpec, active: np.ndarray) -> np.ndarray:
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
    by_gates = np.empty_like(gates)
    by_state = np.zeros((len(packing.lengths), states.shape[1]))
    by_cell = np.zeros_like(by_state)
    for t in _steps_back(packing):
        n = t.stop - t.start
        by_hidden = gradient[t] + by_state[:n]
        by_memory = by_cell[:n] + by_hidden * o[t] * (1.0 - shown[t] * shown[t])
        by_gates[t] = np.concatenate(
            [
                by_memory * g[t] * i[t] * (1.0 - i[t]),
                by_memory * cells_before[t] * f[t] * (1.0 - f[t]),
                by_hidden * shown[t] * o[t] * (1.0 - o[t]),
                by_memory * i[t] * _slope(encoder, g[t]),
            ],
            axis=1,
        )
        by_cell[:n] = by_memory * f[t]
        by_state[:n] = by_gates[t] @ recurrent.T
    return by_gates


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
    by_gates = np.empty_like(gates)
    by_state = np.zeros((len(packing.lengths), units))
    for t in _steps_back(packing):
        n = t.stop - t.start
        by_hidden = gradient[t] + by_state[:n]
        by_candidate = by_hidden * (1.0 - z[t]) * _slope(encoder, g[t])
        by_update = by_hidden * (before[t] - g[t]) * z[t] * (1.0 - z[t])
        by_reset = by_candidate * inner[t] * r[t] * (1.0 - r[t])
        by_gates[t] = np.concatenate([by_update, by_reset, by_candidate], axis=1)
        by_products = np.concatenate([by_update, by_reset, by_candidate * r[t]], axis=1)
        by_state[:n] = by_hidden * z[t] + by_products @ recurrent.T
    return by_gates


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
    by_gates = np.empty_like(gradient)
    by_state = np.zeros((len(packing.lengths), states.shape[1]))
    for t in _steps_back(packing):
        n = t.stop - t.start
        by_hidden = gradient[t] + by_state[:n]
        by_gates[t] = by_hidden * _slope(encoder, states[t])
        by_state[:n] = by_gates[t] @ recurrent.T
    return by_gates


BACKWARD: dict[str, Callable[..., np.ndarray]] = {
    "lstm": _lstm,
    "gru": _gru,
    "rnn": _rnn,
}
