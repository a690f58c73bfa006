"""The head for classes as nodes: its outputs, and what a text's padding leaves of them."""

import numpy as np
import pytest

from sklearn_slm.graph.network import build_graphs
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.heads.classes import compute_probabilities
from sklearn_slm.spec import POOLINGS
from tests.networks import draw_texts, make_network

pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7])


def run(spec, weights, width=9):
    content = build_graphs(spec, weights)["model"].SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    inputs = {"ids": TEXTS.pad(width), "lengths": TEXTS.lengths.astype(np.int32)}
    return dict(zip(names, session.run(names, inputs)))


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_probabilities_are_those_of_the_logits(output):
    spec, weights = make_network(output=output)
    outputs = run(spec, weights)
    expected = prepare_network(spec, weights).run(TEXTS)["logits"]
    np.testing.assert_allclose(
        outputs["probabilities"], compute_probabilities(spec.head, expected), atol=1e-6
    )
    sums = outputs["probabilities"].sum(axis=1)
    assert np.allclose(sums, 1) == (output == "softmax")


@pytest.mark.parametrize("pooling", POOLINGS)
def test_attention_is_an_output_where_there_is_some(pooling):
    spec, weights = make_network(pooling=pooling)
    outputs = run(spec, weights)
    expected = {"probabilities", "logits"} | {"attention"} & {pooling}
    assert set(outputs) == expected
    np.testing.assert_allclose(outputs["logits"][1], weights["head.bias"], rtol=1e-6)
    if pooling == "attention":
        attention = outputs["attention"]
        assert attention.shape == (3, 9)
        np.testing.assert_allclose(attention.sum(axis=1), [1, 0, 1], atol=1e-6)
        assert not attention[np.arange(9) >= TEXTS.lengths[:, None]].any()
