"""A network that ONNX Runtime runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..forks import keep_whole
from ..runtime.batches import run_batches
from ..runtime.decoding import ScoredTargets, score_targets
from ..runtime.frames import run_frames
from ..runtime.heads import HEADS
from ..runtime.heads.classes import run_columns
from ..runtime.heads.decoder import Memory
from ..runtime.spans import ScoredSpans, score_spans
from ..runtime.stepping import State
from ..runtime.weights import to_float
from ..spec import NetworkSpec
from ..text import Ragged
from . import heads, spans, stepping
from .network import build_graphs
from .packages import import_package

__all__ = ["OnnxNetwork"]

Weights = Mapping[str, np.ndarray]
_BATCH_DOCUMENTS, _BATCH_TOKENS = 16, 32_768

# Held while a session is made. A fork waits for it: a module that another thread was
# importing could never be imported in the child.
_making = threading.RLock()
_process = object()  # another one in each process


def _begin_process() -> None:
    global _process
    _process = object()


keep_whole(_making, _begin_process)


class OnnxNetwork:
    """A network that ONNX Runtime runs, with the interface of ``PreparedNetwork``.

    A session is made on first use, once for all threads of a process. A forked child
    makes its own: in the parent's, other threads may have been at work. None is pickled.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, float32 or quantised.
    """

    # A run of a batch is one call that needs no interpreter.
    leaves_python = True

    def __init__(self, spec: NetworkSpec, weights: Weights):
        self.spec, self.weights = spec, weights
        self._head = HEADS[spec.head.kind]
        self._names = list(self._head.allocate(spec.head, 0, 0))
        self._main = next(iter(heads.HEADS[spec.head.kind].GRAPHS))  # the whole texts'
        self._sessions: dict[str, tuple[object, Any]] = {}  # process and session

    def __getstate__(self) -> dict:
        return {"spec": self.spec, "weights": self.weights}

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def session(self, name: str | None = None) -> Any:
        """Return the session of a graph, which is made by the first call of a process.

        Parameters
        ----------
        name : str or None, default=None
            As :func:`~sklearn_slm.graph.network.build_graphs` names it; None for the one
            that reads whole texts, ``"model"`` or ``"encoder"``.
        """
        name = self._main if name is None else name
        process, session = self._sessions.get(name, (None, None))
        if process is _process:
            return session
        with _making:
            if self._sessions.get(name, (None,))[0] is not _process:
                self._sessions[name] = _process, self._make_session(name)
        return self._sessions[name][1]

    def _make_session(self, name: str) -> Any:
        # Its telemetry has a thread that a forked child would wait for at its exit.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        runtime = import_package("onnxruntime")
        # Columns are added outside: there is nothing to gain for so small a product.
        spec = self.spec.without_columns()
        graphs = build_graphs(spec, self.weights, int8_products=True)
        options = runtime.SessionOptions()
        # Threads run over batches; a single product is too small to share.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # What is still to be turned into float32 is turned once, not per call.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        return runtime.InferenceSession(
            graphs[name].SerializeToString(),
            options,
            providers=["CPUExecutionProvider"],
        )

    def run(
        self,
        texts: Ragged,
        columns: np.ndarray | None = None,
        *,
        n_threads: int | None = None,
    ) -> dict[str, np.ndarray]:
        """Run the network over documents; see ``PreparedNetwork.run``."""
        if columns is not None:
            outputs = self.run(texts, n_threads=n_threads)
            kernel = to_float(self.weights, "columns.kernel")
            return outputs | {
                "logits": outputs["logits"] + run_columns(kernel, columns)
            }
        if len(texts) == 1 and len(texts.values):
            # Sorting, padding and threads would double the time.
            return self._run_padded(texts.values[None], texts.lengths)
        self.session()  # not in several threads at once
        return run_batches(
            self.spec,
            texts,
            self._run_batch,
            n_threads=n_threads,
            most_documents=_BATCH_DOCUMENTS,
            most_tokens=_BATCH_TOKENS,
        )

    def step(self, state: State, ids: np.ndarray) -> tuple[np.ndarray, State]:
        """Read one token of each text; see ``PreparedNetwork.step``."""
        return stepping.step(self.session("step"), self.spec.encoder, state, ids)

    def read_prompts(self, state: State, texts: Ragged) -> tuple[np.ndarray, State]:
        """Read all tokens of each text; see ``PreparedNetwork.read_prompts``."""
        session, encoder = self.session("step"), self.spec.encoder
        return stepping.read_prompts(session, encoder, state, texts)

    def forward_chunk(self, state: State, texts: Ragged) -> tuple[np.ndarray, State]:
        """Read all tokens of each text; see ``PreparedNetwork.forward_chunk``."""
        session, encoder = self.session("step"), self.spec.encoder
        return stepping.forward_chunk(session, encoder, state, texts)

    def score_chunk(
        self, state: State, texts: Ragged, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """Read all tokens of each text; see ``PreparedNetwork.score_chunk``."""
        session, encoder = self.session("step"), self.spec.encoder
        return stepping.score_chunk(session, encoder, state, texts, targets)

    def read_sources(self, texts: Ragged) -> tuple[Memory, State]:
        """Read what a decoder looks at; see ``PreparedNetwork.read_sources``."""
        return stepping.read_sources(self.session("encoder"), texts)

    def decode_step(
        self, memory: Memory, state: State, ids: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """Read one token of each second text; see ``PreparedNetwork.decode_step``."""
        return stepping.decode_step(self.session("step"), memory, state, ids)

    def score_targets(
        self,
        sources: Ragged,
        targets: Ragged,
        *,
        attention: bool = False,
        n_threads: int | None = None,
    ) -> ScoredTargets:
        """Say how probable second texts are; see ``PreparedNetwork.score_targets``."""
        return score_targets(
            self, sources, targets, attention=attention, n_threads=n_threads
        )

    def match_spans(
        self, questions: Ragged, passages: Ragged, features: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Say where answers may lie; see ``PreparedNetwork.match_spans``."""
        reader, matcher = self.session("encoder"), self.session("spans")
        return spans.match_spans(reader, matcher, questions, passages, features)

    def score_spans(
        self,
        questions: Ragged,
        passages: Ragged,
        features: Ragged | None = None,
        *,
        n_threads: int | None = None,
    ) -> ScoredSpans:
        """Say where answers may lie; see ``PreparedNetwork.score_spans``."""
        return score_spans(self, questions, passages, features, n_threads=n_threads)

    def run_frames(self, frames: Ragged, *, n_threads: int | None = None) -> Ragged:
        """Say how probable each symbol is; see ``PreparedNetwork.run_frames``.

        Each recording is read alone: recurrent nodes round a whole batch to int8 by its
        largest number, so that what is heard would depend on the other recordings.
        """
        self.session()  # not in several threads at once
        return run_frames(
            self._run_recording,
            frames,
            self.spec.head.n_symbols,
            n_threads=n_threads,
            most_recordings=1,
            most_frames=1,
        )

    def _run_recording(self, frames: Ragged) -> np.ndarray:
        values = frames.values[None].astype(np.float32, copy=False)
        inputs = {"frames": values, "lengths": frames.lengths.astype(np.int32)}
        return self.session().run(self._names, inputs)[0][0]

    def hear(self, state: State, frames: np.ndarray) -> tuple[np.ndarray, State]:
        """Read on in a recording; see ``PreparedNetwork.hear``."""
        return stepping.hear(self.session("step"), state, frames)

    def _run_batch(self, texts: Ragged) -> dict[str, np.ndarray]:
        lengths = texts.lengths
        return self._run_padded(texts.pad(max(int(lengths.max()), 1)), lengths)

    def _run_padded(
        self, padded: np.ndarray, lengths: np.ndarray
    ) -> dict[str, np.ndarray]:
        inputs = {"ids": padded, "lengths": lengths.astype(np.int32)}
        arrays = self.session().run(self._names, inputs)
        is_token = np.arange(padded.shape[1]) < lengths[:, None]
        return {
            name: array[is_token] if name in self._head.PER_TOKEN else array
            for name, array in zip(self._names, arrays)
        }
