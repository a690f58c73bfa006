"""What the training steps of all backends compute, in Keras' operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..spec import NetworkSpec
from .backend import import_keras
from .sums import sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = [
    "compute_chance",
    "compute_confidence",
    "compute_losses",
    "compute_perturbation",
    "compute_row_step",
    "start_moments",
]

# Of the mean squares of the table's gradients (Adam's second constant, and its last).
_DECAY, _EPSILON = 0.999, 1e-7


def compute_losses(logits: Any, y: Any) -> Any:
    """Return the log loss of each text; over several labels, their mean."""
    if len(y.shape) == 1:
        chosen = ops.one_hot(ops.cast(y, "int32"), logits.shape[1], dtype=logits.dtype)
        return ops.logsumexp(logits, axis=1) - ops.sum(chosen * logits, axis=1)
    return ops.mean(ops.softplus(logits) - y * logits, axis=1)


def compute_chance(spec: NetworkSpec) -> float:
    """Return what a network that knows nothing gives the right class or label."""
    return 0.5 if spec.output == "sigmoid" else 1.0 / max(spec.n_outputs, 2)


def compute_confidence(losses: Any, chance: float) -> Any:
    """Return how sure the network is of each text's labels: 0 at chance, 1 at most.

    A network that knows nothing yet would only be kept from learning by adversaries
    (on a corpus in which order alone decides it stayed at chance); so a text is moved
    as far as the network has learned it.
    """
    return ops.clip((ops.exp(-losses) - chance) / (1.0 - chance), 0.0, 1.0)


def compute_perturbation(gradient: Any, norms: Any) -> Any:
    """Return a step of the given length for every text, along its loss's gradient.

    To first order no step of this length raises the loss more (Miyato, Dai and
    Goodfellow, 2017).

    Parameters
    ----------
    gradient : tensor of shape (steps, batch, n_components)
        Of the loss, by the vectors.
    norms : tensor of shape (batch,)
        Lengths of the steps.
    """
    steps, batch, n_components = ops.shape(gradient)
    squares = sum_rows(ops.reshape(gradient**2, (steps, batch * n_components)))
    squares = sum_rows(ops.transpose(ops.reshape(squares, (batch, n_components))))
    length = ops.maximum(ops.sqrt(squares), 1e-20)
    return norms[:, None] * gradient / length[:, None]


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
    several times too long (docs/benchmarks/training.md).

    Parameters
    ----------
    squares : tensor of shape (n_rows, n_components)
        Decaying sums of the squared gradients.
    touches : tensor of shape (n_rows, 1)
        Steps that each row has made.
    gradient : tensor of shape (n_rows, n_components)
        Of the loss, by the rows.
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
