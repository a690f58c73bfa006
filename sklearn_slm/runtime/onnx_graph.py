"""The same network as an ONNX graph.

It is built from spec and weights with ``onnx.helper``: real recurrent nodes that honour
the lengths, and quantised weights that stay quantised in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from .weights import SCALE, to_float32
from .wide import split_keys

__all__ = ["build_onnx", "import_package"]

Weights = Mapping[str, np.ndarray]
_OPSET, _IR_VERSION = 17, 8
_RUNTIME_DOMAIN = "com.microsoft"  # operators of ONNX Runtime's own
# Place in our kernels of each gate that an ONNX node expects. Ours: input, forget,
# output, candidate (lstm); update, reset, candidate (gru).
_GATES = {"lstm": (0, 2, 1, 3), "gru": (0, 1, 2), "rnn": (0,)}
_NODES = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def import_package(name: str) -> Any:
    """Import a package of the extra ``onnx``, or say how it is installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            f"This needs {name}, which is not installed. Install it with: "
            'pip install "sklearn_slm[onnx]"'
        ) from error


class _Graph:
    """Nodes and constants in the making."""

    def __init__(self) -> None:
        self.onnx = import_package("onnx")
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: np.ndarray, name: str = "") -> str:
        name = name or f"constant_{len(self.constants)}"
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def add(
        self, kind: str, *inputs: str, named: str = "", n: int = 1, **attributes: Any
    ) -> Any:
        names = [named or f"{kind.lower()}_{len(self.nodes)}_{i}" for i in range(n)]
        node = self.onnx.helper.make_node(kind, list(inputs), names, **attributes)
        self.nodes.append(node)
        return names[0] if n == 1 else names


def build_onnx(
    spec: NetworkSpec,
    weights: Weights,
    metadata: Mapping[str, str] | None = None,
    *,
    int8_products: bool = False,
) -> Any:
    """Build the ONNX model of a network.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, float32 or quantised.
    metadata : mapping of str to str or None, default=None
        Texts to put into the model's ``metadata_props``.
    int8_products : bool, default=False
        Multiply int8 kernels of LSTM layers with inputs and states that are rounded
        to int8 as they come, twice as fast, by an operator that only ONNX Runtime has.
        False turns the kernels into float32 first, by standard operators.

    Returns
    -------
    onnx.ModelProto
        Inputs ``ids`` int32 (batch, steps), padded with 0, and ``lengths`` int32
        (batch,). Outputs ``probabilities`` and ``logits`` float32 (batch, n_outputs)
        and, where the pooling is attention, ``attention`` float32 (batch, steps).
        ``steps`` is at least 1.

    Raises
    ------
    ImportError
        If onnx is not installed.
    """
    graph = _Graph()
    onnx = graph.onnx
    helper, types = onnx.helper, onnx.TensorProto
    read = graph.add("Transpose", "ids", perm=[1, 0])
    states = _embed(graph, weights, read)
    one = graph.constant(np.array(1, np.int32))
    # Recurrent nodes refuse empty texts: these are read as one token of padding, and
    # what is pooled of it is set to zero.
    lengths = graph.add("Max", "lengths", one)
    last = ""
    for i in range(len(spec.hidden_size)):
        names = [f"layer_{i}.{direction}" for direction in spec.directions]
        small = weights[f"{names[0]}.kernel"].dtype == np.int8
        add = _add_layer
        if int8_products and small and spec.cell == "lstm":
            add = _add_int8_layer
        states, last = add(graph, spec, weights, i, states, lengths)
    mask = _add_mask(graph, states)
    pooled = _add_pooling(graph, spec, weights, states, last, mask, lengths)
    there = graph.add("Cast", graph.add("Less", "zero", "lengths"), to=types.FLOAT)
    graph.constant(np.array(0, np.int32), "zero")
    pooled = graph.add("Mul", pooled, graph.add("Unsqueeze", there, graph.ints(1)))
    product = graph.add("MatMul", pooled, _add_matrix(graph, weights, "head.kernel"))
    bias = graph.constant(to_float32(weights, "head.bias"))
    if spec.n_wide:
        deep = graph.add("Add", product, bias)
        graph.add("Add", deep, _add_wide(graph, spec, weights), named="logits")
    else:
        graph.add("Add", product, bias, named="logits")
    if spec.output == "softmax":
        graph.add("Softmax", "logits", named="probabilities", axis=1)
    else:
        graph.add("Sigmoid", "logits", named="probabilities")

    def describe(name: str, kind: int, *shape: Any) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    outputs = [
        describe(name, types.FLOAT, "batch", spec.n_outputs)
        for name in ("probabilities", "logits")
    ]
    if spec.pooling == "attention":
        outputs.append(describe("attention", types.FLOAT, "batch", "steps"))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sklearn_slm",
            [
                describe("ids", types.INT32, "batch", "steps"),
                describe("lengths", types.INT32, "batch"),
            ],
            outputs,
            graph.constants,
        ),
        opset_imports=[
            helper.make_opsetid("", _OPSET),
            *[helper.make_opsetid(_RUNTIME_DOMAIN, 1)] * int8_products,
        ],
        ir_version=_IR_VERSION,
        producer_name="sklearn_slm",
    )
    helper.set_model_props(model, dict(metadata or {}))
    onnx.checker.check_model(model)
    return model


def _embed(graph: _Graph, weights: Weights, ids: str) -> str:
    table = weights["embedding"]
    rows = graph.add("Gather", graph.constant(table, "embedding"), ids)
    if table.dtype != np.float32:
        rows = graph.add("Cast", rows, to=graph.onnx.TensorProto.FLOAT)
    if "embedding" + SCALE in weights:
        scale = graph.constant(weights["embedding" + SCALE], "embedding" + SCALE)
        found = graph.add("Gather", scale, ids)
        rows = graph.add("Mul", rows, graph.add("Unsqueeze", found, graph.ints(2)))
    return rows


def _add_matrix(graph: _Graph, weights: Weights, name: str) -> str:
    """Add a matrix, and what turns it into float32 where it is quantised."""
    value = weights[name]
    stored = graph.constant(value, name)
    if value.dtype == np.int8:
        scale = graph.constant(weights[name + SCALE], name + SCALE)
        zero = graph.constant(np.zeros(value.shape[-1], np.int8))
        return graph.add("DequantizeLinear", stored, scale, zero, axis=value.ndim - 1)
    if value.dtype == np.float16:
        return graph.add("Cast", stored, to=graph.onnx.TensorProto.FLOAT)
    return stored


def _add_layer(
    graph: _Graph, spec: NetworkSpec, weights: Weights, depth: int, inputs: str, n: str
) -> tuple[str, str]:
    """Return all states (steps, batch, width), and the last ones (batch, width)."""
    units = spec.hidden_size[depth]
    names = [f"layer_{depth}.{direction}" for direction in spec.directions]
    order = _GATES[spec.cell]

    def stack(kind: str) -> str:
        """Turn kernels (inputs, gates * units) to (directions, gates * units, inputs)."""
        found = []
        for name in names:
            matrix = _add_matrix(graph, weights, f"{name}.{kind}")
            gates = graph.add("Split", matrix, axis=1, n=len(order))
            gates = [gates] if isinstance(gates, str) else gates
            ordered = [gates[place] for place in order]
            joined = graph.add("Concat", *ordered, axis=1)
            turned = graph.add("Transpose", joined, perm=[1, 0])
            found.append(graph.add("Unsqueeze", turned, graph.ints(0)))
        return graph.add("Concat", *found, axis=0)

    def biases(name: str) -> np.ndarray:
        parts = to_float32(weights, f"{name}.bias").reshape(-1, units)
        recurrent = np.zeros_like(parts)
        if spec.cell == "gru":
            recurrent[2] = to_float32(weights, f"{name}.recurrent_bias")
        return np.concatenate([parts[list(order)].ravel(), recurrent.ravel()])

    attributes: dict[str, Any] = (
        {"linear_before_reset": 1} if spec.cell == "gru" else {}
    )
    outputs = graph.add(
        _NODES[spec.cell],
        inputs,
        stack("kernel"),
        stack("recurrent_kernel"),
        graph.constant(np.stack([biases(name) for name in names])),
        n,
        n=2,
        **_describe_cell(spec, units),
        **attributes,
    )
    return _join_directions(graph, outputs, len(names) * units)


def _add_int8_layer(
    graph: _Graph, spec: NetworkSpec, weights: Weights, depth: int, inputs: str, n: str
) -> tuple[str, str]:
    """As :func:`_add_layer`, for quantised LSTM weights and ONNX Runtime alone."""
    units = spec.hidden_size[depth]
    names = [f"layer_{depth}.{direction}" for direction in spec.directions]
    columns = np.concatenate([np.arange(units) + g * units for g in _GATES["lstm"]])

    def stack(kind: str) -> np.ndarray:
        return np.stack([weights[f"{name}.{kind}"][..., columns] for name in names])

    scales = {kind: stack(kind + SCALE) for kind in ("kernel", "recurrent_kernel")}
    bias = np.stack([to_float32(weights, f"{name}.bias")[columns] for name in names])
    zeros = np.zeros(scales["kernel"].shape, np.int8)
    outputs = graph.add(
        "DynamicQuantizeLSTM",
        inputs,
        graph.constant(stack("kernel")),
        graph.constant(stack("recurrent_kernel")),
        graph.constant(np.concatenate([bias, np.zeros_like(bias)], axis=1)),
        n,
        *[""] * 3,  # no first states, no peepholes
        graph.constant(scales["kernel"]),
        graph.constant(zeros),
        graph.constant(scales["recurrent_kernel"]),
        graph.constant(zeros),
        n=2,
        domain=_RUNTIME_DOMAIN,
        **_describe_cell(spec, units),
    )
    return _join_directions(graph, outputs, len(names) * units)


def _describe_cell(spec: NetworkSpec, units: int) -> dict[str, Any]:
    """Return the attributes that all recurrent nodes share."""
    candidate = spec.candidate_activation.capitalize()
    activations = {
        "lstm": ["Sigmoid", candidate, "Tanh"],
        "gru": ["Sigmoid", candidate],
        "rnn": [candidate],
    }[spec.cell]
    return {
        "hidden_size": units,
        "direction": "bidirectional" if spec.bidirectional else "forward",
        "activations": activations * len(spec.directions),
    }


def _join_directions(graph: _Graph, outputs: Any, width: int) -> tuple[str, str]:
    """Return states of both directions side by side."""
    states = graph.add("Transpose", outputs[0], perm=[0, 2, 1, 3])
    last = graph.add("Transpose", outputs[1], perm=[1, 0, 2])
    return (
        graph.add("Reshape", states, graph.ints(0, 0, width)),
        graph.add("Reshape", last, graph.ints(0, width)),
    )


def _add_mask(graph: _Graph, states: str) -> str:
    """Return booleans (steps, batch): inside the texts or not."""
    shape = graph.add("Shape", states)
    steps = graph.add("Gather", shape, graph.constant(np.array(0, np.int64)))
    begin, by = (graph.constant(np.array(v, np.int64)) for v in (0, 1))
    places = graph.add("Range", begin, steps, by)
    places = graph.add("Unsqueeze", places, graph.ints(1))
    lengths = graph.add("Cast", "lengths", to=graph.onnx.TensorProto.INT64)
    return graph.add("Less", places, lengths)


def _add_pooling(
    graph: _Graph,
    spec: NetworkSpec,
    weights: Weights,
    states: str,
    last: str,
    mask: str,
    lengths: str,
) -> str:
    if spec.pooling == "last":
        return last
    lowest = graph.constant(np.array(np.finfo(np.float32).min, np.float32))
    first = graph.ints(0)
    if spec.pooling == "max":
        inside = graph.add("Unsqueeze", mask, graph.ints(2))
        hidden = graph.add("Where", inside, states, lowest)
        return graph.add("ReduceMax", hidden, axes=[0], keepdims=0)
    if spec.pooling == "mean":
        real = graph.add("Cast", mask, to=graph.onnx.TensorProto.FLOAT)
        count = graph.add("Cast", lengths, to=graph.onnx.TensorProto.FLOAT)
        share = graph.add("Div", real, count)
    else:
        kernel = to_float32(weights, "attention.kernel")
        parts = graph.add("MatMul", states, graph.constant(kernel.T))
        before, here = (
            graph.add("Gather", parts, graph.constant(np.array(i, np.int64)), axis=2)
            for i in (0, 1)
        )
        # h(t-1): one step later, with zeros before the first.
        pads = graph.ints(1, 0, -1, 0)
        score = graph.add("Add", here, graph.add("Pad", before, pads))
        bias = graph.constant(to_float32(weights, "attention.bias").reshape(()))
        score = graph.add("Where", mask, graph.add("Add", score, bias), lowest)
        share = graph.add("Softmax", score, axis=0)
        real = graph.add("Cast", mask, to=graph.onnx.TensorProto.FLOAT)
        share = graph.add("Mul", share, real)
        graph.add("Transpose", share, named="attention", perm=[1, 0])
    weighted = graph.add("Mul", states, graph.add("Unsqueeze", share, graph.ints(2)))
    return graph.add("ReduceSum", weighted, first, keepdims=0)


def _add_wide(graph: _Graph, spec: NetworkSpec, weights: Weights) -> str:
    """Return the logits of the wide branch; see :mod:`sklearn_slm.runtime.wide`."""
    digits = split_keys(weights["wide.keys"], spec.n_tokens)
    grams = [gram[gram > 0][::-1].tolist() for gram in digits]
    shortest, longest = spec.wide_ngrams
    pool: list[int] = []
    starts, places = [], []
    for n in range(1, longest + 1):
        starts.append(len(pool))
        for place, gram in enumerate(grams):
            if len(gram) == n:
                pool += gram
                places.append(place)
    counts = graph.add(
        "TfIdfVectorizer",
        "ids",
        mode="TF",
        min_gram_length=shortest,
        max_gram_length=longest,
        max_skip_count=0,
        ngram_counts=starts,
        ngram_indexes=places,
        pool_int64s=pool,
    )
    one = graph.constant(np.array(1, np.float32))
    # (1 + log tf) idf where tf is at least 1, else 0.
    logs = graph.add("Log", graph.add("Max", counts, one))
    there = graph.add("Min", counts, one)
    idf = graph.constant(weights["wide.idf"], "wide.idf")
    values = graph.add("Add", graph.add("Mul", there, idf), graph.add("Mul", logs, idf))
    length = graph.add("ReduceL2", values, axes=[1], keepdims=1)
    length = graph.add("Max", length, graph.constant(np.array(1e-12, np.float32)))
    kernel = _add_matrix(graph, weights, "wide.kernel")
    product = graph.add("MatMul", graph.add("Div", values, length), kernel)
    return graph.add("Add", product, graph.constant(to_float32(weights, "wide.bias")))
