"""A network of more words and more classes, and the state of its optimizer.

What a network has learned stays bit by bit: rows of the table are added behind the others,
columns of the head between them, where the classes have their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..spec import ClassHead, NetworkSpec

__all__ = ["grow_trainer", "grow_weights", "spread_columns"]

# Weights whose columns are the outputs.
_BY_OUTPUT = ("head.kernel", "head.bias", "columns.kernel")


def spread_columns(values: np.ndarray, places: np.ndarray, n: int) -> np.ndarray:
    """Return an array with more columns: the old ones in their places, zeros elsewhere.

    Parameters
    ----------
    values : ndarray of shape (..., n_old)
        What there is.
    places : ndarray of shape (n_old,), dtype int
        Where each column is to stand.
    n : int
        Columns in all.

    Examples
    --------
    >>> spread_columns(np.array([3, 4]), np.array([0, 2]), 3).tolist()
    [3, 0, 4]
    """
    spread = np.zeros((*values.shape[:-1], n), values.dtype)
    spread[..., places] = values
    return spread


def grow_weights(
    spec: NetworkSpec,
    weights: Mapping[str, np.ndarray],
    rows: np.ndarray,
    places: np.ndarray,
    n_outputs: int,
) -> tuple[NetworkSpec, dict[str, np.ndarray]]:
    """Return a network with rows for new words and outputs for new classes.

    A new class begins as the mean of the others: its logit is the mean of theirs, which
    tells nothing, and the probabilities of the others keep their ratios.

    Parameters
    ----------
    spec : NetworkSpec
        The network, with a head for classes.
    weights : mapping of str to ndarray
        Its weights, float32.
    rows : ndarray of shape (n_words, n_components), dtype float32
        Vectors of the new words.
    places : ndarray of shape (n_old_outputs,), dtype int
        Where each output that there is stands among all.
    n_outputs : int
        How many there are to be.

    Returns
    -------
    spec, weights
        The larger network; arrays that do not grow are the same objects.
    """
    head = spec.head
    assert isinstance(head, ClassHead)  # for mypy
    grown = dict(weights)
    if len(rows):
        grown["embedding"] = np.concatenate([weights["embedding"], rows])
    if n_outputs > head.n_outputs:
        is_new = np.ones(n_outputs, bool)
        is_new[places] = False
        for name in weights.keys() & set(_BY_OUTPUT):
            columns = spread_columns(weights[name], places, n_outputs)
            columns[..., is_new] = weights[name].mean(axis=-1, keepdims=True)
            grown[name] = columns
    encoder = replace(spec.encoder, n_tokens=len(grown["embedding"]))
    return replace(
        spec, encoder=encoder, head=replace(head, n_outputs=n_outputs)
    ), grown


def grow_trainer(
    live: Any,
    spec: NetworkSpec,
    weights: Mapping[str, np.ndarray],
    places: np.ndarray,
) -> Any:
    """Return a larger network in training, with what the optimizer knew of the smaller.

    New rows and outputs have made no step: their moments are zeros.

    Parameters
    ----------
    live : Trainer
        The network in training; it stays as it is.
    spec, weights
        The larger network, as :func:`grow_weights` returns it.
    places : ndarray of shape (n_old_outputs,), dtype int
        As there.

    Returns
    -------
    Trainer
        Its ``latest`` are the weights that it has.
    """
    from .build import write_weights  # brings Keras
    from .trainer import Trainer

    trainer = Trainer(spec, weights, live.options, keep_weights=True)
    trainer.restore_state(_spread(live.copy_state(), trainer.copy_state(), places))
    write_weights(trainer.network, weights)
    trainer.read_weights()
    return trainer


def _spread(old: Any, new: Any, places: np.ndarray) -> Any:
    """Return a state in the shapes of the new one, with the values of the old one."""
    if isinstance(old, (list, tuple)):
        return type(old)(_spread(a, b, places) for a, b in zip(old, new))
    if not isinstance(old, np.ndarray) or old.shape == new.shape:
        return old
    if old.ndim == 2 and old.shape[1] == new.shape[1]:
        rows = np.zeros_like(new)
        rows[: len(old)] = old
        return rows
    return spread_columns(old, places, new.shape[-1])
