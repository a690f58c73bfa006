"""Every reader of a network computes the same: encoder x head x reader."""

import itertools

import numpy as np
import pytest

from sklearn_slm.graph import OnnxNetwork, build_graphs
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import CELLS, POOLINGS
from tests.networks import draw_texts, each_text, make_network

pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7, 1, 7, 12, 2])
ENCODERS = [
    dict(zip(("cell", "candidate_activation", "hidden_size", "bidirectional"), values))
    for values in itertools.product(
        CELLS, ("tanh", "sigmoid"), ((4,), (3, 5)), (False, True)
    )
]
HEADS = [{"pooling": pooling} for pooling in POOLINGS] + [{"output": "sigmoid"}]


def run_numpy(spec, weights):
    return prepare_network(spec, weights).run(TEXTS)


def run_alone(spec, weights):
    """Each text by itself: no company, no padding."""
    network = prepare_network(spec, weights)
    outputs = [network.run(text) for text in each_text(TEXTS)]
    return {name: np.concatenate([o[name] for o in outputs]) for name in outputs[0]}


def run_onnx(spec, weights):
    return OnnxNetwork(spec, weights).run(TEXTS)


def run_exported(spec, weights):
    """The graph of standard operators alone, padded further than needed."""
    import onnxruntime

    content = build_graphs(spec, weights)["model"].SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    padded, lengths = TEXTS.pad(15), TEXTS.lengths.astype(np.int32)
    (logits,) = session.run(["logits"], {"ids": padded, "lengths": lengths})
    return {"logits": logits}


READERS = {"alone": run_alone, "onnx": run_onnx, "exported": run_exported}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("encoder", ENCODERS, ids=str)
def test_readers_agree(encoder, head, reader):
    spec, weights = make_network(**encoder, **head)
    expected = run_numpy(spec, weights)
    for name, values in READERS[reader](spec, weights).items():
        np.testing.assert_allclose(values, expected[name], atol=1e-5)
