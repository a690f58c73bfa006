"""Texts in, answers out, piece by piece."""

import threading
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    predict_iter,
)

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:120], CORPUS.target[:120]
SMALL = {"hidden_size": 3, "max_iter": 1, "adversarial": 0.0, "random_state": 0}


@pytest.fixture(scope="module", params=["numpy", "onnxruntime"])
def model(request):
    if request.param == "onnxruntime":
        pytest.importorskip("onnxruntime", reason="the test extra installs it")
    vectorizer = GloveTfidfVectorizer(4, max_iter=1)
    model = SLMTextClassifier(vectorizer=vectorizer, runtime=request.param, **SMALL)
    return model.fit(TEXTS, LABELS)


@pytest.mark.parametrize("chunk_size", [1, 7, 120, 1000])
def test_a_stream_says_what_a_list_says(model, chunk_size):
    found = list(
        model.predict_iter(iter(TEXTS), method="predict_proba", chunk_size=chunk_size)
    )
    np.testing.assert_allclose(found, model.predict_proba(TEXTS), atol=1e-6)
    labels = list(predict_iter(model, (t for t in TEXTS), chunk_size=chunk_size))
    assert labels == model.predict(TEXTS).tolist()


def test_pipelines_and_other_classifiers():
    ours = make_pipeline(
        GloveTfidfVectorizer(4, max_iter=1), SLMTextClassifier(**SMALL)
    )
    linear = make_pipeline(TfidfVectorizer(), LogisticRegression())
    for model in (ours.fit(TEXTS, LABELS), linear.fit(TEXTS, LABELS)):
        found = list(predict_iter(model, TEXTS, method="predict_log_proba"))
        np.testing.assert_allclose(found, model.predict_log_proba(TEXTS), atol=1e-5)


def test_nothing_is_read_far_ahead(model):
    read = []

    def texts():
        for i in range(100):
            read.append((i, threading.current_thread()))
            yield TEXTS[i % 120]

    found = predict_iter(model, texts(), chunk_size=10)
    assert not read
    next(found)
    # ONNX Runtime works on one piece while the next is read.
    assert len(read) == (20 if model.runtime == "onnxruntime" else 10)
    assert {thread for _, thread in read} == {threading.current_thread()}
    del found
    alone = predict_iter(model, texts(), chunk_size=1)
    read.clear()
    for i in range(3):
        next(alone)
        assert len(read) == i + 1


def test_memory_does_not_grow_with_the_stream(model):
    def peak(n):
        stream = (TEXTS[i % 120] + f" {i}" for i in range(n))
        tracemalloc.start()
        for _ in predict_iter(model, stream, chunk_size=50):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(200)
    assert peak(4000) < 2 * peak(400)


def test_long_texts_make_small_pieces(model, monkeypatch):
    from sklearn_slm.estimators import streaming

    monkeypatch.setattr(streaming, "_MOST_CHARACTERS", 100)
    pieces = list(streaming._cut(iter(["x" * 60] * 5), 1000))
    assert [len(piece) for piece in pieces] == [2, 2, 1]


def test_a_bad_text_is_named_and_nothing_before_it_is_lost(model):
    texts = [*TEXTS[:25], None, *TEXTS[25:]]
    answers = []
    with pytest.raises(ValueError, match=r"X\[25\] must be a str, but a missing"):
        for answer in predict_iter(model, iter(texts), chunk_size=10):
            answers.append(answer)
    assert answers == model.predict(TEXTS[:20]).tolist()

    def broken():
        yield from TEXTS[:5]
        raise OSError("the line is dead")

    with pytest.raises(OSError, match="the line is dead"):
        list(predict_iter(model, broken(), chunk_size=2))


def test_documents_of_any_kind_where_the_analyzer_takes_them():
    documents = [text.split() for text in TEXTS]
    vectorizer = GloveTfidfVectorizer(3, analyzer=lambda tokens: tokens)
    bag = make_pipeline(vectorizer.set_params(output="document"), LogisticRegression())
    bag.fit(documents, LABELS)
    found = list(predict_iter(bag, iter(documents), chunk_size=7))
    assert found == bag.predict(documents).tolist()
    with pytest.raises(ValueError, match=r"X\[1\] must be a str, but a missing value"):
        list(predict_iter(bag, iter([["a"], None])))


def test_what_is_refused_at_once(model):
    for X, message in [
        ("a text", "string object received"),
        (pd.DataFrame({"t": TEXTS}), "a table with the columns"),
        (model.vectorizer_.transform(TEXTS), "3-dimensional"),
    ]:
        with pytest.raises(ValueError, match=message):
            predict_iter(model, X)
    with pytest.raises(TypeError, match="but int was given"):
        predict_iter(model, 3)
    with pytest.raises(ValueError, match="method must be one of"):
        predict_iter(model, TEXTS, method="transform")
    with pytest.raises(ValueError, match="chunk_size must be an int of at least 1"):
        predict_iter(model, TEXTS, chunk_size=0)
    with pytest.raises(NotFittedError):
        predict_iter(SLMTextClassifier(), TEXTS)


def test_an_abandoned_stream_leaves_no_thread(model):
    stream = predict_iter(model, iter(TEXTS), chunk_size=10)
    next(stream)
    del stream
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("sklearn_slm")]
