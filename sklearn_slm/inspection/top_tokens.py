"""The words that speak for each class, over a whole corpus."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..unwrap import split_classifier
from .explain import METHODS, explain

__all__ = ["TopToken", "top_tokens"]


class TopToken(NamedTuple):
    """A token, its mean score for a class, and how often it occurs."""

    token: str
    score: float
    occurrences: int


def top_tokens(
    model: Any,
    X: Any,
    n: int = 20,
    *,
    method: str = "contribution",
    min_count: int = 5,
) -> dict[Any, list[TopToken]]:
    """Return the tokens that speak most for each class over a corpus.

    Parameters
    ----------
    model : SLMTextClassifier, Pipeline that ends in one, or a fitted search over these
        The fitted model.
    X : iterable of str or TokenSequences, of length n_documents
        Texts; a few thousand are enough.
    n : int, default=20
        Tokens for each class.
    method : {"contribution", "occlusion", "gradient"}, default="contribution"
        As in :func:`explain`. Attention is the same for every class and says nothing
        here.
    min_count : int, default=5
        Leave out tokens that occur less often: a mean of few scores says little.

    Returns
    -------
    dict of class label to list of TopToken
        Highest mean score first. Only tokens of the vocabulary with a positive mean.

    Raises
    ------
    ValueError
        If the method does not exist or gives no scores by class.
    TypeError, NotFittedError
        As :func:`explain`.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier
    >>> from sklearn_slm.inspection import top_tokens
    >>> texts = ["good film", "fine film", "bad film", "dull film"] * 10
    >>> labels = ["pos", "pos", "neg", "neg"] * 10
    >>> model = SLMTextClassifier(
    ...     4, max_iter=15, learning_rate=0.02, adversarial=0.0, random_state=0
    ... )
    >>> tokens = top_tokens(model.fit(texts, labels), texts, n=2)
    >>> sorted(word.token for word in tokens["pos"]), tokens["pos"][0].occurrences
    (['fine', 'good'], 10)
    """
    allowed = tuple(name for name in METHODS if name != "attention")
    if method not in allowed:
        raise ValueError(f"method must be one of {allowed}. Got {method!r}.")
    classes = split_classifier(model)[1].classes_.tolist()
    explanations = explain(model, X, target=classes, method=method)
    if not explanations:
        return {label: [] for label in classes}
    tokens = np.array(
        [token for one in explanations for token in one.tokens], dtype=object
    )
    known = np.concatenate([one.known for one in explanations])
    scores = np.concatenate([one.scores for one in explanations])[known]
    names, inverse = np.unique(tokens[known], return_inverse=True)
    counts = np.bincount(inverse, minlength=len(names))
    often = np.flatnonzero(counts >= min_count)
    result = {}
    for k, label in enumerate(classes):
        sums = np.bincount(inverse, weights=scores[:, k], minlength=len(names))
        means = sums[often] / counts[often]
        order = np.argsort(-means, kind="stable")[:n]
        result[label] = [
            TopToken(str(names[often[i]]), float(means[i]), int(counts[often[i]]))
            for i in order
            if means[i] > 0
        ]
    return result
