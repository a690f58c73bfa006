"""The next token after each state: log-probabilities, and those of given tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from ...spec import NetworkSpec, TokenHead
from ..encoder import Encoded
from ..packing import Packing
from ..weights import to_float

__all__ = [
    "PER_TOKEN",
    "PreparedHead",
    "allocate",
    "compute_log_likelihood",
    "compute_log_probs",
    "prepare_head",
    "run_head",
]

# Outputs with a row for each token; all others have one for each text.
PER_TOKEN = frozenset({"log_likelihood"})
# States whose logits are made at a time: enough for the matrix product, and no more
# logits than stay near the processor where a vocabulary is of usual size.
_BLOCK_STATES, _BLOCK_LOGITS = 64, 1 << 20


@dataclass(frozen=True)
class PreparedHead:
    """A head whose weights are ready to run.

    Parameters
    ----------
    spec : TokenHead
        What it computes.
    projection : ndarray of shape (state_size, n_components) or None
        Brings states to the length of the vectors of the tokens, where they differ.
    table : ndarray of shape (n_components, n_tokens)
        The embedding table, its rows as columns: a product with a few states takes less
        than half the time that it takes with the table as it is.
    bias : ndarray of shape (n_tokens,)
        Added to the logits.
    """

    spec: TokenHead
    projection: np.ndarray | None
    table: np.ndarray
    bias: np.ndarray


def prepare_head(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], dtype: DTypeLike = np.float32
) -> PreparedHead:
    """Bring weights into the shape that runs; see :func:`prepare_encoder`.

    The table is copied, as floats, whatever the type in which it is given.
    """
    projection = None
    if "head.kernel" in spec.weights():
        projection = to_float(weights, "head.kernel", dtype)
    return PreparedHead(
        spec=spec.head,
        projection=projection,
        table=np.ascontiguousarray(to_float(weights, "embedding", dtype).T),
        bias=to_float(weights, "head.bias", dtype),
    )


def allocate(head: TokenHead, n_texts: int, n_tokens: int) -> dict[str, np.ndarray]:
    """Return empty arrays for the outputs of many batches.

    Parameters
    ----------
    head : TokenHead
        What is computed.
    n_texts, n_tokens : int
        How many there are in all batches.

    Returns
    -------
    dict of str to ndarray, dtype float32
        ``"log_likelihood"`` of shape (n_tokens,).
    """
    return {"log_likelihood": np.empty(n_tokens, np.float32)}


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
        The tokens, text by text.

    Returns
    -------
    dict of str to ndarray
        ``"log_likelihood"``, text by text: at each token the natural logarithm of the
        probability of the token after it, given all tokens up to it; 0 at the last token
        of a text.
    """
    likelihood = np.zeros(len(ids), encoded.states.dtype)
    is_followed = np.ones(len(ids), bool)
    lengths = packing.lengths[packing.lengths > 0]
    is_followed[packing.first[: len(lengths)] + lengths - 1] = False
    packed = np.flatnonzero(is_followed[packing.flat])
    places = packing.flat[packed]
    likelihood[places] = compute_log_likelihood(
        head, encoded.states[packed], ids[places + 1]
    )
    return {"log_likelihood": likelihood}


def compute_log_probs(head: PreparedHead, states: np.ndarray) -> np.ndarray:
    """Return the logarithm of the probability of each token to come next.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    states : ndarray of shape (n, state_size)
        States of the last layer.

    Returns
    -------
    ndarray of shape (n, n_tokens), of the type of the weights
        Natural logarithms; the probabilities of a row sum to one.
    """
    log_probs = np.empty((len(states), len(head.bias)), head.bias.dtype)
    for rows in _split(head, len(states)):
        logits = _compute_logits(head, states[rows], log_probs[rows])
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return log_probs


def compute_log_likelihood(
    head: PreparedHead, states: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return the logarithm of the probability of one token after each state.

    Parameters
    ----------
    head : PreparedHead
        What to run.
    states : ndarray of shape (n, state_size)
        States of the last layer.
    targets : ndarray of shape (n,), dtype int
        The token after each.

    Returns
    -------
    ndarray of shape (n,), of the type of the weights
        Natural logarithms. Memory does not grow with n.
    """
    likelihood = np.empty(len(states), head.bias.dtype)
    blocks = _split(head, len(states))
    largest = min(len(states), blocks[0].stop) if blocks else 0
    logits, powers = np.empty((2, largest, len(head.bias)), head.bias.dtype)
    for rows in blocks:
        n = len(targets[rows])
        _compute_logits(head, states[rows], logits[:n])
        total = np.exp(logits[:n], powers[:n]).sum(axis=1)
        likelihood[rows] = logits[np.arange(n), targets[rows]] - np.log(total)
    return likelihood


def _split(head: PreparedHead, n_states: int) -> list[slice]:
    """Cut states into blocks whose logits are bounded."""
    size = max(_BLOCK_STATES, _BLOCK_LOGITS // len(head.bias))
    return [slice(start, start + size) for start in range(0, n_states, size)]


def _compute_logits(
    head: PreparedHead, states: np.ndarray, logits: np.ndarray
) -> np.ndarray:
    """Fill in logits from which the largest of each row is taken off."""
    vectors = states if head.projection is None else states @ head.projection
    np.matmul(vectors, head.table, logits)
    logits += head.bias
    logits -= logits.max(axis=1, keepdims=True)
    return logits
