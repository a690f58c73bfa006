"""Logits taken apart by token, exactly: what adds up to a logit, term by term.

Each branch of a network that adds to the logits is one function here, from a spec, its
weights and documents to the terms of their tokens. The sum of all terms of a text and
the biases is its logit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import FIRST_ID
from .gradients import encode_batches, float_weights
from .weights import take_rows
from .wide import count_ngrams, find_ngrams, weigh_ngrams

__all__ = ["token_contributions", "wide_terms"]

Weights = Mapping[str, np.ndarray]


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
        The terms of a text, ``head.bias`` and ``wide.bias`` sum to its logits.
    """
    terms = pooled_terms(spec, weights, ids, offsets)
    if spec.n_wide:
        terms += wide_terms(spec, weights, ids, offsets)
    return terms


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


def wide_terms(
    spec: NetworkSpec, weights: Weights, ids: np.ndarray, offsets: np.ndarray
) -> np.ndarray:
    """Return each token's share in the n-grams of the wide branch.

    What an n-gram adds to a logit is shared out equally to its occurrences in the text,
    and there to its tokens.
    """
    terms = np.zeros((len(ids), spec.n_outputs))
    known = weights["wide.keys"]
    rows, places, counts = count_ngrams(spec, known, ids, offsets)
    if not len(rows):
        return terms
    values = weigh_ngrams(rows, weights["wide.idf"][places], counts, len(offsets) - 1)
    added = take_rows(weights, "wide.kernel", places) * (values / counts)[:, None]
    pairs = rows * len(known) + places  # rising
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    shortest, longest = spec.wide_ngrams
    for n in range(shortest, min(longest, len(ids)) + 1):
        whole = np.lib.stride_tricks.sliding_window_view(ids, n).min(axis=1) >= FIRST_ID
        whole &= owner[: len(whole)] == owner[n - 1 :]
        starts = np.flatnonzero(whole)
        documents, keys = find_ngrams(ids, offsets, spec.n_tokens, (n, n))
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        there = known[at] == keys
        found = np.searchsorted(pairs, documents[there] * len(known) + at[there])
        for i in range(n):
            np.add.at(terms, starts[there] + i, added[found] / n)
    return terms
