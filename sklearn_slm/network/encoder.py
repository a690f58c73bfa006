"""The encoder in Keras' operations: stacked recurrent layers over time-major vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..spec import CELLS, EncoderSpec
from .backend import import_keras
from .initializers import Initializers
from .kernels.gradients import run_cell

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = [
    "Outputs",
    "Recurrent",
    "Stage",
    "average_states",
    "build_encoder",
    "drop",
    "layer_name",
    "make_stages",
    "run_stages",
    "shape_state",
]


class Stage(NamedTuple):
    """The layers of one depth of an encoder, which can read one text after another.

    Parameters
    ----------
    dropout : keras.layers.Dropout or None
        Drops components of what they read.
    directions : list of Recurrent
        A layer for each direction.
    """

    dropout: Any
    directions: list[Recurrent]


class Outputs(NamedTuple):
    """What the last layer gives a head.

    Parameters
    ----------
    states : tensor of shape (steps, batch, state_size)
        States of all directions side by side.
    directions : list of tensors of shape (steps, batch, units)
        Those of each direction.
    ends : list of tensors of shape (batch, units)
        If training carries a state from one batch to the next: hidden and, for lstm, cell
        state of every layer after the last step.
    """

    states: Any
    directions: list[Any]
    ends: list[Any]


def build_encoder(
    encoder: EncoderSpec,
    vectors: Any,
    mask: Any,
    *,
    dropout: float,
    recurrent_dropout: float,
    initializers: Initializers,
    start: Sequence[Any] = (),
    carry: Any = None,
    prefix: str = "",
    drops_inputs: bool = True,
) -> Outputs:
    """Return the states of a batch of texts.

    Parameters
    ----------
    encoder : EncoderSpec
        What to build.
    vectors : tensor of shape (steps, batch, n_components)
        Time comes first: a scan then reads and writes whole slices.
    mask : tensor of shape (steps, batch, 1)
        1 at tokens, 0 at padding.
    dropout : float
        Dropout rate of the vectors and of the states between layers.
    recurrent_dropout : float
        Dropout rate of the recurrent state, one mask per text.
    initializers : Initializers
        Draw the first weights.
    start : sequence of tensors of shape (batch, units), default=()
        The state of every layer before the first step, as :func:`shape_state` says; none
        for states of zeros.
    carry : tensor of shape (steps, batch, 1) or None, default=None
        0 where the state begins anew before a step, else 1.
    prefix : str, default=""
        Begins the names of the layers, such as ``"decoder."``.
    drops_inputs : bool, default=True
        Whether dropout acts on the vectors too.
    """
    stages = make_stages(
        encoder,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        initializers=initializers,
        prefix=prefix,
        drops_inputs=drops_inputs,
    )
    return run_stages(stages, vectors, mask, start=start, carry=carry)


def make_stages(
    encoder: EncoderSpec,
    *,
    dropout: float,
    recurrent_dropout: float,
    initializers: Initializers,
    prefix: str = "",
    drops_inputs: bool = True,
) -> list[Stage]:
    """Make the layers of an encoder, for a head that has several texts read by them.

    Parameters
    ----------
    encoder, dropout, recurrent_dropout, initializers, prefix, drops_inputs
        As in :func:`build_encoder`.

    Returns
    -------
    list of Stage
        One for each depth.
    """
    stages = []
    for depth, units in enumerate(encoder.hidden_size):
        seed = initializers.draw_seed()
        drops = dropout > 0 and (depth or drops_inputs)
        stages.append(
            Stage(
                keras.layers.Dropout(dropout, seed=seed) if drops else None,
                [
                    Recurrent(
                        units,
                        cell=encoder.cell,
                        candidate_activation=encoder.candidate_activation,
                        backward=direction == "backward",
                        recurrent_dropout=recurrent_dropout,
                        initializer=initializers.draw_kernel(),
                        recurrent_initializer=initializers.draw_recurrent_kernel(),
                        seed=initializers.draw_seed(),
                        name=layer_name(f"{prefix}layer_{depth}.{direction}"),
                    )
                    for direction in encoder.directions
                ],
            )
        )
    return stages


def run_stages(
    stages: Sequence[Stage],
    vectors: Any,
    mask: Any,
    *,
    start: Sequence[Any] = (),
    carry: Any = None,
) -> Outputs:
    """Return the states of a batch of texts.

    Parameters
    ----------
    stages : sequence of Stage
        As :func:`make_stages` returns them.
    vectors, mask, start, carry
        As in :func:`build_encoder`.
    """
    states, directions, ends = vectors, [vectors], []
    n_states = len(start) // len(stages)
    for depth, stage in enumerate(stages):
        if stage.dropout is not None:
            states = stage.dropout(states)
        layer_start = start[depth * n_states : (depth + 1) * n_states]
        given = {"start": list(layer_start), "carry": carry} if start else {}
        directions = [layer(states, mask, **given) for layer in stage.directions]
        if start:
            ((directions[0], end),) = directions
            ends += end
        states = directions[0]
        if len(directions) > 1:
            states = ops.concatenate(directions, axis=-1)
    return Outputs(states, directions, ends)


def shape_state(encoder: EncoderSpec) -> list[int]:
    """Return the units of each array of an encoder's state, layer by layer.

    The hidden state of a layer comes first, then the cell state, if it has any.
    """
    n_states = 2 if encoder.cell == "lstm" else 1
    return [units for units in encoder.hidden_size for _ in range(n_states)]


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
        Dropout rate of the state on its way into the next step.
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

    # Keras 3.12 and older leave arguments named mask or *_mask out of the shapes.
    def build(self, states_shape: tuple, is_token_shape: tuple) -> None:
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

    def call(
        self,
        states: Any,
        is_token: Any,
        start: Any = None,
        carry: Any = None,
        training: bool = False,
    ) -> Any:
        """Return the state after each step; from a given start, the last state too.

        Parameters
        ----------
        states : tensor of shape (steps, batch, inputs)
            Inputs of the layer.
        is_token : tensor of shape (steps, batch, 1)
            1 at tokens, 0 at padding.
        start, carry
            As in :func:`~sklearn_slm.network.kernels.gradients.run_cell`.
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
            is_token,
            dropout_mask,
            candidate_activation=self.candidate_activation,
            backward=self.backward,
            start=start,
            carry=carry,
        )

    def compute_output_shape(
        self,
        states_shape: tuple,
        is_token_shape: tuple,
        start_shape: Any = None,
        carry_shape: Any = None,
    ) -> Any:
        """Return (steps, batch, units); from a given start, the state's shapes too."""
        shape = (*states_shape[:2], self.units)
        return (shape, start_shape) if start_shape is not None else shape


def average_states(states: Any, mask: Any) -> Any:
    """Average the states (steps, batch, size) where mask (steps, batch, 1) is 1."""
    total = ops.sum(states * mask, axis=0)
    return total / ops.maximum(ops.sum(mask, axis=0), 1.0)


def drop(values: Any, rate: float, seed: int) -> Any:
    """Return values with dropout in training, if the rate is not 0."""
    return keras.layers.Dropout(rate, seed=seed)(values) if rate > 0 else values


def layer_name(layer: str) -> str:
    """Return the name of a layer in Keras: PyTorch allows no dots."""
    return layer.replace(".", "_")
