"""A network in NumPy: a spec, its weights and token ids to outputs.

Documents are processed side by side, longest first, and leave the batch when they
end: no step is spent on padding, so padding cannot change a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..spec import NetworkSpec
from ..text import Ragged
from .batches import order_documents, run_batches
from .decoding import ScoredTargets, score_targets
from .encoder import (
    Encoded,
    PreparedEncoder,
    State,
    encode_texts,
    find_distinct,
    prepare_encoder,
    run_encoder,
)
from .frames import run_frames
from .heads import HEADS
from .heads.decoder import Memory
from .packing import Packing, split_batches
from .spans import ScoredSpans, score_spans
from .stepping import advance, find_hidden, read_frames, read_texts
from .threads import one_blas_thread

__all__ = [
    "EncodedBatch",
    "PreparedNetwork",
    "encode_batches",
    "prepare_network",
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
# Recordings side by side, and their frames: at worst 80 MB of input products for 320
# units in two directions.
_BATCH_RECORDINGS, _BATCH_FRAMES = 32, 8_192
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
        self,
        texts: Ragged,
        columns: np.ndarray | None = None,
        *,
        n_threads: int | None = None,
    ) -> dict[str, np.ndarray]:
        """Run the network over documents, in batches of similar length.

        Parameters
        ----------
        texts : Ragged
            Token ids of the documents, int32.
        columns : ndarray of shape (n_documents, n_columns) or None, default=None
            What comes with each document; without it the logits are those of the text
            alone. Only with a head for classes that reads columns.
        n_threads : int or None, default=None
            Python threads, each with a BLAS of one thread; None takes as many as BLAS
            is allowed. The result is the same, bit by bit, for any number.

        Returns
        -------
        dict of str to ndarray
            The outputs of the head, in the order of the documents and tokens.
        """
        if columns is not None:
            outputs = self.run(texts, n_threads=n_threads)
            beside = HEADS["classes"].run_columns(self.head.columns, columns)
            return outputs | {"logits": outputs["logits"] + beside}
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

    def step(self, state: State, ids: np.ndarray) -> tuple[np.ndarray, State]:
        """Read one token of each text; say what comes next.

        Parameters
        ----------
        state : tuple of ndarray of shape (n, units)
            As :func:`~.stepping.start_state` returns it; it stays as it is.
        ids : ndarray of shape (n,), dtype int
            The tokens.

        Returns
        -------
        log_probs : ndarray of shape (n, n_tokens), dtype float32
            Logarithm of the probability of each token to be the next one.
        state : tuple of ndarray of shape (n, units)
            The state after the tokens.
        """
        with one_blas_thread():
            state = advance(self.encoder, state, ids)
            return self._compute_log_probs(state), state

    def read_prompts(self, state: State, texts: Ragged) -> tuple[np.ndarray, State]:
        """Read all tokens of each text; say what comes next.

        Parameters
        ----------
        state : tuple of ndarray of shape (n, units)
            As in :meth:`step`.
        texts : Ragged
            Token ids of n texts, of any lengths.

        Returns
        -------
        log_probs, state
            As :meth:`step` returns them, after the last token of each text.
        """
        with one_blas_thread():
            _, state = read_texts(self.encoder, state, texts)
            return self._compute_log_probs(state), state

    def forward_chunk(self, state: State, texts: Ragged) -> tuple[np.ndarray, State]:
        """Read all tokens of each text; return the states of the last layer.

        Parameters
        ----------
        state, texts
            As in :meth:`read_prompts`.

        Returns
        -------
        states : ndarray of shape (n_tokens, state_size), dtype float32
            The state of the last layer after each token, text by text.
        state : tuple of ndarray of shape (n, units)
            The state after the last token of each text.
        """
        with one_blas_thread():
            return read_texts(self.encoder, state, texts)

    def score_chunk(
        self, state: State, texts: Ragged, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """Read all tokens of each text; say how probable given next tokens are.

        Parameters
        ----------
        state, texts
            As in :meth:`read_prompts`.
        targets : ndarray of shape (n_tokens,), dtype int
            The token after each, text by text.

        Returns
        -------
        log_likelihood : ndarray of shape (n_tokens,), dtype float32
            Logarithm of the probability of each target.
        states, state
            As :meth:`forward_chunk` returns them.
        """
        with one_blas_thread():
            states, state = read_texts(self.encoder, state, texts)
            head = HEADS[self.spec.head.kind]
            likelihood = head.compute_log_likelihood(self.head, states, targets)
            return likelihood, states, state

    def read_sources(self, texts: Ragged) -> tuple[Memory, State]:
        """Read the texts that a decoder looks at; only with a head that is one.

        Parameters
        ----------
        texts : Ragged
            Token ids of at least one text, to be decoded side by side.

        Returns
        -------
        memory : Memory
            The states of the texts.
        state : tuple of ndarray of shape (n_texts, units)
            The state in which the decoder begins.
        """
        with one_blas_thread():
            encoded, packing, order = encode_texts(self.encoder, texts)
            head = HEADS[self.spec.head.kind]
            return head.make_memory(self.head, encoded, packing, order)

    def decode_step(
        self, memory: Memory, state: State, ids: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """Read one token of each second text; say what comes next.

        Parameters
        ----------
        memory : Memory
            As :meth:`read_sources` returns it, of n_texts texts.
        state : tuple of ndarray of shape (n, units)
            As :meth:`read_sources` returns it, or a step before; it stays as it is. There
            may be several rows for each text, as many for each, side by side.
        ids : ndarray of shape (n,), dtype int
            The tokens, at first the boundary.

        Returns
        -------
        log_probs : ndarray of shape (n, n_tokens), dtype float32
            Natural logarithm of the probability of each token to be the next one.
        attention : ndarray of shape (n, steps), dtype float32
            Weight of each token of the text in `memory`; 0 at padding.
        state : tuple of ndarray of shape (n, units)
            The state after the tokens.
        """
        with one_blas_thread():
            head = HEADS[self.spec.head.kind]
            return head.decode_step(self.head, memory, state, ids)

    def score_targets(
        self,
        sources: Ragged,
        targets: Ragged,
        *,
        attention: bool = False,
        n_threads: int | None = None,
    ) -> ScoredTargets:
        """Say how probable second texts are; see :func:`~.decoding.score_targets`."""
        return score_targets(
            self, sources, targets, attention=attention, n_threads=n_threads
        )

    def match_spans(
        self, questions: Ragged, passages: Ragged, features: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Say where answers may lie, pairs side by side; only with a head for spans.

        Parameters
        ----------
        questions, passages : Ragged
            Token ids of at least one pair, the longest passage first.
        features : ndarray of shape (n_passage_tokens, n_features), dtype float32
            What is known of each token of the passages.

        Returns
        -------
        start, end : ndarray of shape (n_passage_tokens,), dtype float32
        none : ndarray of shape (n_pairs, 2), dtype float32
            As in :class:`~.spans.ScoredSpans`.
        """
        with one_blas_thread():
            head = HEADS[self.spec.head.kind]
            asked, read = (
                head.read_states(self.encoder, texts) for texts in (questions, passages)
            )
            return head.match_states(self.head, asked, read, features)

    def score_spans(
        self,
        questions: Ragged,
        passages: Ragged,
        features: Ragged | None = None,
        *,
        n_threads: int | None = None,
    ) -> ScoredSpans:
        """Say where answers may lie in passages; see :func:`~.spans.score_spans`."""
        return score_spans(self, questions, passages, features, n_threads=n_threads)

    def run_frames(self, frames: Ragged, *, n_threads: int | None = None) -> Ragged:
        """Say how probable each symbol is at each frame; only with a head for symbols.

        Parameters
        ----------
        frames : Ragged of shape (n_frames, n_components)
            The frames of the recordings, float32. A recording of many thousand frames is
            read in windows, see :mod:`~sklearn_slm.runtime.frames`: memory does not grow
            with its length.
        n_threads : int or None, default=None
            As in :meth:`run`.

        Returns
        -------
        Ragged of shape (n_frames, n_symbols), dtype float32
            Natural logarithms of the probabilities; symbol 0 is the blank.
        """
        return run_frames(
            lambda part: _run_recordings(self, part),
            frames,
            self.spec.head.n_symbols,
            n_threads=n_threads,
            most_recordings=_BATCH_RECORDINGS,
            most_frames=_BATCH_FRAMES,
        )

    def hear(self, state: State, frames: np.ndarray) -> tuple[np.ndarray, State]:
        """Read on in a recording; only with a head for symbols and one direction.

        Parameters
        ----------
        state : tuple of ndarray of shape (1, units)
            As :func:`~.stepping.start_state` returns it; it stays as it is.
        frames : ndarray of shape (n_frames, n_components), dtype float32
            The next frames of the recording, one or more. With int8 weights, ONNX Runtime
            rounds them by the largest number of the block.

        Returns
        -------
        log_probs : ndarray of shape (n_frames, n_symbols), dtype float32
            Natural logarithms of the probabilities; symbol 0 is the blank.
        state : tuple of ndarray of shape (1, units)
            The state after the frames.
        """
        with one_blas_thread():
            one = Ragged(frames, np.array([0, len(frames)]))
            states, state = read_frames(self.encoder, state, one)
            head = HEADS[self.spec.head.kind]
            return head.compute_log_probs(self.head, states), state

    def _compute_log_probs(self, state: State) -> np.ndarray:
        hidden = find_hidden(self.spec.encoder, state)
        return HEADS[self.spec.head.kind].compute_log_probs(self.head, hidden)


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
        distinct, places = find_distinct(ids, network.spec.encoder.table_rows)
        vectors = network.encoder.embed(distinct)
        projected = network.encoder.layers[0].project(vectors)
        encoded = run_encoder(network.encoder, projected, places, packing, keep=True)
        tokens = flat[packing.flat]
        inputs = vectors[places[packing.flat]]
        head = HEADS[network.spec.head.kind]
        outputs = head.run_head(network.head, encoded, packing, ids)
        yield EncodedBatch(rows, tokens, inputs, encoded, packing, outputs)


def _run_recordings(network: PreparedNetwork, frames: Ragged) -> np.ndarray:
    """Return the log-probabilities of recordings sorted by falling length."""
    encoder, packing = network.encoder, Packing.of(frames.lengths)
    vectors = frames.values.astype(encoder.layers[0].kernel.dtype, copy=False)
    projected, places = encoder.layers[0].project(vectors), np.arange(len(vectors))
    encoded = run_encoder(encoder, projected, places, packing)
    head = HEADS[network.spec.head.kind]
    return head.run_head(network.head, encoded, packing)["log_probs"]


def _run_chunk(network: PreparedNetwork, texts: Ragged) -> dict[str, np.ndarray]:
    """Return the outputs of documents sorted by falling length."""
    ids, lengths = texts.values, texts.lengths
    # Words recur: their input product is made once for each distinct one.
    distinct, places = find_distinct(ids, network.spec.encoder.table_rows)
    projected = network.encoder.layers[0].project(network.encoder.embed(distinct))
    if len(lengths) == 1:
        return _run_batch(network, projected, places, lengths, ids)
    ends = np.cumsum(lengths)
    batches = []
    for rows in split_batches(lengths, _BATCH_DOCUMENTS, _BATCH_TOKENS):
        flat = slice(ends[rows.start] - lengths[rows.start], ends[rows.stop - 1])
        batches.append(
            _run_batch(network, projected, places[flat], lengths[rows], ids[flat])
        )
    return {
        name: np.concatenate([outputs[name] for outputs in batches])
        for name in batches[0]
    }


def _run_batch(
    network: PreparedNetwork,
    projected: np.ndarray,
    places: np.ndarray,
    lengths: np.ndarray,
    ids: np.ndarray,
) -> dict[str, np.ndarray]:
    """Run a batch whose flat tokens are rows ``places`` of the first projection."""
    packing = Packing.of(lengths)
    encoded = run_encoder(network.encoder, projected, places, packing)
    head = HEADS[network.spec.head.kind]
    return head.run_head(network.head, encoded, packing, ids)
