"""Logits of the n-gram model, and what each token adds to them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..runtime.heads.classes import run_columns
from ..runtime.threads import one_blas_thread, run_in_threads
from ..text import FIRST_ID, Ragged
from .keys import count_ngrams, count_sorted, find_ngrams, weigh_ngrams
from .model import NgramModel

__all__ = ["compute_ngram_terms", "run_ngrams"]

# What one thread takes at a time.
_CHUNK_TOKENS = 65_536


def run_ngrams(
    model: NgramModel,
    texts: Ragged,
    columns: np.ndarray | None = None,
    *,
    n_threads: int | None = None,
) -> np.ndarray:
    """Return the logits of documents, before they are blended.

    Parameters
    ----------
    model : NgramModel
        The fitted model.
    texts : Ragged
        Token ids of the documents.
    columns : ndarray of shape (n_documents, n_columns) or None, default=None
        What comes with each document; without it the logits are those of its n-grams.
    n_threads : int or None, default=None
        Threads for many documents; None takes as many as BLAS is allowed. The result is
        the same, bit by bit, for any number.

    Returns
    -------
    ndarray of shape (n_documents, n_outputs), dtype float32
    """
    if columns is not None and model.columns is not None:
        logits = run_ngrams(model, texts, n_threads=n_threads)
        return logits + run_columns(model.columns, columns)
    if len(texts) == 1 and len(model):
        return _run_one(model, texts.values)
    logits = np.empty((len(texts), model.n_outputs), np.float32)
    cuts = np.arange(_CHUNK_TOKENS, texts.offsets[-1], _CHUNK_TOKENS)
    ends = np.append(np.searchsorted(texts.offsets, cuts), len(texts))
    ends = np.unique(ends[ends > 0]).tolist()

    def run_chunk(chunk: tuple[int, int]) -> None:
        logits[slice(*chunk)] = _run_many(model, texts.slice(*chunk))

    with one_blas_thread() as allowed:
        run_in_threads(
            run_chunk,
            pairwise([0, *ends]),
            allowed if n_threads is None else n_threads,
        )
    return logits


def _run_many(model: NgramModel, texts: Ragged) -> np.ndarray:
    documents, places, counts = count_ngrams(
        model.keys, texts, model.n_tokens, model.lengths
    )
    logits = np.zeros((len(texts), model.n_outputs), np.float32)
    if len(documents):
        values = weigh_ngrams(documents, model.idf[places], counts, len(texts))
        weighted = model.take_kernel(places) * values[:, None]
        first = np.flatnonzero(np.diff(documents, prepend=-1))
        logits[documents[first]] = np.add.reduceat(weighted, first, axis=0)
    return logits + model.bias


def _run_one(model: NgramModel, ids: np.ndarray) -> np.ndarray:
    """As :func:`_run_many`, for one document in half the time.

    No key holds an unknown token, and no n-gram reaches into another document: nothing
    needs to be looked at but the keys.
    """
    (shortest, longest), keys = model.lengths, ids.astype(np.int64)
    tail, keys_by_length = keys, []
    for n in range(1, longest + 1):
        if n > 1:
            tail = tail[1:]
            keys = keys[: len(tail)] * model.n_tokens + tail
        if n >= shortest:
            keys_by_length.append(keys)
    keys = np.concatenate(keys_by_length)
    places = np.minimum(model.keys.searchsorted(keys), len(model) - 1)
    places, counts = count_sorted(places[model.keys[places] == keys])
    values = ((1.0 + np.log(counts)) * model.idf[places]).astype(np.float32)
    length = max(math.sqrt(float(values @ values)), 1e-12)
    return ((values / np.float32(length)) @ model.take_kernel(places) + model.bias)[
        None
    ]


def compute_ngram_terms(model: NgramModel, texts: Ragged) -> np.ndarray:
    """Return what each token adds to the logits of its document.

    What an n-gram adds to a logit is divided equally among its occurrences in the
    document, and there among its tokens. The terms and the bias sum to the logits of
    :func:`run_ngrams`.

    Parameters
    ----------
    model, texts
        As in :func:`run_ngrams`.

    Returns
    -------
    ndarray of shape (n_tokens_in_all_documents, n_outputs), dtype float64
    """
    ids = texts.values
    terms = np.zeros((len(ids), model.n_outputs))
    rows, places, counts = count_ngrams(
        model.keys, texts, model.n_tokens, model.lengths
    )
    if not len(rows):
        return terms
    values = weigh_ngrams(rows, model.idf[places], counts, len(texts))
    added = model.take_kernel(places) * (values / counts)[:, None]
    pairs = rows * len(model) + places  # rising
    owner = np.repeat(np.arange(len(texts)), texts.lengths)
    shortest, longest = model.lengths
    for n in range(shortest, min(longest, len(ids)) + 1):
        whole = np.lib.stride_tricks.sliding_window_view(ids, n).min(axis=1) >= FIRST_ID
        whole &= owner[: len(whole)] == owner[n - 1 :]
        starts = np.flatnonzero(whole)
        documents, keys = find_ngrams(texts, model.n_tokens, (n, n))
        at = np.minimum(np.searchsorted(model.keys, keys), len(model) - 1)
        is_known = model.keys[at] == keys
        which = np.searchsorted(pairs, documents[is_known] * len(model) + at[is_known])
        for i in range(n):
            np.add.at(terms, starts[is_known] + i, added[which] / n)
    return terms
