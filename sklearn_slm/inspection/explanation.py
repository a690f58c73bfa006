"""Explanation: why a model predicted what it did for one text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Explanation"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a model predicted what it did for one text.

    Parameters
    ----------
    text : str or None
        The original text; None if token sequences were explained.
    tokens : list of str
        What the network read.
    offsets : ndarray of shape (n_tokens, 2), dtype int64, or None
        ``text[start:end]`` is where a token comes from. None if that is not known:
        for token sequences, or behind a step of a Pipeline that changes texts.
    scores : ndarray of shape (n_tokens,) or (n_tokens, n_targets), dtype float64
        Score of each token: positive speaks for the target, negative against it
        (attention is never negative, and speaks for nothing).
    target : object or list
        The class, or the classes, that the scores are about.
    prediction : object
        The predicted class; for multilabel targets the labels predicted, as a list.
    probability : float or ndarray of shape (n_targets,)
        Probability of each target.
    known : ndarray of shape (n_tokens,), dtype bool
        Whether a token is in the vocabulary.
    method : str
        How the scores were made.
    columns : list of str or None, default=None
        The columns beside the text, where the model reads any, in the order of X; of a
        transformer other than :class:`~sklearn_slm.ColumnEncoder`, the numbers that it
        makes. None if the method gives them no scores.
    column_scores : ndarray of shape (n_columns,) or (n_columns, n_targets), or None, \
default=None
        Score of each of them: what it adds to the logit.
    """

    text: str | None
    tokens: list[str]
    offsets: np.ndarray | None
    scores: np.ndarray
    target: Any
    prediction: Any
    probability: Any
    known: np.ndarray
    method: str
    columns: list[str] | None = None
    column_scores: np.ndarray | None = None

    def top(self, n: int = 5) -> list[tuple[str, float]]:
        """Return the tokens of largest absolute score and their scores.

        Parameters
        ----------
        n : int, default=5
            How many.

        Returns
        -------
        list of (str, float)
            Strongest first; of equal ones the first in the text.

        Raises
        ------
        ValueError
            If there are scores for several targets, or n is negative.
        """
        if n < 0:
            raise ValueError(f"n must be 0 or more, the number of tokens. Got {n!r}.")
        if self.scores.ndim != 1:
            raise ValueError(
                f"these are scores for {len(self.target)} targets. Explain one target: "
                f"explain(..., target={self.target[0]!r})."
            )
        order = np.argsort(-np.abs(self.scores), kind="stable")[:n]
        return [(self.tokens[i], float(self.scores[i])) for i in order]

    def _repr_html_(self) -> str:
        from .html import render_explanations

        return render_explanations([self])
