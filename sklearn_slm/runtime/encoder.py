"""The encoder in NumPy: rows of vectors to the hidden states of packed documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..spec import EncoderSpec
from ..text import Ragged
from .cells import Layer, prepare_layers, run_layer
from .packing import Packing
from .pieces import LONG, run_long
from .weights import take_rows, to_float

__all__ = [
    "Encoded",
    "KeptLayer",
    "PreparedEncoder",
    "State",
    "encode_texts",
    "find_distinct",
    "prepare_encoder",
    "run_encoder",
]

Weights = Mapping[str, np.ndarray]
# Hidden state and, for an LSTM, cell state of each layer: arrays (n_documents, units).
State = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class PreparedEncoder:
    """An encoder whose weights are in the shape that runs; made once, run often.

    Parameters
    ----------
    spec : EncoderSpec
        What it computes.
    weights : mapping of str to ndarray
        Weights as given; the embedding table is read from them row by row.
    layers : list of Layer
        One for each depth.
    """

    spec: EncoderSpec
    weights: Weights
    layers: list[Layer]

    def embed(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors of ids, shape (n, n_components)."""
        dtype = self.layers[0].kernel.dtype
        return take_rows(self.weights, "embedding", ids, dtype)


class KeptLayer(NamedTuple):
    """What the way back through a layer needs, in packed order.

    Parameters
    ----------
    inputs : ndarray of shape (n_tokens, inputs)
        What the layer read.
    states : ndarray of shape (n_tokens, n_directions, units)
        State after each token as a direction reads them: the backward one has each
        document's last token first.
    cells : ndarray of the same shape or None
        Cell states, where the cell has any.
    """

    inputs: np.ndarray
    states: np.ndarray
    cells: np.ndarray | None


class Encoded(NamedTuple):
    """What an encoder makes of documents.

    Parameters
    ----------
    states : ndarray of shape (n_tokens, state_size)
        Packed states of the last layer.
    last : ndarray of shape (n_documents, state_size)
        State after the last token that each direction reads; zeros of an empty document.
    kept : list of KeptLayer
        For each layer, if asked for.
    state : tuple of ndarray of shape (n_documents, units)
        Where documents began from a state: the one after their last token.
    """

    states: np.ndarray
    last: np.ndarray
    kept: list[KeptLayer]
    state: State


def prepare_encoder(
    spec: EncoderSpec, weights: Weights, dtype: DTypeLike = np.float32
) -> PreparedEncoder:
    """Bring weights into the shape that runs.

    Parameters
    ----------
    spec : EncoderSpec
        What is computed.
    weights : mapping of str to ndarray
        Its weights, quantised or not.
    dtype : dtype, default=float32
        Type of the computation: float64 where differences are to be taken.

    Returns
    -------
    PreparedEncoder
    """
    floats = {
        name: to_float(weights, name, dtype)
        for name in spec.weights()
        if name != "embedding"
    }
    return PreparedEncoder(spec, weights, prepare_layers(spec, floats))


def run_encoder(
    encoder: PreparedEncoder,
    projected: np.ndarray,
    places: np.ndarray,
    packing: Packing,
    *,
    start: State | None = None,
    keep: bool = False,
) -> Encoded:
    """Run all layers over documents.

    Parameters
    ----------
    encoder : PreparedEncoder
        What to run.
    projected : ndarray of shape (n_gates, n_rows * n_directions, units)
        Input products of the first layer (:meth:`Layer.project`) for distinct vectors:
        words recur.
    places : ndarray of shape (n_tokens,), dtype intp
        Which of these vectors each token is, document by document.
    packing : Packing
        Where the tokens lie.
    start : tuple of ndarray of shape (n_documents, units) or None, default=None
        State from which the documents go on, which stays as it is; None for zeros. An
        encoder of two directions has none.
    keep : bool, default=False
        Whether to keep what the way back needs. The inputs of the first layer are not
        among it: `projected` stands for them.

    Returns
    -------
    Encoded
    """
    n_tokens, n_directions = len(places), len(encoder.spec.directions)
    places = places[packing.flat]
    states = last = np.zeros(0, projected.dtype)
    kept: list[KeptLayer] = []
    ends: list[np.ndarray] = []
    for depth, layer in enumerate(encoder.layers):
        inputs = states
        state = None if start is None else _take_layer(encoder, start, depth)
        if depth:
            projected, places = layer.project(states), np.arange(n_tokens)
        # The backward direction reads each document from its own last token.
        index = np.empty((n_tokens, n_directions), np.intp)
        for d, order in zip(range(n_directions), (slice(None), packing.mirror)):
            index[:, d] = places[order] * n_directions + d  # type: ignore[call-overload]
        if len(packing.lengths) == 1 and n_tokens >= LONG and not keep:
            by_direction, last = run_long(layer, projected, index, state)
            cells = None
        else:
            by_direction, last, cells = run_layer(
                layer, projected, index, packing, state=state, keep=keep
            )
        if state is not None:
            ends += [part[:, 0] for part in state[: count_parts(encoder.spec)]]
        if keep:
            kept.append(KeptLayer(inputs, by_direction.copy(), cells))
        if n_directions > 1:
            by_direction[:, 1] = by_direction[packing.mirror, 1]
        width = n_directions * by_direction.shape[2]
        states = by_direction.reshape(n_tokens, width)
        last = last.reshape(len(packing.lengths), width)
    return Encoded(states, last, kept, tuple(ends))


def encode_texts(
    encoder: PreparedEncoder, texts: Ragged
) -> tuple[Encoded, Packing, np.ndarray]:
    """Run all layers over texts side by side, whatever their order.

    Parameters
    ----------
    encoder : PreparedEncoder
        What to run.
    texts : Ragged
        Token ids of at least one text.

    Returns
    -------
    encoded : Encoded
        Their states.
    packing : Packing
        Where the tokens lie.
    order : ndarray of shape (n_texts,), dtype int
        Which text each packed one is.
    """
    order = np.argsort(-texts.lengths, kind="stable")
    packing = Packing.of(texts.lengths[order])
    ids = texts.take(order).values
    distinct, places = find_distinct(ids, encoder.spec.table_rows)
    projected = encoder.layers[0].project(encoder.embed(distinct))
    return run_encoder(encoder, projected, places, packing), packing, order


def find_distinct(ids: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ids and, for each id, its place among them.

    Words recur, and the input product of the first layer is made once for each.

    Parameters
    ----------
    ids : ndarray of shape (n,), dtype int
        Ids, each below `n_tokens`.
    n_tokens : int
        Rows of the table.

    Returns
    -------
    distinct : ndarray of shape (n_distinct,)
        The ids themselves where they are few: to look for equal ones does not pay.
    places : ndarray of shape (n,), dtype intp
    """
    if len(ids) < 256:
        return ids, np.arange(len(ids))
    if len(ids) < n_tokens // 8:
        return np.unique(ids, return_inverse=True)
    present = np.zeros(n_tokens, bool)
    present[ids] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[ids]


def count_parts(spec: EncoderSpec) -> int:
    """Return how many arrays of a :data:`State` a layer has."""
    return 2 if spec.cell == "lstm" else 1


def _take_layer(encoder: PreparedEncoder, state: State, depth: int) -> np.ndarray:
    """Copy the state of a layer; shape (2, n_documents, 1, units)."""
    n, layer = count_parts(encoder.spec), encoder.layers[depth]
    parts = state[depth * n : (depth + 1) * n]
    # Every step is given room for a cell state, which only that of an LSTM moves.
    copied = np.zeros((2, *parts[0].shape), layer.kernel.dtype)
    copied[:n] = parts
    return copied[:, :, None]
