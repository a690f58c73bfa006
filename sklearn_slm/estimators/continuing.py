"""Refuse to go on training what the parameters no longer describe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from numbers import Number
from typing import Any

import numpy as np

from ..ngrams import NgramModel
from .base import clone
from .options import check_hidden_size
from .resuming import refuse_changed
from .transfer import find_language_model, find_layers, settle_vectorizer
from .vectorizer import GloveTfidfVectorizer

__all__ = [
    "check_same_network",
    "check_same_ngrams",
]

# They change neither tokens nor vectors; the classifier sets the second and the third.
_FREE = {"n_jobs", "output", "random_state", "verbose"}


def check_same_network(model: Any) -> None:
    """Refuse parameters that would have made another network or other tokens.

    Parameters
    ----------
    model : SLMTextClassifier
        A fitted one.

    Raises
    ------
    ValueError
        Naming the first such parameter, its value in the fit and the one now.
    """
    spec, layers = model.spec_, find_layers(model)
    for part in (spec.encoder, spec.head):
        for field in fields(part):
            value = getattr(model, field.name, getattr(part, field.name))
            if field.name == "hidden_size":
                value = check_hidden_size(model)
            value = layers.get(field.name, value)
            fitted = getattr(part, field.name)
            if fitted != value:
                refuse_changed(field.name, fitted, value)
    for name, fitted, value in _compare_vectorizers(model):
        if not _are_equal(fitted, value):
            refuse_changed(f"vectorizer__{name}", fitted, value)


def check_same_ngrams(
    model: NgramModel | None, lengths: tuple[int, int] | None
) -> None:
    """Refuse, in a stream, n-grams other than those of the model that stays.

    Parameters
    ----------
    model : NgramModel or None
        That of the fitted classifier.
    lengths : tuple of (int, int) or None
        The parameter ``ngrams``.

    Raises
    ------
    ValueError
        If they can not have led to that model. One of single words may come of a longer
        range, and a network may have come without one.
    """
    if model is not None and (
        lengths is None or model.lengths not in (lengths, (1, 1))
    ):
        refuse_changed("ngrams", model.lengths, lengths)


def _compare_vectorizers(model: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each parameter, its value in the fit and the one now."""
    fitted, now = model.vectorizer_, model.vectorizer
    if fitted is None:  # fitted on token sequences, which bring their own
        return
    if now is None:
        now = GloveTfidfVectorizer()
    if type(now) is not type(fitted):
        refuse_changed("vectorizer", fitted, now)
    language_model = find_language_model(model.pretrained)
    if language_model is not None:
        now = clone(now)
        settle_vectorizer(now, language_model)
    values = now.get_params(deep=False)
    for name, value in fitted.get_params(deep=False).items():
        if name not in _FREE:
            yield name, value, values[name]


def _are_equal(fitted: Any, value: Any) -> bool:
    """Compare plain values; of others there is a copy, of which the type must do."""
    plain = (str, Number, type(None), list, tuple, set, frozenset)
    if isinstance(fitted, plain) or isinstance(value, plain):
        return type(fitted) is type(value) and bool(np.all(fitted == value))
    return type(fitted) is type(value)
