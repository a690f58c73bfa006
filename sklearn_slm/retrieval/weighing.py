"""How much vectors, words and pieces of words count, by held-out questions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["USUAL_BLEND", "FittedBlend", "fit_field_blend", "measure_first_place"]

# Where no held-out question tells.
USUAL_BLEND = np.array([0.6, 0.4, 0.15])
# How many held-out questions the usual weights count for.
_PRIOR = 0.5


class FittedBlend(NamedTuple):
    """Blend weights, and how well they do on held-out questions.

    Parameters
    ----------
    blend : ndarray of shape (3,), dtype float64
        Weights of the fields, at least 0.
    accuracy : float
        Share of the held-out questions whose first entry is right.
    lexical_accuracy : float or None
        The same of words and pieces alone; None where there are none.
    """

    blend: np.ndarray
    accuracy: float
    lexical_accuracy: float | None


def fit_field_blend(fields: list[np.ndarray | None], right: np.ndarray) -> FittedBlend:
    """Find the blend weights under which the right entries are most probable.

    Scores under these weights are logits: their softmax over the entries is a calibrated
    probability. The weights of words and pieces alone are found too, and taken, with 0 for
    the network, where more of the held-out questions have a right entry in the first place
    with them: a network that has learned too little does no harm.

    Parameters
    ----------
    fields : list of ndarray of shape (n_questions, n_entries), or None
        As :func:`~.entries.compute_fields` returns them, of held-out questions.
    right : ndarray of shape (n_questions, n_entries), dtype bool
        Which entries are right; at least one for each question.

    Returns
    -------
    FittedBlend
    """
    blend = _minimise(fields, right)
    accuracy = measure_first_place(fields, blend, right)
    lexical = [None, *fields[1:]]
    if all(field is None for field in lexical):
        return FittedBlend(blend, accuracy, None)
    alone = _minimise(lexical, right)
    lexical_accuracy = measure_first_place(lexical, alone, right)
    if lexical_accuracy > accuracy:
        return FittedBlend(alone, lexical_accuracy, lexical_accuracy)
    return FittedBlend(blend, accuracy, lexical_accuracy)


def _minimise(fields: list[np.ndarray | None], right: np.ndarray) -> np.ndarray:
    """Return the weights of least log loss; a field that is not there has 0."""
    there = [(i, field) for i, field in enumerate(fields) if field is not None]
    places, stack = [i for i, _ in there], np.stack([field for _, field in there])
    usual, n = USUAL_BLEND[places], len(right)

    def penalised(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = np.tensordot(weights.astype(np.float32), stack, 1).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        probabilities = np.exp(logits)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        of_right = np.where(right, probabilities, 0.0)
        share = np.maximum(of_right.sum(axis=1, keepdims=True), 1e-30)
        loss = -np.log(share).sum()
        errors = probabilities - of_right / share
        slope = np.array([(errors * field).sum() for field in stack])
        off = (weights - usual) / usual
        return (
            (loss + 0.5 * _PRIOR * off @ off) / n,
            (slope + _PRIOR * off / usual) / n,
        )

    # A tenth of a second to import, which only fitting needs.
    from scipy.optimize import minimize

    best = minimize(penalised, usual, jac=True, bounds=[(0, None)] * len(places))
    weights = np.zeros(len(fields))
    weights[places] = best.x
    return weights


def measure_first_place(
    fields: list[np.ndarray | None], blend: np.ndarray, right: np.ndarray
) -> float:
    """Return the share of questions whose first entry is right.

    Parameters
    ----------
    fields, right
        As in :func:`fit_field_blend`.
    blend : ndarray of shape (3,)
        Weights of the fields.

    Returns
    -------
    float
    """
    parts = [w * f for w, f in zip(blend.astype(np.float32), fields) if f is not None]
    first = np.sum(parts, axis=0).argmax(axis=1)
    return float(right[np.arange(len(right)), first].mean())
