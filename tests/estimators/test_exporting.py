"""ONNX of a fitted classifier: the runtime that answers from it, and the exported file."""

import copy
import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    export_onnx,
    load_demo_corpus,
)

pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = ["not bad at all", "", "a film", "zzz"]


@pytest.fixture(scope="module")
def fitted():
    corpus = load_demo_corpus("en")
    return SLMTextClassifier(
        hidden_size=3,
        vectorizer=GloveTfidfVectorizer(4, max_iter=1),
        max_iter=1,
        adversarial=0.0,
        random_state=0,
    ).fit(corpus.data[:120], corpus.target[:120])


@pytest.fixture
def model(fitted):
    """A copy that a test may change."""
    return copy.deepcopy(fitted)


def read_metadata(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map


def test_the_exported_file_needs_onnxruntime_alone(model, tmp_path):
    path = tmp_path / "model.onnx"
    export_onnx(model, path)
    assert model.ngrams_ is not None  # and it is in the file
    code = f"""
import json, sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession({str(path)!r})
metadata = session.get_modelmeta().custom_metadata_map
ids = {{token: i + 2 for i, token in enumerate(json.loads(metadata["vocabulary"]))}}
words = "not bad at all".split()
read = np.array([[ids.get(word, 1) for word in words]], np.int32)
(rows,) = session.run(
    ["probabilities"], {{"ids": read, "lengths": np.array([4], np.int32)}}
)
classes = json.loads(metadata["classes"])
print(json.dumps([classes, rows[0].tolist(), "sklearn_slm" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    classes, probabilities, imported = json.loads(done.stdout)
    assert classes == model.classes_.tolist() and not imported
    np.testing.assert_allclose(
        probabilities, model.predict_proba(TEXTS[:1])[0], atol=1e-5
    )


def test_the_options_of_the_vectorizer_are_in_the_file(model, tmp_path):
    model.vectorizer_.set_params(
        analyzer=str.split, stop_words={"b", "a"}, strip_tags=False, max_length=9
    )
    export_onnx(model, tmp_path / "model.onnx")
    assert json.loads(read_metadata(tmp_path / "model.onnx")["preprocessing"]) == {
        "analyzer": "builtins:str.split",
        "lowercase": True,
        "strip_tags": False,
        "strip_accents": None,
        "remove_punctuation": False,
        "stop_words": ["a", "b"],
        "token_pattern": None,
        "max_length": 9,
    }


def test_a_pipeline_is_exported_with_the_options_of_its_vectorizer(model, tmp_path):
    words = model.vectorizer_.set_params(max_length=7)
    model.vectorizer_ = None
    export_onnx(Pipeline([("words", words), ("net", model)]), tmp_path / "model.onnx")
    metadata = read_metadata(tmp_path / "model.onnx")
    assert json.loads(metadata["preprocessing"])["max_length"] == 7
    assert tuple(json.loads(metadata["vocabulary"])) == model.vocabulary_.tokens
    # Alone, nobody knows how its texts were split.
    export_onnx(model, tmp_path / "model.onnx")
    assert "preprocessing" not in read_metadata(tmp_path / "model.onnx")


def test_what_cannot_be_exported_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("before")
    with pytest.raises(NotFittedError):
        export_onnx(SLMTextClassifier(), path)
    assert path.read_text() == "before"
