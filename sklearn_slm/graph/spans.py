"""ONNX Runtime finding answers in passages, pair by pair."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..text import Ragged

__all__ = ["match_spans"]


def match_spans(
    reader: Any, matcher: Any, questions: Ragged, passages: Ragged, features: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say where answers may lie; see ``PreparedNetwork.match_spans``.

    Each pair is read alone: recurrent nodes round a whole batch to int8 by its largest
    number, so that what is said of a pair would depend on the others.

    Parameters
    ----------
    reader, matcher : onnxruntime.InferenceSession
        Run the graphs ``"encoder"`` and ``"spans"``.
    questions, passages : Ragged
        Token ids of at least one pair.
    features : ndarray of shape (n_passage_tokens, n_features), dtype float32
        What is known of each token of the passages.

    Returns
    -------
    start, end : ndarray of shape (n_passage_tokens,), dtype float32
    none : ndarray of shape (n_pairs, 2), dtype float32
    """
    given = Ragged(features.astype(np.float32, copy=False), passages.offsets)
    found = []
    for i, n in enumerate(passages.lengths.tolist()):
        inputs = _read(reader, questions[i], "question", "question_lengths")
        inputs |= _read(reader, passages[i], "passage", "lengths")
        if features.shape[1]:
            padded = given[i] if n else np.zeros((1, features.shape[1]), np.float32)
            inputs["features"] = padded[None]
        start, end, none = matcher.run(["start", "end", "none"], inputs)
        found.append((start[0, :n], end[0, :n], none))
    start, end, none = (np.concatenate(parts) for parts in zip(*found))
    return start, end, none


def _read(reader: Any, ids: np.ndarray, name: str, lengths: str) -> dict:
    """Return the states of a text and its length, as inputs of their names."""
    length = np.array([len(ids)], np.int32)
    # Recurrent nodes refuse a text of no tokens: one of padding is read.
    ids = ids if len(ids) else np.zeros(1, np.int32)
    (states,) = reader.run(["states"], {"ids": ids[None], "lengths": length})
    return {name: states, lengths: length}
