"""The encoder as nodes: which operators stand for which cell."""

from collections import Counter

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.runtime import prepare_network
from tests.networks import draw_texts, make_network

pytest.importorskip("onnx", reason="the test extra installs it")
pytest.importorskip("onnxruntime", reason="the test extra installs it")


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
