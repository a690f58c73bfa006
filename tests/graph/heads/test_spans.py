"""Spans as nodes: what goes in and out, and padding."""

import numpy as np
import pytest

from sklearn_slm.graph.network import build_graphs
from sklearn_slm.runtime import prepare_network
from tests.networks import draw_frames, draw_texts, make_span_network

onnx = pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

PASSAGES = draw_texts([3, 0, 7, 1])
QUESTIONS = draw_texts([2, 4, 0, 1], seed=1)
FEATURES = draw_frames(PASSAGES.lengths)


def start_sessions(spec, weights):
    graphs = build_graphs(spec, weights, metadata={"title": "a test"})
    assert list(graphs) == ["encoder", "spans"]
    return [
        onnxruntime.InferenceSession(
            graph.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        for graph in graphs.values()
    ]


def describe(values):
    return {value.name: value.shape for value in values}


@pytest.mark.parametrize("n_features", [0, 5])
def test_inputs_and_outputs(n_features):
    encoder, matcher = start_sessions(*make_span_network(n_features=n_features))
    assert matcher.get_modelmeta().custom_metadata_map == {"title": "a test"}
    texts = {"ids": ["batch", "steps"], "lengths": ["batch"]}
    assert describe(encoder.get_inputs()) == texts
    assert describe(encoder.get_outputs()) == {"states": ["batch", "steps", 8]}
    expected = {
        "question": ["batch", "question_steps", 8],
        "question_lengths": ["batch"],
        "passage": ["batch", "steps", 8],
        "lengths": ["batch"],
    }
    if n_features:
        expected["features"] = ["batch", "steps", n_features]
    assert describe(matcher.get_inputs()) == expected
    assert describe(matcher.get_outputs()) == {
        "start": ["batch", "steps"],
        "end": ["batch", "steps"],
        "none": ["batch", 2],
    }


@pytest.mark.parametrize("more", [0, 3])
def test_pairs_side_by_side(more):
    spec, weights = make_span_network()
    encoder, matcher = start_sessions(spec, weights)
    inputs = {}
    for texts, width, name, lengths in (
        (QUESTIONS, 4 + more, "question", "question_lengths"),
        (PASSAGES, 7 + more, "passage", "lengths"),
    ):
        inputs[lengths] = texts.lengths.astype(np.int32)
        given = {"ids": texts.pad(width), "lengths": inputs[lengths]}
        (inputs[name],) = encoder.run(["states"], given)
        # Padding may be anything.
        is_token = np.arange(width) < texts.lengths[:, None]
        inputs[name][~is_token] = 0.7
    inputs["features"] = FEATURES.pad(7 + more)
    start, end, none = matcher.run(["start", "end", "none"], inputs)
    network = prepare_network(spec, weights)
    expected = network.score_spans(QUESTIONS, PASSAGES, FEATURES)
    np.testing.assert_allclose(none, expected.none, atol=1e-5)
    for padded, ragged in ((start, expected.start), (end, expected.end)):
        for row, n in enumerate(PASSAGES.lengths):
            np.testing.assert_allclose(padded[row, :n], ragged[row], atol=1e-5)
