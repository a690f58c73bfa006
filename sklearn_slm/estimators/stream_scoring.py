"""Likelihoods of tokens in order: a state and a neural cache go on from piece to piece."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..decoding.cache import NeuralCache, score_with_cache
from ..runtime.stepping import State, start_state
from ..text import BOUNDARY_ID, Ragged

__all__ = ["Place", "score_in_order"]

# Tokens that are read at a time.
_CHUNK = 4096


class Place(NamedTuple):
    """Where in a text, or in a stream of texts, a model is.

    Parameters
    ----------
    state : tuple of ndarray
        That of the network.
    token : int, default=0
        The last token, which is read next.
    remembered : tuple of (states, targets) or None, default=None
        What the neural cache holds.
    """

    state: State
    token: int = BOUNDARY_ID
    remembered: tuple[np.ndarray, np.ndarray] | None = None


def score_in_order(
    model: Any, targets: np.ndarray, place: Place | None = None
) -> tuple[np.ndarray, Place]:
    """Return the log-likelihood of tokens, and where the model then is.

    Parameters
    ----------
    model : SLMLanguageModel
        A fitted one.
    targets : ndarray of shape (n,), dtype int32
        Tokens, at least one.
    place : Place or None, default=None
        Where the tokens before them ended; None begins a text.

    Returns
    -------
    log_likelihood : ndarray of shape (n,), dtype float32
        Natural logarithms. Memory beyond it does not grow with n.
    place : Place
        For the tokens that follow.
    """
    place = place or Place(start_state(model.spec_.encoder, 1))
    parts = []
    for start in range(0, len(targets), _CHUNK):
        scored, place = _score_chunk(model, place, targets[start : start + _CHUNK])
        parts.append(scored)
    return np.concatenate(parts), place


def _score_chunk(
    model: Any, place: Place, targets: np.ndarray
) -> tuple[np.ndarray, Place]:
    ids = np.concatenate([[place.token], targets[:-1]]).astype(np.int32)
    text = Ragged(ids, np.array([0, len(ids)]))
    network, remembered = model.prepare_network(), place.remembered
    scored, states, state = network.score_chunk(place.state, text, targets)
    last = int(targets[-1])
    if model.cache_size:
        cache = NeuralCache(model.cache_size, model.cache_weight, model.cache_flatness)
        scored = score_with_cache(cache, scored, states, targets, remembered)
        if remembered is not None:
            states = np.concatenate([remembered[0], states])
            targets = np.concatenate([remembered[1], targets])
        remembered = states[-cache.size :], targets[-cache.size :]
    return scored, Place(state, last, remembered)
