"""A network in NumPy: a spec, its weights and token ids to outputs.

Documents are processed side by side, longest first, and leave the batch when they
end: no step is spent on padding, so padding cannot change a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..spec import NetworkSpec
from ..text import Ragged
from .encoder import Encoded, PreparedEncoder, prepare_encoder, run_encoder
from .heads import HEADS
from .packing import Packing, split_batches
from .threads import one_blas_thread, run_in_threads

__all__ = [
    "EncodedBatch",
    "PreparedNetwork",
    "encode_batches",
    "order_documents",
    "prepare_network",
    "run_batches",
    "split_empty",
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
# What is encoded at a time where everything is kept for the way back, in float64.
_KEPT_TOKENS = 16_384


@dataclass(frozen=True)
class PreparedNetwork:
    """A network whose weights are in the shape that runs; made once, run often.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    encoder : PreparedEncoder
        Its encoder.
    head : object
        What ``prepare_head`` of the head's kind returns.
    """

    spec: NetworkSpec
    encoder: PreparedEncoder
    head: Any

    def run(
        self, texts: Ragged, *, n_threads: int | None = None
    ) -> dict[str, np.ndarray]:
        """Run the network over documents, in batches of similar length.

        Parameters
        ----------
        texts : Ragged
            Token ids of the documents, int32.
        n_threads : int or None, default=None
            Python threads, each with a BLAS of one thread; None takes as many as BLAS
            is allowed. The result is the same, bit by bit, for any number.

        Returns
        -------
        dict of str to ndarray
            The outputs of the head, in the order of the documents and tokens.
        """
        if len(texts) == 1 and len(texts.values):
            # Nothing to sort or to share out, which takes a tenth of the time.
            with one_blas_thread():
                return _run_chunk(self, texts)
        return run_batches(
            self.spec,
            texts,
            lambda part: _run_chunk(self, part),
            n_threads=n_threads,
            most_documents=_CHUNK_DOCUMENTS,
            most_tokens=_CHUNK_TOKENS,
        )


def prepare_network(
    spec: NetworkSpec, weights: Weights, dtype: DTypeLike = np.float32
) -> PreparedNetwork:
    """Bring weights into the shape that runs.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, as ``spec.weights()`` names them, quantised or not.
    dtype : dtype, default=float32
        Type of the computation: float64 where differences are to be taken.

    Returns
    -------
    PreparedNetwork
        Later changes of the weights need a new one.
    """
    head = HEADS[spec.head.kind].prepare_head(spec, weights, dtype)
    return PreparedNetwork(spec, prepare_encoder(spec.encoder, weights, dtype), head)


def run_batches(
    spec: NetworkSpec,
    texts: Ragged,
    run: Callable[[Ragged], dict[str, np.ndarray]],
    *,
    n_threads: int | None,
    most_documents: int,
    most_tokens: int,
) -> dict[str, np.ndarray]:
    """Cut documents into batches, run each in a thread, put the outputs in order.

    Parameters
    ----------
    spec : NetworkSpec
        Names the outputs.
    texts, n_threads
        As in :meth:`PreparedNetwork.run`.
    run : callable
        From documents, longest first, to their outputs.
    most_documents, most_tokens : int
        Bounds of a batch, padding counted.

    Returns
    -------
    dict of str to ndarray
        As :meth:`PreparedNetwork.run` returns them.
    """
    head, lengths = HEADS[spec.head.kind], texts.lengths
    outputs = head.allocate(spec.head, len(texts), len(texts.values))
    order, empty = split_empty(order_documents(texts), lengths)

    def run_rows(rows: np.ndarray) -> None:
        part = texts.take(rows) if len(texts) > 1 else texts
        for name, values in run(part).items():
            if name in head.PER_TOKEN:
                begins = texts.offsets[rows] - part.offsets[:-1]
                shift = np.repeat(begins, lengths[rows])
                outputs[name][shift + np.arange(len(values))] = values
            else:
                outputs[name][rows] = values

    batches = split_batches(lengths[order], most_documents, most_tokens)
    with one_blas_thread() as allowed:
        run_in_threads(
            run_rows,
            [order[batch] for batch in batches],
            allowed if n_threads is None else n_threads,
        )
    for name, values in outputs.items():
        if name not in head.PER_TOKEN:
            values[empty] = values[order[-1:]]
    return outputs


class EncodedBatch(NamedTuple):
    """Documents encoded side by side, with what the way back needs.

    Parameters
    ----------
    rows : ndarray of shape (n_documents,), dtype int
        Which documents; empty ones never come.
    tokens : ndarray of shape (n_tokens,), dtype int
        Which token of all documents each packed one is.
    inputs : ndarray of shape (n_tokens, n_components)
        Their packed vectors.
    encoded : Encoded
        Their states, everything kept.
    packing : Packing
        Where the tokens lie.
    outputs : dict of str to ndarray
        What the head made of the states.
    """

    rows: np.ndarray
    tokens: np.ndarray
    inputs: np.ndarray
    encoded: Encoded
    packing: Packing
    outputs: dict[str, np.ndarray]


def encode_batches(network: PreparedNetwork, texts: Ragged) -> Iterator[EncodedBatch]:
    """Encode documents as :meth:`PreparedNetwork.run` does, and keep everything.

    Parameters
    ----------
    network : PreparedNetwork
        What to run.
    texts : Ragged
        Token ids of the documents.

    Yields
    ------
    EncodedBatch
    """
    lengths, order = texts.lengths, order_documents(texts)
    order = order[lengths[order] > 0]
    everywhere = Ragged(np.arange(len(texts.values)), texts.offsets)
    for batch in split_batches(lengths[order], _BATCH_DOCUMENTS, _KEPT_TOKENS):
        rows = order[batch]
        flat = everywhere.take(rows).values
        packing = Packing.of(lengths[rows])
        ids = texts.values[flat]
        distinct, places = _distinct(ids, network.spec.encoder.table_rows)
        vectors = network.encoder.embed(distinct)
        projected = network.encoder.layers[0].project(vectors)
        encoded = run_encoder(network.encoder, projected, places, packing, keep=True)
        tokens = flat[packing.flat]
        inputs = vectors[places[packing.flat]]
        head = HEADS[network.spec.head.kind]
        outputs = head.run_head(network.head, encoded, packing)
        yield EncodedBatch(rows, tokens, inputs, encoded, packing, outputs)


def order_documents(texts: Ragged) -> np.ndarray:
    """Return the documents longest first, and those of one length by their content.

    The place of a row in a matrix product may decide its last bit. Ordered by content,
    the same documents in any order make the same batches, and the same results.
    """
    ids, offsets, lengths = texts.values, texts.offsets, texts.lengths
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


def _run_chunk(network: PreparedNetwork, texts: Ragged) -> dict[str, np.ndarray]:
    """Return the outputs of documents sorted by falling length."""
    ids, lengths = texts.values, texts.lengths
    # Words recur: their input product is made once for each distinct one.
    distinct, places = _distinct(ids, network.spec.encoder.table_rows)
    projected = network.encoder.layers[0].project(network.encoder.embed(distinct))
    if len(lengths) == 1:
        return _run_batch(network, projected, places, lengths)
    ends = np.cumsum(lengths)
    batches = [
        _run_batch(
            network,
            projected,
            places[ends[rows.start] - lengths[rows.start] : ends[rows.stop - 1]],
            lengths[rows],
        )
        for rows in split_batches(lengths, _BATCH_DOCUMENTS, _BATCH_TOKENS)
    ]
    return {
        name: np.concatenate([outputs[name] for outputs in batches])
        for name in batches[0]
    }


def _run_batch(
    network: PreparedNetwork,
    projected: np.ndarray,
    places: np.ndarray,
    lengths: np.ndarray,
) -> dict[str, np.ndarray]:
    """Run a batch whose flat tokens are rows ``places`` of the first projection."""
    packing = Packing.of(lengths)
    encoded = run_encoder(network.encoder, projected, places, packing)
    return HEADS[network.spec.head.kind].run_head(network.head, encoded, packing)


def _distinct(ids: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ids and, for each id, its place among them."""
    if len(ids) < 256:
        return ids, np.arange(len(ids))
    if len(ids) < n_tokens // 8:
        return np.unique(ids, return_inverse=True)
    present = np.zeros(n_tokens, bool)
    present[ids] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[ids]
