"""The learning rate over the steps of a fit, and by the weights of its texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backend import import_keras

keras = import_keras()

__all__ = ["compute_rate_factor", "find_rate", "weigh_step"]


def compute_rate_factor(done: Any, n_steps: int, minimum: Callable = min) -> Any:
    """Return what the highest learning rate is multiplied by for one step.

    It rises for a tenth of the steps, then falls to nothing. A falling learning
    rate needs half the epochs (docs/notes/schedule.md).

    Parameters
    ----------
    done : int or tensor
        Number of the step, from 1.
    n_steps : int
        Steps in all; with 0 the factor is always 1.
    minimum : callable, default=min
        The function of the library that `done` is a tensor of.
    """
    if not n_steps:
        return 1.0
    part = done / (n_steps + 1.0)
    return minimum(part / 0.1, (1.0 - part) / 0.9)


def find_rate(optimizer: Any) -> int | None:
    """Return which variable of an optimizer is its learning rate; None for a schedule."""
    rate = optimizer.learning_rate
    return next((i for i, v in enumerate(optimizer.variables) if v is rate), None)


def weigh_step(mean_weight: Any, optimizer: Any) -> tuple[Any, Any]:
    """Return what a mean weight of a batch other than 1 multiplies.

    A step is as much longer as its texts weigh more. Where an optimizer remembers the sizes
    of gradients, they are larger, too: divided by what it remembers, the next steps would
    otherwise go where a text without weight led. Plain gradient descent remembers none, or
    (with momentum) the steps themselves.

    Parameters
    ----------
    mean_weight : float or tensor of shape ()
        Mean weight of the texts of the batch.
    optimizer : keras.optimizers.Optimizer
        What moves the weights.

    Returns
    -------
    gradient, rate : float or tensor of shape ()
        Factors of the gradient of the weighted mean of the losses, and of the learning
        rate.
    """
    plain = isinstance(optimizer, keras.optimizers.SGD)
    return 1.0 if plain else mean_weight, mean_weight
