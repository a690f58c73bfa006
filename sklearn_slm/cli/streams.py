"""Likelihoods of texts in pieces: those of a stream go on where the last piece ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..estimators.likelihood import ScoredTokens
from ..estimators.stream_scoring import score_in_order

__all__ = ["score_stream"]


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
    place = None
    for texts, labels in pieces:
        if model.documents == "independent":
            yield texts, model.score_tokens(texts, labels)
            continue
        targets = model.find_targets(texts, labels)
        likelihood, place = score_in_order(model, targets.values, place)
        yield texts, ScoredTokens(targets, likelihood.astype(np.float64))
