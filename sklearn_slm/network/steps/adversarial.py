"""How far, and where to, adversarial training moves the vectors of a text."""

from __future__ import annotations

from typing import Any

from ..backend import import_keras
from ..kernels.sums import sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["compute_confidence", "compute_perturbation"]


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
        Gradient of the loss with respect to the vectors.
    norms : tensor of shape (batch,)
        Lengths of the steps.
    """
    steps, batch, n_components = ops.shape(gradient)
    squares = sum_rows(ops.reshape(gradient**2, (steps, batch * n_components)))
    squares = sum_rows(ops.transpose(ops.reshape(squares, (batch, n_components))))
    length = ops.maximum(ops.sqrt(squares), 1e-20)
    return norms[:, None] * gradient / length[:, None]
