"""Vectors of texts as nodes: inputs and outputs, padding, int8."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.runtime import prepare_network
from tests.networks import draw_texts, make_network

onnx = pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7, 1])


@pytest.mark.parametrize("dtype", [None, "float16", "int8"])
@pytest.mark.parametrize("width", [7, 10])
def test_padded_texts(width, dtype):
    spec, weights = make_network(kind="pairs")
    if dtype:
        weights = quantize_weights(spec, weights, dtype)
    graphs = build_graphs(spec, weights, metadata={"title": "a test"})
    assert list(graphs) == ["model"]
    session = onnxruntime.InferenceSession(
        graphs["model"].SerializeToString(), providers=["CPUExecutionProvider"]
    )
    assert session.get_modelmeta().custom_metadata_map == {"title": "a test"}
    (output,) = session.get_outputs()
    assert (output.name, output.shape) == ("vectors", ["batch", 3])
    inputs = {"ids": TEXTS.pad(width), "lengths": TEXTS.lengths.astype(np.int32)}
    (vectors,) = session.run(None, inputs)
    expected = prepare_network(spec, weights).run(TEXTS)["vectors"]
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
