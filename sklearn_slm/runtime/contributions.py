"""Logits taken apart by token, exactly: what adds up to a logit, term by term.

Each branch of a network that adds to the logits is one function here, from a spec, its
weights and documents to the terms of their tokens. The sum of all terms of a text and
the bias of the head is its logit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..spec import NetworkSpec
from .gradients import encode_batches, float_weights

__all__ = ["token_contributions"]

Weights = Mapping[str, np.ndarray]
_KNOWN = ("embedding", "layer_", "attention.", "head.")


def token_contributions(
    spec: NetworkSpec, weights: Weights, ids: np.ndarray, offsets: np.ndarray
) -> np.ndarray:
    """Return the term that each token adds to each logit of its text.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, as ``spec.weight_shapes()`` names them.
    ids : ndarray of shape (n_tokens_in_all_documents,), dtype int32
        Token ids of the documents, end to end.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Where each document begins.

    Returns
    -------
    ndarray of shape (n_tokens_in_all_documents, n_outputs), dtype float64
        The terms of a text and ``head.bias`` sum to its logits.

    Raises
    ------
    NotImplementedError
        If the network has a branch that is not taken apart here.
    """
    unknown = [name for name in spec.weight_shapes() if not name.startswith(_KNOWN)]
    if unknown:
        raise NotImplementedError(
            f"contributions of the weights {unknown} are not known; use "
            'method="occlusion".'
        )
    return pooled_terms(spec, weights, ids, offsets)


def pooled_terms(
    spec: NetworkSpec, weights: Weights, ids: np.ndarray, offsets: np.ndarray
) -> np.ndarray:
    """Return each token's term in the pooled vector times the head.

    Every pooling is a sum over tokens: attention of ``a(t) h(t)``, mean of ``h(t) / n``,
    last of the last states, max of the components that are largest at t.
    """
    terms = np.zeros((len(ids), spec.n_outputs))
    head = float_weights(spec, weights)["head.kernel"]
    for _, tokens, encoded in encode_batches(spec, weights, ids, offsets):
        terms[tokens] = ((encoded.share * encoded.states) @ head)[encoded.inside]
    return terms
