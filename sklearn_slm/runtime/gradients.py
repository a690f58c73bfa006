"""The backward pass in NumPy: how logits change with the word vectors of a text.

It is for explaining, not for training: weights get no gradient, only inputs do. The
forward pass is the one that serves, in float64 and with what it kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..spec import EncoderSpec, NetworkSpec
from .cell_gradients import BACKWARD
from .encoder import Encoded, KeptLayer
from .heads.classes import pull_back_pooling
from .network import EncodedBatch, PreparedNetwork
from .packing import Packing
from .weights import to_float

__all__ = ["Watch", "float_weights", "pull_back", "pull_back_logits"]

Weights = Mapping[str, np.ndarray]
# What looks on: takes the name of a layer and direction and, packed as that direction
# reads, its inputs, its states, and the gradients with respect to the states (from above
# alone) and to the inputs of its gates.
Watch = Callable[[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray], None]


def float_weights(spec: NetworkSpec, weights: Weights) -> dict[str, np.ndarray]:
    """Return the weights of a network but the embedding, in float64."""
    return {
        name: to_float(weights, name, np.float64)
        for name in spec.weights()
        if name != "embedding"
    }


def pull_back_logits(
    network: PreparedNetwork,
    weights: Weights,
    batch: EncodedBatch,
    outputs: np.ndarray,
    *,
    watch: Watch | None = None,
) -> np.ndarray:
    """Return the gradient of a mixture of each text's logits with respect to its vectors.

    Parameters
    ----------
    network : PreparedNetwork
        A network that pools, prepared in float64.
    weights : mapping of str to ndarray
        What :func:`float_weights` returns.
    batch : EncodedBatch
        What :func:`~sklearn_slm.runtime.network.encode_batches` yields.
    outputs : ndarray of shape (n_documents, n_outputs)
        Weight of each logit in what is differentiated: a row of the unit matrix for
        one logit.
    watch : callable or None, default=None
        As in :func:`pull_back`.

    Returns
    -------
    ndarray of shape (n_tokens, n_components), dtype float64
        The gradient with respect to the vector of each packed token.
    """
    d_pooled = outputs @ network.head.kernel.T
    d_states = pull_back_pooling(network.head, batch.encoded, batch.packing, d_pooled)
    return pull_back(
        network.spec.encoder,
        weights,
        batch.encoded,
        batch.inputs,
        batch.packing,
        d_states,
        watch=watch,
    )


def pull_back(
    encoder: EncoderSpec,
    weights: Weights,
    encoded: Encoded,
    inputs: np.ndarray,
    packing: Packing,
    gradient: np.ndarray,
    *,
    watch: Watch | None = None,
) -> np.ndarray:
    """Bring a gradient with respect to states back to the input vectors.

    Parameters
    ----------
    encoder : EncoderSpec
        What was run.
    weights : mapping of str to ndarray, dtype float64
        Its weights but the embedding.
    encoded : Encoded
        What the forward pass kept.
    inputs : ndarray of shape (n_tokens, n_components)
        Packed input vectors.
    packing : Packing
        Where the tokens lie.
    gradient : ndarray of shape (n_tokens, state_size)
        Gradient with respect to the packed states of the last layer.
    watch : callable or None, default=None
        Called for each layer and direction on the way, the last layer first, with what
        `Watch` lists.

    Returns
    -------
    ndarray of shape (n_tokens, n_components)
        Gradient with respect to the packed input vectors.
    """
    for depth in reversed(range(len(encoder.hidden_size))):
        kept = encoded.kept[depth]
        kept = kept if depth else kept._replace(inputs=inputs)
        below = np.zeros_like(kept.inputs)
        for d, direction in enumerate(encoder.directions):
            below += _pull_back_direction(
                encoder,
                weights,
                f"layer_{depth}.{direction}",
                kept,
                d,
                packing,
                gradient,
                watch,
            )
        gradient = below
    return gradient


def _pull_back_direction(
    encoder: EncoderSpec,
    weights: Weights,
    name: str,
    kept: KeptLayer,
    d: int,
    packing: Packing,
    gradient: np.ndarray,
    watch: Watch | None,
) -> np.ndarray:
    units = kept.states.shape[2]
    # The backward direction reads each document from its last token.
    order = packing.mirror if d else slice(None)
    own = gradient[:, d * units : (d + 1) * units][order]
    d_gates = BACKWARD[encoder.cell](
        encoder,
        weights,
        name,
        kept.inputs[order],
        kept.states[:, d],
        None if kept.cells is None else kept.cells[:, d],
        own,
        packing,
    )
    if watch is not None:
        watch(name, kept.inputs[order], kept.states[:, d], own, d_gates)
    return (d_gates @ weights[f"{name}.kernel"].T)[order]
