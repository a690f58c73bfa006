"""Fewer words: shorter tables, and n-grams of the words that stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..ngrams import NgramModel, split_keys
from ..runtime.weights import SCALE
from ..spec import NetworkSpec
from ..text import FIRST_ID

__all__ = ["count_ngrams_by_word", "keep_ngrams", "keep_words"]

Weights = dict[str, np.ndarray]


def keep_words(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], n_words: int
) -> tuple[NetworkSpec, Weights]:
    """Return a network that knows only the first words.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, quantised or not.
    n_words : int
        How many to keep; the others become unknown.

    Returns
    -------
    spec, weights
        The smaller network.
    """
    n_tokens = FIRST_ID + n_words
    tables = ("embedding", "embedding" + SCALE)
    kept = {
        name: value[:n_tokens].copy() if name in tables else value
        for name, value in weights.items()
    }
    return replace(spec, encoder=replace(spec.encoder, n_tokens=n_tokens)), kept


def keep_ngrams(model: NgramModel, n_words: int) -> NgramModel:
    """Return an n-gram model without the n-grams of words that are left out.

    Parameters
    ----------
    model : NgramModel
        The model, quantised or not.
    n_words : int
        How many words to keep, the first ones.

    Returns
    -------
    NgramModel
        Its keys are to the base of the smaller number of tokens.
    """
    n_tokens = FIRST_ID + n_words
    digits = split_keys(model.keys, model.n_tokens)
    keys = digits @ (n_tokens ** np.arange(digits.shape[1], dtype=np.int64))
    rows = np.flatnonzero(digits.max(axis=1, initial=0) < n_tokens)
    rows = rows[np.argsort(keys[rows])]
    return replace(
        model,
        n_tokens=n_tokens,
        keys=keys[rows],
        idf=model.idf[rows],
        kernel=model.kernel[rows],
    )


def count_ngrams_by_word(model: NgramModel, n_words: int) -> np.ndarray:
    """Count the n-grams that stay as long as a word does: those it is the rarest of.

    Parameters
    ----------
    model : NgramModel
        The model.
    n_words : int
        Words of the vocabulary, most frequent first.

    Returns
    -------
    ndarray of shape (n_words,), dtype int64
    """
    rarest = split_keys(model.keys, model.n_tokens).max(axis=1, initial=FIRST_ID)
    return np.bincount(rarest - FIRST_ID, minlength=n_words)
