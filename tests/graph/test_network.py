"""A whole network as one ONNX model."""

import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.spec import CELLS
from tests.networks import make_network, make_ngrams

pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")


def test_inputs_outputs_and_metadata():
    spec, weights = make_network()
    model = build_graphs(spec, weights, make_ngrams(), {"classes": "[1, 2, 3]"})[
        "model"
    ]
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    described = {
        value.name: (value.type, value.shape)
        for value in [*session.get_inputs(), *session.get_outputs()]
    }
    assert described == {
        "ids": ("tensor(int32)", ["batch", "steps"]),
        "lengths": ("tensor(int32)", ["batch"]),
        "probabilities": ("tensor(float)", ["batch", 3]),
        "logits": ("tensor(float)", ["batch", 3]),
        "attention": ("tensor(float)", ["batch", "steps"]),
    }
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata == {"classes": "[1, 2, 3]"}


@pytest.mark.parametrize(
    ("dtype", "share"), [("int8", 0.35), ("int4", 0.25), ("float16", 0.55)]
)
@pytest.mark.parametrize("cell", CELLS)
def test_quantised_weights_stay_small(cell, dtype, share):
    spec, weights = make_network(cell=cell, n_tokens=3000, n_components=32)
    small = quantize_weights(spec, weights, dtype)
    whole, part = (build_graphs(spec, w)["model"].ByteSize() for w in (weights, small))
    assert part < share * whole


@pytest.mark.parametrize("int8_products", [False, True])
def test_operators_of_onnxruntime_are_only_where_they_are_asked_for(int8_products):
    spec, weights = make_network()
    small = quantize_weights(spec, weights)
    model = build_graphs(spec, small, int8_products=int8_products)["model"]
    domains = {entry.domain for entry in model.opset_import}
    assert domains == {"", "com.microsoft"} if int8_products else {""}


def test_equal_networks_are_equal_files():
    first, second = (
        build_graphs(*make_network())["model"].SerializeToString() for _ in range(2)
    )
    assert first == second
    assert build_graphs(*make_network(seed=1))["model"].SerializeToString() != first
