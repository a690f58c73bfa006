"""Nodes and constants of an ONNX graph in the making."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..runtime.weights import SCALE, ZERO_OF_INT4, find_groups
from .packages import import_package

__all__ = ["GraphBuilder", "add_floats", "add_matrix", "add_rows"]

Weights = Mapping[str, np.ndarray]
_OPSET, _IR_VERSION = 17, 8
RUNTIME_DOMAIN = "com.microsoft"  # operators of ONNX Runtime's own


class GraphBuilder:
    """Collects nodes, constants and named outputs; every node returns its output's name.

    Parameters
    ----------
    prefix : str, default=""
        Begins the names of nodes: those inside of a graph and outside of it differ.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.onnx = import_package("onnx")
        self.types = self.onnx.TensorProto
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def input(self, name: str, kind: int, *shape: Any) -> str:
        """Declare an input of the graph."""
        described = self.onnx.helper.make_tensor_value_info(name, kind, shape)
        self.inputs.append(described)
        return name

    def output(self, name: str, kind: int, *shape: Any) -> None:
        """Declare a node's output to be one of the graph."""
        described = self.onnx.helper.make_tensor_value_info(name, kind, shape)
        self.outputs.append(described)

    def constant(self, value: np.ndarray, name: str = "") -> str:
        """Add an array; one of a name that is there already is the same."""
        if any(constant.name == name for constant in self.constants):
            return name
        name = name or f"{self.prefix}constant_{len(self.constants)}"
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def ints(self, *values: int) -> str:
        """Add a vector of whole numbers."""
        return self.constant(np.array(values, np.int64))

    def add(
        self, kind: str, *inputs: str, named: str = "", n: int = 1, **attributes: Any
    ) -> Any:
        """Add a node; return the name of its output, or a list of `n` names."""
        number = f"{self.prefix}{kind.lower()}_{len(self.nodes)}"
        names = [named or f"{number}_{i}" for i in range(n)]
        node = self.onnx.helper.make_node(kind, list(inputs), names, **attributes)
        self.nodes.append(node)
        return names[0] if n == 1 else names

    def scan(self, body: GraphBuilder, *inputs: str) -> str:
        """Run a graph over the slices of arrays; its outputs are put end to end.

        Parameters
        ----------
        body : GraphBuilder
            A graph of one output, whose inputs are slices. It may name what is outside.
        *inputs : str
            Arrays whose first axis is run over.

        Returns
        -------
        str
            Name of the outputs, of one axis more.
        """
        inner = self.onnx.helper.make_graph(
            body.nodes, "body", body.inputs, body.outputs, body.constants
        )
        return self.add("Scan", *inputs, num_scan_inputs=len(inputs), body=inner)

    def build(self, metadata: Mapping[str, str]) -> Any:
        """Return the checked model.

        Parameters
        ----------
        metadata : mapping of str to str
            Texts to put into the model's ``metadata_props``.

        Returns
        -------
        onnx.ModelProto
        """
        helper = self.onnx.helper
        has_own = any(node.domain == RUNTIME_DOMAIN for node in self.nodes)
        model = helper.make_model(
            helper.make_graph(
                self.nodes, "sklearn_slm", self.inputs, self.outputs, self.constants
            ),
            opset_imports=[
                helper.make_opsetid("", _OPSET),
                *[helper.make_opsetid(RUNTIME_DOMAIN, 1)] * has_own,
            ],
            ir_version=_IR_VERSION,
            producer_name="sklearn_slm",
        )
        helper.set_model_props(model, dict(metadata))
        self.onnx.checker.check_model(model)
        return model


def add_matrix(graph: GraphBuilder, weights: Weights, name: str) -> str:
    """Add a matrix, and what turns it into float32 where it is quantised.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    weights : mapping of str to ndarray
        Weights, quantised or not.
    name : str
        Which one.

    Returns
    -------
    str
        Name of the float32 matrix.
    """
    value = weights[name]
    stored = graph.constant(value, name)
    if value.dtype == np.int8:
        scale = graph.constant(weights[name + SCALE], name + SCALE)
        zero = graph.constant(np.zeros(value.shape[-1], np.int8))
        return graph.add("DequantizeLinear", stored, scale, zero, axis=value.ndim - 1)
    if value.dtype == np.float16:
        return graph.add("Cast", stored, to=graph.types.FLOAT)
    return stored


def add_floats(graph: GraphBuilder, weights: Weights, name: str) -> str:
    """Add a matrix, and what turns it into float32 by a product.

    Unlike :func:`add_matrix` it leaves ONNX Runtime no choice: of int8 weights and
    ``DequantizeLinear`` it makes a product of int8 numbers, states rounded as well.

    Parameters
    ----------
    graph, weights, name
        As in :func:`add_matrix`.

    Returns
    -------
    str
        Name of the float32 matrix.
    """
    return _dequantize(graph, weights, name, graph.constant(weights[name], name), "")


def add_rows(graph: GraphBuilder, weights: Weights, name: str, ids: str) -> str:
    """Add the rows of a table that ids name, as float32.

    Parameters
    ----------
    graph, weights, name
        As in :func:`add_matrix`.
    ids : str
        Name of the ids, of any shape.

    Returns
    -------
    str
        Name of the rows, of one axis more.
    """
    rows = graph.add("Gather", graph.constant(weights[name], name), ids)
    return _dequantize(graph, weights, name, rows, ids)


def _dequantize(
    graph: GraphBuilder, weights: Weights, name: str, stored: str, ids: str
) -> str:
    """Turn rows as they are stored, of `ids` or all, into float32."""
    value = weights[name]
    if value.dtype != np.float32:
        stored = graph.add("Cast", stored, to=graph.types.FLOAT)
    if name + SCALE not in weights:
        return stored
    scale = graph.constant(weights[name + SCALE], name + SCALE)
    scale = graph.add("Gather", scale, ids) if ids else scale
    if value.dtype == np.uint8:
        stored = _unpack(graph, stored)
        groups = find_groups(2 * value.shape[1], weights[name + SCALE].shape[1])
        scale = graph.add("Gather", scale, graph.ints(*groups.tolist()), axis=-1)
    return graph.add("Mul", stored, scale)


def _unpack(graph: GraphBuilder, packed: str) -> str:
    """Return the two numbers of four bits in each of `packed`, floats like these."""
    sixteen, zero = (
        graph.constant(np.array(n, np.float32)) for n in (16.0, ZERO_OF_INT4)
    )
    upper = graph.add("Floor", graph.add("Div", packed, sixteen))
    lower = graph.add("Sub", packed, graph.add("Mul", upper, sixteen))
    return graph.add("Sub", graph.add("Concat", lower, upper, axis=-1), zero)
