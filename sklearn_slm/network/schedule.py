"""How the step size changes while a network is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .backend import import_keras

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["Triangle", "compute_pace"]


def compute_pace(done: Any, n_steps: int, minimum: Callable = min) -> Any:
    """Return the share of the highest step size for one step.

    It rises for a tenth of the steps, then falls to nothing. The falling step size makes
    half the passes do (docs/benchmarks/training.md).

    Parameters
    ----------
    done : int or tensor
        Number of the step, from 1.
    n_steps : int
        Steps in all; with 0 the share is always 1.
    minimum : callable, default=min
        That of the library which `done` is a tensor of.
    """
    if not n_steps:
        return 1.0
    part = done / (n_steps + 1.0)
    return minimum(part / 0.1, (1.0 - part) / 0.9)


class Triangle(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[name-defined]
    """A step size that goes up and down by :func:`compute_pace`, for Keras' own steps.

    Parameters
    ----------
    highest : float
        The highest step size.
    n_steps : int
        Steps in all.
    """

    def __init__(self, highest: float, n_steps: int):
        self.highest, self.n_steps = float(highest), int(n_steps)

    def __call__(self, step: Any) -> Any:
        """Return the step size after so many steps."""
        done = ops.cast(step, "float32") + 1.0
        share = compute_pace(done, self.n_steps, ops.minimum)
        return self.highest * ops.clip(share, 0, 1)

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {"highest": self.highest, "n_steps": self.n_steps}
