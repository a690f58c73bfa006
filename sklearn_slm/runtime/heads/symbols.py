"""The log-probabilities of the symbols at each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from ...spec import NetworkSpec, SymbolHead
from ..encoder import Encoded
from ..packing import Packing
from ..weights import to_float

__all__ = [
    "PER_TOKEN",
    "PreparedHead",
    "allocate",
    "compute_log_probs",
    "prepare_head",
    "run_head",
]

# Outputs with a row for each frame; all others have one for each recording.
PER_TOKEN = frozenset({"log_probs"})


@dataclass(frozen=True)
class PreparedHead:
    """A head whose weights are ready to run.

    Parameters
    ----------
    spec : SymbolHead
        What it computes.
    kernel : ndarray of shape (state_size, n_symbols)
        From states to logits.
    bias : ndarray of shape (n_symbols,)
        Added to the logits.
    """

    spec: SymbolHead
    kernel: np.ndarray
    bias: np.ndarray


def prepare_head(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], dtype: DTypeLike = np.float32
) -> PreparedHead:
    """Bring weights into the shape that runs; see :func:`prepare_encoder`."""
    return PreparedHead(
        spec=spec.head,
        kernel=to_float(weights, "head.kernel", dtype),
        bias=to_float(weights, "head.bias", dtype),
    )


def allocate(head: SymbolHead, n_texts: int, n_tokens: int) -> dict[str, np.ndarray]:
    """Return empty arrays for the outputs of many batches.

    Parameters
    ----------
    head : SymbolHead
        What is computed.
    n_texts, n_tokens : int
        How many recordings and frames there are in all batches.

    Returns
    -------
    dict of str to ndarray, dtype float32
        ``"log_probs"`` of shape (n_frames, n_symbols).
    """
    return {"log_probs": np.empty((n_tokens, head.n_symbols), np.float32)}


def run_head(
    head: PreparedHead,
    encoded: Encoded,
    packing: Packing,
    ids: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return the outputs of a batch.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    encoded : Encoded
        The states of the recordings.
    packing : Packing
        Where their frames lie.
    ids : None, default=None
        Frames are no tokens.

    Returns
    -------
    dict of str to ndarray
        ``"log_probs"`` (n_frames, n_symbols), recording by recording: see
        :func:`compute_log_probs`.
    """
    log_probs = np.empty((len(encoded.states), len(head.bias)), head.bias.dtype)
    log_probs[packing.flat] = compute_log_probs(head, encoded.states)
    return {"log_probs": log_probs}


def compute_log_probs(head: PreparedHead, states: np.ndarray) -> np.ndarray:
    """Return the logarithm of the probability of each symbol.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    states : ndarray of shape (n, state_size)
        States of the last layer.

    Returns
    -------
    ndarray of shape (n, n_symbols), of the type of the weights
        Natural logarithms; the probabilities of a row sum to one.
    """
    logits = states @ head.kernel
    logits += head.bias
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits
