"""First weights of a network, drawn from one seed in a fixed order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["INITIALIZERS", "Initializers"]

INITIALIZERS = ("glorot_uniform", "gaussian", "uniform")

Draw = Callable[..., np.ndarray]  # from a shape to first values


class Initializers:
    """Draws kernels and seeds of dropout, one after the other.

    NumPy draws: the same numbers on every backend, and JAX would compile for each shape.

    Parameters
    ----------
    name : {"glorot_uniform", "gaussian", "uniform"}
        How kernels start. With glorot (Glorot and Bengio, 2010), recurrent kernels are
        orthogonal per gate; the other two draw from N(0, 0.05^2) and U(-0.05, 0.05).
    seed : int
        Seed of everything.
    """

    def __init__(self, name: str, seed: int):
        self.name = name
        self._seeds = iter(
            np.random.RandomState(seed).randint(2**31 - 1, size=1000).tolist()
        )

    def draw_seed(self) -> int:
        """Return the next seed."""
        return next(self._seeds)

    def draw_kernel(self) -> Draw:
        """Return what draws the next kernel, given its shape."""
        random = np.random.RandomState(self.draw_seed())

        def draw(shape: tuple, dtype: Any = None) -> np.ndarray:
            if self.name == "gaussian":
                return random.normal(0.0, 0.05, shape).astype(np.float32)
            limit = 0.05 if self.name == "uniform" else np.sqrt(6.0 / sum(shape))
            return random.uniform(-limit, limit, shape).astype(np.float32)

        return draw

    def draw_recurrent_kernel(self) -> Draw:
        """Return what draws the next kernel of states, given its shape."""
        if self.name != "glorot_uniform":
            return self.draw_kernel()
        random = np.random.RandomState(self.draw_seed())

        def draw(shape: tuple, dtype: Any = None) -> np.ndarray:
            units, columns = shape
            gates = []
            for _ in range(columns // units):
                q, r = np.linalg.qr(random.standard_normal((units, units)))
                gates.append(q * np.sign(np.diag(r)))
            return np.concatenate(gates, axis=1).astype(np.float32)

        return draw
