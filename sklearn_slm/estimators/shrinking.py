"""Copies of fitted models, and what makes them smaller; the models stay as they are."""

from __future__ import annotations

import copy
import os
import tempfile
import warnings
from typing import Any

from ..compression import (
    keep_ngrams,
    keep_words,
    quantize_ngrams,
    quantize_weights,
)
from ..runtime.weights import is_packable
from ..spec import NetworkSpec
from ..unwrap import split_classifier, unwrap
from .saving import save_model

__all__ = [
    "copy_model",
    "is_beyond",
    "keep_first_words",
    "measure_file",
    "quantize_classifier",
    "refuse_drop",
    "warn_of_odd_tables",
]


def copy_model(model: Any) -> Any:
    """Return a copy of a model whose estimators are copies too, their arrays shared."""
    copied = copy.copy(unwrap(model))
    if hasattr(copied, "steps"):
        copied.steps = [
            (name, step if step is None or isinstance(step, str) else copy_model(step))
            for name, step in copied.steps
        ]
    if getattr(copied, "vectorizer_", None) is not None:
        copied.vectorizer_ = copy.copy(copied.vectorizer_)
    return copied


def quantize_classifier(classifier: Any, dtype: str) -> None:
    """Give a copied classifier smaller weights."""
    classifier.weights_ = quantize_weights(classifier.spec_, classifier.weights_, dtype)
    if classifier.ngrams_ is not None:
        classifier.ngrams_ = quantize_ngrams(classifier.ngrams_, dtype)


def warn_of_odd_tables(spec: NetworkSpec | None, dtype: str | None) -> None:
    """Warn of tables that four bits do not hold.

    Warns
    -----
    UserWarning
        If some table has an odd number of columns, and `dtype` is int4.
    """
    if spec is None:  # what is not fitted is refused by others
        return
    tables = {n: w for n, w in spec.weights().items() if w.kind == "table"}
    odd = [name for name, weight in tables.items() if not is_packable(weight)]
    if dtype == "int4" and odd:
        warnings.warn(
            'dtype="int4" keeps two components in a byte, but there is an odd number of '
            f"them in {', '.join(odd)}: int8 there. Fit with an even n_components.",
            stacklevel=3,
        )


def keep_first_words(classifier: Any, vectorizer: Any, n: int) -> None:
    """Leave a copied model only its n most frequent words."""
    classifier.spec_, classifier.weights_ = keep_words(
        classifier.spec_, classifier.weights_, n
    )
    if classifier.ngrams_ is not None:
        classifier.ngrams_ = keep_ngrams(classifier.ngrams_, n)
    classifier.vocabulary_ = classifier.vocabulary_.keep_first(n)
    if vectorizer is not None:
        vectorizer.vocabulary_ = classifier.vocabulary_
        vectorizer.idf_ = vectorizer.idf_[:n]
        vectorizer._found = vectorizer._found[:n]
        vectorizer.vectors_ = vectorizer.vectors_.subset(classifier.vocabulary_.tokens)


def measure_file(model: Any) -> int:
    """Return the bytes of the file that :func:`~sklearn_slm.save_model` writes.

    Where it cannot save a Pipeline, because of steps of other packages, these are the bytes
    of the classifier alone.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = os.path.join(folder, "model.slm")
        try:
            save_model(model, path)
        except TypeError:
            save_model(split_classifier(model)[1], path)
        return os.path.getsize(path)


def is_beyond(before: float, after: float, max_drop: float | None) -> bool:
    """Tell whether more is lost than is allowed; rounding is no loss."""
    return max_drop is not None and before - after > max_drop + 1e-9


def refuse_drop(
    what: str,
    scores: tuple[float, float],
    max_drop: float | None,
    measured: str,
    advice: str,
) -> None:
    """Refuse to lose more than is allowed.

    Parameters
    ----------
    what : str
        What loses it.
    scores : tuple of (float, float)
        Before and after.
    max_drop : float or None
        The most that may be lost; None for anything.
    measured : str
        What the scores are.
    advice : str
        What to do.

    Raises
    ------
    ValueError
        With the figures.
    """
    if is_beyond(*scores, max_drop):
        raise ValueError(
            f"{what} lose {scores[0] - scores[1]:.4f} of {measured}, from {scores[0]:.4f} to "
            f"{scores[1]:.4f}, which is more than max_drop={max_drop}. {advice}"
        )
