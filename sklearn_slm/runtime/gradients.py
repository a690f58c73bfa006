"""The backward pass in NumPy: how logits change with the word vectors of a text.

It is for explaining, not for training: weights get no gradient, only inputs do. The
forward pass is the one that serves, in float64 and with what it kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..spec import EncoderSpec, NetworkSpec
from ..text import Ragged
from .cell_gradients import BACKWARD
from .encoder import Encoded, KeptLayer
from .heads.classes import compute_pooling_shares, pull_back_pooling
from .network import encode_batches, prepare_network
from .packing import Packing
from .weights import to_float

__all__ = ["input_gradients", "pooled_terms", "pull_back"]

Weights = Mapping[str, np.ndarray]


def input_gradients(
    spec: NetworkSpec, weights: Weights, texts: Ragged, outputs: np.ndarray
) -> np.ndarray:
    """Return the gradient of a mixture of each text's logits with respect to its vectors.

    Parameters
    ----------
    spec : NetworkSpec
        A network that pools.
    weights : mapping of str to ndarray
        Its weights, as ``spec.weights()`` names them.
    texts : Ragged
        Token ids of the documents.
    outputs : ndarray of shape (n_documents, n_outputs)
        Weight of each logit in what is differentiated: a row of the unit matrix for
        one logit.

    Returns
    -------
    ndarray of shape (n_tokens_in_all_documents, n_components), dtype float64
        The gradient with respect to the vector of each token.
    """
    gradients = np.zeros((len(texts.values), spec.encoder.n_components))
    network = prepare_network(spec, weights, np.float64)
    floats = {
        name: to_float(weights, name, np.float64)
        for name in spec.weights()
        if name != "embedding"
    }
    for batch in encode_batches(network, texts):
        by_pooled = outputs[batch.rows] @ network.head.kernel.T
        by_states = pull_back_pooling(
            network.head, batch.encoded, batch.packing, by_pooled
        )
        gradients[batch.tokens] = pull_back(
            spec.encoder, floats, batch.encoded, batch.inputs, batch.packing, by_states
        )
    return gradients


def pooled_terms(spec: NetworkSpec, weights: Weights, texts: Ragged) -> np.ndarray:
    """Return each token's term in the pooled vector, times the head.

    Parameters
    ----------
    spec, weights, texts
        As in :func:`input_gradients`.

    Returns
    -------
    ndarray of shape (n_tokens_in_all_documents, n_outputs), dtype float64
        The terms of a text and ``head.bias`` sum to its logits.
    """
    terms = np.zeros((len(texts.values), spec.head.n_outputs))
    network = prepare_network(spec, weights, np.float64)
    for batch in encode_batches(network, texts):
        shares = compute_pooling_shares(network.head, batch.encoded, batch.packing)
        terms[batch.tokens] = (shares * batch.encoded.states) @ network.head.kernel
    return terms


def pull_back(
    encoder: EncoderSpec,
    weights: Weights,
    encoded: Encoded,
    inputs: np.ndarray,
    packing: Packing,
    gradient: np.ndarray,
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
) -> np.ndarray:
    units = kept.states.shape[2]
    # The backward direction reads each document from its last token.
    order = packing.mirror if d else slice(None)
    own = gradient[:, d * units : (d + 1) * units][order]
    by_gates = BACKWARD[encoder.cell](
        encoder,
        weights,
        name,
        kept.inputs[order],
        kept.states[:, d],
        None if kept.cells is None else kept.cells[:, d],
        own,
        packing,
    )
    return (by_gates @ weights[f"{name}.kernel"].T)[order]
