"""Refuse to go on training what the parameters no longer describe."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Number
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from .fitting import check_hidden_size
from .vectorizer import GloveTfidfVectorizer

__all__ = ["check_same_network", "check_same_wide"]

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
    wanted = {"hidden_size": check_hidden_size(model.hidden_size)}
    for name in ("cell", "bidirectional", "pooling", "candidate_activation"):
        wanted[name] = getattr(model, name)
    for name, value in wanted.items():
        fitted = getattr(model.spec_, name)
        if fitted != value:
            _refuse(name, fitted, value)
    for name, fitted, value in _compare_vectorizers(model):
        if not _are_equal(fitted, value):
            _refuse(f"vectorizer__{name}", fitted, value)


def check_same_wide(spec: NetworkSpec, wide_ngrams: tuple[int, int] | None) -> None:
    """Refuse, in a stream, n-grams other than those of the branch that stays.

    Parameters
    ----------
    spec : NetworkSpec
        Of the fitted classifier.
    wide_ngrams : tuple of (int, int) or None
        The parameter.

    Raises
    ------
    ValueError
        If they can not have led to that branch. One of single words may come of a longer
        range, and a network may have come without one.
    """
    if not spec.n_wide:
        return
    if wide_ngrams is None or spec.wide_ngrams not in (wide_ngrams, (1, 1)):
        _refuse("wide_ngrams", spec.wide_ngrams, wide_ngrams)


def _refuse(name: str, fitted: Any, value: Any) -> None:
    raise ValueError(
        f"training goes on from a classifier that was fitted with {name}={fitted!r}, "
        f"but {name} is {value!r} now. Set it back to go on, or call fit with "
        "warm_start=False to begin anew."
    )


def _compare_vectorizers(model: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each parameter, its value in the fit and the one now."""
    fitted, now = model.vectorizer_, model.vectorizer
    if fitted is None:  # fitted on token sequences, which bring their own
        return
    if now is None:
        now = GloveTfidfVectorizer()
    if type(now) is not type(fitted):
        _refuse("vectorizer", fitted, now)
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
