"""How the rows of a table move that a batch reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import import_keras

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["compute_row_step", "start_moments"]

# Decay of the mean squares of the table's gradients (Adam's second constant, and its last).
_DECAY, _EPSILON = 0.999, 1e-7


def start_moments(n_rows: int, n_components: int) -> list[np.ndarray]:
    """Return what is known of the rows of a table before the first step."""
    return [np.zeros((n_rows, width), np.float32) for width in (n_components, 1)]


def compute_row_step(
    squares: Any, touches: Any, gradient: Any, learning_rate: Any
) -> tuple[Any, Any, Any]:
    """Return what is taken off the vectors of the words that a batch holds.

    Adam (Kingma and Ba, 2015) without its momentum, where every row counts its own
    steps. A word comes now and then: momentum would carry what it meant many batches ago,
    and bias corrected by the steps of all words makes the first steps of a late one
    several times too long (docs/notes/word_updates.md).

    Parameters
    ----------
    squares : tensor of shape (n_rows, n_components)
        Decaying sums of the squared gradients.
    touches : tensor of shape (n_rows, 1)
        Steps that each row has made.
    gradient : tensor of shape (n_rows, n_components)
        Gradient of the loss with respect to the rows.
    learning_rate : float or tensor of shape ()
        Length of a component's first step.

    Returns
    -------
    step, squares, touches : tensors
        The step, and the new sums and counts.
    """
    touches = touches + 1.0
    squares = _DECAY * squares + (1 - _DECAY) * gradient**2
    mean = squares / (1 - _DECAY**touches)
    return learning_rate * gradient / (ops.sqrt(mean) + _EPSILON), squares, touches
