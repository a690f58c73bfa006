"""One vector a text, whose product with another is how well both go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from ...spec import NetworkSpec, PairHead
from ..encoder import Encoded
from ..packing import Packing
from ..weights import to_float
from .classes import compute_pooling_weights, pool_states

__all__ = [
    "PER_TOKEN",
    "PreparedHead",
    "allocate",
    "prepare_head",
    "run_head",
    "share_vectors",
]

# Outputs with a row for each token; all others have one for each text.
PER_TOKEN: frozenset[str] = frozenset()
# Length of a vector below which it is taken to be this long.
_SHORTEST = 1e-6


@dataclass(frozen=True)
class PreparedHead:
    """A head whose weights are ready to run.

    Parameters
    ----------
    spec : PairHead
        What it computes.
    attention_kernel, attention_bias : ndarray or None
        For ``pooling="attention"``.
    kernel, bias : ndarray
        From the pooled vector to one that is not yet brought to its length.
    length : float
        Length of every vector.
    """

    spec: PairHead
    attention_kernel: np.ndarray | None
    attention_bias: np.ndarray | None
    kernel: np.ndarray
    bias: np.ndarray
    length: float


def prepare_head(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], dtype: DTypeLike = np.float32
) -> PreparedHead:
    """Bring weights into the shape that runs; see :func:`prepare_encoder`."""
    floats = {
        name: to_float(weights, name, dtype) for name in spec.head.weights(spec.encoder)
    }
    return PreparedHead(
        spec=spec.head,
        attention_kernel=floats.get("attention.kernel"),
        attention_bias=floats.get("attention.bias"),
        kernel=floats["head.kernel"],
        bias=floats["head.bias"],
        length=float(np.exp(0.5 * float(floats["head.scale"]))),
    )


def allocate(head: PairHead, n_texts: int, n_tokens: int) -> dict[str, np.ndarray]:
    """Return empty arrays for the outputs of many batches.

    Parameters
    ----------
    head : PairHead
        What is computed.
    n_texts, n_tokens : int
        How many there are in all batches.

    Returns
    -------
    dict of str to ndarray, dtype float32
        ``"vectors"`` of shape (n_texts, n_outputs).
    """
    return {"vectors": np.empty((n_texts, head.n_outputs), np.float32)}


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
        The tokens, which are needed no more.

    Returns
    -------
    dict of str to ndarray
        As :func:`allocate` names them.
    """
    vectors, scale = _project(head, encoded, packing)
    vectors *= scale
    return {"vectors": vectors}


def share_vectors(head: PreparedHead, encoded: Encoded, packing: Packing) -> np.ndarray:
    """Return what each token adds to the vector of its text.

    Pooling is a sum over tokens (see :func:`~.classes.compute_pooling_weights`), and the
    vector is linear in it but for its length, which is taken as it is.

    Parameters
    ----------
    head, encoded, packing
        As in :func:`run_head`; no text is empty, and everything was kept.

    Returns
    -------
    ndarray of shape (n_tokens, n_outputs)
        In packed order. The sum over the tokens of a text is its vector without what the
        bias adds, which belongs to no token.
    """
    _, scale = _project(head, encoded, packing)
    weights = compute_pooling_weights(head, encoded, packing)
    return (weights * encoded.states) @ head.kernel * scale[packing.rows]


def _project(
    head: PreparedHead, encoded: Encoded, packing: Packing
) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors, and what brings each to its length."""
    pooled, _ = pool_states(head, encoded, packing)
    vectors = pooled @ head.kernel + head.bias
    norms = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    return vectors, head.length / np.maximum(norms, _SHORTEST)
