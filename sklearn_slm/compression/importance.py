"""How much hidden units count, measured on texts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..runtime import encode_batches, prepare_network
from ..runtime.gradients import Watch, float_weights, pull_back_logits
from ..runtime.packing import Packing
from ..runtime.pooling import pool_sum
from ..spec import EncoderSpec, NetworkSpec
from ..text import Ragged

__all__ = ["measure_units"]


def measure_units(
    spec: NetworkSpec,
    weights: Mapping[str, np.ndarray],
    texts: Ragged,
    gradient: np.ndarray,
) -> dict[str, np.ndarray]:
    """Estimate how far the loss moves if a hidden unit is removed.

    To first order, the loss of a text changes by the sum over its tokens of the unit's
    state times the gradient with respect to that state, through all that reads it: the
    gates of the same layer at the next token, the next layer, and the head. The
    importance of a unit is the mean over texts of the absolute change (Molchanov et al.,
    2017, equation 8, with tokens in place of places in an image).

    Parameters
    ----------
    spec : NetworkSpec
        A network with a head for classes.
    weights : mapping of str to ndarray
        Its weights, quantised or not.
    texts : Ragged
        Token ids of the documents to measure on; best such as were not trained on, which
        still have a loss.
    gradient : ndarray of shape (n_documents, n_outputs)
        Gradient of each text's loss with respect to the network's logits.

    Returns
    -------
    dict of str to ndarray of shape (units,), dtype float64
        For each layer and direction, as :meth:`EncoderSpec.layers` names them.
    """
    encoder = spec.encoder
    network = prepare_network(spec, weights, np.float64)
    floats = float_weights(spec, weights)
    totals = {name: np.zeros(units) for name, _, units in encoder.layers()}
    for batch in encode_batches(network, texts):
        add = _add_changes(encoder, floats, batch.packing, totals)
        pull_back_logits(network, floats, batch, gradient[batch.rows], watch=add)
    return {name: total / max(len(texts), 1) for name, total in totals.items()}


def _add_changes(
    encoder: EncoderSpec,
    weights: Mapping[str, np.ndarray],
    packing: Packing,
    totals: dict[str, np.ndarray],
) -> Watch:
    """Return what adds the changes of a batch to the totals on the way back."""

    def add(
        name: str,
        inputs: np.ndarray,
        states: np.ndarray,
        from_above: np.ndarray,
        d_gates: np.ndarray,
    ) -> None:
        d_products = _scale_candidate(
            encoder, weights, name, inputs, _shift(states, packing), d_gates
        )
        d_before = d_products @ weights[f"{name}.recurrent_kernel"].T
        d_states = from_above.copy()
        d_states[packing.previous] += d_before[packing.starts[1] :]
        ones = np.ones(len(states))
        changes = pool_sum(states * d_states, ones, packing)
        totals[name] += np.abs(changes).sum(axis=0)

    return add


def _shift(states: np.ndarray, packing: Packing) -> np.ndarray:
    before = np.zeros_like(states)
    before[packing.starts[1] :] = states[packing.previous]
    return before


def _scale_candidate(
    encoder: EncoderSpec,
    weights: Mapping[str, np.ndarray],
    name: str,
    inputs: np.ndarray,
    before: np.ndarray,
    d_gates: np.ndarray,
) -> np.ndarray:
    """Return the gradient with respect to the products of the state before.

    It is that of the gates, but for the candidate of a GRU, whose product is multiplied
    by the reset gate.
    """
    if encoder.cell != "gru":
        return d_gates
    units = before.shape[1]
    columns = slice(units, 2 * units)
    reset = inputs @ weights[f"{name}.kernel"][:, columns]
    reset += weights[f"{name}.bias"][columns]
    reset += before @ weights[f"{name}.recurrent_kernel"][:, columns]
    reset = 0.5 * (1.0 + np.tanh(0.5 * reset))
    return np.concatenate(
        [d_gates[:, : 2 * units], d_gates[:, 2 * units :] * reset], axis=1
    )
