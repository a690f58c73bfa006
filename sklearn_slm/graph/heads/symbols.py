"""The symbols of frames as ONNX nodes: of whole recordings, and block by block."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...runtime.stepping import start_state
from ...runtime.weights import to_float
from ...spec import NetworkSpec
from ..builder import GraphBuilder, add_matrix
from ..encoder import add_encoder

__all__ = ["GRAPHS", "add_head", "add_step"]

Weights = Mapping[str, np.ndarray]


def add_head(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add encoder and log-probabilities, and the output of the graph.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.SymbolHead`.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ngrams : None, default=None
        A head for symbols has no n-gram model beside it.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.
    """
    encoded = add_encoder(graph, spec.encoder, weights, int8_products=int8_products)
    _add_log_probs(graph, spec, weights, encoded.states)


def add_step(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add what reads on from a state, as :func:`~sklearn_slm.graph.build_graphs` says.

    Nothing is added if the network is of two directions: it cannot read block by block.

    Parameters
    ----------
    graph, spec, weights, ngrams, int8_products
        As in :func:`add_head`.
    """
    if spec.encoder.bidirectional:
        return
    float32 = graph.types.FLOAT
    units = [part.shape[1] for part in start_state(spec.encoder, 0)]
    start = [
        graph.input(f"state_{i}", float32, "batch", n) for i, n in enumerate(units)
    ]
    encoded = add_encoder(
        graph, spec.encoder, weights, start=start, int8_products=int8_products
    )
    _add_log_probs(graph, spec, weights, encoded.states)
    for i, (name, n) in enumerate(zip(encoded.state, units)):
        graph.add("Identity", name, named=f"next_state_{i}")
        graph.output(f"next_state_{i}", float32, "batch", n)


def _add_log_probs(
    graph: GraphBuilder, spec: NetworkSpec, weights: Weights, states: str
) -> None:
    product = graph.add("MatMul", states, add_matrix(graph, weights, "head.kernel"))
    bias = graph.constant(to_float(weights, "head.bias"), "head.bias")
    logits = graph.add("Add", product, bias)
    log_probs = graph.add("LogSoftmax", logits, axis=2)
    graph.add("Transpose", log_probs, named="log_probs", perm=[1, 0, 2])
    n_symbols = spec.head.n_symbols
    graph.output("log_probs", graph.types.FLOAT, "batch", "steps", n_symbols)


# The graphs of a network, by name, and what fills each.
GRAPHS = {"model": add_head, "step": add_step}
