"""One training step after another on windows of a stream."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...spec import NetworkSpec
from ..backend import float32_variables, import_keras
from ..build import build_body
from ..encoder import layer_name, shape_state
from ..initializers import Initializers
from ..options import TrainingOptions
from ..steps.rows import start_moments
from ..steps.schedule import compute_rate_factor, find_rate
from ..trainer import copy_optimizer
from .loss import list_weights
from .sampling import choose_sample_size, draw_sample
from .windows import Window

keras = import_keras()

__all__ = ["LanguageTrainer"]

Weights = dict[str, np.ndarray]


class LanguageTrainer:
    """A language model in training: its weights, its optimizer's state, its step.

    Parameters
    ----------
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.TokenHead`.
    start : sequence of mapping of str to ndarray
        Weights to start from, for each direction of reading; what is missing starts
        afresh. All share the table of the first.
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
        start: Sequence[Mapping[str, np.ndarray]],
        options: TrainingOptions,
        *,
        seed: int,
        n_steps: int = 0,
    ):
        self.spec, self.options, self.n_steps = spec, options, n_steps
        self.done = 0
        seeds = np.random.RandomState(seed).randint(2**31 - 1, size=len(start) + 1)
        initializers = [Initializers(options.initializer, s) for s in seeds.tolist()]
        with float32_variables():
            self.bodies = [
                build_body(
                    spec,
                    dropout=options.dropout,
                    recurrent_dropout=options.recurrent_dropout,
                    initializers=initializers[i],
                    carries_state=True,
                )
                for i in range(len(start))
            ]
            table = start[0].get("embedding")
            if table is None:
                table = _draw_table(spec, seeds[-1])
            self.table = keras.Variable(table, dtype="float32", name="embedding")
            for body, weights in zip(self.bodies, start):
                for name, variable in _name_variables(spec, body).items():
                    if name in weights:
                        variable.assign(weights[name])
            self.sample_size = _choose_size(options, spec)
            by_rows = isinstance(options.optimizer, str)
            self.variables = [
                v for body in self.bodies for v in list_weights(body)[by_rows:]
            ]
            self.row_variables: list[Any] = []
            if by_rows:
                # What stands for one token each moves without momentum, see rows.py.
                biases = [list_weights(body)[0] for body in self.bodies]
                self.row_variables = [self.table, *biases]
            elif options.train_vectors:
                self.variables.insert(0, self.table)
            self.moments = [
                keras.Variable(values, dtype="float32", trainable=False)
                for variable in self.row_variables
                for values in start_moments(
                    variable.shape[0], math.prod(variable.shape[1:])
                )
            ]
            self.optimizer = copy_optimizer(options)
            self.optimizer.build(self.variables)
        self.rate = find_rate(self.optimizer)
        is_named = isinstance(options.optimizer, str)
        self.follows_schedule = is_named and n_steps > 0
        if keras.backend.backend() == "jax":
            from .jax_backend import JaxBackend

            self.backend: Any = JaxBackend(self)
        else:
            from .keras_backend import KerasBackend

            self.backend = KerasBackend(self)

    def start_state(self, n_rows: int) -> list[np.ndarray]:
        """Return the state before a stream, zeros, for rows side by side."""
        sizes = shape_state(self.spec.encoder)
        return [np.zeros((n_rows, units), np.float32) for units in sizes]

    @contextmanager
    def open_threads(self) -> Iterator[None]:
        """Keep the threads of the backend while steps are made, and none after."""
        with self.backend.open_threads():
            yield

    def step(
        self,
        parts: Sequence[Window],
        states: list,
        keep: np.ndarray | None,
        random_state: np.random.Generator,
    ) -> tuple[float, list]:
        """Make a step.

        Parameters
        ----------
        parts : sequence of Window
            Halves of the windows of each direction.
        states : list of lists of arrays
            The state before each part.
        keep : ndarray of shape (n_tokens,), dtype float32, or None
            What multiplies the vectors of each token, if some are dropped.
        random_state : Generator
            Draws the sample of the softmax, where there is one.

        Returns
        -------
        loss : float
            Summed log loss of the tokens.
        states : list of lists of arrays
            The state after each part.
        """
        factor = 1.0
        if self.follows_schedule:
            factor = compute_rate_factor(self.done, self.n_steps)
        scales = [_scale(part, keep) for part in parts]
        count = float(sum(part.weight.sum() for part in parts))
        self.done += 1
        sample = None
        if self.sample_size:
            n_tokens = self.spec.encoder.table_rows
            sample = draw_sample(parts, n_tokens, self.sample_size, random_state)
            parts = sample.parts
        return self.backend.step(parts, states, scales, count, factor, sample)

    def evaluate(self, parts: Sequence[Window], states: list) -> tuple[float, list]:
        """Return the summed log loss of windows, without dropout, and the states."""
        return self.backend.evaluate(parts, states, [_scale(p, None) for p in parts])

    def read_weights(self) -> list[Weights]:
        """Copy the weights of each direction; all share one table."""
        read = self.backend.read
        table = read(self.table)
        return [
            {"embedding": table}
            | {n: read(v) for n, v in _name_variables(self.spec, body).items()}
            for body in self.bodies
        ]

    def copy_state(self) -> list[np.ndarray]:
        """Copy all that steps change, in a fixed order."""
        return [self.backend.read(v) for v in self.list_variables()]

    def restore_state(self, values: Sequence[np.ndarray], done: int) -> None:
        """Go back to, or on from, where :meth:`copy_state` was called."""
        self.backend.write(self.list_variables(), values)
        self.done = done

    def list_variables(self) -> list:
        """Return all variables that steps change, in a fixed order."""
        seeds = [v for body in self.bodies for v in body.non_trainable_variables]
        rows = [*self.row_variables, *self.moments]
        if not rows and not self.options.train_vectors:
            rows = [self.table]
        return [*self.variables, *rows, *seeds, *self.optimizer.variables]


def _choose_size(options: TrainingOptions, spec: NetworkSpec) -> int:
    """Return how many tokens the softmax of a step runs over; 0 for all."""
    size = choose_sample_size(options.softmax, spec.encoder.table_rows)
    # Only of an optimizer known by name it is known how it would move single rows.
    return size if isinstance(options.optimizer, str) else 0


def _draw_table(spec: NetworkSpec, seed: int) -> np.ndarray:
    """Draw word vectors: their products with states are logits, small at first."""
    shape = spec.encoder.table_rows, spec.encoder.n_components
    table = np.random.RandomState(seed).uniform(-0.1, 0.1, shape)
    return table.astype(np.float32)


def _name_variables(spec: NetworkSpec, body: Any) -> dict[str, Any]:
    """Return the variables of a body by the names of the weights."""
    names = [name for name in spec.weights() if name != "embedding"]
    variables = {}
    for name in names:
        layer, attribute = name.rsplit(".", 1)
        variables[name] = getattr(body.get_layer(layer_name(layer)), attribute)
    return variables


def _scale(part: Window, keep: np.ndarray | None) -> np.ndarray:
    """Return the factors of the vectors of a window."""
    if keep is None:
        return np.ones((1, 1, 1), np.float32)
    return keep[part.ids][:, :, None]
