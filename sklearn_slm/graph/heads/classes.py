"""Pooling and classes as ONNX nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...ngrams import NgramModel
from ...runtime.weights import to_float
from ...spec import NetworkSpec
from ..builder import GraphBuilder, add_matrix
from ..encoder import EncodedNames, add_encoder
from ..ngrams import add_ngrams

__all__ = ["GRAPHS", "add_head", "add_pooled"]

Weights = Mapping[str, np.ndarray]


def add_head(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: NgramModel | None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add encoder, pooling, logits and probabilities, and the outputs of the graph.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.ClassHead`.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ngrams : NgramModel or None, default=None
        Blended with the network, where there is one.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.
    """
    head, float32 = spec.head, graph.types.FLOAT
    pooled = add_pooled(graph, spec, weights, int8_products=int8_products)
    product = graph.add("MatMul", pooled, add_matrix(graph, weights, "head.kernel"))
    bias = graph.constant(to_float(weights, "head.bias"))
    if head.n_columns:
        graph.input("columns", float32, "batch", head.n_columns)
        kernel = add_matrix(graph, weights, "columns.kernel")
        bias = graph.add("Add", bias, graph.add("MatMul", "columns", kernel))
    if ngrams is None:
        graph.add("Add", product, bias, named="logits")
    else:
        blend = [graph.constant(w.reshape(())) for w in ngrams.blend]
        logits = graph.add("Mul", graph.add("Add", product, bias), blend[0])
        linear = graph.add("Mul", add_ngrams(graph, ngrams), blend[1])
        graph.add("Add", logits, linear, named="logits")
    if head.multilabel:
        graph.add("Sigmoid", "logits", named="probabilities")
    else:
        graph.add("Softmax", "logits", named="probabilities", axis=1)
    for name in ("probabilities", "logits"):
        graph.output(name, float32, "batch", head.n_outputs)
    if head.pooling == "attention":
        graph.output("attention", float32, "batch", "steps")


def add_pooled(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    *,
    int8_products: bool = False,
) -> str:
    """Add encoder and pooling; return the name of the vectors (batch, state_size).

    Parameters
    ----------
    graph, spec, weights, int8_products
        As in :func:`add_head`; the head is one with a ``pooling``.
    """
    encoded = add_encoder(graph, spec.encoder, weights, int8_products=int8_products)
    pooled = _add_pooling(graph, spec, weights, encoded)
    # What is pooled of an empty text is padding.
    zero = graph.constant(np.array(0, np.int32))
    is_text = graph.add(
        "Cast", graph.add("Less", zero, "lengths"), to=graph.types.FLOAT
    )
    return graph.add("Mul", pooled, graph.add("Unsqueeze", is_text, graph.ints(1)))


def _add_pooling(
    graph: GraphBuilder, spec: NetworkSpec, weights: Weights, encoded: EncodedNames
) -> str:
    pooling, float32 = spec.head.pooling, graph.types.FLOAT
    if pooling == "last":
        return encoded.last
    lowest = graph.constant(np.array(np.finfo(np.float32).min, np.float32))
    if pooling == "max":
        mask = graph.add("Unsqueeze", encoded.mask, graph.ints(2))
        masked = graph.add("Where", mask, encoded.states, lowest)
        return graph.add("ReduceMax", masked, axes=[0], keepdims=0)
    is_token = graph.add("Cast", encoded.mask, to=float32)
    if pooling == "mean":
        count = graph.add("Cast", encoded.lengths, to=float32)
        weight = graph.add("Div", is_token, count)
    else:
        kernel = to_float(weights, "attention.kernel")
        parts = graph.add("MatMul", encoded.states, graph.constant(kernel.T))
        before, now = (
            graph.add("Gather", parts, graph.constant(np.array(i, np.int64)), axis=2)
            for i in (0, 1)
        )
        # h(t-1): one step later, with zeros before the first.
        pads = graph.ints(1, 0, -1, 0)
        score = graph.add("Add", now, graph.add("Pad", before, pads))
        bias = graph.constant(to_float(weights, "attention.bias").reshape(()))
        score = graph.add("Add", score, bias)
        score = graph.add("Where", encoded.mask, score, lowest)
        weight = graph.add("Mul", graph.add("Softmax", score, axis=0), is_token)
        graph.add("Transpose", weight, named="attention", perm=[1, 0])
    weight = graph.add("Unsqueeze", weight, graph.ints(2))
    weighted = graph.add("Mul", encoded.states, weight)
    return graph.add("ReduceSum", weighted, graph.ints(0), keepdims=0)


# The graphs of a network, by name, and what fills each.
GRAPHS = {"model": add_head}
