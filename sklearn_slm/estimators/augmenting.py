"""Variants of the texts that a fit trains on, and of no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..network.examples import Examples
from ..text import Ragged, TokenSequences, check_documents
from .base import clone
from .inputs import Task
from .weighting import scale_to_mean_one

__all__ = ["augment_task", "number_texts", "read_texts"]

_ROWS = "rows"


def read_texts(X: Any) -> list[str]:
    """Return the raw texts that variants are made of.

    Raises
    ------
    ValueError, TypeError
        If X is token sequences, or no collection of strings.
    """
    if isinstance(X, TokenSequences):
        raise ValueError(
            "augment makes variants of raw texts, but X is token sequences, as in a "
            "Pipeline with a vectorizer. Leave the vectorizer out of the Pipeline and give "
            "it to the classifier: SLMTextClassifier(vectorizer=..., augment=...)."
        )
    return check_documents(X)


def number_texts(task: Task) -> Task:
    """Let each text remember its row in X, whatever texts are left out or set aside."""
    whole = task.whole
    inputs = {**whole.inputs, _ROWS: np.arange(len(whole))}
    return replace(task, whole=Examples(inputs, whole.targets, whole.weight))


def augment_task(
    task: Task, texts: Sequence[str], augmenter: Any, *, seed: int
) -> Task:
    """Return the task with variants of its training texts.

    The validation set and the held-out parts of folds stay as they are, and no variant is
    made of their texts.

    Parameters
    ----------
    task : Task
        With its training texts chosen; :func:`number_texts` came before that.
    texts : sequence of str
        X.
    augmenter : Augmenter
        Makes the variants. A clone of it is used.
    seed : int
        Its seed, if it has none.

    Returns
    -------
    Task
    """
    augmenter = clone(augmenter)
    if augmenter.random_state is None:
        augmenter.set_params(random_state=seed)

    def vary(examples: Examples) -> tuple[Ragged, np.ndarray]:
        """Return the ids of variants, and the row in X of each one's text."""
        rows = examples.inputs[_ROWS]
        own = [texts[row] for row in rows]
        copies, origins = augmenter.make_copies(own, examples.targets["classes"])
        return task.vectorizer.transform(copies).texts, rows[origins]

    variants = vary(task.train)
    return replace(
        task,
        whole=_add(task.whole, *variants),
        train=_add(task.train, *variants),
        folds=[(_add(train, *vary(train)), held_out) for train, held_out in task.folds],
    )


def _add(examples: Examples, ids: Ragged, rows: np.ndarray) -> Examples:
    """Put variants behind the texts that they are made of.

    Each text shares its weight with its variants; the mean of all weights is 1 again.
    """
    origins = np.searchsorted(examples.inputs[_ROWS], rows)
    taken = examples.take(origins)
    n_copies = np.bincount(origins, minlength=len(examples))
    share = examples.weight / (1 + n_copies)
    return Examples(
        {
            name: _concatenate(values, ids if name == "ids" else taken.inputs[name])
            for name, values in examples.inputs.items()
        },
        {
            name: _concatenate(values, taken.targets[name])
            for name, values in examples.targets.items()
        },
        scale_to_mean_one(np.concatenate([share, share[origins]]).astype(np.float64)),
    )


def _concatenate(first: Any, second: Any) -> Any:
    if isinstance(first, Ragged):
        return first.join(second)
    return np.concatenate([first, second])
