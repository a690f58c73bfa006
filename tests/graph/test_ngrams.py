"""The n-gram model in a graph says what it says in NumPy."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_ngrams
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.ngrams import run_blended
from sklearn_slm.runtime import prepare_network
from tests.networks import N_TOKENS, draw_texts, make_network, make_ngrams

pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

# Three tokens in a row: 3 4 5 and 4 5 6.
TRIGRAMS = np.array(
    [(3 * N_TOKENS + 4) * N_TOKENS + 5, (4 * N_TOKENS + 5) * N_TOKENS + 6]
)
MODELS = {
    "words and pairs": make_ngrams(),
    "words": make_ngrams(n_ngrams=10, lengths=(1, 1)),
    "threes": make_ngrams(
        lengths=(3, 3),
        keys=TRIGRAMS,
        idf=np.float32([1.5, 2]),
        kernel=np.float32([[1, 2, 3], [-4, 5, 6]]),
    ),
    "int8": quantize_ngrams(make_ngrams()),
    "float16": quantize_ngrams(make_ngrams(), "float16"),
}


@pytest.mark.parametrize("ngrams", MODELS.values(), ids=MODELS)
def test_blended_logits(ngrams):
    spec, weights = make_network()
    texts = draw_texts([3, 0, 7, 1, 30])
    texts.values[4:8] = [3, 4, 5, 6]
    network = prepare_network(spec, weights)
    expected = run_blended(network, ngrams, texts)["logits"]
    assert np.abs(expected - network.run(texts)["logits"]).max() > 0.1
    model = build_graphs(spec, weights, ngrams)["model"]
    # As ONNX Runtime is by itself, it rounds what it multiplies with an int8 matrix.
    for disabled, bound in (("0", 0.03), ("1", 1e-5)):
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.disable_quant_qdq", disabled)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        inputs = {"ids": texts.pad(33), "lengths": texts.lengths.astype(np.int32)}
        (logits,) = session.run(["logits"], inputs)
        np.testing.assert_allclose(
            logits, expected, atol=bound if ngrams.scale is not None else 1e-5
        )
