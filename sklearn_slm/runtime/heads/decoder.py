"""A second text from the states of a first: what is looked at, and one step of writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ...spec import DecoderHead, NetworkSpec, TokenHead
from ...text import Ragged
from ..encoder import Encoded, PreparedEncoder, State, prepare_encoder
from ..packing import Packing
from ..pooling import pool_sum
from ..stepping import advance, find_hidden, take_state
from ..weights import to_float
from . import tokens

__all__ = [
    "PER_TOKEN",
    "Memory",
    "PreparedHead",
    "allocate",
    "decode_step",
    "make_memory",
    "prepare_head",
    "run_head",
    "take_memory",
]

# Outputs with a row for each token; all others have one for each text.
PER_TOKEN = frozenset({"keys"})
_PREFIX = "decoder."


class Memory(NamedTuple):
    """What a decoder looks at: the states of the first texts, side by side.

    Parameters
    ----------
    states : ndarray of shape (n_texts, steps, state_size), dtype float32
        The encoder's states e(s) of each text, zeros after its last token.
    keys : ndarray of shape (n_texts, steps, units), dtype float32
        ``W e(s)``, with which the decoder's states are compared.
    lengths : ndarray of shape (n_texts,), dtype int64
        Tokens of each text; what comes after them is never looked at.
    """

    states: np.ndarray
    keys: np.ndarray
    lengths: np.ndarray


def take_memory(memory: Memory, rows: np.ndarray | slice) -> Memory:
    """Return the memory of some of the texts, in this order; they may recur.

    Parameters
    ----------
    memory : Memory
        That of all.
    rows : ndarray of int or of bool, or slice
        Which texts; a slice copies nothing.

    Examples
    --------
    >>> memory = Memory(np.zeros((2, 3, 4)), np.zeros((2, 3, 5)), np.array([3, 1]))
    >>> take_memory(memory, np.array([1])).lengths.tolist()
    [1]
    """
    return Memory(*(part[rows] for part in memory))


@dataclass(frozen=True)
class PreparedHead:
    """A head whose weights are ready to run.

    Parameters
    ----------
    spec : DecoderHead
        What it computes.
    decoder : PreparedEncoder
        The layers that read the second text.
    bridges : list of (ndarray, ndarray)
        Kernel and bias of each layer's start.
    attention : ndarray of shape (state_size, units)
        From the encoder's states to keys.
    combine_hidden, combine_context : ndarray
        The two parts of the kernel C, of shape (units, n_components) and (state_size,
        n_components).
    combine_bias : ndarray of shape (n_components,)
        Added to their products.
    output : tokens.PreparedHead
        From the combined state to the next token.
    """

    spec: DecoderHead
    decoder: PreparedEncoder
    bridges: list[tuple[np.ndarray, np.ndarray]]
    attention: np.ndarray
    combine_hidden: np.ndarray
    combine_context: np.ndarray
    combine_bias: np.ndarray
    output: tokens.PreparedHead


def prepare_head(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], dtype: DTypeLike = np.float32
) -> PreparedHead:
    """Bring weights into the shape that runs; see :func:`prepare_encoder`."""
    decoder = spec.head.decoder
    own = {
        name[len(_PREFIX) :]: value
        for name, value in weights.items()
        if name.startswith(_PREFIX)
    }
    bridges = [
        (
            to_float(weights, f"bridge.layer_{i}.kernel", dtype),
            to_float(weights, f"bridge.layer_{i}.bias", dtype),
        )
        for i in range(len(decoder.hidden_size))
    ]
    combine = to_float(weights, "combine.kernel", dtype)
    return PreparedHead(
        spec=spec.head,
        decoder=prepare_encoder(decoder, own, dtype),
        bridges=bridges,
        attention=np.ascontiguousarray(to_float(weights, "attention.kernel", dtype).T),
        combine_hidden=combine[: decoder.state_size],
        combine_context=combine[decoder.state_size :],
        combine_bias=to_float(weights, "combine.bias", dtype),
        output=tokens.PreparedHead(
            spec=TokenHead(),
            projection=None,
            table=np.ascontiguousarray(to_float(own, "embedding", dtype).T),
            bias=to_float(weights, "head.bias", dtype),
        ),
    )


def allocate(head: DecoderHead, n_texts: int, n_tokens: int) -> dict[str, np.ndarray]:
    """Return empty arrays for the outputs of many batches.

    Parameters
    ----------
    head : DecoderHead
        What is computed.
    n_texts, n_tokens : int
        How many there are in all batches.

    Returns
    -------
    dict of str to ndarray, dtype float32
        ``"keys"`` of shape (n_tokens, units), and ``"start_0"``, ``"start_1"`` and so on
        of shape (n_texts, units).
    """
    outputs = {"keys": np.empty((n_tokens, head.decoder.state_size), np.float32)}
    for i, units in enumerate(head.state_sizes):
        outputs[f"start_{i}"] = np.empty((n_texts, units), np.float32)
    return outputs


def run_head(
    head: PreparedHead, encoded: Encoded, packing: Packing, ids: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the outputs of a batch.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    encoded : Encoded
        The states of the texts.
    packing : Packing
        Where their tokens lie.
    ids : ndarray of shape (n_tokens,), dtype int
        The tokens, text by text; a decoder needs them no more.

    Returns
    -------
    dict of str to ndarray
        ``"keys"``, text by text, and the start of the decoder.
    """
    keys = np.empty((len(ids), head.attention.shape[1]), head.attention.dtype)
    keys[packing.flat] = encoded.states @ head.attention
    start = _start(head, encoded.states, packing)
    return {"keys": keys} | {f"start_{i}": part for i, part in enumerate(start)}


def _start(head: PreparedHead, states: np.ndarray, packing: Packing) -> State:
    """Return the state in which the decoder begins, from packed states of the texts."""
    weight = 1.0 / np.repeat(packing.lengths, packing.lengths)
    weight = weight.astype(states.dtype, copy=False)
    mean = pool_sum(states, weight[packing.flat], packing)
    n_parts = len(head.spec.state_sizes) // len(head.bridges)
    return tuple(
        part
        for kernel, bias in head.bridges
        for part in np.split(np.tanh(mean @ kernel + bias), n_parts, axis=1)
    )


def make_memory(
    head: PreparedHead, encoded: Encoded, packing: Packing, order: np.ndarray
) -> tuple[Memory, State]:
    """Return what the decoder looks at, and in which state it begins.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    encoded, packing
        As in :func:`run_head`.
    order : ndarray of shape (n_texts,), dtype int
        Which text each packed one is.

    Returns
    -------
    memory : Memory
    state : tuple of ndarray of shape (n_texts, units)
        Both in the order of the texts.
    """
    lengths = packing.lengths
    flat = np.empty_like(encoded.states)
    flat[packing.flat] = encoded.states
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    states = Ragged(flat, offsets).pad(max(int(lengths[0]), 1))
    memory = Memory(states, states @ head.attention, lengths)
    back = np.argsort(order)
    start = _start(head, encoded.states, packing)
    return take_memory(memory, back), take_state(start, back)


def decode_step(
    head: PreparedHead, memory: Memory, state: State, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray, State]:
    """Read one token of each second text; say what comes next.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    memory : Memory
        What is looked at, of n_texts texts.
    state : tuple of ndarray of shape (n, units)
        As :func:`make_memory` returns it, or a step before; it stays as it is. The rows
        are those of `memory`, or for each of them the same number side by side.
    ids : ndarray of shape (n,), dtype int
        The tokens, at first the boundary.

    Returns
    -------
    log_probs : ndarray of shape (n, n_tokens), dtype float32
        Natural logarithm of the probability of each token to be the next one.
    attention : ndarray of shape (n, steps), dtype float32
        Weight of each token of the first text in it; 0 at padding.
    state : tuple of ndarray of shape (n, units)
        The state after the tokens.
    """
    state = advance(head.decoder, state, ids)
    hidden = find_hidden(head.decoder.spec, state)
    n, (n_texts, steps, state_size) = len(ids), memory.states.shape
    queries = hidden.reshape(n_texts, n // n_texts, -1)
    attention = _attend(queries, memory)
    context = np.matmul(attention, memory.states).reshape(n, state_size)
    combined = hidden @ head.combine_hidden
    combined += context @ head.combine_context
    combined += head.combine_bias
    np.tanh(combined, combined)
    log_probs = tokens.compute_log_probs(head.output, combined)
    return log_probs, attention.reshape(n, steps), state


def _attend(queries: np.ndarray, memory: Memory) -> np.ndarray:
    """Return the softmax over each text's tokens; zeros where it has none."""
    scores = np.matmul(queries, memory.keys.swapaxes(1, 2))
    is_token = np.arange(scores.shape[2]) < memory.lengths[:, None, None]
    np.copyto(scores, np.finfo(scores.dtype).min, where=~is_token)
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, scores)
    scores *= is_token
    # At least 1 where there is a token, and 0 where there is none.
    scores /= np.maximum(scores.sum(axis=2, keepdims=True), 1.0)
    return scores
