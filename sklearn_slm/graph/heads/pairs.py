"""Vectors of texts as ONNX nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...runtime.weights import to_float
from ...spec import NetworkSpec
from ..builder import GraphBuilder, add_floats
from .classes import add_pooled

__all__ = ["GRAPHS", "add_head"]

# As in the NumPy runtime.
_SHORTEST = 1e-6


def add_head(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Mapping[str, np.ndarray],
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add encoder, pooling and the vectors, and the output of the graph.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.PairHead`.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ngrams : None
        There are none.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.
    """
    pooled = add_pooled(graph, spec, weights, int8_products=int8_products)
    product = graph.add("MatMul", pooled, add_floats(graph, weights, "head.kernel"))
    vectors = graph.add("Add", product, graph.constant(to_float(weights, "head.bias")))
    squares = graph.add("Mul", vectors, vectors)
    norm = graph.add("Sqrt", graph.add("ReduceSum", squares, graph.ints(1), keepdims=1))
    shortest = graph.constant(np.array(_SHORTEST, np.float32))
    length = np.exp(0.5 * to_float(weights, "head.scale")).astype(np.float32)
    shrink = graph.add(
        "Div", graph.constant(length.reshape(())), graph.add("Max", norm, shortest)
    )
    graph.add("Mul", vectors, shrink, named="vectors")
    graph.output("vectors", graph.types.FLOAT, "batch", spec.head.n_outputs)


# The graphs of a network, by name, and what fills each.
GRAPHS = {"model": add_head}
