"""Values of variables while steps on JAX move them, and two threads for these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from .backend import import_keras
from .devices import replicate, wait_for_compiler

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["LiveValues", "shift_seeds"]

# Sets the seeds of dropout of the parts of a batch apart.
_SEED_SHIFT = 0x9E3779B9


def shift_seeds(seeds: Sequence[Any], k: int) -> list:
    """Return the seeds of dropout of part k of a batch; those of part 0 are the same."""
    shift = np.uint32(_SEED_SHIFT * k % 2**32)
    return [seed.at[0].add(shift) for seed in seeds]


class LiveValues:
    """The values of a network in training; the variables of Keras are left alone.

    Parameters
    ----------
    variables : sequence of keras.Variable
        They are read once; from then on their values are here.
    n_threads : int
        Threads to use at most; two are the most that help.
    mesh : jax.sharding.Mesh or None, default=None
        Devices that share the rows of a batch, see :mod:`~sklearn_slm.network.devices`.
    """

    def __init__(self, variables: Sequence[Any], n_threads: int, mesh: Any = None):
        self.mesh = mesh
        # Copies: a step gives up the arrays that it moves.
        self.values = {
            id(v): replicate(jnp.array(v.value, copy=True), mesh) for v in variables
        }
        # A GPU runs one part after the other anyway, and so do several devices.
        is_cpu = jax.local_devices()[0].platform == "cpu"
        self.two = n_threads > 1 and mesh is None and is_cpu
        self.pool: ThreadPoolExecutor | None = None
        self.met: set = set()

    @contextmanager
    def open_threads(self) -> Iterator[None]:
        """Keep two threads while steps are made."""
        with ThreadPoolExecutor(2) if self.two else nullcontext() as self.pool:
            try:
                yield
            finally:
                self.pool = None

    def _get(self, variables: Sequence[Any]) -> list:
        return [self.values[id(v)] for v in variables]

    def _set(self, variables: Sequence[Any], values: Sequence[Any]) -> None:
        self.values.update({id(v): value for v, value in zip(variables, values)})

    def read(self, variable: Any) -> np.ndarray:
        """Copy the value of a variable."""
        return np.array(self.values[id(variable)])

    def write(self, variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
        """Set the values of variables."""
        self._set(variables, replicate(list(values), self.mesh))

    def _run_parts(self, function: Callable, shapes: tuple, given: list[tuple]) -> list:
        """Call a function for each part, in threads once it is compiled for shapes."""
        key = function, *shapes
        with nullcontext() if key in self.met else wait_for_compiler(self.mesh):
            pool = self.pool if key in self.met else None
            run = pool.map if pool else map
            results = list(run(lambda g: jax.block_until_ready(function(*g)), given))
        self.met.add(key)
        return results
