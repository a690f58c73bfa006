"""How much the network and the n-gram model count: two blend weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..runtime.heads.classes import (
    compute_log_losses,
    compute_logit_gradient,
    compute_probabilities,
)
from ..spec import ClassHead
from ..text import Ragged
from .model import NgramModel
from .run import run_ngrams

__all__ = ["USUAL_BLEND", "blend_logits", "fit_blend", "run_blended"]

# Blend weights where no held-out text tells: about the mean of what held-out parts of
# TREC-6 and SST-2, whole and of 30 or 100 texts a class, gave.
USUAL_BLEND = np.array([0.6, 1.8])
# How many held-out texts the usual weights count for. That of the n-grams counts for more:
# a few texts can tell by chance that neither model knows anything (docs/notes/few_texts.md).
_PRIOR_NETWORK, _PRIOR_NGRAMS = 0.5, 3.0
# Keeps the search within the logarithm's domain.
_LEAST = 1e-4


def blend_logits(
    network_logits: np.ndarray, ngram_logits: np.ndarray, model: NgramModel
) -> np.ndarray:
    """Return the logits of both models together.

    Parameters
    ----------
    network_logits, ngram_logits : ndarray of shape (n_documents, n_outputs)
        Logits of each.
    model : NgramModel
        Holds the blend weights.

    Returns
    -------
    ndarray of shape (n_documents, n_outputs), dtype float32
    """
    return model.blend[0] * network_logits + model.blend[1] * ngram_logits


def run_blended(
    network: Any,
    model: NgramModel | None,
    texts: Ragged,
    columns: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return the outputs of a network, its logits blended with those of n-grams.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        The network.
    model : NgramModel or None
        The n-gram model beside it, if there is one.
    texts : Ragged
        Token ids of the documents.
    columns : ndarray of shape (n_documents, n_columns) or None, default=None
        What comes with each document, where there is any.

    Returns
    -------
    dict of str to ndarray
        As the network returns them.
    """
    outputs = network.run(texts) if columns is None else network.run(texts, columns)
    if model is None:
        return outputs
    own = run_ngrams(model, texts, columns)
    logits = blend_logits(outputs["logits"], own, model)
    return outputs | {"logits": logits}


def fit_blend(
    head: ClassHead,
    network_logits: np.ndarray,
    ngram_logits: np.ndarray,
    targets: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Find the blend weights with the least log loss on held-out texts.

    The problem is convex. A few imagined texts that are content with the usual weights
    keep it sane where little is held out; they never let n-grams count for nothing.

    Parameters
    ----------
    head : ClassHead
        The head of the network.
    network_logits, ngram_logits : ndarray of shape (n_documents, n_outputs)
        Logits of the two models.
    targets : ndarray of shape (n_documents, n_outputs)
        1 where a class or label is true; soft labels are between 0 and 1.
    weight : ndarray of shape (n_documents,)
        Weights of the documents.

    Returns
    -------
    blend : ndarray of shape (2,), dtype float64
        The blend weights; that of the network is not negative, the other one above 0.
    loss : float
        Mean log loss under them.
    """
    weight = weight.astype(np.float64)
    logits = np.stack([network_logits, ngram_logits]).astype(np.float64)

    def penalised(blend: np.ndarray) -> tuple[float, np.ndarray]:
        probabilities = compute_probabilities(head, np.tensordot(blend, logits, 1))
        loss = compute_log_losses(head, probabilities, targets) @ weight
        errors = compute_logit_gradient(head, probabilities, targets)
        slope = np.tensordot(logits, errors * weight[:, None], 2)
        network, ngrams = blend / USUAL_BLEND
        off = _PRIOR_NETWORK * (network - 1.0), _PRIOR_NGRAMS * (1.0 - 1.0 / ngrams)
        loss += 0.5 * off[0] * (network - 1.0)
        loss += _PRIOR_NGRAMS * (ngrams - 1.0 - np.log(ngrams))
        return loss / weight.sum(), (slope + off / USUAL_BLEND) / weight.sum()

    # A tenth of a second to import, which only fitting needs.
    from scipy.optimize import minimize

    best = minimize(
        penalised, USUAL_BLEND, jac=True, bounds=[(0, None), (_LEAST, None)]
    )
    return best.x, float(best.fun)
