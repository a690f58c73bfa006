"""A second text as ONNX nodes: a graph that reads the first, and a step of writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...runtime.weights import SCALE, to_float
from ...spec import NetworkSpec
from ..builder import GraphBuilder, add_floats, add_rows
from ..encoder import add_encoder, add_mask

__all__ = ["GRAPHS", "add_head", "add_step"]

Weights = Mapping[str, np.ndarray]
_DECODER = "decoder."
# States, and what is made of them by a tanh, lie between -1 and 1: so many steps to 1.
_STEPS = 127


def add_head(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add what reads the first texts, as :func:`~sklearn_slm.graph.build_graphs` says.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.DecoderHead`.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    ngrams : None, default=None
        A decoder has no n-gram model beside it.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.
    """
    head, float32 = spec.head, graph.types.FLOAT
    encoded = add_encoder(graph, spec.encoder, weights, int8_products=int8_products)
    # What is read of an empty text is padding.
    is_token = graph.add("Cast", encoded.mask, to=float32)
    weight = graph.add("Unsqueeze", is_token, graph.ints(2))
    states = graph.add("Mul", encoded.states, weight)
    total = graph.add("ReduceSum", states, graph.ints(0), keepdims=0)
    count = graph.add("Cast", encoded.lengths, to=float32)
    mean = graph.add("Div", total, graph.add("Unsqueeze", count, graph.ints(1)))
    states = graph.add("Transpose", states, named="states", perm=[1, 0, 2])
    kernel = add_floats(graph, weights, "attention.kernel")
    kernel = graph.add("Transpose", kernel, perm=[1, 0])
    graph.add("MatMul", states, kernel, named="keys")
    graph.output("states", float32, "batch", "steps", spec.encoder.state_size)
    graph.output("keys", float32, "batch", "steps", head.decoder.state_size)
    sizes = head.state_sizes
    n_parts = len(sizes) // len(head.decoder.hidden_size)
    for i in range(0, len(sizes), n_parts):
        name = f"bridge.layer_{i // n_parts}"
        product = graph.add(
            "MatMul", mean, add_floats(graph, weights, f"{name}.kernel")
        )
        bias = graph.constant(to_float(weights, f"{name}.bias"), f"{name}.bias")
        both = graph.add("Tanh", graph.add("Add", product, bias))
        parts = _split(graph, both, n_parts)
        for j, part in enumerate(parts):
            graph.add("Identity", part, named=f"start_{i + j}")
            graph.output(f"start_{i + j}", float32, "batch", sizes[i + j])


def add_step(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    ngrams: None = None,
    *,
    int8_products: bool = False,
) -> None:
    """Add what writes on from a state, as :func:`~sklearn_slm.graph.build_graphs` says.

    Parameters
    ----------
    graph, spec, weights, ngrams, int8_products
        As in :func:`add_head`.
    """
    types, decoder = graph.types, spec.head.decoder
    units, n_read = decoder.state_size, spec.encoder.state_size
    graph.input("ids", types.INT32, "n")
    state = [
        graph.input(f"state_{i}", types.FLOAT, "n", size)
        for i, size in enumerate(spec.head.state_sizes)
    ]
    graph.input("states", types.FLOAT, "batch", "steps", n_read)
    graph.input("keys", types.FLOAT, "batch", "steps", units)
    graph.input("lengths", types.INT32, "batch")
    hidden = _add_layers(graph, spec, weights, state, int8_products)
    attention = _add_attention(graph, hidden, units)
    context = graph.add("MatMul", attention, "states")
    context = graph.add("Reshape", context, graph.ints(-1, n_read))
    steps = graph.add("Slice", graph.add("Shape", "keys"), graph.ints(1), graph.ints(2))
    shape = graph.add("Concat", graph.ints(-1), steps, axis=0)
    graph.add("Reshape", attention, shape, named="attention")
    joined = graph.add("Concat", hidden, context, axis=1)
    combined = _add_product(graph, weights, "combine.kernel", joined, int8_products)
    bias = graph.constant(to_float(weights, "combine.bias"))
    combined = graph.add("Tanh", graph.add("Add", combined, bias))
    name = _DECODER + "embedding"
    logits = _add_product(graph, weights, name, combined, int8_products, turned=True)
    logits = graph.add("Add", logits, graph.constant(to_float(weights, "head.bias")))
    graph.add("LogSoftmax", logits, axis=1, named="log_probs")
    graph.output("log_probs", types.FLOAT, "n", decoder.table_rows)
    graph.output("attention", types.FLOAT, "n", "steps")
    for i, size in enumerate(spec.head.state_sizes):
        graph.output(f"next_state_{i}", types.FLOAT, "n", size)


def _add_attention(graph: GraphBuilder, hidden: str, units: int) -> str:
    """Return the weights of the tokens of each text (batch, rows of a text, steps)."""
    batch = graph.add("Slice", graph.add("Shape", "keys"), graph.ints(0), graph.ints(1))
    shape = graph.add("Concat", batch, graph.ints(-1, units), axis=0)
    queries = graph.add("Reshape", hidden, shape)
    keys = graph.add("Transpose", "keys", perm=[0, 2, 1])
    scores = graph.add("MatMul", queries, keys)
    by_step = graph.add("Transpose", "keys", perm=[1, 0, 2])
    mask = graph.add("Transpose", add_mask(graph, by_step, "lengths"), perm=[1, 0])
    mask = graph.add("Unsqueeze", mask, graph.ints(1))
    lowest = graph.constant(np.array(np.finfo(np.float32).min, np.float32))
    weights = graph.add("Softmax", graph.add("Where", mask, scores, lowest), axis=2)
    return graph.add("Mul", weights, graph.add("Cast", mask, to=graph.types.FLOAT))


def _add_layers(
    graph: GraphBuilder,
    spec: NetworkSpec,
    weights: Weights,
    state: Sequence[str],
    int8_products: bool,
) -> str:
    """Add one step of all layers and the next state; return the last hidden state.

    The step is written out: the recurrent nodes of ONNX round a whole batch to int8 by
    its largest number, so that what one text becomes would depend on the others.
    """
    decoder = spec.head.decoder
    add_cell = {"lstm": _add_lstm, "gru": _add_gru, "rnn": _add_rnn}[decoder.cell]
    candidate = decoder.candidate_activation.capitalize()
    n_parts, inputs = len(state) // len(decoder.hidden_size), ""
    for depth in range(len(decoder.hidden_size)):
        name = f"{_DECODER}layer_{depth}.forward"
        own = state[depth * n_parts : (depth + 1) * n_parts]
        if depth:
            product = _add_product(
                graph, weights, f"{name}.kernel", inputs, int8_products
            )
        else:
            product = _add_token_product(
                graph, weights, f"{name}.kernel", int8_products
            )
        bias = graph.constant(to_float(weights, f"{name}.bias"), f"{name}.bias")
        gates = graph.add("Add", product, bias)
        kernel = f"{name}.recurrent_kernel"
        recurrent = _add_product(graph, weights, kernel, own[0], int8_products)
        if decoder.cell == "gru":
            inner = to_float(weights, f"{name}.recurrent_bias")
            zeros = np.zeros(2 * len(inner), np.float32)
            bias = graph.constant(np.concatenate([zeros, inner]))
            recurrent = graph.add("Add", recurrent, bias)
        moved = add_cell(graph, gates, recurrent, own, candidate)
        for i, part in enumerate(moved):
            number = depth * n_parts + i
            graph.add("Identity", part, named=f"next_state_{number}")
        inputs = moved[0]
    return inputs


def _add_lstm(
    graph: GraphBuilder, gates: str, recurrent: str, state: Sequence[str], kind: str
) -> list[str]:
    """``c = f*c + i*g``, ``h = o*tanh(c)``."""
    parts = _split(graph, graph.add("Add", gates, recurrent), 4)
    opened, kept, shown = (graph.add("Sigmoid", part) for part in parts[:3])
    new = graph.add("Mul", opened, graph.add(kind, parts[3]))
    cell = graph.add("Add", graph.add("Mul", kept, state[1]), new)
    return [graph.add("Mul", shown, graph.add("Tanh", cell)), cell]


def _add_gru(
    graph: GraphBuilder, gates: str, recurrent: str, state: Sequence[str], kind: str
) -> list[str]:
    """``h = z*h + (1-z)*g``, ``g = act(x + r*(U.h + b))``."""
    own, looped = _split(graph, gates, 3), _split(graph, recurrent, 3)
    update, reset = (
        graph.add("Sigmoid", graph.add("Add", own[i], looped[i])) for i in (0, 1)
    )
    inner = graph.add("Add", own[2], graph.add("Mul", reset, looped[2]))
    new = graph.add(kind, inner)
    moved = graph.add("Mul", update, graph.add("Sub", state[0], new))
    return [graph.add("Add", moved, new)]


def _add_rnn(
    graph: GraphBuilder, gates: str, recurrent: str, state: Sequence[str], kind: str
) -> list[str]:
    """``h = act(x + U.h)``."""
    return [graph.add(kind, graph.add("Add", gates, recurrent))]


def _split(graph: GraphBuilder, values: str, n: int) -> list[str]:
    """Cut columns into n equal parts."""
    return graph.add("Split", values, axis=1, n=n) if n > 1 else [values]


def _add_token_product(
    graph: GraphBuilder, weights: Weights, name: str, int8_products: bool
) -> str:
    """Multiply the vectors of ``ids`` with a kernel."""
    table = _DECODER + "embedding"
    if not (int8_products and weights[table].dtype == weights[name].dtype == np.int8):
        rows = add_rows(graph, weights, table, "ids")
        return graph.add("MatMul", rows, add_floats(graph, weights, name))
    # Both are whole numbers as they are: nothing is rounded.
    rows = graph.add("Gather", graph.constant(weights[table], table), "ids")
    kernel = graph.constant(weights[name], name)
    product = graph.add("MatMulInteger", rows, kernel)
    product = graph.add("Cast", product, to=graph.types.FLOAT)
    columns = graph.constant(weights[name + SCALE])
    stored = graph.constant(weights[table + SCALE], table + SCALE)
    scale = graph.add("Gather", stored, "ids")
    return graph.add("Mul", graph.add("Mul", product, columns), scale)


def _add_product(
    graph: GraphBuilder,
    weights: Weights,
    name: str,
    values: str,
    int8_products: bool,
    *,
    turned: bool = False,
) -> str:
    """Multiply values between -1 and 1 with a matrix, or with its rows as columns.

    As whole numbers their steps are the same for all, so that a row of the product does
    not depend on the others.
    """
    matrix = weights[name]
    if not (int8_products and matrix.dtype == np.int8):
        kernel = add_floats(graph, weights, name)
        if turned:
            kernel = graph.add("Transpose", kernel, perm=[1, 0])
        return graph.add("MatMul", values, kernel)
    kernel = graph.constant(matrix, name)
    if turned:
        kernel = graph.add("Transpose", kernel, perm=[1, 0])
    step = graph.constant(np.array(1.0 / _STEPS, np.float32))
    middle = graph.constant(np.array(_STEPS + 1, np.uint8))
    rounded = graph.add("QuantizeLinear", values, step, middle)
    product = graph.add("MatMulInteger", rounded, kernel, middle)
    product = graph.add("Cast", product, to=graph.types.FLOAT)
    scale = weights[name + SCALE].ravel() / np.float32(_STEPS)
    return graph.add("Mul", product, graph.constant(scale))


# The graphs of a network, by name, and what fills each.
GRAPHS = {"encoder": add_head, "step": add_step}
