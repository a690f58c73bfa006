"""Models of so many bytes: the rarest words go, and nothing else changes."""

import numpy as np
import pytest
from sklearn.pipeline import Pipeline
from sklearn_slm.runtime.wide import keep_ngrams

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    load_model,
    quantize,
    save_model,
)
from sklearn_slm.spec import NetworkSpec

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:300], CORPUS.target[:300]


@pytest.fixture(scope="module")
def pipeline():
    words = GloveTfidfVectorizer(40, max_iter=1, random_state=0)
    network = SLMTextClassifier(
        3, max_iter=1, adversarial=0.0, runtime="numpy", random_state=0
    )
    return Pipeline([("words", words), ("net", network)]).fit(TEXTS, LABELS)


@pytest.mark.parametrize("dtype", ["int8", "float16"])
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


def test_a_raw_text_classifier_and_no_room_at_all(pipeline):
    network = SLMTextClassifier(
        2, vectorizer=pipeline["words"], max_iter=1, adversarial=0.0, random_state=0
    ).fit(TEXTS[:100], LABELS[:100])
    small = quantize(network, max_bytes=28_000)
    assert small.vectorizer_.vocabulary_ is small.vocabulary_
    assert len(small.vocabulary_) < len(network.vocabulary_)
    assert small.predict(TEXTS).shape == (300,)
    with pytest.raises(ValueError, match=r"max_bytes=100 has no room for words: the"):
        quantize(network, max_bytes=100)


def test_ngrams_by_hand():
    spec = NetworkSpec(
        n_tokens=10, n_components=1, hidden_size=(1,), n_outputs=1, n_wide=4
    )
    weights = {
        "wide.keys": np.array([2, 9, 23, 92]),
        "wide.idf": np.arange(4, dtype=np.float32),
        "wide.kernel": np.arange(4, dtype=np.float32)[:, None],
    }
    found = keep_ngrams(spec, weights, 5)
    assert found["wide.keys"].tolist() == [2, 2 * 5 + 3]
    assert found["wide.idf"].tolist() == [0, 2]
    assert found["wide.kernel"].tolist() == [[0], [2]]
