"""The forward pass in NumPy: a spec, its weights and token ids to outputs.

Documents are processed side by side, longest first, and leave the batch when they
end: no step is spent on padding, so padding cannot change a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..spec import NetworkSpec
from ..text.sequences import take_ragged
from .cells import Layer, prepare_layers, run_layer
from .packing import Packing, split_batches
from .pieces import LONG, run_long
from .pooling import attend, pool_max, pool_sum
from .threads import one_blas_thread, run_in_threads
from .weights import take_embedding, to_float32
from .wide import run_wide

__all__ = [
    "Forward",
    "PreparedNetwork",
    "forward",
    "order_documents",
    "predict_probabilities",
    "prepare_network",
    "split_empty",
    "to_probabilities",
]

Weights = Mapping[str, np.ndarray]
# Documents side by side: wide enough for the matrix product, and narrow enough for
# gates and states of a step to stay in the cache (docs/benchmarks/serving.md).
_BATCH_DOCUMENTS = 64
_BATCH_TOKENS = 65_536
# What one thread takes at a time. Its distinct words share one table of input
# products: at worst 128 MB for 64 units in two directions.
_CHUNK_DOCUMENTS = 512
_CHUNK_TOKENS = 65_536


@dataclass(frozen=True)
class Forward:
    """What one forward pass found.

    Parameters
    ----------
    logits : ndarray of shape (n_documents, n_outputs), dtype float32
        Outputs before softmax or sigmoid.
    attention : ndarray of shape (n_tokens_in_all_documents,), dtype float32, or None
        The weight of each token in its document where the pooling is attention; the
        weights of a document sum to one.
    """

    logits: np.ndarray
    attention: np.ndarray | None


@dataclass(frozen=True)
class PreparedNetwork:
    """A network whose weights are in the shape that runs; made once, run often.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Weights as given; the embedding table is read from them row by row.
    layers : list of Layer
        One for each depth.
    attention_kernel, attention_bias : ndarray or None
        For ``pooling="attention"``.
    head_kernel, head_bias : ndarray
        From the pooled vector to the logits.
    """

    spec: NetworkSpec
    weights: Weights
    layers: list[Layer]
    attention_kernel: np.ndarray | None
    attention_bias: np.ndarray | None
    head_kernel: np.ndarray
    head_bias: np.ndarray

    def run(
        self, ids: np.ndarray, offsets: np.ndarray, *, n_threads: int | None = None
    ) -> Forward:
        """Run the network over documents, as :func:`forward`."""
        n_documents = len(offsets) - 1
        logits = np.empty((n_documents, self.spec.n_outputs), np.float32)
        attention = None
        if self.spec.pooling == "attention":
            attention = np.empty(len(ids), np.float32)
        lengths = np.diff(offsets)
        order, empty = split_empty(order_documents(ids, offsets), lengths)
        chunks = split_batches(lengths[order], _CHUNK_DOCUMENTS, _CHUNK_TOKENS)

        def run_chunk(rows: np.ndarray) -> None:
            chunk_ids, chunk_offsets = ids, offsets
            if n_documents > 1:
                chunk_ids, chunk_offsets = take_ragged(ids, offsets, rows)
            logits[rows], weight = _run_chunk(self, chunk_ids, lengths[rows])
            if self.spec.n_wide:
                wide = run_wide(self.spec, self.weights, chunk_ids, chunk_offsets)
                logits[rows] += wide
            if attention is not None and weight is not None:
                shift = np.repeat(offsets[rows] - chunk_offsets[:-1], lengths[rows])
                attention[shift + np.arange(len(weight))] = weight

        with one_blas_thread() as allowed:
            run_in_threads(
                run_chunk,
                [order[chunk] for chunk in chunks],
                allowed if n_threads is None else n_threads,
            )
        logits[empty] = logits[order[-1:]]
        return Forward(logits, attention)


def prepare_network(spec: NetworkSpec, weights: Weights) -> PreparedNetwork:
    """Bring weights into the shape that runs.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, as ``spec.weight_shapes()`` names them, quantised or not.

    Returns
    -------
    PreparedNetwork
        What :func:`forward` runs. Later changes of the weights need a new one.
    """
    attends = spec.pooling == "attention"
    floats = {
        name: to_float32(weights, name)
        for name in spec.without_wide().weight_shapes()
        if name != "embedding"
    }
    return PreparedNetwork(
        spec=spec,
        weights=weights,
        layers=prepare_layers(spec, floats),
        attention_kernel=floats["attention.kernel"] if attends else None,
        attention_bias=floats["attention.bias"] if attends else None,
        head_kernel=floats["head.kernel"],
        head_bias=floats["head.bias"],
    )


def predict_probabilities(
    spec: NetworkSpec,
    weights: Weights,
    ids: np.ndarray,
    offsets: np.ndarray,
    *,
    n_threads: int | None = None,
) -> np.ndarray:
    """Return the probability of each class for each document.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, as ``spec.weight_shapes()`` names them.
    ids : ndarray of shape (n_tokens_in_all_documents,), dtype int32
        Token ids of the documents, end to end.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Where each document begins.
    n_threads : int or None, default=None
        Python threads, each with a BLAS of one thread; None takes as many as BLAS is
        allowed. The result is the same, bit by bit, for any number.

    Returns
    -------
    ndarray of shape (n_documents, n_outputs), dtype float64
        Rows sum to one for ``output="softmax"``.
    """
    found = forward(spec, weights, ids, offsets, n_threads=n_threads)
    return to_probabilities(spec, found.logits)


def to_probabilities(spec: NetworkSpec, logits: np.ndarray) -> np.ndarray:
    """Apply the softmax or sigmoid of the output, in float64."""
    logits = logits.astype(np.float64)
    if spec.output == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def forward(
    spec: NetworkSpec,
    weights: Weights,
    ids: np.ndarray,
    offsets: np.ndarray,
    *,
    n_threads: int | None = None,
) -> Forward:
    """Run the network over documents, in batches of similar length.

    Parameters
    ----------
    spec, weights, ids, offsets, n_threads
        As in :func:`predict_probabilities`.

    Returns
    -------
    Forward
        Logits and attention weights, in the order of the documents.
    """
    return prepare_network(spec, weights).run(ids, offsets, n_threads=n_threads)


def order_documents(ids: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the documents longest first, and those of one length by their content.

    The place of a row in a matrix product may decide its last bit. Ordered by content,
    the same documents in any order make the same batches, and the same results.
    """
    lengths = np.diff(offsets)
    if len(lengths) < 2:
        return np.zeros(len(lengths), np.intp)
    place = np.arange(len(ids)) - np.repeat(offsets[:-1], lengths)
    # One number for each id at its place, mixed as splitmix64 does (Steele et al., 2014);
    # equal sums of a document only leave the given order.
    mixed = ids.astype(np.uint64) << np.uint64(32) | place.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    return np.lexsort((total[offsets[1:]] - total[offsets[:-1]], -lengths))


def split_empty(
    order: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the documents to run, the last of them for all empty ones, and the others.

    Parameters
    ----------
    order : ndarray of shape (n_documents,)
        The documents, longest first.
    lengths : ndarray of shape (n_documents,)
        Tokens of each document.

    Returns
    -------
    order, empty : ndarray
        With one empty document at most, and the rest of them.

    Examples
    --------
    >>> split_empty(np.array([1, 0, 2, 3]), np.array([0, 4, 0, 0]))
    (array([1, 0]), array([2, 3]))
    """
    n = np.count_nonzero(lengths) + 1
    return order[:n], order[n:]


def _run_chunk(
    network: PreparedNetwork, ids: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return logits of documents sorted by falling length, and flat token weights."""
    # Words recur: their input product is made once for each distinct one.
    distinct, place = _distinct(ids, network.spec.n_tokens)
    projected = network.layers[0].project(take_embedding(network.weights, distinct))
    if len(lengths) == 1:
        return _run_batch(network, projected, place, lengths)
    ends = np.cumsum(lengths)
    found = [
        _run_batch(
            network,
            projected,
            place[ends[rows.start] - lengths[rows.start] : ends[rows.stop - 1]],
            lengths[rows],
        )
        for rows in split_batches(lengths, _BATCH_DOCUMENTS, _BATCH_TOKENS)
    ]
    weights = [weight for _, weight in found if weight is not None]
    return (
        np.concatenate([logits for logits, _ in found]),
        np.concatenate(weights) if weights else None,
    )


def _run_batch(
    network: PreparedNetwork,
    projected: np.ndarray,
    place: np.ndarray,
    lengths: np.ndarray,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Run a batch whose flat tokens are rows ``place`` of the first projection."""
    packing = Packing.of(lengths)
    n_tokens, n_directions = len(place), len(network.spec.directions)
    place = place[packing.flat]
    states = last = np.zeros(0)
    for depth, layer in enumerate(network.layers):
        if depth:
            projected, place = layer.project(states), np.arange(n_tokens)
        # The backward direction reads each document from its own last token.
        index = np.empty((n_tokens, n_directions), np.intp)
        for d, order in zip(range(n_directions), (slice(None), packing.mirror)):
            index[:, d] = place[order] * n_directions + d  # type: ignore[call-overload]
        if len(lengths) == 1 and n_tokens >= LONG:
            found, last = run_long(layer, projected, index)
        else:
            found, last = run_layer(layer, projected, index, packing)
        if n_directions > 1:
            found[:, 1] = found[packing.mirror, 1]
        width = n_directions * found.shape[2]
        states = found.reshape(n_tokens, width)  # type: ignore[assignment]
        last = last.reshape(len(lengths), width)  # type: ignore[assignment]
    pooled, weight = _pool(network, states, last, packing)
    return pooled @ network.head_kernel + network.head_bias, weight


def _distinct(ids: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ids and, for each id, its place among them."""
    if len(ids) < 256:
        return ids, np.arange(len(ids))
    if len(ids) < n_tokens // 8:
        return np.unique(ids, return_inverse=True)
    present = np.zeros(n_tokens, bool)
    present[ids] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[ids]


def _pool(
    network: PreparedNetwork, states: np.ndarray, last: np.ndarray, packing: Packing
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return one vector a document and, for attention, the flat token weights."""
    pooling = network.spec.pooling
    if pooling == "last" or not len(states):
        return last, np.zeros(0, np.float32) if pooling == "attention" else None
    if pooling == "max":
        return pool_max(states, packing), None
    if pooling == "mean":
        share = 1.0 / np.repeat(packing.lengths, packing.lengths)
        weight = share.astype(np.float32)
        return pool_sum(states, weight[packing.flat], packing), None
    assert network.attention_kernel is not None and network.attention_bias is not None
    weight = attend(states, network.attention_kernel, network.attention_bias, packing)
    return pool_sum(states, weight[packing.flat], packing), weight
