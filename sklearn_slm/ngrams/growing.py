"""An n-gram model that learns on, over more words and more classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..spec import ClassHead
from ..text import Ragged
from .blend import fit_blend
from .keys import count_ngrams, find_ngrams, split_keys, weigh_ngrams
from .model import NgramModel

__all__ = ["follow_blend", "grow_ngrams", "learn_ngrams", "renumber_keys"]

# Weight of a text's squared hinge loss beside the squared distance to the model before,
# and visits of each text (docs/benchmarks/drift.md).
_AGGRESSIVENESS, _N_VISITS = 1.0, 3
# N-grams kept, and n-grams times outputs, as in a fit.
_MOST_NGRAMS, _MOST_WEIGHTS = 2**15, 2**20
# Blend weights are those of about so many texts.
_MEMORY = 300


def renumber_keys(keys: np.ndarray, n_before: int, n_tokens: int) -> np.ndarray:
    """Return the keys of n-grams over another number of tokens; their order stays.

    Parameters
    ----------
    keys : ndarray of shape (n_ngrams,), dtype int64
        Keys to the base `n_before`.
    n_before, n_tokens : int
        Ids are below the former, and so below the latter.

    Examples
    --------
    >>> renumber_keys(np.array([7, 23]), 10, 100).tolist()
    [7, 203]
    """
    digits = split_keys(keys, n_before)
    return digits @ (n_tokens ** np.arange(digits.shape[1], dtype=np.int64))


def grow_ngrams(
    model: NgramModel, head: ClassHead, n_tokens: int, places: np.ndarray
) -> NgramModel:
    """Return an n-gram model of more words and more classes; it knows nothing of them.

    Parameters
    ----------
    model : NgramModel
        The model, quantised or not.
    head : ClassHead
        The head of the grown network.
    n_tokens : int
        Token ids are below it.
    places : ndarray of shape (n_old_outputs,), dtype int
        Where each output that there is stands among all.

    Returns
    -------
    NgramModel
        Its kernel is float32. The margin of a new class is -1, as in a fit that has no
        text of it.
    """
    kernel, bias = model.take_kernel(np.arange(len(model))), model.bias
    columns = model.columns
    if head.n_outputs > model.n_outputs:
        if model.n_outputs == 2 and not head.multilabel:
            # Two classes share one margin, half of it each.
            kernel, bias = 2 * kernel, 2 * bias
            columns = None if columns is None else 2 * columns
        kernel = _spread(kernel, places, head.n_outputs, 0.0)
        bias = _spread(bias, places, head.n_outputs, -1.0)
        if columns is not None:
            columns = _spread(columns, places, head.n_outputs, 0.0)
    return replace(
        model,
        n_tokens=n_tokens,
        keys=renumber_keys(model.keys, model.n_tokens, n_tokens),
        kernel=kernel,
        bias=bias,
        scale=None,
        columns=columns,
    )


def _spread(
    values: np.ndarray, places: np.ndarray, n_outputs: int, rest: float
) -> np.ndarray:
    spread = np.full((*values.shape[:-1], n_outputs), rest, np.float32)
    spread[..., places] = values
    return spread


def learn_ngrams(
    model: NgramModel,
    head: ClassHead,
    texts: Ragged,
    targets: np.ndarray,
    weight: np.ndarray,
    *,
    n_documents: int,
    seed: int,
    offsets: np.ndarray | None = None,
) -> NgramModel:
    """Return an n-gram model that has learned from a piece of a stream.

    Of all models, it is the one nearest to the model before that is also good on these
    texts: it minimises ``|W - W'|**2 / 2`` plus the squared hinge losses of all outputs
    (passive-aggressive, PA-II of Crammer et al., 2006, a piece at a time), by dual
    coordinate descent (Hsieh et al., 2008). What the texts say nothing of stays.

    Parameters
    ----------
    model : NgramModel
        The model before, float32.
    head : ClassHead
        The head of the network.
    texts : Ragged
        Token ids of the texts.
    targets : ndarray of shape (n_texts, n_outputs)
        1 where a class or label is true; soft labels are between 0 and 1.
    weight : ndarray of shape (n_texts,)
        Weights of the texts.
    n_documents : int
        Texts of the stream so far, of which the idf of new n-grams is.
    seed : int
        Seed of the order in which texts are visited.
    offsets : ndarray of shape (n_texts, n_outputs) or None, default=None
        What else is added to their logits, and stays.

    Returns
    -------
    NgramModel
        With the n-grams of these texts; of too many, those stay that add most.
    """
    model = _add_ngrams(model, texts, n_documents)
    kernel, bias = model.kernel.copy(), model.bias.copy()
    rows, places, counts = count_ngrams(
        model.keys, texts, model.n_tokens, model.lengths
    )
    values = weigh_ngrams(rows, model.idf[places], counts, len(texts))
    ends = np.searchsorted(rows, np.arange(len(texts) + 1))
    # Two classes share one margin.
    margin = 0.5 if head.n_outputs == 2 and not head.multilabel else 1.0
    signs = np.array([[1.0], [-1.0]], np.float32)
    shares = np.stack([targets, 1 - targets]) * weight[:, None] * _AGGRESSIVENESS
    with np.errstate(divide="ignore"):
        softness = (0.5 / shares).astype(np.float32)  # infinite where nothing counts
    if offsets is None:
        offsets = np.zeros(targets.shape, np.float32)
    duals = np.zeros(shares.shape, np.float32)
    random = np.random.RandomState(seed)
    for _ in range(_N_VISITS):
        for row in random.permutation(len(texts)):
            part = slice(ends[row], ends[row + 1])
            features, at = values[part], places[part]
            logits = features @ kernel[at] + bias + offsets[row]
            own, soft = duals[:, row], softness[:, row]
            norm = features @ features + 1  # one for the bias
            with np.errstate(invalid="ignore"):
                slope = margin - signs * logits - own * soft
            moved = np.maximum(own + slope / (norm + soft), 0)
            moved[np.isinf(soft)] = 0
            change = (signs * (moved - own)).sum(axis=0)
            duals[:, row] = moved
            kernel[at] += features[:, None] * change
            bias += change
    return _keep_strongest(replace(model, kernel=kernel, bias=bias))


def _add_ngrams(model: NgramModel, texts: Ragged, n_documents: int) -> NgramModel:
    """Return a model that has the n-grams of texts, new ones with weights of zero."""
    owners, occurring = find_ngrams(texts, model.n_tokens, model.lengths)
    keys, places = np.unique(occurring, return_inverse=True)
    pairs = np.unique(owners * max(len(keys), 1) + places)
    document_counts = np.bincount(pairs % max(len(keys), 1), minlength=len(keys))
    is_new = ~np.isin(keys, model.keys)
    idf = np.log((1 + n_documents) / (1 + document_counts[is_new])) + 1
    order = np.argsort(np.concatenate([model.keys, keys[is_new]]), kind="stable")
    empty = np.zeros((int(is_new.sum()), model.n_outputs), np.float32)
    return replace(
        model,
        keys=np.concatenate([model.keys, keys[is_new]])[order],
        idf=np.concatenate([model.idf, np.maximum(idf, 1).astype(np.float32)])[order],
        kernel=np.concatenate([model.kernel, empty])[order],
    )


def _keep_strongest(model: NgramModel) -> NgramModel:
    most = min(_MOST_NGRAMS, max(1, _MOST_WEIGHTS // model.n_outputs))
    if len(model) <= most:
        return model
    strength = np.abs(model.kernel).max(axis=1) * model.idf
    rows = np.sort(np.argsort(-strength, kind="stable")[:most])
    return replace(
        model, keys=model.keys[rows], idf=model.idf[rows], kernel=model.kernel[rows]
    )


def follow_blend(
    head: ClassHead,
    model: NgramModel,
    network_logits: np.ndarray,
    ngram_logits: np.ndarray,
    targets: np.ndarray,
    weight: np.ndarray,
) -> NgramModel:
    """Return an n-gram model whose blend weights follow a stream.

    A piece that was not learned yet is held out. The blend weights that suit it best count
    as many texts as it has; those before, 300.

    Parameters
    ----------
    head : ClassHead
        The head of the network.
    model : NgramModel
        With the blend weights before.
    network_logits, ngram_logits, targets, weight
        As in :func:`~sklearn_slm.ngrams.fit_blend`, of the piece before it is learned.

    Returns
    -------
    NgramModel
    """
    found, _ = fit_blend(head, network_logits, ngram_logits, targets, weight)
    share = len(weight) / (len(weight) + _MEMORY)
    blend = (1 - share) * model.blend + share * found
    return replace(model, blend=blend.astype(np.float32))
