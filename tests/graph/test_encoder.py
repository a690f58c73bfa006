"""The encoder as nodes: which operators stand for which cell."""

from collections import Counter

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.builder import GraphBuilder
from sklearn_slm.graph.encoder import add_encoder
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.stepping import start_state
from sklearn_slm.spec import CELLS
from tests.networks import draw_texts, make_network, make_token_network

pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")


def count_nodes(spec, weights, **options):
    model = build_graphs(spec, weights, **options)["model"]
    return Counter(node.op_type for node in model.graph.node)


@pytest.mark.parametrize(
    ("cell", "node"), {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}.items()
)
def test_each_layer_is_one_recurrent_node_for_both_directions(cell, node):
    assert count_nodes(*make_network(cell=cell, hidden_size=(4, 3)))[node] == 2


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
def test_int8_products_of_two_layers(bidirectional, candidate):
    spec, weights = make_network(
        hidden_size=(6, 4), bidirectional=bidirectional, candidate_activation=candidate
    )
    small = quantize_weights(spec, weights)
    nodes = count_nodes(spec, small, int8_products=True)
    assert nodes["DynamicQuantizeLSTM"] == 2 and "LSTM" not in nodes
    assert "DynamicQuantizeLSTM" not in count_nodes(spec, small)
    texts = draw_texts([3, 0, 7, 1, 7, 12, 2])
    np.testing.assert_allclose(
        OnnxNetwork(spec, small).run(texts)["logits"],
        prepare_network(spec, small).run(texts)["logits"],
        atol=0.08,
    )


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_other_cells_have_no_int8_products(cell):
    spec, weights = make_network(cell=cell)
    small = quantize_weights(spec, weights)
    nodes = count_nodes(spec, small, int8_products=True)
    assert nodes == count_nodes(spec, small)
    assert nodes["DequantizeLinear"] == 4


@pytest.mark.parametrize("cell", CELLS)
def test_layers_that_go_on_from_a_state(cell):
    spec, weights = make_token_network(cell=cell, hidden_size=(3, 4))
    graph = GraphBuilder()
    given = start_state(spec.encoder, 2)
    names = [f"given_{i}" for i in range(len(given))]
    for name, part in zip(names, given):
        graph.input(name, graph.types.FLOAT, "batch", part.shape[1])
    encoded = add_encoder(graph, spec.encoder, weights, start=names)
    assert len(encoded.state) == len(given)
    for name, part in zip(encoded.state, given):
        graph.output(name, graph.types.FLOAT, "batch", part.shape[1])
    session = onnxruntime.InferenceSession(
        graph.build({}).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    random, texts = np.random.RandomState(0), draw_texts([3, 5])
    given = [random.uniform(-0.9, 0.9, p.shape).astype(np.float32) for p in given]
    inputs = dict(zip(names, given))
    inputs |= {"ids": texts.pad(6), "lengths": np.array([3, 5], np.int32)}
    network = prepare_network(spec, weights)
    _, expected = network.forward_chunk(tuple(given), texts)
    for part, other in zip(session.run(encoded.state, inputs), expected):
        np.testing.assert_allclose(part, other, atol=1e-6)
