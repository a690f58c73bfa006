"""Recurrent layers: one cell, one direction, masked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..spec import CELLS
from .backend import import_keras
from .gradients import run_cell

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["Recurrent"]


class Recurrent(keras.layers.Layer):  # type: ignore[name-defined]
    """A recurrent layer in one direction that stands still on padding.

    Time comes first: (steps, batch, size). A scan then reads and writes whole slices.
    Unlike the layers of Keras it gives the candidate an activation of its own, and
    draws one dropout mask of the recurrent state per sequence (Gal and Ghahramani,
    2016).

    Parameters
    ----------
    units : int
        Length of the state.
    cell : {"lstm", "gru", "rnn"}
        Kind of cell.
    candidate_activation : {"tanh", "sigmoid"}
        Activation of the candidate.
    backward : bool
        Read from the last token to the first.
    recurrent_dropout : float
        Share of the state that is dropped on its way into the next step.
    initializer, recurrent_initializer : callable
        Draw the two kernels, as those of Keras do.
    seed : int
        Seed of the dropout masks.
    """

    def __init__(
        self,
        units: int,
        *,
        cell: str,
        candidate_activation: str,
        backward: bool,
        recurrent_dropout: float,
        initializer: Any,
        recurrent_initializer: Any,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.cell = cell
        self.candidate_activation = candidate_activation
        self.backward = backward
        self.recurrent_dropout = recurrent_dropout
        self.initializer = initializer
        self.recurrent_initializer = recurrent_initializer
        self.seeds = keras.random.SeedGenerator(seed)

    def build(self, states_shape: tuple, inside_shape: tuple) -> None:
        """Create the weights."""
        columns = CELLS[self.cell] * self.units
        self.kernel = self.add_weight(
            name="kernel",
            shape=(states_shape[-1], columns),
            initializer=self.initializer,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.units, columns),
            initializer=self.recurrent_initializer,
        )
        self.bias = self.add_weight(
            name="bias", shape=(columns,), initializer=self._initial_bias
        )
        self.recurrent_bias = None
        if self.cell == "gru":
            self.recurrent_bias = self.add_weight(
                name="recurrent_bias", shape=(self.units,), initializer="zeros"
            )

    def _initial_bias(self, shape: tuple, dtype: Any = None) -> Any:
        """Zeros, and ones for the forget gate (Jozefowicz et al., 2015)."""
        bias = np.zeros(shape, np.float32)
        if self.cell == "lstm":
            bias[self.units : 2 * self.units] = 1.0
        return bias

    def call(self, states: Any, inside: Any, training: bool = False) -> Any:
        """Return the state after each step, shape (steps, batch, units).

        Parameters
        ----------
        states : tensor of shape (steps, batch, inputs)
            Inputs of the layer.
        inside : tensor of shape (steps, batch, 1)
            1 at tokens, 0 at padding.
        training : bool, default=False
            Whether dropout is active.
        """
        dropout_mask = None
        if training and self.recurrent_dropout > 0:
            dropout_mask = keras.random.dropout(
                ops.ones((ops.shape(states)[1], self.units), states.dtype),
                self.recurrent_dropout,
                seed=self.seeds,
            )
        return run_cell(
            self.cell,
            states,
            self.kernel,
            self.bias,
            self.recurrent_kernel,
            self.recurrent_bias,
            inside,
            dropout_mask,
            candidate_activation=self.candidate_activation,
            backward=self.backward,
        )

    def compute_output_shape(self, states_shape: tuple, inside_shape: tuple) -> tuple:
        """Return (steps, batch, units)."""
        return (*states_shape[:2], self.units)
