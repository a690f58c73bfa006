"""One training step after another on pairs of texts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ..backend import float32_variables, import_keras
from ..encoder import layer_name
from ..heads import HEADS
from ..initializers import Initializers
from ..options import TrainingOptions
from ..steps.rows import start_moments
from ..steps.schedule import compute_rate_factor, find_rate
from ..trainer import copy_optimizer
from .batches import Batch

keras = import_keras()

__all__ = ["SequenceTrainer"]

Weights = dict[str, np.ndarray]


class SequenceTrainer:
    """A network in training on pairs: its weights, its optimizer's state, its step.

    What has a row for each token (tables and their bias) moves without momentum, see
    :func:`~sklearn_slm.network.steps.rows.compute_row_step`.

    Parameters
    ----------
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.DecoderHead`.
    start : mapping of str to ndarray
        Weights to start from; what is missing starts afresh.
    options : TrainingOptions
        How to train.
    seed : int
        Seed of first weights and dropout.
    n_steps : int, default=0
        Steps in all, over which the learning rate rises and falls; 0 leaves it.

    Attributes
    ----------
    done : int
        Steps made.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        start: Mapping[str, np.ndarray],
        options: TrainingOptions,
        *,
        seed: int,
        n_steps: int = 0,
    ):
        self.spec, self.options = spec, options
        self.done = 0
        head = HEADS[spec.head.kind]
        self.row_names: tuple[str, ...] = head.ROWS
        random = np.random.RandomState(seed)
        initializers = Initializers(options.initializer, random.randint(2**31 - 1))
        with float32_variables():
            self.body = head.build_body(
                spec,
                dropout=options.dropout,
                recurrent_dropout=options.recurrent_dropout,
                initializers=initializers,
            )
            self.rows = [
                keras.Variable(
                    _start_rows(name, spec.weights()[name].shape, start, random),
                    dtype="float32",
                    name=name.replace(".", "_"),
                )
                for name in self.row_names
            ]
            for name, variable in self._name_variables().items():
                if name in start:
                    variable.assign(start[name])
            self.is_named = isinstance(options.optimizer, str)
            self.variables = [*self.body.trainable_variables]
            self.moments: list[Any] = []
            if not self.is_named:
                self.variables = [*self.rows, *self.variables]
            elif options.optimizer != "sgd":
                self.moments = [
                    keras.Variable(values, dtype="float32", trainable=False)
                    for row in self.rows
                    for values in start_moments(row.shape[0], math.prod(row.shape[1:]))
                ]
            self.optimizer = copy_optimizer(options)
            self.optimizer.build(self.variables)
        self.rate = find_rate(self.optimizer)
        self.n_steps = n_steps if self.is_named else 0
        if keras.backend.backend() == "jax":
            from .jax_backend import JaxBackend

            self.backend: Any = JaxBackend(self)
        else:
            from .keras_backend import KerasBackend

            self.backend = KerasBackend(self)

    @contextmanager
    def open_threads(self) -> Iterator[None]:
        """Keep the threads of the backend while steps are made, and none after."""
        with self.backend.open_threads():
            yield

    def step(self, batch: Batch) -> float:
        """Make a step; return the summed loss of its tokens, with dropout.

        Parameters
        ----------
        batch : Batch
            Its halves are computed side by side.
        """
        self.done += 1
        factor = compute_rate_factor(self.done, self.n_steps)
        count = float(batch.weight.sum())
        return self.backend.step(batch.halve(), count, factor)

    def evaluate(self, batch: Batch) -> float:
        """Return the summed log loss of a batch, without dropout and smoothing."""
        return self.backend.evaluate(batch.halve())

    def read_weights(self) -> Weights:
        """Copy the weights out."""
        named = dict(zip(self.row_names, self.rows)) | self._name_variables()
        return {name: self.backend.read(named[name]) for name in self.spec.weights()}

    def copy_state(self) -> list[np.ndarray]:
        """Copy all that steps change, in a fixed order."""
        return [self.backend.read(v) for v in self.list_variables()]

    def restore_state(self, values: Sequence[np.ndarray], done: int) -> None:
        """Go on from where :meth:`copy_state` was called."""
        self.backend.write(self.list_variables(), values)
        self.done = done

    def list_variables(self) -> list:
        """Return all variables that steps change, in a fixed order."""
        rows = self.rows if self.is_named else []
        seeds = self.body.non_trainable_variables
        others = [*self.moments, *seeds, *self.optimizer.variables]
        return [*self.variables, *rows, *others]

    def _name_variables(self) -> dict[str, Any]:
        """Return the variables of the body by the names of the weights."""
        variables = {}
        for name in self.spec.weights():
            if name not in self.row_names:
                layer, attribute = name.rsplit(".", 1)
                variables[name] = getattr(
                    self.body.get_layer(layer_name(layer)), attribute
                )
        return variables


def _start_rows(
    name: str,
    shape: Sequence[int],
    start: Mapping[str, np.ndarray],
    random: np.random.RandomState,
) -> np.ndarray:
    """Return the first values of a table, small as logits should be, or of a bias."""
    drawn = random.uniform(-0.1, 0.1, shape) if len(shape) > 1 else np.zeros(shape)
    return np.asarray(start.get(name, drawn), np.float32)
