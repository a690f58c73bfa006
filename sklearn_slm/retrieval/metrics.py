"""How high right entries stand: first place, mean reciprocal rank, mean average precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["METRICS", "average_ranks"]

METRICS = ("accuracy", "mrr", "map")


def average_ranks(
    ranks: Sequence[np.ndarray], n_right: Sequence[int] | np.ndarray, metric: str
) -> float:
    """Return a mean over questions of how high their right entries stand.

    Parameters
    ----------
    ranks : sequence of ndarray of int
        For each question the places of its right entries, from 1 on, in any order.
    n_right : sequence of int
        How many right entries each question has; some may not be among those that were
        ranked.
    metric : {"accuracy", "mrr", "map"}
        ``"accuracy"``: whether the first place is right. ``"mrr"``: 1 over the place of
        the first right one. ``"map"``: the mean over right ones of the precision down to
        its place, which is 0 for one that was not ranked.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If another metric is asked for, or there is no question.

    Examples
    --------
    >>> ranks = [np.array([1, 4]), np.array([2]), np.array([], int)]
    >>> [round(average_ranks(ranks, [2, 1, 1], m), 3) for m in METRICS]
    [0.333, 0.5, 0.417]
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {METRICS}. Got {metric!r}.")
    if not len(ranks):
        raise ValueError("there is no question to score, but at least one is needed.")
    values = []
    for places, n in zip(ranks, n_right):
        places = np.sort(places)
        if metric == "map":
            precisions = np.arange(1, len(places) + 1) / places
            values.append(precisions.sum() / n)
        elif not len(places):
            values.append(0.0)
        else:
            first = places[0]
            values.append(1.0 / first if metric == "mrr" else float(first == 1))
    return float(np.mean(values))
