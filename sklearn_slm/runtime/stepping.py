"""Reading token by token: a state goes in, a state comes out.

A state is a value, a tuple of arrays with a row for each text: rows of several are put
together or left out as those of any array, and nothing is hidden in the network.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..spec import EncoderSpec
from ..text import Ragged
from .cells import prepare_step
from .encoder import PreparedEncoder, State, find_distinct, run_encoder
from .packing import Packing

__all__ = [
    "State",
    "advance",
    "find_hidden",
    "read_frames",
    "read_texts",
    "start_state",
    "take_state",
]


def start_state(encoder: EncoderSpec, n: int) -> State:
    """Return the state before the first token: zeros.

    Parameters
    ----------
    encoder : EncoderSpec
        What reads; of one direction.
    n : int
        Texts to read side by side.

    Returns
    -------
    tuple of ndarray of shape (n, units), dtype float32
        For each layer its hidden state and, for an LSTM, its cell state.

    Raises
    ------
    ValueError
        If the encoder has two directions: the backward one begins at the end of a text.

    Examples
    --------
    >>> encoder = EncoderSpec(3, (4, 5), n_tokens=9, bidirectional=False)
    >>> [part.shape for part in start_state(encoder, 2)]
    [(2, 4), (2, 4), (2, 5), (2, 5)]
    """
    if encoder.bidirectional:
        raise ValueError(
            "Reading token by token needs an encoder of one direction, but this one has "
            "bidirectional=True: it reads each text from its end as well. Give it a "
            "network with bidirectional=False."
        )
    n_parts = 2 if encoder.cell == "lstm" else 1
    return tuple(
        np.zeros((n, units), np.float32)
        for units in encoder.hidden_size
        for _ in range(n_parts)
    )


def take_state(state: State, rows: np.ndarray) -> State:
    """Return the state of some of the texts, in this order; they may recur.

    Examples
    --------
    >>> take_state((np.array([[0.1], [0.2]]),), np.array([1, 1, 0]))[0].tolist()
    [[0.2], [0.2], [0.1]]
    """
    return tuple(part[rows] for part in state)


def find_hidden(encoder: EncoderSpec, state: State) -> np.ndarray:
    """Return the hidden state of the last layer, shape (n, state_size)."""
    return state[-2] if encoder.cell == "lstm" else state[-1]


def advance(encoder: PreparedEncoder, state: State, ids: np.ndarray) -> State:
    """Read one token of each text.

    Parameters
    ----------
    encoder : PreparedEncoder
        What reads; of one direction.
    state : tuple of ndarray of shape (n, units)
        As :func:`start_state` returns it; it stays as it is.
    ids : ndarray of shape (n,), dtype int
        The tokens.

    Returns
    -------
    tuple of ndarray of shape (n, units)
        The state after them.
    """
    inputs, parts, moved = encoder.embed(ids), iter(state), []
    dtype = inputs.dtype
    for layer in encoder.layers:
        gates = layer.project(inputs)[:, :, None]
        hidden = next(parts)[:, None].astype(dtype)
        cell = next(parts)[:, None].astype(dtype) if layer.cell == "lstm" else hidden
        prepare_step(layer, gates, hidden, cell, np.empty_like(gates))()
        inputs = hidden[:, 0]
        moved += [inputs, cell[:, 0]] if layer.cell == "lstm" else [inputs]
    return tuple(moved)


def read_texts(
    encoder: PreparedEncoder, state: State, texts: Ragged
) -> tuple[np.ndarray, State]:
    """Read all tokens of each text, side by side.

    Parameters
    ----------
    encoder : PreparedEncoder
        What reads; of one direction.
    state : tuple of ndarray of shape (n, units)
        As :func:`start_state` returns it; it stays as it is.
    texts : Ragged
        Token ids of the n texts, of any lengths.

    Returns
    -------
    states : ndarray of shape (n_tokens, state_size)
        The state of the last layer after each token, text by text.
    state : tuple of ndarray of shape (n, units)
        That of all layers after the last token of each text; where there is none, the
        given one.
    """

    def find_vectors(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distinct, places = find_distinct(ids, encoder.spec.table_rows)
        return encoder.embed(distinct), places

    return _read(encoder, state, texts, find_vectors)


def read_frames(
    encoder: PreparedEncoder, state: State, frames: Ragged
) -> tuple[np.ndarray, State]:
    """Read all frames of each recording, side by side.

    Parameters
    ----------
    encoder, state
        As in :func:`read_texts`; the encoder has no table.
    frames : Ragged of shape (n_frames, n_components)
        Frames of n recordings, of any lengths.

    Returns
    -------
    states : ndarray of shape (n_frames, state_size)
    state : tuple of ndarray of shape (n, units)
        As :func:`read_texts` returns them.
    """
    dtype = encoder.layers[0].kernel.dtype

    def find_vectors(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return values.astype(dtype, copy=False), np.arange(len(values))

    return _read(encoder, state, frames, find_vectors)


def _read(
    encoder: PreparedEncoder,
    state: State,
    texts: Ragged,
    find_vectors: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, State]:
    """Read texts whose values are turned into vectors, and places among these."""
    if not len(texts.values):
        none = np.zeros((0, encoder.spec.state_size), encoder.layers[0].kernel.dtype)
        return none, state
    order = np.argsort(-texts.lengths, kind="stable")
    packing = Packing.of(texts.lengths[order])
    vectors, places = find_vectors(texts.take(order).values)
    projected = encoder.layers[0].project(vectors)
    start = take_state(state, order)
    encoded = run_encoder(encoder, projected, places, packing, start=start)
    states = np.empty_like(encoded.states)
    everywhere = Ragged(np.arange(len(states)), texts.offsets).take(order).values
    states[everywhere[packing.flat]] = encoded.states
    return states, take_state(encoded.state, np.argsort(order))
