"""Smaller copies of fitted models: rounded weights, fewer words, and nothing else."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    load_model,
    quantize,
    save_model,
)

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:300], CORPUS.target[:300]
SMALL = {"max_iter": 1, "adversarial": 0.0, "runtime": "numpy", "random_state": 0}


@pytest.fixture(scope="module")
def pipeline():
    words = GloveTfidfVectorizer(40, max_iter=1, random_state=0)
    return Pipeline([("words", words), ("net", SLMTextClassifier(3, **SMALL))]).fit(
        TEXTS, LABELS
    )


@pytest.fixture(scope="module")
def classifier(pipeline):
    """One that reads raw texts itself."""
    return SLMTextClassifier(2, vectorizer=pipeline["words"], **SMALL).fit(
        TEXTS[:100], LABELS[:100]
    )


@pytest.mark.parametrize("dtype", ["int8", "int4", "float16"])
def test_a_smaller_copy(classifier, dtype, tmp_path):
    before = classifier.weights_
    texts, labels = TEXTS[:60], LABELS[:60]
    small = quantize(classifier, dtype, X=texts, y=labels)
    assert classifier.weights_ is before and not hasattr(classifier, "quantization_")
    report = small.quantization_
    assert report["dtype"] == dtype
    assert report["n_bytes"][1] < 0.75 * report["n_bytes"][0]
    assert report["n_words"] == (len(classifier.vocabulary_),) * 2
    scores = classifier.score(texts, labels), small.score(texts, labels)
    assert report["score"] == scores
    np.testing.assert_allclose(
        small.predict_proba(texts), classifier.predict_proba(texts), atol=0.05
    )
    small.save(tmp_path / "small.slm")
    np.testing.assert_array_equal(
        load_model(tmp_path / "small.slm").predict_proba(texts),
        small.predict_proba(texts),
    )


@pytest.mark.parametrize("dtype", ["int8", "int4", "float16"])
def test_training_goes_on_from_the_rounded_weights_in_float32(classifier, dtype):
    small = quantize(classifier, dtype)
    small.partial_fit(TEXTS[:60], LABELS[:60])
    assert {value.dtype for value in small.weights_.values()} == {np.dtype(np.float32)}
    assert set(small.weights_) == set(small.spec_.weights())


def test_what_is_refused(classifier):
    texts, labels = TEXTS[:60], LABELS[:60]
    with pytest.raises(ValueError, match="more than max_drop=-2"):
        quantize(classifier, X=texts, y=labels, max_drop=-2)
    with pytest.raises(ValueError, match="max_drop needs them"):
        quantize(classifier, max_drop=0.1)
    with pytest.raises(ValueError, match="X and y belong together"):
        quantize(classifier, X=texts)
    with pytest.raises(ValueError, match="'int8', 'int4' or 'float16'"):
        quantize(classifier, "int2")
    with pytest.raises(ValueError, match=r"max_bytes=100 has no room for words: the"):
        quantize(classifier, max_bytes=100)
    with pytest.raises(NotFittedError):
        quantize(SLMTextClassifier())


@pytest.mark.parametrize("dtype", ["int8", "int4", "float16"])
def test_the_file_is_no_larger_and_hardly_smaller(pipeline, dtype, tmp_path):
    path = tmp_path / "m.slm"
    save_model(quantize(pipeline, dtype), path)
    for most in (path.stat().st_size - 3000, path.stat().st_size - 9000):
        small = quantize(pipeline, dtype, max_bytes=most)
        save_model(small, path)
        assert most - 16_000 < path.stat().st_size <= most
        before, after = small["net"].quantization_["n_words"]
        assert before == len(pipeline["net"].vocabulary_) > after
        np.testing.assert_array_equal(
            load_model(path).predict_proba(TEXTS), small.predict_proba(TEXTS)
        )


def test_dropped_words_are_read_as_unknown_ones(pipeline, tmp_path):
    whole = quantize(pipeline)
    save_model(whole, tmp_path / "m.slm")
    small = quantize(pipeline, max_bytes=(tmp_path / "m.slm").stat().st_size - 6000)
    kept = set(small["net"].vocabulary_.tokens)
    assert small["words"].vocabulary_ is small["net"].vocabulary_
    analyze = pipeline["words"]._build_analyzer()
    blanked = [
        " ".join(token if token in kept else "zzz" for token in analyze(text))
        for text in TEXTS
    ]
    assert blanked != [" ".join(analyze(text)) for text in TEXTS]
    np.testing.assert_allclose(
        small.predict_proba(TEXTS), whole.predict_proba(blanked), atol=1e-6
    )
    assert small["words"].vectors_.tokens == small["net"].vocabulary_.tokens
    assert len(pipeline["words"].vectors_) > len(small["words"].vectors_)


def test_a_classifier_of_raw_texts_and_its_vectorizer_lose_the_same_words(classifier):
    small = quantize(classifier, max_bytes=28_000)
    assert small.vectorizer_.vocabulary_ is small.vocabulary_
    assert len(small.vocabulary_) < len(classifier.vocabulary_)
    assert len(classifier.vectorizer_.vocabulary_) == len(classifier.vocabulary_)
    assert small.predict(TEXTS).shape == (300,)


def test_words_that_another_vectorizer_knows_stay(pipeline):
    with pytest.raises(ValueError, match=r"max_bytes=20,000 .* Give the Pipeline"):
        quantize(pipeline["net"], max_bytes=20_000)


def test_iterators_are_read_once(classifier):
    small = quantize(classifier, X=iter(TEXTS[:60]), y=LABELS[:60])
    assert small.quantization_["score"][1] == small.score(TEXTS[:60], LABELS[:60])


def test_what_was_told_of_weights_goes_with_them(classifier):
    small = quantize(classifier)
    with pytest.raises(ValueError, match="X holds no document"):
        small.partial_fit([], [])
    assert small.quantization_["dtype"] == "int8"
    assert not hasattr(small.partial_fit(TEXTS[:60], LABELS[:60]), "quantization_")


def test_an_odd_number_of_components_is_named():
    words = GloveTfidfVectorizer(3, max_iter=1, random_state=0)
    model = SLMTextClassifier(2, vectorizer=words, **SMALL).fit(TEXTS[:60], LABELS[:60])
    with pytest.warns(UserWarning, match=r"an odd number of them in embedding: int8"):
        small = quantize(model, "int4")
    assert small.weights_["embedding"].dtype == np.int8
