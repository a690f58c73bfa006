"""Fewer n-grams: those that add most to the logits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..ngrams import NgramModel

__all__ = ["measure_ngrams", "select_ngrams"]


def measure_ngrams(model: NgramModel, *, multilabel: bool = False) -> np.ndarray:
    """Estimate how much each n-gram adds to the logits of a text, on average.

    It is the share of texts that have the n-gram, which its idf tells, times its idf,
    times the root mean square of its row of the kernel. Of classes that exclude each
    other only differences count: the mean of the row is taken off.

    Parameters
    ----------
    model : NgramModel
        The model, quantised or not.
    multilabel : bool, default=False
        Whether the outputs are labels that do not exclude each other.

    Returns
    -------
    ndarray of shape (n_ngrams,), dtype float64
    """
    kernel = model.take_kernel(np.arange(len(model))).astype(np.float64)
    if not multilabel:
        kernel -= kernel.mean(axis=1, keepdims=True)
    idf = model.idf.astype(np.float64)
    # idf = 1 + log((1 + n_documents) / (1 + count)), see sklearn_slm.ngrams.fit.
    return np.exp(1.0 - idf) * idf * np.sqrt((kernel * kernel).mean(axis=1))


def select_ngrams(model: NgramModel, rows: np.ndarray) -> NgramModel:
    """Return an n-gram model that knows only some of its n-grams.

    Parameters
    ----------
    model : NgramModel
        The model, quantised or not.
    rows : ndarray of int
        Which, rising.

    Returns
    -------
    NgramModel
        The lengths of other n-grams in a text are scaled by those that are known.
    """
    return replace(
        model, keys=model.keys[rows], idf=model.idf[rows], kernel=model.kernel[rows]
    )
