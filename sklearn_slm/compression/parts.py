"""What a classifier computes with, made smaller by a share, and measured on texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..ngrams import NgramModel, blend_logits, fit_blend, run_ngrams
from ..runtime import prepare_network
from ..runtime.heads.classes import (
    compute_log_losses,
    compute_logit_gradient,
    compute_probabilities,
    find_correct,
)
from ..spec import NetworkSpec
from ..text import FIRST_ID, UNKNOWN_ID, Ragged
from .importance import measure_units
from .ngrams import measure_ngrams, select_ngrams
from .quantize import quantize_ngrams, quantize_weights
from .units import choose_units, remove_units
from .words import keep_ngrams, keep_words

__all__ = [
    "SHRINK",
    "Measured",
    "Parts",
    "count_bytes",
    "key_itemsize",
    "measure_parts",
    "quantize_parts",
]

# Texts that the importance of units is measured on, and their tokens: each takes ten
# times as long as in a prediction.
_MOST_TEXTS, _MOST_TOKENS = 1000, 50_000


@dataclass(frozen=True, eq=False)
class Parts:
    """A network for classes and the n-gram model beside it.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, quantised or not.
    ngrams : NgramModel or None
        The n-gram model.
    """

    spec: NetworkSpec
    weights: Mapping[str, np.ndarray]
    ngrams: NgramModel | None

    @property
    def n_words(self) -> int:
        """Known words."""
        return self.spec.encoder.table_rows - FIRST_ID

    @property
    def n_ngrams(self) -> int:
        """Known n-grams; 0 where there is no model of them."""
        return 0 if self.ngrams is None else len(self.ngrams)


@dataclass(frozen=True, eq=False)
class Measured:
    """How good some parts are on held-out texts.

    Parameters
    ----------
    parts : Parts
        With the blend weights that were found, or as they were given.
    network_logits : ndarray of shape (n_documents, n_outputs), dtype float32
        Logits of the network alone.
    score : float
        Accuracy of both models together, of several labels that of whole sets.
    log_loss : float
        Their mean log loss.
    gradient : ndarray of shape (n_documents, n_outputs), dtype float64
        Gradient of each text's log loss with respect to the logits of the network.
    n_bytes : int
        Bytes of the arrays that were measured, see :func:`count_bytes`.
    """

    parts: Parts
    network_logits: np.ndarray
    score: float
    log_loss: float
    gradient: np.ndarray
    n_bytes: int


def count_bytes(weights: Mapping[str, np.ndarray], ngrams: NgramModel | None) -> int:
    """Return the bytes of the arrays of a network and of the n-gram model beside it.

    Those of keys are counted as in a file, which holds them in the least type.
    """
    n_bytes = sum(value.nbytes for value in weights.values())
    if ngrams is None:
        return n_bytes
    arrays = [v for v in vars(ngrams).values() if isinstance(v, np.ndarray)]
    n_bytes += sum(array.nbytes for array in arrays if array is not ngrams.keys)
    return n_bytes + len(ngrams) * key_itemsize(ngrams)


def key_itemsize(ngrams: NgramModel) -> int:
    """Return the bytes that a key takes in a file."""
    return np.min_scalar_type(int(ngrams.keys.max(initial=0))).itemsize


def measure_parts(
    parts: Parts,
    texts: Ragged,
    targets: np.ndarray,
    *,
    network_logits: np.ndarray | None = None,
    blend: bool = True,
) -> Measured:
    """Measure a network and its n-gram model on texts.

    Parameters
    ----------
    parts : Parts
        What to measure.
    texts : Ragged
        Token ids of the documents; words that the parts do not know are read as unknown.
    targets : ndarray of shape (n_documents, n_outputs)
        1 where a class or label is true; soft labels are between 0 and 1.
    network_logits : ndarray of shape (n_documents, n_outputs) or None, default=None
        Those of the network, where they are known.
    blend : bool, default=True
        Whether to find the blend weights that suit these texts best.

    Returns
    -------
    Measured
    """
    head, model = parts.spec.head, parts.ngrams
    texts = _forget_words(texts, parts.spec.encoder.table_rows)
    if network_logits is None:
        network_logits = prepare_network(parts.spec, parts.weights).run(texts)["logits"]
    logits, share = network_logits, 1.0
    if model is not None:
        own = run_ngrams(model, texts)
        if blend:
            weight = np.ones(len(texts))
            found, _ = fit_blend(head, network_logits, own, targets, weight)
            model = replace(model, blend=found.astype(np.float32))
        logits = blend_logits(network_logits, own, model)
        share = float(model.blend[0])
    probabilities = compute_probabilities(head, logits)
    return Measured(
        parts=replace(parts, ngrams=model),
        network_logits=network_logits,
        score=float(find_correct(head, probabilities, targets).mean()),
        log_loss=float(compute_log_losses(head, probabilities, targets).mean()),
        gradient=share * compute_logit_gradient(head, probabilities, targets),
        n_bytes=count_bytes(parts.weights, model),
    )


def shrink_units(measured: Measured, share: float, texts: Ragged) -> Parts:
    """Keep a share of the hidden units of each layer, those that count most.

    Parameters
    ----------
    measured : Measured
        What is made smaller.
    share : float
        The share that is kept, rounded down, but at least one.
    texts : Ragged
        The texts that it was measured on.

    Returns
    -------
    Parts
    """
    parts, encoder = measured.parts, measured.parts.spec.encoder
    sizes = [_count_kept(units, share) for units in encoder.hidden_size]
    n = len(texts)
    per_text = max(len(texts.values) // n, 1)
    n_chosen = min(n, _MOST_TEXTS, max(_MOST_TOKENS // per_text, 1))
    rows = np.unique(np.linspace(0, n - 1, n_chosen).astype(np.int64))
    importance = measure_units(
        parts.spec,
        parts.weights,
        _forget_words(texts, encoder.table_rows).take(rows),
        measured.gradient[rows],
    )
    keep = choose_units(encoder, importance, sizes)
    spec, weights = remove_units(parts.spec, parts.weights, keep)
    return replace(parts, spec=spec, weights=weights)


def shrink_words(measured: Measured, share: float, texts: Ragged) -> Parts:
    """Keep a share of the words, the most frequent ones; see :func:`shrink_units`."""
    parts = measured.parts
    n_words = _count_kept(parts.n_words, share)
    spec, weights = keep_words(parts.spec, parts.weights, n_words)
    model = parts.ngrams
    return Parts(spec, weights, None if model is None else keep_ngrams(model, n_words))


def shrink_ngrams(measured: Measured, share: float, texts: Ragged) -> Parts:
    """Keep a share of the n-grams, those that add most; see :func:`shrink_units`."""
    parts = measured.parts
    if parts.ngrams is None or not len(parts.ngrams):
        return parts
    multilabel = parts.spec.head.multilabel
    importance = measure_ngrams(parts.ngrams, multilabel=multilabel)
    n_kept = _count_kept(len(parts.ngrams), share)
    rows = np.sort(np.argsort(-importance, kind="stable")[:n_kept])
    return replace(parts, ngrams=select_ngrams(parts.ngrams, rows))


# What can be made smaller, and how.
SHRINK = {"units": shrink_units, "words": shrink_words, "ngrams": shrink_ngrams}


def quantize_parts(parts: Parts, dtype: str) -> Parts:
    """Return the parts in fewer bytes; see :func:`~.quantize.quantize_weights`."""
    model = parts.ngrams
    return replace(
        parts,
        weights=quantize_weights(parts.spec, parts.weights, dtype),
        ngrams=None if model is None else quantize_ngrams(model, dtype),
    )


def _count_kept(n: int, share: float) -> int:
    return max(1, int(share * n + 1e-9))


def _forget_words(texts: Ragged, n_tokens: int) -> Ragged:
    """Return texts in which ids from a number on are unknown."""
    ids = texts.values
    return replace(
        texts, values=np.where(ids < n_tokens, ids, ids.dtype.type(UNKNOWN_ID))
    )
