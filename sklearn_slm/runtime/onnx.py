"""A network that ONNX Runtime runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..forks import keep_whole
from ..spec import NetworkSpec
from ..text.sequences import pad_ids, take_ragged
from .forward import Forward, order_documents, split_empty
from .onnx_graph import build_onnx, import_package
from .packing import split_batches
from .threads import one_blas_thread, run_in_threads
from .wide import run_wide

__all__ = ["OnnxNetwork", "has_onnxruntime"]

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


@cache
def has_onnxruntime() -> bool:
    """Tell whether what :class:`OnnxNetwork` needs is installed; imports nothing."""
    return all(find_spec(name) is not None for name in ("onnx", "onnxruntime"))


class OnnxNetwork:
    """A network that ONNX Runtime runs, with the interface of ``PreparedNetwork``.

    The session is made on first use, once for all threads of a process. A forked child
    makes its own: in the parent's, other threads may have been at work. It is not
    pickled.

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
        self._session: tuple[object, Any] = (None, None)  # process and session

    def __getstate__(self) -> dict:
        return {"spec": self.spec, "weights": self.weights}

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def session(self) -> Any:
        """Return the session, which is made by the first call of a process."""
        process, session = self._session
        if process is _process:
            return session
        with _making:
            if self._session[0] is not _process:
                self._session = _process, self._make_session()
        return self._session[1]

    def _make_session(self) -> Any:
        # Its telemetry has a thread that a forked child would wait for at its exit.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        runtime = import_package("onnxruntime")
        # N-grams are counted in NumPy: as a graph they would be dense rows.
        spec = self.spec.without_wide()
        model = build_onnx(spec, self.weights, int8_products=True)
        options = runtime.SessionOptions()
        # Threads run over batches; a single product is too small to share.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # What is still to be turned into float32 is turned once, not per call.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        return runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def run(
        self, ids: np.ndarray, offsets: np.ndarray, *, n_threads: int | None = None
    ) -> Forward:
        """Run the network over documents; see :func:`~sklearn_slm.runtime.forward`."""
        lengths = np.diff(offsets)
        if len(lengths) == 1 and lengths[0]:
            return self._run_one(ids, offsets)
        self.session()  # not in several threads at once
        logits = np.empty((len(lengths), self.spec.n_outputs), np.float32)
        attends = self.spec.pooling == "attention"
        attention = np.empty(len(ids), np.float32) if attends else None
        names = ["logits", "attention"] if attends else ["logits"]
        order, empty = split_empty(order_documents(ids, offsets), lengths)

        def run_batch(rows: np.ndarray) -> None:
            part, ends = take_ragged(ids, offsets, rows)
            own = lengths[rows]
            padded = pad_ids(part, ends, max(int(own[0]), 1))
            found = self.session().run(
                names, {"ids": padded, "lengths": own.astype(np.int32)}
            )
            logits[rows] = found[0]
            if self.spec.n_wide:
                logits[rows] += run_wide(self.spec, self.weights, part, ends)
            if attention is not None:
                inside = np.arange(padded.shape[1]) < own[:, None]
                shift = np.repeat(offsets[rows] - ends[:-1], own)
                attention[shift + np.arange(len(part))] = found[1][inside]

        batches = split_batches(lengths[order], _BATCH_DOCUMENTS, _BATCH_TOKENS)
        with one_blas_thread() as allowed:
            run_in_threads(
                run_batch,
                [order[batch] for batch in batches],
                allowed if n_threads is None else n_threads,
            )
        logits[empty] = logits[order[-1:]]
        return Forward(logits, attention)

    def _run_one(self, ids: np.ndarray, offsets: np.ndarray) -> Forward:
        """Run one document; sorting, padding and threads would double the time."""
        attends = self.spec.pooling == "attention"
        found = self.session().run(
            ["logits", "attention"] if attends else ["logits"],
            {"ids": ids[None], "lengths": np.array([len(ids)], np.int32)},
        )
        logits = found[0]
        if self.spec.n_wide:
            logits = logits + run_wide(self.spec, self.weights, ids, offsets)
        return Forward(logits, found[1][0] if attends else None)
