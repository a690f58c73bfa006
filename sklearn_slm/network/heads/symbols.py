"""A symbol or none for each frame, and its loss over all alignments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...spec import NetworkSpec
from ..backend import import_keras
from ..encoder import build_encoder, drop
from ..initializers import Initializers

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["ROWS", "build_body", "compute_loss"]

# Weights that have a row for each token: there are no tokens.
ROWS: tuple[str, ...] = ()


def build_body(
    spec: NetworkSpec,
    *,
    dropout: float,
    recurrent_dropout: float,
    initializers: Initializers,
) -> Any:
    """Build what a network makes of frames.

    Parameters
    ----------
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.SymbolHead`.
    dropout : float
        Dropout rate of states between layers and of the last ones. Frames have none:
        what is dropped of them is for the masks of training to choose.
    recurrent_dropout : float
        Dropout rate of the recurrent states, one mask per recording.
    initializers : Initializers
        Draw the first weights.

    Returns
    -------
    keras.Model
        From frames (steps, batch, n_components) and a mask (steps, batch, 1) to logits
        (steps, batch, n_symbols).
    """
    encoder = spec.encoder
    frames = keras.Input(batch_shape=(None, None, encoder.n_components))
    mask = keras.Input(batch_shape=(None, None, 1))
    encoded = build_encoder(
        encoder,
        frames,
        mask,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        initializers=initializers,
        drops_inputs=False,
    )
    states = drop(encoded.states, dropout, initializers.draw_seed())
    dense = keras.layers.Dense(
        spec.head.n_symbols,
        kernel_initializer=initializers.draw_kernel(),
        name="head",
    )
    return keras.Model([frames, mask], dense(states), name="body")


def compute_loss(
    spec: NetworkSpec,
    body: Any,
    rows: Sequence[Any],
    weights: Sequence[Any],
    seeds: Sequence[Any],
    batch: Sequence[Any],
    *,
    label_smoothing: float = 0.0,
    training: bool = True,
) -> tuple:
    """Return the weighted sum of the log losses of a batch of recordings.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    body : keras.Model
        What :func:`build_body` returned.
    rows : sequence of tensors
        None.
    weights, seeds : sequences of tensors
        Trainable and other values of the body.
    batch : sequence of tensors
        The parts of a :class:`~sklearn_slm.network.sequences.frames.FrameBatch`.
    label_smoothing : float, default=0.0
        Not used: a recording has no one right symbol at each frame.
    training : bool, default=True
        Whether dropout is active.

    Returns
    -------
    loss : tensor of shape ()
        Of each recording, minus the logarithm of the probability of its symbols, summed
        over all alignments with the frames (Graves et al., 2006).
    seeds : list of tensors
        The seeds of dropout after it.
    """
    frames, lengths, symbols, n_symbols, weight = batch
    steps = ops.arange(frames.shape[0], dtype="int32")
    mask = ops.cast(steps[:, None] < lengths[None, :], "float32")[:, :, None]
    logits, seeds = body.stateless_call(
        list(weights), list(seeds), [frames, mask], training=training
    )
    by_recording = ops.transpose(logits, (1, 0, 2))
    losses = ops.ctc_loss(symbols, by_recording, n_symbols, lengths)
    return ops.sum(weight * losses), seeds
