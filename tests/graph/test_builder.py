"""A graph in the making: names, constants of every type, and what is missing."""

import numpy as np
import pytest

from sklearn_slm.graph.builder import GraphBuilder, add_matrix

onnx = pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")


def run(graph, **inputs):
    content = graph.build({"title": "a test"}).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, inputs), session.get_modelmeta().custom_metadata_map


def test_a_constant_of_a_name_is_added_once():
    graph = GraphBuilder()
    assert graph.constant(np.float32([1]), "table") == "table"
    assert graph.constant(np.float32([1]), "table") == "table"
    other = graph.constant(np.float32([1]))
    assert [constant.name for constant in graph.constants] == ["table", other]


def test_a_scan_runs_over_slices_and_knows_what_is_outside():
    graph, body = GraphBuilder(), GraphBuilder("body_")
    x = graph.input("x", graph.types.FLOAT, "n", 2)
    matrix = graph.constant(np.float32([[1, 2], [3, 4]]), "matrix")
    row = body.input("row", body.types.FLOAT, 2)
    product = body.add("MatMul", row, matrix)
    shifted = body.add("Add", product, body.constant(np.float32(10)))
    body.output(shifted, body.types.FLOAT, 2)
    graph.add("Neg", graph.scan(body, x), named="y")
    graph.output("y", graph.types.FLOAT, "n", 2)
    (found,), _ = run(graph, x=np.float32([[1, 0], [0, 1], [1, 1]]))
    assert found.tolist() == [[-11, -12], [-13, -14], [-14, -16]]


def test_nodes_constants_and_outputs_by_hand():
    graph = GraphBuilder()
    x = graph.input("x", graph.types.FLOAT, "n", 2)
    doubled = graph.add("Mul", x, graph.constant(np.float32(2)))
    first, second = graph.add("Split", doubled, n=2, axis=1)
    assert len({doubled, first, second}) == 3
    graph.add("Sub", second, first, named="difference")
    graph.output("difference", graph.types.FLOAT, "n", 1)
    (found,), metadata = run(graph, x=np.float32([[1, 4], [2, 2]]))
    assert found.tolist() == [[6], [0]]
    assert metadata == {"title": "a test"}


@pytest.mark.parametrize(
    "weights",
    [
        {"kernel": np.float32([[0.5, -4], [63.5, 0]])},
        {"kernel": np.float16([[0.5, -4], [63.5, 0]])},
        {
            "kernel": np.array([[1, -2], [127, 0]], np.int8),
            "kernel.scale": np.float32([0.5, 2]),
        },
    ],
    ids=["float32", "float16", "int8"],
)
def test_a_matrix_is_stored_as_it_is_and_read_as_float32(weights):
    graph = GraphBuilder()
    product = graph.add(
        "MatMul",
        graph.input("x", graph.types.FLOAT, "n", 2),
        add_matrix(graph, weights, "kernel"),
    )
    graph.output(product, graph.types.FLOAT, "n", 2)
    stored = {c.name: onnx.numpy_helper.to_array(c) for c in graph.constants}
    np.testing.assert_array_equal(stored["kernel"], weights["kernel"])
    assert stored["kernel"].dtype == weights["kernel"].dtype
    (found,), _ = run(graph, x=np.eye(2, dtype=np.float32))
    assert found.tolist() == [[0.5, -4], [63.5, 0]]


def test_a_single_number_keeps_its_shape():
    graph = GraphBuilder()
    graph.constant(np.array(3, np.int64), "three")
    assert list(graph.constants[0].dims) == []
