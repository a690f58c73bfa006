"""The next token as ONNX nodes: in whole texts, and step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...runtime.stepping import find_hidden, start_state
from ...runtime.weights import SCALE, to_float
from ...spec import NetworkSpec
from ..builder import GraphBuilder, add_floats
from ..encoder import add_encoder, add_mask

__all__ = ["GRAPHS", "add_head", "add_step"]

Weights = Mapping[str, np.ndarray]
# States whose logits are held at a time.
_BLOCK = 64


def add_head(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add encoder and the likelihood of each token's successor, and the output.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.TokenHead`.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ngrams : None, default=None
        A head for tokens has no n-gram model beside it.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.
    """
    types = graph.types
    encoded = add_encoder(graph, spec.encoder, weights, int8_products=int8_products)
    # One place to the left; the last column is of no consequence.
    targets = graph.add("Pad", "ids", graph.ints(0, -1, 0, 1))
    targets = graph.add("Transpose", targets, perm=[1, 0])
    flat_targets = graph.add("Reshape", targets, graph.ints(-1, 1))
    vectors = _add_vectors(graph, spec, weights, encoded.states)
    n = graph.add("Slice", graph.add("Shape", vectors), *_bounds(graph, 0, 1))
    # Blocks of nearly equal size, so that few rows are there for nothing.
    one, most = graph.ints(1), graph.ints(_BLOCK - 1)
    blocks = graph.add("Div", graph.add("Add", n, most), graph.ints(_BLOCK))
    rest = graph.add("Add", n, graph.add("Sub", blocks, one))
    size = graph.add("Div", rest, blocks)
    missing = graph.add("Sub", graph.add("Mul", blocks, size), n)
    none = graph.ints(0)
    pads = graph.add("Concat", none, none, missing, none, axis=0)

    def cut(values: str, width: int) -> str:
        shape = graph.add("Concat", blocks, size, graph.ints(width), axis=0)
        return graph.add("Reshape", graph.add("Pad", values, pads), shape)

    body = GraphBuilder("body_")
    add_logits = _prepare_logits(graph, weights, int8_products)
    rows = body.input("body_vectors", types.FLOAT, "block", spec.encoder.n_components)
    own = body.input("body_targets", types.INT32, "block", 1)
    log_probs = body.add("LogSoftmax", add_logits(body, rows), axis=1)
    body.add("GatherElements", log_probs, own, axis=1, named="body_likelihood")
    body.output("body_likelihood", types.FLOAT, "block", 1)
    likelihood = graph.scan(
        body, cut(vectors, spec.encoder.n_components), cut(flat_targets, 1)
    )
    likelihood = graph.add("Reshape", likelihood, graph.ints(-1))
    likelihood = graph.add("Slice", likelihood, none, n)
    likelihood = graph.add("Reshape", likelihood, graph.add("Shape", targets))
    minus_one = graph.constant(np.array(-1, np.int32))
    followed = graph.add("Add", "lengths", minus_one)
    is_followed = add_mask(graph, encoded.states, followed)
    zero = graph.constant(np.array(0, np.float32))
    likelihood = graph.add("Where", is_followed, likelihood, zero)
    graph.add("Transpose", likelihood, named="log_likelihood", perm=[1, 0])
    graph.output("log_likelihood", types.FLOAT, "batch", "steps")


def add_step(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add what reads on from a state, as :func:`~sklearn_slm.graph.build_graphs` says.

    Parameters
    ----------
    graph, spec, weights, ngrams, int8_products
        As in :func:`add_head`.
    """
    types, size = graph.types, spec.encoder.state_size
    units = [part.shape[1] for part in start_state(spec.encoder, 0)]
    start = [
        graph.input(f"state_{i}", types.FLOAT, "batch", n) for i, n in enumerate(units)
    ]
    encoded = add_encoder(
        graph, spec.encoder, weights, start=start, int8_products=int8_products
    )
    states = graph.add("Transpose", encoded.states, perm=[1, 0, 2], named="states")
    flat = graph.add("Reshape", states, graph.ints(-1, size))
    given: Any = find_hidden(spec.encoder, start)  # type: ignore[arg-type]
    flat = graph.add("Concat", flat, given, axis=0)
    places = graph.input("places", types.INT64, "n")
    rows = _add_vectors(graph, spec, weights, graph.add("Gather", flat, places))
    logits = _prepare_logits(graph, weights, int8_products)(graph, rows)
    graph.add("LogSoftmax", logits, axis=1, named="log_probs")
    graph.output("log_probs", types.FLOAT, "n", spec.encoder.table_rows)
    graph.output("states", types.FLOAT, "batch", "steps", size)
    for i, (name, n) in enumerate(zip(encoded.state, units)):
        graph.add("Identity", name, named=f"next_state_{i}")
        graph.output(f"next_state_{i}", types.FLOAT, "batch", n)


def _bounds(graph: GraphBuilder, first: int, last: int) -> tuple[str, str]:
    return graph.ints(first), graph.ints(last)


def _add_vectors(
    graph: GraphBuilder, spec: NetworkSpec, weights: Weights, states: str
) -> str:
    """Return the states (n, n_components), brought to the length of the vectors."""
    if "head.kernel" in spec.weights():
        states = graph.add("MatMul", states, add_floats(graph, weights, "head.kernel"))
    return graph.add("Reshape", states, graph.ints(-1, spec.encoder.n_components))


def _prepare_logits(graph: GraphBuilder, weights: Weights, int8_products: bool) -> Any:
    """Return the function that adds logits (n, n_tokens) of vectors to a graph.

    The table is a constant of the outer graph, also where nodes inside use it.
    """
    bias = graph.constant(to_float(weights, "head.bias"), "head.bias")
    if int8_products and weights["embedding"].dtype == np.int8:
        table = graph.constant(weights["embedding"], "embedding")
        table = graph.add("Transpose", table, perm=[1, 0])
        by_column = graph.constant(weights["embedding" + SCALE].ravel())

        def add_int8_logits(inner: GraphBuilder, vectors: str) -> str:
            rounded, step, zero = inner.add("DynamicQuantizeLinear", vectors, n=3)
            product = inner.add("MatMulInteger", rounded, table, zero)
            product = inner.add("Cast", product, to=graph.types.FLOAT)
            product = inner.add("Mul", product, inner.add("Mul", step, by_column))
            return inner.add("Add", product, bias)

        return add_int8_logits
    table = add_floats(graph, weights, "embedding")
    table = graph.add("Transpose", table, perm=[1, 0])

    def add_logits(inner: GraphBuilder, vectors: str) -> str:
        return inner.add("Add", inner.add("MatMul", vectors, table), bias)

    return add_logits


# The graphs of a network, by name, and what fills each.
GRAPHS = {"model": add_head, "step": add_step}
