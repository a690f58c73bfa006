"""One vector a text, and from it logits, probabilities and losses of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...spec import ClassHead, NetworkSpec
from ..encoder import Encoded
from ..packing import Packing
from ..pooling import attend, pool_max, pool_sum, share_max
from ..weights import to_float

__all__ = [
    "PER_TOKEN",
    "PreparedHead",
    "allocate",
    "compute_log_losses",
    "compute_logit_gradient",
    "compute_pooling_weights",
    "compute_probabilities",
    "find_correct",
    "pool_states",
    "prepare_head",
    "pull_back_pooling",
    "run_columns",
    "run_head",
]

# Outputs with a row for each token; all others have one for each text.
PER_TOKEN = frozenset({"attention"})


@dataclass(frozen=True)
class PreparedHead:
    """A head whose weights are ready to run.

    Parameters
    ----------
    spec : ClassHead
        What it computes.
    attention_kernel, attention_bias : ndarray or None
        For ``pooling="attention"``.
    kernel, bias : ndarray
        From the pooled vector to the logits.
    columns : ndarray of shape (n_columns, n_outputs) or None, default=None
        From what comes with a text to the logits, see :func:`run_columns`.
    """

    spec: ClassHead
    attention_kernel: np.ndarray | None
    attention_bias: np.ndarray | None
    kernel: np.ndarray
    bias: np.ndarray
    columns: np.ndarray | None = None


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
        columns=floats.get("columns.kernel"),
    )


def allocate(head: ClassHead, n_texts: int, n_tokens: int) -> dict[str, np.ndarray]:
    """Return empty arrays for the outputs of many batches.

    Parameters
    ----------
    head : ClassHead
        What is computed.
    n_texts, n_tokens : int
        How many there are in all batches.

    Returns
    -------
    dict of str to ndarray, dtype float32
        ``"logits"`` of shape (n_texts, n_outputs) and, where the pooling is attention,
        ``"attention"`` of shape (n_tokens,).
    """
    outputs: dict[str, np.ndarray] = {}
    outputs["logits"] = np.empty((n_texts, head.n_outputs), np.float32)
    if head.pooling == "attention":
        outputs["attention"] = np.empty(n_tokens, np.float32)
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
        The tokens, text by text; classes need them no more.

    Returns
    -------
    dict of str to ndarray
        As :func:`allocate` names them; what is per token comes text by text.
    """
    pooled, weight = pool_states(head, encoded, packing)
    outputs = {"logits": pooled @ head.kernel + head.bias}
    return outputs if weight is None else outputs | {"attention": weight}


def run_columns(kernel: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return what the columns of each text add to its logits.

    No product of BLAS, whose last bit may depend on the place of a row among others.

    Parameters
    ----------
    kernel : ndarray of shape (n_columns, n_outputs)
        Weights.
    columns : ndarray of shape (n_texts, n_columns)
        What comes with each text.

    Returns
    -------
    ndarray of shape (n_texts, n_outputs)

    Examples
    --------
    >>> run_columns(np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([[0.5, 1.0]])).tolist()
    [[2.5, -0.5]]
    """
    return np.einsum("nc,co->no", columns, kernel)


def pool_states(
    head: Any, encoded: Encoded, packing: Packing
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return one vector a text and, for attention, the weight of each token.

    Parameters
    ----------
    head : PreparedHead
        Of classes, or of any kind whose spec has a ``pooling``.
    encoded, packing
        As in :func:`run_head`.

    Returns
    -------
    pooled : ndarray of shape (n_texts, state_size)
    weight : ndarray of shape (n_tokens,) or None
    """
    pooling, states = head.spec.pooling, encoded.states
    if pooling == "last" or not len(states):
        no_weight = np.zeros(0, np.float32) if pooling == "attention" else None
        return encoded.last, no_weight
    if pooling == "max":
        return pool_max(states, packing), None
    if pooling == "mean":
        weights = 1.0 / np.repeat(packing.lengths, packing.lengths)
        weights = weights.astype(states.dtype, copy=False)
        return pool_sum(states, weights[packing.flat], packing), None
    assert head.attention_kernel is not None and head.attention_bias is not None
    weight = attend(states, head.attention_kernel, head.attention_bias, packing)
    return pool_sum(states, weight[packing.flat], packing), weight


def compute_pooling_weights(
    head: Any, encoded: Encoded, packing: Packing
) -> np.ndarray:
    """Return how much of each component of each state is in its text's pooled vector.

    Every pooling is a sum over tokens: attention of ``a(t) h(t)``, mean of ``h(t) / n``,
    last of the last states, max of the components that are largest at t.

    Parameters
    ----------
    head : PreparedHead
        Of classes, or of any kind whose spec has a ``pooling``.
    encoded, packing
        As in :func:`run_head`; no text is empty.

    Returns
    -------
    ndarray, broadcasts to (n_tokens, state_size)
        In packed order; times the states, its sum over a text is the pooled vector.
    """
    pooling, states = head.spec.pooling, encoded.states
    if pooling == "attention":
        assert head.attention_kernel is not None and head.attention_bias is not None
        weight = attend(states, head.attention_kernel, head.attention_bias, packing)
        return weight[packing.flat][:, None]
    if pooling == "mean":
        weights = 1.0 / np.repeat(packing.lengths, packing.lengths)
        return weights[packing.flat][:, None]
    if pooling == "max":
        return share_max(states, packing)
    weights = np.zeros_like(states)
    rows = np.arange(len(packing.lengths))
    units = encoded.kept[-1].states.shape[2]
    weights[packing.starts[packing.lengths - 1] + rows, :units] = 1.0
    weights[rows, units:] = 1.0  # the backward direction ends at the first token
    return weights


def pull_back_pooling(
    head: PreparedHead, encoded: Encoded, packing: Packing, gradient: np.ndarray
) -> np.ndarray:
    """Bring a gradient with respect to pooled vectors back to the packed states.

    Parameters
    ----------
    head, encoded, packing
        As in :func:`compute_pooling_weights`.
    gradient : ndarray of shape (n_texts, state_size)
        Gradient with respect to the pooled vectors.

    Returns
    -------
    ndarray of shape (n_tokens, state_size)
    """
    pooling = compute_pooling_weights(head, encoded, packing)
    d_pooled = gradient[packing.rows]
    d_states = pooling * d_pooled
    if head.attention_kernel is not None:
        # The weights move too, by the softmax of their scores.
        weight = pooling[:, 0]
        d_weight = (encoded.states * d_pooled).sum(axis=1)
        mean = np.bincount(packing.rows, weight * d_weight)
        d_score = (weight * (d_weight - mean[packing.rows]))[:, None]
        d_states += d_score * head.attention_kernel[1]
        # A score reads the state before its own as well.
        second = packing.starts[1]
        d_states[packing.previous] += d_score[second:] * head.attention_kernel[0]
    return d_states


def compute_probabilities(head: ClassHead, logits: np.ndarray) -> np.ndarray:
    """Apply the softmax or the sigmoid, in float64."""
    logits = logits.astype(np.float64)
    if head.multilabel:
        return 0.5 * (1.0 + np.tanh(0.5 * logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def compute_log_losses(
    head: ClassHead, probabilities: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return the log loss of each text; of several labels, their mean.

    Parameters
    ----------
    head : ClassHead
        The head of the network.
    probabilities : ndarray of shape (n_texts, n_outputs)
        What is predicted.
    targets : ndarray of shape (n_texts, n_outputs)
        1 where a class or label is true; soft labels are between 0 and 1.

    Returns
    -------
    ndarray of shape (n_texts,), dtype float64
        ``-sum(t log p)`` for classes; the mean of ``-(t log p + (1 - t) log(1 - p))`` for
        labels.
    """
    losses = -targets * np.log(np.maximum(probabilities, 1e-12))
    if not head.multilabel:
        return losses.sum(axis=1)
    losses -= (1.0 - targets) * np.log(np.maximum(1.0 - probabilities, 1e-12))
    return losses.mean(axis=1)


def compute_logit_gradient(
    head: ClassHead, probabilities: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return the gradient of :func:`compute_log_losses` with respect to the logits.

    Parameters
    ----------
    head, probabilities, targets
        As there.

    Returns
    -------
    ndarray of shape (n_texts, n_outputs), dtype float64
    """
    return (probabilities - targets) / (head.n_outputs if head.multilabel else 1)


def find_correct(
    head: ClassHead, probabilities: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Tell which texts are predicted right: the class, or the whole set of labels.

    Parameters
    ----------
    head, probabilities, targets
        As in :func:`compute_log_losses`; the class of a soft label is its most probable.

    Returns
    -------
    ndarray of shape (n_texts,), dtype bool
    """
    if head.multilabel:
        return ((probabilities > 0.5) == (targets > 0.5)).all(axis=1)
    return probabilities.argmax(axis=1) == targets.argmax(axis=1)
