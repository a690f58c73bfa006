"""Many texts decoded or scored in batches, by any reader of a network with a decoder.

A reader is a ``PreparedNetwork`` or an ``OnnxNetwork``: it has ``read_sources`` and
``decode_step``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..text import BOUNDARY_ID, Ragged
from .batches import join_rows, run_rows
from .encoder import State
from .heads.decoder import Memory, take_memory

__all__ = ["ScoredTargets", "decode_batches", "score_targets"]

Result = TypeVar("Result")
# Texts that are written side by side, each in several versions, and the tokens of their
# sources, padding counted: they bound the attention that is kept.
_DECODED_TEXTS, _DECODED_TOKENS = 32, 2_048
# Pairs that are scored side by side, and their tokens.
_SCORED_TEXTS, _SCORED_TOKENS = 64, 8_192


class ScoredTargets(NamedTuple):
    """How probable given second texts are.

    Parameters
    ----------
    log_likelihood : Ragged of float32
        For each text of n tokens n + 1 values: the natural logarithm of the probability
        of each token given those before it, and that of the boundary after the last.
    attention : list of ndarray of shape (n + 1, source length), dtype float32
        The weight of each token of the source in each of them; empty unless asked for.
    """

    log_likelihood: Ragged
    attention: list[np.ndarray]


def decode_batches(
    network: Any,
    sources: Ragged,
    decode: Callable[[Memory, State, np.ndarray], list[Result]],
    *,
    n_threads: int | None = None,
) -> list[Result]:
    """Read sources in batches of similar length and decode each batch in a thread.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        What reads.
    sources : Ragged
        Token ids of the texts, int32.
    decode : callable
        Given the memory of a batch, the state in which the decoder begins and which texts
        they are, ndarray (n,), returns one result for each.
    n_threads : int or None, default=None
        As in :meth:`~.network.PreparedNetwork.run`.

    Returns
    -------
    list
        The results, in the order of the texts. The same texts in any order make the same
        batches, and so the same results.
    """
    results: list[Any] = [None] * len(sources)

    def run(rows: np.ndarray) -> None:
        memory, state = network.read_sources(sources.take(rows))
        for row, result in zip(rows.tolist(), decode(memory, state, rows)):
            results[row] = result

    run_rows(run, sources, n_threads, _DECODED_TEXTS, _DECODED_TOKENS)
    return results


def score_targets(
    network: Any,
    sources: Ragged,
    targets: Ragged,
    *,
    attention: bool = False,
    n_threads: int | None = None,
) -> ScoredTargets:
    """Say how probable second texts are, given the first ones.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        What reads.
    sources, targets : Ragged
        Token ids of as many texts, int32; no boundaries.
    attention : bool, default=False
        Whether to return the attention too, one number for each pair of tokens.
    n_threads : int or None, default=None
        As in :meth:`~.network.PreparedNetwork.run`.

    Returns
    -------
    ScoredTargets
        In the order of the texts.

    Raises
    ------
    ValueError
        If there are more texts on one side.
    """
    if len(sources) != len(targets):
        raise ValueError(
            "sources and targets must be pairs, one text on each side. Got "
            f"{len(sources)} sources and {len(targets)} targets."
        )
    lengths = targets.lengths + 1
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    likelihood = np.empty(offsets[-1], np.float32)
    weights: list[Any] = [None] * (len(sources) if attention else 0)

    def run(rows: np.ndarray) -> None:
        # Those that end leave at the end of the batch.
        rows = rows[np.argsort(-lengths[rows], kind="stable")]
        own, read = targets.take(rows), sources.take(rows)
        values, looked = _score_batch(network, read, own, attention)
        for i, (row, n) in enumerate(zip(rows.tolist(), lengths[rows].tolist())):
            likelihood[offsets[row] : offsets[row] + n] = values[i, :n]
            if attention:
                weights[row] = looked[i, :n, : len(read[i])].copy()

    pairs = join_rows(sources, targets)
    run_rows(run, pairs, n_threads, _SCORED_TEXTS, _SCORED_TOKENS)
    return ScoredTargets(Ragged(likelihood, offsets), weights)


def _score_batch(
    network: Any, sources: Ragged, targets: Ragged, keep: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Score pairs, longest target first; what comes after a target's end is anything.

    Returns the likelihood (n, steps) and the attention (n, steps, source steps).
    """
    memory, state = network.read_sources(sources)
    lengths = targets.lengths
    steps = int(lengths[0]) + 1
    after = targets.pad(steps)  # the boundary, which ends a text, is padding's number
    likelihood = np.empty(after.shape, np.float32)
    shape = (*after.shape, memory.states.shape[1]) if keep else (0, 0, 0)
    looked = np.empty(shape, np.float32)
    ids = np.full(len(after), BOUNDARY_ID, np.int32)
    for t in range(steps):
        n = np.count_nonzero(lengths >= t)
        if n < len(memory.lengths):
            memory, state = take_memory(memory, slice(n)), tuple(p[:n] for p in state)
        log_probs, attention, state = network.decode_step(memory, state, ids[:n])
        ids = after[:n, t]
        likelihood[:n, t] = log_probs[np.arange(n), ids]
        if keep:
            looked[:n, t] = attention
    return likelihood, looked
