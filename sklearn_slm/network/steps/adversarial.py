"""How far, and where to, adversarial training moves the vectors of a text."""

from __future__ import annotations

from typing import Any

from ..backend import import_keras
from ..kernels.sums import sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = [
    "compute_confidence",
    "compute_perturbation",
    "compute_trial_perturbation",
]

# Length of the trial step in units of the perturbation's.
_TRIAL = 0.1


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


def compute_trial_perturbation(draw: Any, is_token: Any, norms: Any) -> Any:
    """Return a short random step for every text, where virtual adversaries begin.

    A text without a label has a loss all the same: the divergence of the prediction with
    moved vectors from that without, ``KL(p(y | v) || p(y | v + r))``, where p(y | v) is
    fixed (Miyato, Dai and Goodfellow, 2017; Miyato et al., 2018). At r = 0 it is least, and
    its gradient is zero; after a short step d the gradient is about H d, with H the second
    derivative. So it turns towards the direction of largest curvature, in which a longer
    step changes the prediction most: one iteration of the power method.
    :func:`compute_perturbation` makes of this gradient the step r of the full length.

    Up to a constant the divergence is the log loss of the text with p(y | v) as its soft
    label, so that it needs no loss of its own.

    Parameters
    ----------
    draw : tensor of shape (steps, batch, n_components)
        Normal values.
    is_token : tensor of shape (steps, batch), dtype bool
        Padding is not moved.
    norms : tensor of shape (batch,)
        Lengths of the perturbations; the trial step is a tenth as long.
    """
    inside = ops.cast(is_token, "float32")[:, :, None]
    return compute_perturbation(draw * inside, _TRIAL * norms)
