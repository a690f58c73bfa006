"""The page on serving says what is so; test_user_guide runs its code."""

import configparser
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    quantize,
)

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "user_guide" / "serving.md").read_text("utf-8")


@pytest.fixture(scope="module")
def model():
    corpus = load_demo_corpus("en")
    model = SLMTextClassifier(
        3, vectorizer=GloveTfidfVectorizer(3, max_iter=1), max_iter=1, random_state=0
    )
    return model.fit(corpus.data[:120], corpus.target[:120])


def test_skops_needs_the_documented_list_and_no_more(model):
    trusted = re.findall(r'^\.\.\.     "(sklearn_slm\.[\w.]+)",$', PAGE, re.M)
    sio = pytest.importorskip("skops.io", reason="the test extra installs it")
    corpus = load_demo_corpus("en")
    texts, labels = corpus.data[:120], corpus.target[:120]
    pipeline = make_pipeline(
        GloveTfidfVectorizer(3, max_iter=1, stop_words={"the"}),
        SLMTextClassifier((3, 2), max_iter=1, adversarial=0.0, random_state=0),
    ).fit(texts, labels)
    for saved in (model, quantize(model), pipeline):
        content = sio.dumps(saved)
        assert set(sio.get_untrusted_types(data=content)) == set(trusted)
        loaded = sio.loads(content, trusted=trusted)
        np.testing.assert_array_equal(
            loaded.predict_proba(texts), saved.predict_proba(texts)
        )


def test_the_packages_that_serving_needs_are_told_everywhere():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")

    def packages(requirements):
        return set(re.findall(r"^[\w-]+", requirements, re.M))

    needed = packages(config["options"]["install_requires"])
    needed -= {"keras", "scikeras", "jax"}
    onnx = packages(config["options.extras_require"]["onnx"])
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert set(re.search("^SERVING = (.*)", makefile, re.M)[1].split()) == needed | onnx
    lines = re.findall(r"^    pip install ([\w -]+)", PAGE, re.M)
    assert set(lines[0].split()) == needed
    assert set(lines[1].split()) >= onnx
