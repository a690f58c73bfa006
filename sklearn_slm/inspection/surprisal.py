"""Surprisal: how little a language model expected each token of a text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..text import FIRST_ID, check_documents
from ..text.spacing import close_lines
from ..unwrap import apply_transformers, split_model

__all__ = [
    "UNITS",
    "Surprisal",
    "compute_surprisal",
    "split_language_model",
    "to_surprisal",
]

# How many nats each unit has.
UNITS = {"bits": math.log(2.0), "nats": 1.0}


@dataclass(frozen=True, eq=False)
class Surprisal:
    """How little a language model expected each token of one text.

    Parameters
    ----------
    tokens : list of str
        The tokens as they are written; one that a space stands before begins with it.
        The last one is ``""``, the end of the text, if its probability is known.
    surprisal : ndarray of shape (n_tokens,), dtype float64
        ``-log p`` of each token, given those before it.
    known : ndarray of shape (n_tokens,), dtype bool
        Whether a token is in the vocabulary. The surprisal of one that is not is that of
        any unknown token at its place.
    unit : {"bits", "nats"}, default="bits"
        Logarithms to base 2, or natural ones.
    chance : float or None, default=None
        Surprisal of a token if all tokens of the vocabulary were equally probable; None
        if that is not known.
    label : object, default=None
        The label that the text was read with, if there was one.
    """

    tokens: list[str]
    surprisal: np.ndarray
    known: np.ndarray
    unit: str = "bits"
    chance: float | None = None
    label: Any = None

    @property
    def text(self) -> str:
        """The text, as the model's tokenizer normalises it."""
        return close_lines("".join(self.tokens))

    @property
    def perplexity(self) -> float:
        """``exp`` of the mean surprisal of a token in nats; NaN if there is none."""
        if not len(self.surprisal):
            return math.nan
        with np.errstate(over="ignore"):
            return float(np.exp(self.surprisal.mean() * UNITS[self.unit]))

    def top(self, n: int = 5) -> list[tuple[str, float]]:
        """Return the most surprising tokens and their surprisals.

        Parameters
        ----------
        n : int, default=5
            How many.

        Returns
        -------
        list of (str, float)
            The most surprising one first; of equal ones the first in the text. Tokens
            have no space before them; ``""`` is the end of the text.

        Raises
        ------
        ValueError
            If n is negative.
        """
        if n < 0:
            raise ValueError(f"n must be 0 or more, the number of tokens. Got {n!r}.")
        order = np.argsort(-self.surprisal, kind="stable")[:n]
        return [
            (_without_space(self.tokens[i]), float(self.surprisal[i])) for i in order
        ]

    def _repr_html_(self) -> str:
        from .surprisal_html import render_surprisals

        return render_surprisals([self])


def compute_surprisal(
    estimator: Any, X: Any, y: Any = None, *, unit: str = "bits"
) -> list[Surprisal]:
    """Return how little a language model expected each token of each text.

    Parameters
    ----------
    estimator : SLMLanguageModel, Pipeline that ends in one, or a search over these
        The fitted model.
    X : iterable of str, of length n_documents
        Texts.
    y : array-like of shape (n_documents,) or None, default=None
        Labels of the documents, for a model that was fitted with labels. The label itself
        is not counted: surprisals are those of the text, given the label.
    unit : {"bits", "nats"}, default="bits"
        Logarithms to base 2, or natural ones.

    Returns
    -------
    list of Surprisal
        One for each text. Models with ``documents="stream"`` or a cache read the texts
        one after the other.

    Raises
    ------
    TypeError
        If the model is no language model.
    NotFittedError
        If it is not fitted.
    ValueError
        If labels are missing or unknown, or the unit is another one.

    Examples
    --------
    >>> from sklearn_slm import SLMLanguageModel
    >>> from sklearn_slm.inspection import compute_surprisal
    >>> texts = ["one two three four", "two three four one"] * 20
    >>> lm = SLMLanguageModel(
    ...     16, max_iter=20, batch_size=4, window=5, learning_rate=0.01, random_state=0
    ... ).fit(texts)
    >>> (found,) = compute_surprisal(lm, ["one two four"])
    >>> found.tokens, found.top(1)[0][0]
    ([' one', ' two', ' four', ''], 'four')
    """
    factor = 1.0 / _check_unit(unit)
    transformers, model = split_language_model(estimator)
    texts = list(apply_transformers(transformers, check_documents(X)))
    if not texts:
        return []
    scored = model.score_tokens(texts, y)
    known_tokens = model.vocabulary_.index
    has_labels = model.classes_ is not None
    labels = [None] * len(texts) if y is None else list(y)
    # Labels are tokens of the network, and none of a text.
    chance = math.log(FIRST_ID + len(model.vocabulary_)) * factor
    found = []
    for text, label, (start, end) in zip(
        texts, labels, pairwise(scored.targets.offsets.tolist())
    ):
        tokens = [*model.tokenizer_.split(text), ""]
        own = -factor * scored.log_likelihood[start + has_labels : end]
        known = np.array([not t or t in known_tokens for t in tokens], bool)
        found.append(Surprisal(tokens, np.abs(own), known, unit, chance, label))
    return found


def to_surprisal(
    tokens: Sequence[str], log_likelihood: Any, unit: str = "bits"
) -> Surprisal:
    """Return the surprisals of tokens whose likelihoods are known from elsewhere.

    Parameters
    ----------
    tokens : sequence of str
        Tokens of one text; those that a space stands before begin with it.
    log_likelihood : array-like of shape (n_tokens,)
        Natural logarithm of the probability of each.
    unit : {"bits", "nats"}, default="bits"
        Logarithms to base 2, or natural ones.

    Raises
    ------
    ValueError
        If the two are not of one length, or a logarithm is above 0 or NaN.
    """
    values = np.asarray(log_likelihood, np.float64)
    if values.shape != (len(tokens),):
        raise ValueError(
            f"log_likelihood must have one number for each of the {len(tokens)} tokens, "
            f"shape ({len(tokens)},). Got shape {values.shape}."
        )
    if not (values <= 0.0).all():
        raise ValueError(
            "log_likelihood must hold logarithms of probabilities, which are at most 0. "
            f"Got {values[~(values <= 0.0)][0]}."
        )
    surprisal = np.abs(values) / _check_unit(unit)
    return Surprisal(list(tokens), surprisal, np.ones(len(tokens), bool), unit)


def split_language_model(model: Any) -> tuple[list[Any], Any]:
    """Return the transformers of a model, and the SLMLanguageModel after them.

    Parameters
    ----------
    model : estimator
        As in :func:`~sklearn_slm.unwrap.list_steps`.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If it ends in another estimator.
    """
    transformers, last = split_model(model)
    if not hasattr(type(last), "score_tokens"):
        raise TypeError(
            "expected a fitted SLMLanguageModel, or a Pipeline or a search that ends in "
            f"one, got {type(last).__name__}."
        )
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(last)
    return transformers, last


def _check_unit(unit: str) -> float:
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {tuple(UNITS)}. Got {unit!r}.")
    return UNITS[unit]


def _without_space(token: str) -> str:
    return token.removeprefix(" ") or token
