"""Pairs that ONNX Runtime reads: as NumPy does, whatever stands beside them."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.graph.spans import match_spans
from tests.networks import draw_frames, draw_texts, make_span_network

pytest.importorskip("onnx", reason="the test extra installs it")
pytest.importorskip("onnxruntime", reason="the test extra installs it")

PASSAGES = draw_texts([7, 3, 1, 0])
QUESTIONS = draw_texts([2, 4, 0, 1], seed=1)
FEATURES = draw_frames(PASSAGES.lengths)
PAIRS = QUESTIONS, PASSAGES, FEATURES


def test_an_int8_pair_does_not_depend_on_other_pairs():
    spec, weights = make_span_network()
    network = OnnxNetwork(spec, quantize_weights(spec, weights))
    among = network.score_spans(*PAIRS, n_threads=2)
    for row in range(4):
        alone = network.score_spans(*(part.take(np.array([row])) for part in PAIRS))
        np.testing.assert_array_equal(alone.start.values, among.start[row])
        np.testing.assert_array_equal(alone.end.values, among.end[row])
        np.testing.assert_array_equal(alone.none[0], among.none[row])


def test_features_of_any_type_of_number():
    network = OnnxNetwork(*make_span_network())
    sessions = network.session("encoder"), network.session("spans")
    found = match_spans(*sessions, *PAIRS[:2], FEATURES.values.astype(np.float64))
    expected = network.match_spans(*PAIRS[:2], FEATURES.values)
    for one, two in zip(found, expected):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, two)
