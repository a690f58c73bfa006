"""Where an answer begins and ends in a passage, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from ...spec import NetworkSpec, SpanHead
from ...text import Ragged
from ..encoder import (
    Encoded,
    PreparedEncoder,
    encode_texts,
    prepare_encoder,
    run_encoder,
)
from ..packing import Packing
from ..weights import to_float

__all__ = [
    "PER_TOKEN",
    "PreparedHead",
    "allocate",
    "match_states",
    "prepare_head",
    "read_states",
    "run_head",
]

# Outputs with a row for each token; all others have one for each text.
PER_TOKEN: frozenset[str] = frozenset()
_PREFIX = "model."


@dataclass(frozen=True)
class PreparedHead:
    """A head whose weights are ready to run.

    Parameters
    ----------
    spec : SpanHead
        What it computes.
    align : ndarray of shape (state_size, state_size)
        From states to what is compared between question and passage.
    question : ndarray of shape (state_size,)
        From states of a question to their scores.
    model : PreparedEncoder
        The layer over both texts.
    forms : tuple of (ndarray, ndarray)
        Kernel and bias of the first and of the last token, from the vector of a question
        to what meets the layer's states.
    none_kernel : ndarray of shape (state_size,)
    none_bias : float
        From the vector of a question to the logit of no token.
    """

    spec: SpanHead
    align: np.ndarray
    question: np.ndarray
    model: PreparedEncoder
    forms: tuple[tuple[np.ndarray, np.ndarray], ...]
    none_kernel: np.ndarray
    none_bias: float


def prepare_head(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], dtype: DTypeLike = np.float32
) -> PreparedHead:
    """Bring weights into the shape that runs; see :func:`prepare_encoder`."""
    own = {
        name[len(_PREFIX) :]: value
        for name, value in weights.items()
        if name.startswith(_PREFIX)
    }
    layer = spec.head.describe_layer(spec.encoder)
    start, end = (
        (
            to_float(weights, f"{name}.kernel", dtype),
            to_float(weights, f"{name}.bias", dtype),
        )
        for name in ("start", "end")
    )
    return PreparedHead(
        spec=spec.head,
        align=to_float(weights, "align.kernel", dtype),
        question=to_float(weights, "question.kernel", dtype)[:, 0],
        model=prepare_encoder(layer, own, dtype),
        forms=(start, end),
        none_kernel=to_float(weights, "none.kernel", dtype)[:, 0],
        none_bias=float(to_float(weights, "none.bias", dtype)[0]),
    )


def allocate(head: SpanHead, n_texts: int, n_tokens: int) -> dict[str, np.ndarray]:
    """Return no arrays: nothing is said of a text without another one.

    See :func:`match_states` for two.

    Parameters
    ----------
    head : SpanHead
        What is computed.
    n_texts, n_tokens : int
        How many there are in all batches.
    """
    return {}


def run_head(
    head: PreparedHead, encoded: Encoded, packing: Packing, ids: np.ndarray
) -> dict[str, np.ndarray]:
    """Return no outputs; see :func:`allocate`."""
    return {}


def read_states(encoder: PreparedEncoder, texts: Ragged) -> Ragged:
    """Return the encoder's states of texts.

    Parameters
    ----------
    encoder : PreparedEncoder
        What to run.
    texts : Ragged
        Token ids of at least one text.

    Returns
    -------
    Ragged of shape (n_tokens, state_size)
        In the order of the texts.
    """
    encoded, packing, order = encode_texts(encoder, texts)
    flat = np.empty_like(encoded.states)
    flat[packing.flat] = encoded.states
    offsets = np.concatenate([[0], np.cumsum(packing.lengths)]).astype(np.int64)
    return Ragged(flat, offsets).take(np.argsort(order))


def match_states(
    head: PreparedHead, questions: Ragged, passages: Ragged, features: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say where the answers to questions may lie.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    questions, passages : Ragged of shape (n_tokens, state_size)
        States of at least one pair, the longest passage first.
    features : ndarray of shape (n_passage_tokens, n_features)
        What is known of each token of the passages.

    Returns
    -------
    start, end : ndarray of shape (n_passage_tokens,)
        Natural logarithm of the probability of each token to be the first, and the last
        one of the answer.
    none : ndarray of shape (n_pairs, 2)
        That of there being no first, and no last one.
    """
    aligned = _align(head, questions, passages)
    given = features.astype(aligned.dtype, copy=False)
    states = passages.values
    known = np.concatenate([states, aligned, states * aligned, given], axis=1)
    packing = Packing.of(passages.lengths)
    projected = head.model.layers[0].project(known)
    encoded = run_encoder(head.model, projected, np.arange(len(known)), packing)
    vectors = _pool_questions(head, questions)
    none = vectors @ head.none_kernel + head.none_bias
    sides = []
    for kernel, bias in head.forms:
        form = vectors @ kernel + bias
        logits = np.empty(len(known), known.dtype)
        logits[packing.flat] = (encoded.states * form[packing.rows]).sum(axis=1)
        sides.append(_normalise(logits, none, passages))
    (start, no_start), (end, no_end) = sides
    return start, end, np.stack([no_start, no_end], axis=1)


def _align(head: PreparedHead, questions: Ragged, passages: Ragged) -> np.ndarray:
    """Return for each token of a passage the question's states that are like its own."""
    keys, queries = (
        Ragged(np.maximum(side.values @ head.align, 0.0), side.offsets)
        for side in (questions, passages)
    )
    aligned = np.zeros_like(passages.values)
    for i in range(len(questions)):
        scores = queries[i] @ keys[i].T
        if scores.size:  # nothing is like a question of no tokens
            part = slice(passages.offsets[i], passages.offsets[i + 1])
            aligned[part] = _compute_softmax(scores) @ questions[i]
    return aligned


def _pool_questions(head: PreparedHead, questions: Ragged) -> np.ndarray:
    """Return one vector for each question (n_questions, state_size)."""
    vectors = np.zeros((len(questions), len(head.question)), head.question.dtype)
    for i in range(len(questions)):
        states = questions[i]
        if len(states):
            vectors[i] = _compute_softmax((states @ head.question)[None])[0] @ states
    return vectors


def _compute_softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax of each row; the scores are used up."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def _normalise(
    logits: np.ndarray, none: np.ndarray, passages: Ragged
) -> tuple[np.ndarray, np.ndarray]:
    """Turn the logits of each passage's tokens and of none into log-probabilities."""
    largest, total = none.copy(), np.empty_like(none)
    for i in range(len(none)):
        own = logits[passages.offsets[i] : passages.offsets[i + 1]]
        largest[i] = own.max(initial=none[i])
        total[i] = np.exp(own - largest[i]).sum() + np.exp(none[i] - largest[i])
    total = np.log(total) + largest
    return logits - np.repeat(total, passages.lengths), none - total
