"""Pseudo-labels: what a first model is sure of, as texts to train a second one on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..network.examples import Examples
from ..ngrams.blend import run_blended
from ..runtime import prepare_network
from ..runtime.heads.classes import compute_probabilities
from ..spec import NetworkSpec
from .inputs import Task

__all__ = ["add_pseudo_labels", "choose_confident"]

# Texts for each one with a label (docs/notes/few_texts.md).
_RATIO = 10


def add_pseudo_labels(task: Task, spec: NetworkSpec, first: Any) -> Task:
    """Return a task with the texts that a first model is sure of, and what it says of them.

    All of them together weigh as much as the texts with labels, and each class has the
    same share of them.

    Parameters
    ----------
    task : Task
        With texts without labels.
    spec : NetworkSpec
        The network.
    first : Fitted
        What training on the texts with labels gave.
    """
    texts = task.unlabeled
    assert texts is not None
    network = prepare_network(spec, first.weights)
    logits = run_blended(network, first.ngrams, texts)["logits"]
    probabilities = compute_probabilities(spec.head, logits)
    labels = task.train.targets["classes"].argmax(axis=1)
    counts = np.bincount(labels, minlength=spec.head.n_outputs)
    rows = choose_confident(probabilities, _RATIO * counts)
    if not len(rows):
        return task
    weight = np.full(len(rows), task.train.weight.sum() / len(rows), np.float32)
    chosen = Examples(
        {"ids": texts.take(rows)},
        {"classes": probabilities[rows].astype(np.float32)},
        weight,
    )
    return replace(
        task, train=task.train.join(chosen), whole=task.whole.join(chosen), folds=[]
    )


def choose_confident(probabilities: np.ndarray, n_wanted: np.ndarray) -> np.ndarray:
    """Return the texts of each class whose predictions are surest.

    Parameters
    ----------
    probabilities : ndarray of shape (n_texts, n_classes)
        Predictions.
    n_wanted : ndarray of shape (n_classes,), dtype int
        Texts of each class. Where fewer are predicted of one, of the others come fewer
        too, in the same ratio; a class that is never predicted changes nothing.

    Returns
    -------
    ndarray of shape (n,), dtype int
        Their numbers, rising.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    >>> choose_confident(probabilities, np.array([2, 2])).tolist()
    [0, 2]
    >>> choose_confident(probabilities, np.array([2, 1])).tolist()
    [0, 2, 3]
    """
    predicted = probabilities.argmax(axis=1)
    counts = np.bincount(predicted, minlength=len(n_wanted))
    is_there = (counts > 0) & (n_wanted > 0)
    if not is_there.any():
        return np.zeros(0, np.int64)
    part = min(1.0, (counts[is_there] / n_wanted[is_there]).min())
    chosen = []
    for label in np.flatnonzero(is_there):
        of_class = np.flatnonzero(predicted == label)
        order = np.argsort(-probabilities[of_class, label], kind="stable")
        chosen.append(of_class[order[: int(np.ceil(part * n_wanted[label]))]])
    return np.sort(np.concatenate(chosen))
