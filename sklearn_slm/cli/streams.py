"""Likelihoods of texts in pieces: those of a stream go on where the last piece ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..decoding.cache import NeuralCache, score_with_cache
from ..estimators.corpora import read_more
from ..estimators.likelihood import ScoredTokens
from ..runtime.stepping import State, start_state
from ..text import BOUNDARY_ID, Ragged

__all__ = ["score_stream"]

# Tokens that are read at a time.
_CHUNK = 4096


class _Place(NamedTuple):
    """Where in a stream the model is.

    Parameters
    ----------
    state : tuple of ndarray
        That of the network.
    token : int
        The last token, which comes next.
    remembered : tuple of (states, targets) or None
        What the neural cache holds.
    """

    state: State
    token: int = BOUNDARY_ID
    remembered: tuple[np.ndarray, np.ndarray] | None = None


def score_stream(
    model: Any, pieces: Iterable[tuple[list[str], list[Any] | None]]
) -> Iterator[tuple[list[str], ScoredTokens]]:
    """Score texts piece by piece, as if they came together.

    Parameters
    ----------
    model : SLMLanguageModel
        A fitted one. With ``documents="stream"`` its state and its neural cache go on
        from text to text, and from piece to piece.
    pieces : iterable of (list of str, list or None)
        Texts and, for a model with labels, their labels; none is empty.

    Yields
    ------
    texts : list of str
        A piece.
    scored : ScoredTokens
        What ``model.score_tokens`` gives of it after all pieces before it.
    """
    if model.documents == "independent":
        for texts, labels in pieces:
            yield texts, model.score_tokens(texts, labels)
        return
    place = _Place(start_state(model.spec_.encoder, 1))
    for texts, labels in pieces:
        stream = read_more(model, texts, labels).stream
        targets = _find_targets(stream.texts, stream.labels)
        parts = []
        for start in range(0, len(targets.values), _CHUNK):
            chunk = targets.values[start : start + _CHUNK]
            scored, place = _score_chunk(model, place, chunk)
            parts.append(scored)
        likelihood = np.concatenate(parts).astype(np.float64)
        yield texts, ScoredTokens(targets, likelihood)


def _find_targets(texts: Ragged, labels: np.ndarray | None) -> Ragged:
    """Return what is predicted: of each document its label, its tokens, its end."""
    rows = []
    for i in range(len(texts)):
        label = [] if labels is None else [labels[i]]
        rows.append(np.concatenate([label, texts[i], [BOUNDARY_ID]]).astype(np.int32))
    offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Ragged(np.concatenate(rows), offsets)


def _score_chunk(
    model: Any, place: _Place, targets: np.ndarray
) -> tuple[np.ndarray, _Place]:
    ids = np.concatenate([[place.token], targets[:-1]]).astype(np.int32)
    text = Ragged(ids, np.array([0, len(ids)]))
    network, remembered = model.prepare_network(), place.remembered
    scored, states, state = network.score_chunk(place.state, text, targets)
    if model.cache_size:
        cache = NeuralCache(model.cache_size, model.cache_weight, model.cache_flatness)
        scored = score_with_cache(cache, scored, states, targets, remembered)
        if remembered is not None:
            states = np.concatenate([remembered[0], states])
            targets = np.concatenate([remembered[1], targets])
        remembered = states[-cache.size :], targets[-cache.size :]
    return scored, _Place(state, int(targets[-1]), remembered)
