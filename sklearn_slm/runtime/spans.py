"""Where answers may lie in many passages, said by any reader of a network for spans.

A reader is a ``PreparedNetwork`` or an ``OnnxNetwork``: it has ``match_spans``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..text import Ragged
from .batches import join_rows, run_rows

__all__ = ["ScoredSpans", "score_spans"]

# Pairs that are read side by side, and their tokens: at 64 units in two directions the
# products of the layer over both texts take 16 MB.
_MOST_PAIRS, _MOST_TOKENS = 32, 8_192


class ScoredSpans(NamedTuple):
    """How probable it is that answers begin and end at the tokens of passages.

    Parameters
    ----------
    start, end : Ragged of float32
        For each token of a passage the natural logarithm of the probability that it is
        the first, and the last one of the answer.
    none : ndarray of shape (n_passages, 2), dtype float32
        That the passage has no first, and no last one. With it the probabilities of a
        passage sum to one.
    """

    start: Ragged
    end: Ragged
    none: np.ndarray


def score_spans(
    network: Any,
    questions: Ragged,
    passages: Ragged,
    features: Ragged | None = None,
    *,
    n_threads: int | None = None,
) -> ScoredSpans:
    """Say where the answers to questions may lie in passages.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        What reads.
    questions, passages : Ragged
        Token ids of as many texts, int32: a passage for each question.
    features : Ragged of shape (n_passage_tokens, n_features) or None, default=None
        What is known of each token of the passages, float32; None where the head reads
        none.
    n_threads : int or None, default=None
        As in :meth:`~.network.PreparedNetwork.run`.

    Returns
    -------
    ScoredSpans
        In the order of the pairs. The same pairs in any order make the same batches, and
        so the same results.

    Raises
    ------
    ValueError
        If there are more texts on one side, or features of other tokens or of another
        number.
    """
    if len(questions) != len(passages):
        raise ValueError(
            "questions and passages must be pairs, one text on each side. Got "
            f"{len(questions)} questions and {len(passages)} passages."
        )
    given = _check_features(features, passages, network.spec.head.n_features)
    sides = np.empty((2, len(passages.values)), np.float32)
    none = np.empty((len(passages), 2), np.float32)
    lengths = passages.lengths

    def run(rows: np.ndarray) -> None:
        rows = rows[np.argsort(-lengths[rows], kind="stable")]
        read = passages.take(rows)
        shift = np.repeat(passages.offsets[rows] - read.offsets[:-1], read.lengths)
        flat = np.arange(len(read.values)) + shift
        *parts, none[rows] = network.match_spans(
            questions.take(rows), read, given.take(rows).values
        )
        for side, part in zip(sides, parts):
            side[flat] = part

    pairs = join_rows(questions, passages)
    run_rows(run, pairs, n_threads, _MOST_PAIRS, _MOST_TOKENS)
    start, end = (Ragged(side, passages.offsets) for side in sides)
    return ScoredSpans(start, end, none)


def _check_features(
    features: Ragged | None, passages: Ragged, n_features: int
) -> Ragged:
    """Return the features of all tokens, or refuse them."""
    if features is None:
        values = np.zeros((len(passages.values), 0), np.float32)
        features = Ragged(values, passages.offsets)
    shape = len(passages.values), n_features
    if features.values.shape != shape:
        raise ValueError(
            "features must be numbers for each token of the passages, of shape "
            f"{shape}. Got shape {features.values.shape}."
        )
    if not np.array_equal(features.offsets, passages.offsets):
        raise ValueError(
            "features must have the offsets of the passages: as many rows for each as it "
            "has tokens. Got others."
        )
    return features
