"""The encoder as ONNX nodes: real recurrent nodes that honour the lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..runtime.weights import SCALE, to_float
from ..spec import EncoderSpec
from .builder import RUNTIME_DOMAIN, GraphBuilder, add_matrix, add_rows

__all__ = ["EncodedNames", "add_encoder", "add_layers", "add_mask"]

Weights = Mapping[str, np.ndarray]
# Place in our kernels of each gate that an ONNX node expects. Ours: input, forget,
# output, candidate (lstm); update, reset, candidate (gru).
_GATES = {"lstm": (0, 2, 1, 3), "gru": (0, 1, 2), "rnn": (0,)}
_NODES = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


class EncodedNames(NamedTuple):
    """Names of what the encoder gives a head.

    Parameters
    ----------
    states : str
        States (steps, batch, state_size).
    last : str
        State after the last token of each text (batch, state_size).
    mask : str
        Booleans (steps, batch): tokens, not padding.
    lengths : str
        int32 (batch,), at least 1: recurrent nodes refuse empty texts, which are read as
        one token of padding.
    state : list of str
        Where the texts began from a state: hidden and, for an LSTM, cell state
        (batch, units) of each layer after the last token of each text.
    """

    states: str
    last: str
    mask: str
    lengths: str
    state: list[str]


def add_encoder(
    graph: GraphBuilder,
    encoder: EncoderSpec,
    weights: Weights,
    *,
    start: Sequence[str] = (),
    int8_products: bool = False,
) -> EncodedNames:
    """Add the inputs ``ids``, or ``frames``, and ``lengths``, and all layers.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    encoder : EncoderSpec
        What to add.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    start : sequence of str, default=()
        Names of the state from which the texts go on, for each layer its hidden and, for
        an LSTM, its cell state (batch, units); none for zeros. Only an encoder of one
        direction has one.
    int8_products : bool, default=False
        As in :func:`~sklearn_slm.graph.build_graphs`.

    Returns
    -------
    EncodedNames
    """
    if encoder.n_tokens is None:
        n = encoder.n_components
        graph.input("frames", graph.types.FLOAT, "batch", "steps", n)
        states = graph.add("Transpose", "frames", perm=[1, 0, 2])
    else:
        graph.input("ids", graph.types.INT32, "batch", "steps")
        turned = graph.add("Transpose", "ids", perm=[1, 0])
        states = add_rows(graph, weights, "embedding", turned)
    graph.input("lengths", graph.types.INT32, "batch")
    return add_layers(
        graph, encoder, weights, states, start=start, int8_products=int8_products
    )


def add_layers(
    graph: GraphBuilder,
    encoder: EncoderSpec,
    weights: Weights,
    states: str,
    *,
    start: Sequence[str] = (),
    int8_products: bool = False,
) -> EncodedNames:
    """Add all layers, which read vectors that the graph makes.

    Parameters
    ----------
    graph, encoder, weights, start, int8_products
        As in :func:`add_encoder`.
    states : str
        Name of the vectors (steps, batch, n_components); ``lengths`` is an input.

    Returns
    -------
    EncodedNames
    """
    one = graph.constant(np.array(1, np.int32))
    lengths = graph.add("Max", "lengths", one)
    last, state = "", []
    n_parts = len(start) // len(encoder.hidden_size)
    for depth in range(len(encoder.hidden_size)):
        is_int8 = weights[f"layer_{depth}.forward.kernel"].dtype == np.int8
        add_layer = _add_layer
        if int8_products and is_int8 and encoder.cell == "lstm":
            add_layer = _add_int8_layer
        first = [
            graph.add("Unsqueeze", name, graph.ints(0))
            for name in start[depth * n_parts : (depth + 1) * n_parts]
        ]
        outputs = add_layer(graph, encoder, weights, depth, states, lengths, first)
        width = encoder.hidden_size[depth] * len(encoder.directions)
        states, last = _join_directions(graph, outputs, width)
        state += [
            graph.add("Squeeze", name, graph.ints(0))
            for name in outputs[1 : 1 + n_parts]
        ]
    mask = add_mask(graph, states, "lengths")
    return EncodedNames(states, last, mask, lengths, state)


def _add_layer(
    graph: GraphBuilder,
    encoder: EncoderSpec,
    weights: Weights,
    depth: int,
    inputs: str,
    lengths: str,
    start: list[str],
) -> list[str]:
    """Return what the node gives: all states, the last ones, and cell states if any."""
    units = encoder.hidden_size[depth]
    names = [f"layer_{depth}.{direction}" for direction in encoder.directions]
    order = _GATES[encoder.cell]

    def stack(kind: str) -> str:
        """Turn kernels (inputs, gates * units) to (directions, gates * units, inputs)."""
        kernels = []
        for name in names:
            matrix = add_matrix(graph, weights, f"{name}.{kind}")
            gates = graph.add("Split", matrix, axis=1, n=len(order))
            gates = [gates] if isinstance(gates, str) else gates
            ordered = [gates[place] for place in order]
            joined = graph.add("Concat", *ordered, axis=1)
            turned = graph.add("Transpose", joined, perm=[1, 0])
            kernels.append(graph.add("Unsqueeze", turned, graph.ints(0)))
        return graph.add("Concat", *kernels, axis=0)

    def join_biases(name: str) -> np.ndarray:
        parts = to_float(weights, f"{name}.bias").reshape(-1, units)
        recurrent = np.zeros_like(parts)
        if encoder.cell == "gru":
            recurrent[2] = to_float(weights, f"{name}.recurrent_bias")
        return np.concatenate([parts[list(order)].ravel(), recurrent.ravel()])

    return graph.add(
        _NODES[encoder.cell],
        inputs,
        stack("kernel"),
        stack("recurrent_kernel"),
        graph.constant(np.stack([join_biases(name) for name in names])),
        lengths,
        *start,
        n=3 if len(start) > 1 else 2,
        **_describe_cell(encoder, units),
    )


def _add_int8_layer(
    graph: GraphBuilder,
    encoder: EncoderSpec,
    weights: Weights,
    depth: int,
    inputs: str,
    lengths: str,
    start: list[str],
) -> list[str]:
    """As :func:`_add_layer`, for quantised LSTM weights and ONNX Runtime alone."""
    units = encoder.hidden_size[depth]
    names = [f"layer_{depth}.{direction}" for direction in encoder.directions]
    columns = np.concatenate([np.arange(units) + g * units for g in _GATES["lstm"]])

    def stack(kind: str) -> np.ndarray:
        return np.stack([weights[f"{name}.{kind}"][..., columns] for name in names])

    scales = {kind: stack(kind + SCALE) for kind in ("kernel", "recurrent_kernel")}
    bias = np.stack([to_float(weights, f"{name}.bias")[columns] for name in names])
    zeros = np.zeros(scales["kernel"].shape, np.int8)
    return graph.add(
        "DynamicQuantizeLSTM",
        inputs,
        graph.constant(stack("kernel")),
        graph.constant(stack("recurrent_kernel")),
        graph.constant(np.concatenate([bias, np.zeros_like(bias)], axis=1)),
        lengths,
        *(start or ["", ""]),
        "",  # no peepholes
        graph.constant(scales["kernel"]),
        graph.constant(zeros),
        graph.constant(scales["recurrent_kernel"]),
        graph.constant(zeros),
        n=3 if start else 2,
        domain=RUNTIME_DOMAIN,
        **_describe_cell(encoder, units),
    )


def _describe_cell(encoder: EncoderSpec, units: int) -> dict[str, Any]:
    """Return the attributes that all recurrent nodes share."""
    candidate = encoder.candidate_activation.capitalize()
    activations = {
        "lstm": ["Sigmoid", candidate, "Tanh"],
        "gru": ["Sigmoid", candidate],
        "rnn": [candidate],
    }[encoder.cell]
    attributes = {
        "hidden_size": units,
        "direction": "bidirectional" if encoder.bidirectional else "forward",
        "activations": activations * len(encoder.directions),
    }
    # The reset gate multiplies the product of the state, not the state.
    return attributes | ({"linear_before_reset": 1} if encoder.cell == "gru" else {})


def _join_directions(
    graph: GraphBuilder, outputs: list[str], width: int
) -> tuple[str, str]:
    """Return all states (steps, batch, width), and the last ones (batch, width)."""
    states = graph.add("Transpose", outputs[0], perm=[0, 2, 1, 3])
    last = graph.add("Transpose", outputs[1], perm=[1, 0, 2])
    return (
        graph.add("Reshape", states, graph.ints(0, 0, width)),
        graph.add("Reshape", last, graph.ints(0, width)),
    )


def add_mask(graph: GraphBuilder, states: str, lengths: str) -> str:
    """Return booleans (steps, batch): the first steps of each text.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    states : str
        Name of an array (steps, batch, ...).
    lengths : str
        Name of how many steps there are of each text, int32 (batch,).
    """
    shape = graph.add("Shape", states)
    steps = graph.add("Gather", shape, graph.constant(np.array(0, np.int64)))
    begin, by = (graph.constant(np.array(v, np.int64)) for v in (0, 1))
    places = graph.add("Range", begin, steps, by)
    places = graph.add("Unsqueeze", places, graph.ints(1))
    lengths = graph.add("Cast", lengths, to=graph.types.INT64)
    return graph.add("Less", places, lengths)
