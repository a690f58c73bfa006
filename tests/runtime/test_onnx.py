"""The ONNX graph says what the NumPy pass says."""

import copy
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn_slm.runtime.quantize import quantize_weights

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    export_onnx,
    load_demo_corpus,
    quantize,
)
from sklearn_slm.runtime import forward, prepare_network
from sklearn_slm.spec import CELLS, POOLINGS, NetworkSpec

pytest.importorskip("onnx", reason="the test extra installs it")
pytest.importorskip("onnxruntime", reason="the test extra installs it")

from sklearn_slm.runtime.onnx import OnnxNetwork
from sklearn_slm.runtime.onnx_graph import build_onnx


def build(seed=0, **fields):
    fields = {"n_tokens": 30, "n_components": 5, "hidden_size": (4,)} | fields
    spec = NetworkSpec(**{"n_outputs": 3} | fields)
    random = np.random.RandomState(seed)
    weights = {
        name: (0.5 * random.standard_normal(shape)).astype(np.float32)
        for name, shape in spec.weight_shapes().items()
    }
    return spec, weights


def draw_documents(lengths, seed=0):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.random.RandomState(seed).randint(1, 30, offsets[-1]).astype(np.int32)
    return ids, offsets


DOCUMENTS = draw_documents([3, 0, 7, 1, 7, 12, 2])


def assert_agree(spec, weights, documents=DOCUMENTS, atol=1e-5):
    expected = forward(spec, weights, *documents)
    found = OnnxNetwork(spec, weights).run(*documents)
    np.testing.assert_allclose(found.logits, expected.logits, atol=atol)
    if spec.pooling == "attention":
        np.testing.assert_allclose(found.attention, expected.attention, atol=atol)
    else:
        assert found.attention is None


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("hidden_size", [(4,), (3, 5)])
@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_agrees_with_numpy(cell, candidate, hidden_size, bidirectional, pooling):
    assert_agree(
        *build(
            cell=cell,
            candidate_activation=candidate,
            hidden_size=hidden_size,
            bidirectional=bidirectional,
            pooling=pooling,
        )
    )


@pytest.mark.parametrize("dtype", ["int8", "float16"])
@pytest.mark.parametrize("cell", CELLS)
def test_quantised_weights_agree_and_stay_small(cell, dtype):
    spec, weights = build(cell=cell, n_tokens=3000)
    small = quantize_weights(weights, dtype)
    # ONNX Runtime multiplies int8 LSTM kernels with inputs rounded to int8.
    assert_agree(spec, small, atol=0.05 if (cell, dtype) == ("lstm", "int8") else 1e-5)
    run_exported(spec, small)
    sizes = [build_onnx(spec, w).ByteSize() for w in (weights, small)]
    assert sizes[1] < 0.65 * sizes[0]


def run_exported(spec, weights):
    """Compare the graph of standard operators alone, one document at a time."""
    import onnxruntime

    content = build_onnx(spec, weights).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    expected = forward(spec, weights, *DOCUMENTS).logits
    ids, offsets = DOCUMENTS
    for row in (0, 2, 5):
        part = ids[offsets[row] : offsets[row + 1]]
        inputs = {"ids": part[None], "lengths": np.array([len(part)], np.int32)}
        (found,) = session.run(["logits"], inputs)
        np.testing.assert_allclose(found[0], expected[row], atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_one_document_alone_says_what_it_says_among_others(cell):
    spec, weights = build(cell=cell)
    network = OnnxNetwork(spec, weights)
    ids, offsets = DOCUMENTS
    among = network.run(*DOCUMENTS)
    for row in range(len(offsets) - 1):
        part = ids[offsets[row] : offsets[row + 1]]
        alone = network.run(part, np.array([0, len(part)]))
        np.testing.assert_allclose(alone.logits[0], among.logits[row], atol=1e-5)
        inside = among.attention[offsets[row] : offsets[row + 1]]
        np.testing.assert_allclose(alone.attention, inside, atol=1e-5)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
def test_int8_products_of_two_layers(bidirectional, candidate):
    spec, weights = build(
        hidden_size=(6, 4), bidirectional=bidirectional, candidate_activation=candidate
    )
    small = quantize_weights(weights)
    model = build_onnx(spec, small, int8_products=True)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("DynamicQuantizeLSTM") == 2 and "LSTM" not in kinds
    assert_agree(spec, small, atol=0.08)


def test_multilabel_many_batches_and_one_thread():
    spec, weights = build(output="sigmoid")
    documents = draw_documents(np.random.RandomState(0).randint(0, 30, 300))
    assert_agree(spec, weights, documents)
    network = OnnxNetwork(spec, weights)
    one, two = (network.run(*documents, n_threads=n).logits for n in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("lengths", [[0], [0, 0], [0] * 200_000 + [3, 0, 2], [1]])
def test_empty_documents(lengths):
    # Each in a run of its own, so many would take minutes.
    assert_agree(*build(), documents=draw_documents(lengths))


def test_one_session_for_all_threads_and_none_in_a_pickle():
    spec, weights = build()
    network = OnnxNetwork(spec, weights)
    with ThreadPoolExecutor(4) as pool:
        sessions = set(pool.map(lambda _: id(network.session()), range(8)))
    assert len(sessions) == 1
    copied = pickle.loads(pickle.dumps(network))
    assert copied._session[1] is None
    np.testing.assert_array_equal(
        copied.run(*DOCUMENTS).logits, network.run(*DOCUMENTS).logits
    )


@pytest.fixture(scope="module")
def model():
    corpus = load_demo_corpus("en")
    return SLMTextClassifier(
        hidden_size=3,
        vectorizer=GloveTfidfVectorizer(4, max_iter=1),
        max_iter=1,
        adversarial=0.0,
        random_state=0,
    ).fit(corpus.data[:120], corpus.target[:120])


TEXTS = ["not bad at all", "", "a film", "zzz"]


def test_the_two_runtimes_of_the_estimator(model):
    found = {}
    for runtime in ("numpy", "onnxruntime", "auto"):
        model.set_params(runtime=runtime)
        found[runtime] = model.predict_proba(TEXTS)
        pickle.dumps(model)
    np.testing.assert_allclose(found["numpy"], found["onnxruntime"], atol=1e-5)
    np.testing.assert_array_equal(found["auto"], found["onnxruntime"])


def test_new_weights_are_seen(model):
    before = model.predict_proba(TEXTS)
    kept = model.weights_
    model.weights_ = {name: value * 0.5 for name, value in kept.items()}
    assert np.abs(model.predict_proba(TEXTS) - before).max() > 1e-4
    model.weights_ = kept
    np.testing.assert_array_equal(model.predict_proba(TEXTS), before)


def test_the_exported_file_needs_onnxruntime_alone(model, tmp_path):
    path = tmp_path / "model.onnx"
    export_onnx(model, path)
    code = f"""
import json, sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession({str(path)!r})
metadata = session.get_modelmeta().custom_metadata_map
ids = {{token: i + 2 for i, token in enumerate(json.loads(metadata["vocabulary"]))}}
words = "not bad at all".split()
read = np.array([[ids.get(word, 1) for word in words]], np.int32)
found = session.run(
    ["probabilities"], {{"ids": read, "lengths": np.array([4], np.int32)}}
)[0]
classes = json.loads(metadata["classes"])
print(json.dumps([classes, found[0].tolist(), "sklearn_slm" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    classes, found, imported = json.loads(done.stdout)
    assert classes == model.classes_.tolist() and not imported
    np.testing.assert_allclose(found, model.predict_proba(TEXTS[:1])[0], atol=1e-5)


def test_the_options_of_the_vectorizer_are_in_the_file(model, tmp_path):
    import onnxruntime

    other = copy.deepcopy(model)
    other.vectorizer_.set_params(
        analyzer=str.split, stop_words={"b", "a"}, strip_tags=False, max_length=9
    )
    export_onnx(other, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["preprocessing"]) == {
        "analyzer": "builtins:str.split",
        "lowercase": True,
        "strip_tags": False,
        "strip_accents": None,
        "remove_punctuation": False,
        "stop_words": ["a", "b"],
        "token_pattern": None,
        "max_length": 9,
    }


@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_quantize_returns_a_smaller_copy(model, dtype, tmp_path):
    before = model.weights_
    texts, labels = (load_demo_corpus("en")[name][:60] for name in ("data", "target"))
    small = quantize(model, dtype, X=texts, y=labels)
    assert model.weights_ is before and not hasattr(model, "quantization_")
    report = small.quantization_
    assert report["dtype"] == dtype
    assert report["n_bytes"][1] < 0.75 * report["n_bytes"][0]
    assert report["score"] == (model.score(texts, labels), small.score(texts, labels))
    np.testing.assert_allclose(
        small.predict_proba(texts), model.predict_proba(texts), atol=0.05
    )
    from sklearn_slm import load_model

    small.save(tmp_path / "small.slm")
    np.testing.assert_array_equal(
        load_model(tmp_path / "small.slm").predict_proba(texts),
        small.predict_proba(texts),
    )
    small.partial_fit(texts, labels)
    assert small.weights_["embedding"].dtype == np.float32


def test_quantize_refuses_a_drop(model):
    texts, labels = (load_demo_corpus("en")[name][:60] for name in ("data", "target"))
    with pytest.raises(ValueError, match="more than max_drop=-2"):
        quantize(model, X=texts, y=labels, max_drop=-2)
    with pytest.raises(ValueError, match="max_drop needs them"):
        quantize(model, max_drop=0.1)
    with pytest.raises(ValueError, match="'int8' or 'float16'"):
        quantize(model, "int4")


def test_rounding_by_hand():
    weights = {
        "embedding": np.array([[0, 0], [1, -2]], np.float32),
        "layer_0.forward.kernel": np.array([[1, 10], [-0.5, 5]], np.float32),
        "head.bias": np.array([3], np.float32),
    }
    found = quantize_weights(weights)
    assert found["embedding"].tolist() == [[0, 0], [64, -127]]
    assert found["layer_0.forward.kernel"].tolist() == [[127, 127], [-64, 64]]
    np.testing.assert_allclose(found["layer_0.forward.kernel.scale"] * 127, [1, 10])
    assert found["head.bias"] is weights["head.bias"]
    # What was rounded once is rounded to itself.
    again = quantize_weights(found)
    assert all((again[name] == found[name]).all() for name in found)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_slm\[onnx\]"'):
        build_onnx(*build())
    assert prepare_network(*build())
