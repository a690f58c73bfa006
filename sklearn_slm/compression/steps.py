"""What a compressed model takes and what it gives: rows of a table, and the best of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["CompressionStep", "find_front", "time_texts"]


@dataclass(frozen=True)
class CompressionStep:
    """One model in a table of sizes, speeds and accuracies.

    Parameters
    ----------
    name : str
        What the model is called.
    n_bytes : int
        Bytes of its file.
    texts_per_second : float
        Texts that it answers in a second, from raw text to probabilities.
    score : float
        Its accuracy, from 0 to 1.
    log_loss : float, default=nan
        Mean log loss of the same texts, natural logarithm.
    hidden_size : tuple of int, default=()
        Units of each layer in one direction.
    n_words : int, default=0
        Known words.
    n_ngrams : int, default=0
        Known n-grams.
    """

    name: str
    n_bytes: int
    texts_per_second: float
    score: float
    log_loss: float = float("nan")
    hidden_size: tuple[int, ...] = ()
    n_words: int = 0
    n_ngrams: int = 0


def find_front(costs: Iterable[float], scores: Iterable[float]) -> np.ndarray:
    """Return the Pareto front: what nothing else beats in one without losing in the other.

    Parameters
    ----------
    costs : iterable of float
        The less, the better.
    scores : iterable of float
        The more, the better.

    Returns
    -------
    ndarray of int
        Numbers of the best ones, by rising cost; of equal ones the first.

    Examples
    --------
    >>> find_front([3, 1, 2, 4], [0.9, 0.7, 0.6, 0.9]).tolist()
    [1, 0]
    """
    cost, score = np.fromiter(costs, float), np.fromiter(scores, float)
    front: list[int] = []
    for i in np.lexsort((-score, cost)).tolist():
        if not front or score[i] > score[front[-1]]:
            front.append(i)
    return np.array(front, np.intp)


def time_texts(predict: Callable[[], object], n_texts: int, n_rounds: int = 3) -> float:
    """Return how many texts are answered in a second: the best of some rounds.

    Parameters
    ----------
    predict : callable
        Answers all texts.
    n_texts : int
        How many it answers.
    n_rounds : int, default=3
        Rounds; there is one before them, which prepares what is prepared once.

    Returns
    -------
    float
    """
    seconds = []
    for _ in range(1 + n_rounds):
        began = time.perf_counter()
        predict()
        seconds.append(time.perf_counter() - began)
    return n_texts / max(min(seconds[1:]), 1e-9)
