"""Spans as ONNX nodes: a graph that reads a text, and one that matches two."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...runtime.weights import to_float
from ...spec import NetworkSpec
from ..builder import GraphBuilder, add_floats
from ..encoder import add_encoder, add_layers, add_mask

__all__ = ["GRAPHS", "add_head", "add_match"]

Weights = Mapping[str, np.ndarray]
_MODEL = "model."


def add_head(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add what reads questions and passages.

    See :func:`~sklearn_slm.graph.build_graphs`.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.SpanHead`.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ngrams : None, default=None
        A head for spans has no n-gram model beside it.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.
    """
    encoded = add_encoder(graph, spec.encoder, weights, int8_products=int8_products)
    graph.add("Transpose", encoded.states, named="states", perm=[1, 0, 2])
    size = spec.encoder.state_size
    graph.output("states", graph.types.FLOAT, "batch", "steps", size)


def add_match(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add what finds answers, as :func:`~sklearn_slm.graph.build_graphs` says.

    Parameters
    ----------
    graph, spec, weights, ngrams
        As in :func:`add_head`.
    int8_products : bool, default=False
        Not used: features of any size beside states would be rounded with them.
    """
    float32, size = graph.types.FLOAT, spec.encoder.state_size
    question = graph.input("question", float32, "batch", "question_steps", size)
    graph.input("question_lengths", graph.types.INT32, "batch")
    passage = graph.input("passage", float32, "batch", "steps", size)
    graph.input("lengths", graph.types.INT32, "batch")
    is_asked = _add_mask(graph, question, "question_lengths")
    aligned = _add_aligned(graph, weights, question, passage, is_asked)
    known = [passage, aligned, graph.add("Mul", passage, aligned)]
    if spec.head.n_features:
        n = spec.head.n_features
        known.append(graph.input("features", float32, "batch", "steps", n))
    own = {
        name[len(_MODEL) :]: value
        for name, value in weights.items()
        if name.startswith(_MODEL)
    }
    by_step = graph.add(
        "Transpose", graph.add("Concat", *known, axis=2), perm=[1, 0, 2]
    )
    layer = spec.head.describe_layer(spec.encoder)
    model = add_layers(graph, layer, own, by_step)
    states = graph.add("Transpose", model.states, perm=[1, 0, 2])
    vector = _add_vector(graph, weights, question, is_asked)
    none = _add_form(graph, weights, "none", vector)
    is_read = _add_mask(graph, passage, "lengths")
    absent = []
    for name in ("start", "end"):
        form = _add_form(graph, weights, name, vector)
        form = graph.add("Unsqueeze", form, graph.ints(2))
        logits = graph.add("Squeeze", graph.add("MatMul", states, form), graph.ints(2))
        logits = graph.add("Where", is_read, logits, _add_lowest(graph))
        both = graph.add("Concat", none, logits, axis=1)
        log_probs = graph.add("LogSoftmax", both, axis=1)
        axes, end = graph.ints(1), graph.ints(np.iinfo(np.int64).max)
        graph.add("Slice", log_probs, graph.ints(1), end, axes, named=name)
        graph.output(name, float32, "batch", "steps")
        absent.append(graph.add("Slice", log_probs, graph.ints(0), axes, axes))
    graph.add("Concat", *absent, axis=1, named="none")
    graph.output("none", float32, "batch", 2)


def _add_mask(graph: GraphBuilder, states: str, lengths: str) -> str:
    """Return booleans (batch, steps): the tokens of states (batch, steps, size)."""
    by_step = graph.add("Transpose", states, perm=[1, 0, 2])
    return graph.add("Transpose", add_mask(graph, by_step, lengths), perm=[1, 0])


def _add_lowest(graph: GraphBuilder) -> str:
    return graph.constant(np.array(np.finfo(np.float32).min, np.float32), "lowest")


def _add_softmax(graph: GraphBuilder, scores: str, mask: str, axis: int) -> str:
    """Return the softmax over the tokens; zeros where there are none."""
    scores = graph.add("Where", mask, scores, _add_lowest(graph))
    is_token = graph.add("Cast", mask, to=graph.types.FLOAT)
    return graph.add("Mul", graph.add("Softmax", scores, axis=axis), is_token)


def _add_aligned(
    graph: GraphBuilder, weights: Weights, question: str, passage: str, is_asked: str
) -> str:
    """Return the question's states that are like each of the passage's own."""
    kernel = add_floats(graph, weights, "align.kernel")
    keys, queries = (
        graph.add("Relu", graph.add("MatMul", states, kernel))
        for states in (question, passage)
    )
    scores = graph.add("MatMul", queries, graph.add("Transpose", keys, perm=[0, 2, 1]))
    mask = graph.add("Unsqueeze", is_asked, graph.ints(1))
    return graph.add("MatMul", _add_softmax(graph, scores, mask, 2), question)


def _add_vector(
    graph: GraphBuilder, weights: Weights, question: str, is_asked: str
) -> str:
    """Return the vector (batch, state_size) of a question."""
    kernel = add_floats(graph, weights, "question.kernel")
    scores = graph.add("MatMul", question, kernel)
    mask = graph.add("Unsqueeze", is_asked, graph.ints(2))
    weighted = graph.add("Mul", question, _add_softmax(graph, scores, mask, 1))
    return graph.add("ReduceSum", weighted, graph.ints(1), keepdims=0)


def _add_form(graph: GraphBuilder, weights: Weights, name: str, vector: str) -> str:
    product = graph.add("MatMul", vector, add_floats(graph, weights, f"{name}.kernel"))
    return graph.add("Add", product, graph.constant(to_float(weights, f"{name}.bias")))


# The graphs of a network, by name, and what fills each.
GRAPHS = {"encoder": add_head, "spans": add_match}
