"""The network of a fitted estimator as it runs, prepared once."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ..graph.packages import has_onnxruntime
from ..runtime import prepare_network

__all__ = ["PreparingMixin"]

# Not an attribute: predicting must leave an estimator as it was.
_PREPARED: WeakKeyDictionary[Any, dict] = WeakKeyDictionary()


class PreparingMixin:
    """A network from ``spec_`` and ``weights_``, in the runtime that was chosen."""

    spec_: Any
    weights_: Any
    runtime: str
    # What list_epochs tells, for whoever reads types.
    n_iter_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None

    def prepare_network(self) -> Any:
        """Return the network as it runs; prepared once for weights and runtime.

        Returns
        -------
        PreparedNetwork or OnnxNetwork
            Its ``run`` gives the outputs of the network alone, without the n-gram model
            that may stand beside it.
        """
        kept = self._prepared
        if kept.get("weights") is not self.weights_ or kept["runtime"] != self.runtime:
            build: Any = prepare_network
            if self.runtime == "onnxruntime" or (
                self.runtime == "auto" and has_onnxruntime()
            ):
                from ..graph.session import OnnxNetwork as build
            network = build(self.spec_, self.weights_)
            kept.update(weights=self.weights_, runtime=self.runtime, network=network)
            return network
        return kept["network"]

    @property
    def _prepared(self) -> dict:
        """What predicting prepares once: a cache, of this object and process alone."""
        return _PREPARED.setdefault(self, {})
