"""What the training steps of all backends compute, in Keras' operations."""

from __future__ import annotations

from typing import Any

from ..spec import NetworkSpec
from .backend import import_keras
from .sums import sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = [
    "compute_adam_step",
    "compute_chance",
    "compute_confidence",
    "compute_losses",
    "compute_perturbation",
]

# Adam's constants, for the rows of the table (Kingma and Ba, 2015).
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


def compute_losses(logits: Any, y: Any) -> Any:
    """Return the log loss of each text; over several labels, their mean."""
    if len(y.shape) == 1:
        place = ops.cast(y, "int32")[:, None]
        chosen = ops.take_along_axis(logits, place, axis=1)[:, 0]
        return ops.logsumexp(logits, axis=1) - chosen
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


def compute_adam_step(
    first: Any, second: Any, gradient: Any, learning_rate: Any, done: Any
) -> tuple[Any, Any, Any]:
    """Return what Adam takes off the weights in step `done`, and both new moments."""
    first = _BETA_1 * first + (1 - _BETA_1) * gradient
    second = _BETA_2 * second + (1 - _BETA_2) * gradient**2
    rate = learning_rate * ops.sqrt(1 - _BETA_2**done) / (1 - _BETA_1**done)
    return rate * first / (ops.sqrt(second) + _EPSILON), first, second
