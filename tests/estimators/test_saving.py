"""Models come back from a file as they were saved; what has no place in it is named."""

import copy
import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load as unpack
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    WordVectors,
    load_demo_corpus,
    load_model,
    quantize,
    save_model,
)

CORPUS = load_demo_corpus("en")


TEXTS, LABELS = CORPUS.data[:120], CORPUS.target[:120]


NEW = ["not bad at all", "", "zzz yyy", *CORPUS.data[200:220]]


SMALL = {"hidden_size": 3, "max_iter": 1, "adversarial": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def classifier():
    return SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(4, max_iter=1), runtime="numpy", **SMALL
    ).fit(TEXTS, LABELS)


def test_classifier_round_trip(classifier, tmp_path):
    path = tmp_path / "模型.slm"
    classifier.save(path)
    loaded = load_model(path)
    np.testing.assert_array_equal(
        loaded.predict_proba(NEW), classifier.predict_proba(NEW)
    )
    for name in (
        "n_iter_",
        "loss_curve_",
        "validation_scores_",
        "best_validation_score_",
    ):
        assert getattr(loaded, name) == getattr(classifier, name)
    assert loaded.get_params().keys() == classifier.get_params().keys()
    assert loaded.vectorizer.n_components == 4
    assert os.listdir(tmp_path) == ["模型.slm"]
    save_model(loaded, tmp_path / "again.slm")
    assert (tmp_path / "again.slm").read_bytes() == path.read_bytes()
    loaded.partial_fit(TEXTS[:40], LABELS[:40])
    assert loaded.n_iter_ == classifier.n_iter_ + 1


def test_pipeline_round_trip(tmp_path):
    pipeline = Pipeline(
        [
            ("words", GloveTfidfVectorizer(4, max_iter=1, stop_words={"the", "a"})),
            ("net", SLMTextClassifier(**SMALL | {"hidden_size": (3, 2)})),
        ]
    ).fit(TEXTS, LABELS)
    save_model(pipeline, tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    assert list(loaded.named_steps) == ["words", "net"]
    assert loaded["net"].hidden_size == (3, 2)
    assert loaded["words"].stop_words == {"the", "a"}
    np.testing.assert_array_equal(
        loaded.predict_proba(NEW), pipeline.predict_proba(NEW)
    )


@pytest.mark.parametrize("output", ["document", "weights"])
def test_vectorizer_round_trip(tmp_path, output):
    vectorizer = GloveTfidfVectorizer(4, output=output, random_state=0).fit(TEXTS)
    vectorizer.save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    a, b = vectorizer.transform(NEW), loaded.transform(NEW)
    assert (a != b).sum() == 0
    np.testing.assert_array_equal(loaded.idf_, vectorizer.idf_)
    assert loaded.vocabulary_ == vectorizer.vocabulary_


@pytest.mark.parametrize(
    "labels",
    [np.arange(120) % 3, np.arange(120) % 2 == 0, (np.arange(120) % 2) * 1.0],
    ids=["int", "bool", "float"],
)
def test_labels_keep_their_type(labels, tmp_path):
    model = SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(2, max_iter=1), **SMALL, early_stopping=False
    ).fit(TEXTS, labels)
    model.save(tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    np.testing.assert_array_equal(loaded.classes_, model.classes_)
    assert loaded.predict(NEW).dtype == model.predict(NEW).dtype


def test_multilabel_and_sequences(tmp_path):
    sequences = GloveTfidfVectorizer(2, max_iter=1, random_state=0).fit_transform(TEXTS)
    y = np.stack([np.arange(120) % 2, np.arange(120) % 3 == 0], axis=1).astype(int)
    model = SLMTextClassifier(**SMALL).fit(sequences, y)
    model.save(tmp_path / "m.slm")
    found = load_model(tmp_path / "m.slm").predict_proba(sequences[:9])
    np.testing.assert_array_equal(found, model.predict_proba(sequences[:9]))


def test_rare_tokens_and_computed_weights(tmp_path):
    """Line breaks, lone surrogates and given idf survive a file that leaves out much."""
    tokens = ["a\nb", "\ud800", "", "é"]
    vectorizer = GloveTfidfVectorizer(2, analyzer="char", min_df=1, max_iter=1)
    vectorizer.fit(["ab", "cd"])
    vectorizer.vocabulary_ = replace(vectorizer.vocabulary_, tokens=tuple(tokens))
    assert len(vectorizer.vocabulary_.token_counts) == 4
    for idf in (vectorizer.idf_, np.arange(4.0)):
        vectorizer.idf_ = idf
        save_model(vectorizer, tmp_path / "v.slm")
        loaded = load_model(tmp_path / "v.slm")
        assert loaded.vocabulary_.tokens == tuple(tokens)
        np.testing.assert_array_equal(loaded.idf_, idf)
    assert "vectorizer.idf_" in unpack((tmp_path / "v.slm").read_bytes())


def test_words_that_only_the_given_vectors_have(tmp_path):
    words = sorted({word for text in CORPUS.data[:300] for word in text.split()})
    table = np.random.RandomState(0).standard_normal((len(words), 3))
    vectorizer = GloveTfidfVectorizer(
        3, vectors=WordVectors(words, table), extra_words=40, remove_common=True
    ).set_params(output="document")
    vectorizer.fit(TEXTS)
    assert (vectorizer.vocabulary_.token_counts[-40:] == 0).all()
    with pytest.warns(UserWarning, match="vectors=.* is not kept"):
        vectorizer.save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    assert "idf" not in unpack((tmp_path / "v.slm").read_bytes())
    np.testing.assert_array_equal(loaded.idf_, vectorizer.idf_)
    np.testing.assert_array_equal(
        loaded.transform(CORPUS.data[:300]), vectorizer.transform(CORPUS.data[:300])
    )


def test_what_only_training_needs_is_left_out_with_a_warning(classifier, tmp_path):
    changed = copy.copy(classifier).set_params(random_state=np.random.RandomState(0))
    with pytest.warns(UserWarning, match="random_state=.* is not kept"):
        changed.save(tmp_path / "m.slm")
    assert load_model(tmp_path / "m.slm").random_state is None


def test_what_cannot_be_saved(tmp_path):
    path = tmp_path / "m.slm"
    with pytest.raises(NotFittedError):
        save_model(SLMTextClassifier(), path)
    other = make_pipeline(
        GloveTfidfVectorizer(2, output="document"), LogisticRegression()
    ).fit(TEXTS, LABELS)
    with pytest.raises(TypeError, match=r"joblib\.dump"):
        save_model(other, path)
    with pytest.raises(TypeError, match="Got LogisticRegression"):
        save_model(LogisticRegression().fit([[0], [1]], [0, 1]), path)
    assert not path.exists()


def test_an_ngram_model_and_rounded_weights_come_back_bit_by_bit(classifier, tmp_path):
    small = quantize(classifier)
    for name, model in (("whole", classifier), ("small", small)):
        model.save(tmp_path / f"{name}.slm")
        loaded = load_model(tmp_path / f"{name}.slm")
        assert loaded.spec_ == model.spec_
        assert list(loaded.weights_) == list(model.weights_)
        for key, value in model.weights_.items():
            assert loaded.weights_[key].dtype == value.dtype
            np.testing.assert_array_equal(loaded.weights_[key], value)
        for key, value in vars(model.ngrams_).items():
            np.testing.assert_array_equal(getattr(loaded.ngrams_, key), value)
    assert loaded.weights_["embedding"].dtype == np.int8
    assert loaded.ngrams_.scale.shape == (2,)
    sizes = [(tmp_path / f"{name}.slm").stat().st_size for name in ("whole", "small")]
    assert sizes[1] < 0.8 * sizes[0]


def test_a_model_without_ngrams_comes_back(tmp_path):
    model = SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(2, max_iter=1), ngrams=None, **SMALL
    ).fit(TEXTS, LABELS)
    model.save(tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    assert loaded.ngrams_ is None and loaded.ngrams is None
    np.testing.assert_array_equal(loaded.predict_proba(NEW), model.predict_proba(NEW))


def test_soft_labels_leave_nothing_behind_in_a_file(tmp_path):
    rows = np.where(
        np.stack([LABELS == c for c in ("negative", "positive")], 1), 0.9, 0.1
    )
    model = SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(2, max_iter=1), **SMALL
    ).fit(TEXTS, pd.DataFrame(rows, columns=["negative", "positive"]))
    model.save(tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    assert loaded.classes_.tolist() == ["negative", "positive"]
    np.testing.assert_array_equal(loaded.predict_proba(NEW), model.predict_proba(NEW))
