"""SLMTextClassifier by behaviour, on tiny networks."""

import pickle
from enum import Enum

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from tests.estimators.small import (
    LABELS,
    OPTIONS,
    TEXTS,
    assert_same_fit,
    make_classifier,
    make_steps,
)


def test_learns_and_answers_as_a_classifier(fitted):
    assert fitted.classes_.tolist() == ["neg", "pos"]
    assert fitted.score(TEXTS, LABELS) >= 0.95
    probabilities = fitted.predict_proba(TEXTS)
    assert probabilities.shape == (40, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        np.exp(fitted.predict_log_proba(TEXTS)), probabilities, rtol=1e-12
    )
    assert (fitted.predict(TEXTS) == fitted.classes_[probabilities.argmax(1)]).all()


def test_fitted_attributes(fitted):
    assert fitted.n_iter_ == len(fitted.loss_curve_) == len(fitted.validation_scores_)
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    assert fitted.spec_.encoder.hidden_size == (4,)
    assert fitted.spec_.encoder.n_tokens == len(fitted.vocabulary_) + 2
    shapes = {name: value.shape for name, value in fitted.weights_.items()}
    assert shapes == {name: w.shape for name, w in fitted.spec_.weights().items()}
    assert {value.dtype.name for value in fitted.weights_.values()} == {"float32"}
    assert isinstance(fitted.vectorizer_, GloveTfidfVectorizer)


def test_training_on_odd_documents():
    texts = [*TEXTS, "", "   ", "good " * 300, "bad " * 300]
    labels = [*LABELS, "pos", "neg", "pos", "neg"]
    model = make_classifier(max_iter=1).fit(texts, labels)
    assert np.isfinite(model.predict_proba(texts)).all()


def test_pipeline_and_raw_text_use_the_same_network():
    model = make_steps().fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) == 1.0
    assert model["slm"].vectorizer_ is None
    assert model["slm"].vocabulary_ is model["vectors"].vocabulary_


def test_ngram_model_is_fitted_left_alone_or_left_out(fitted):
    # Of these texts single words tell all.
    assert fitted.ngrams_.lengths == (1, 1)
    assert len(fitted.ngrams_) == len(fitted.vocabulary_)
    bare = make_classifier(ngrams=None).fit(TEXTS, LABELS)
    assert bare.ngrams_ is None
    assert bare.spec_ == fitted.spec_
    later = pickle.loads(pickle.dumps(fitted)).partial_fit(TEXTS[:8], LABELS[:8])
    assert later.spec_ == fitted.spec_
    np.testing.assert_array_equal(later.ngrams_.kernel, fitted.ngrams_.kernel)
    assert not np.array_equal(
        later.weights_["head.kernel"], fitted.weights_["head.kernel"]
    )
    first = make_classifier().partial_fit(TEXTS, LABELS, classes=["neg", "pos"])
    assert first.ngrams_ is None


def test_clone_and_set_params():
    model = make_steps()
    model.set_params(slm__hidden_size=7, slm__cell="gru")
    copy = clone(model)
    assert copy["slm"].get_params() == model["slm"].get_params()
    raw = SLMTextClassifier().set_params(vectorizer__min_df=3)
    assert raw.vectorizer.min_df == 3
    assert clone(raw).get_params()["vectorizer__min_df"] == 3
    with pytest.raises(ValueError, match="Invalid parameter 'hidden_sise'"):
        raw.set_params(hidden_sise=3)


def test_grid_search_over_hidden_size():
    search = GridSearchCV(
        make_steps(max_iter=2),
        {"slm__hidden_size": [2, (3, 2)]},
        cv=2,
        error_score="raise",
    ).fit(TEXTS, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.predict(["good film"]).shape == (1,)


def test_cross_validation_of_sequences(sequences):
    scores = cross_val_score(
        SLMTextClassifier(**OPTIONS), sequences, LABELS, cv=3, error_score="raise"
    )
    assert scores.shape == (3,)
    found = cross_validate(
        make_classifier(max_iter=2),
        TEXTS,
        LABELS,
        cv=2,
        scoring=["accuracy", "neg_log_loss"],
        error_score="raise",
    )
    assert np.isfinite(found["test_neg_log_loss"]).all()


def test_meta_estimators():
    calibrated = CalibratedClassifierCV(make_classifier(max_iter=2), cv=2)
    probabilities = calibrated.fit(TEXTS, LABELS).predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    linear = make_pipeline(TfidfVectorizer(), LogisticRegression())
    vote = VotingClassifier(
        [("slm", make_classifier(max_iter=2)), ("linear", linear)], voting="soft"
    )
    assert vote.fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


def test_document_vectors_feed_any_estimator():
    model = make_pipeline(
        GloveTfidfVectorizer(n_components=12, output="document", random_state=0),
        LogisticRegression(C=1e4, max_iter=1000),
    )
    assert model.fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


def test_pickle_and_joblib_keep_the_model_and_leave_keras_out(fitted, tmp_path):
    expected = fitted.predict_proba(TEXTS)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), expected)
    assert not hasattr(loaded, "_live")
    joblib.dump(fitted, tmp_path / "model.joblib")
    np.testing.assert_array_equal(
        joblib.load(tmp_path / "model.joblib").predict_proba(TEXTS), expected
    )


def test_partial_fit_goes_on_where_a_pickle_left(fitted):
    loaded = pickle.loads(pickle.dumps(fitted))
    loaded.partial_fit(TEXTS[:8], LABELS[:8])
    assert loaded.n_iter_ == fitted.n_iter_ + 1


def test_multilabel():
    y = np.column_stack([LABELS == "pos", ["film" in text for text in TEXTS]]).astype(
        int
    )
    model = make_classifier(max_iter=15).fit(TEXTS, y)
    assert model.classes_.tolist() == [0, 1]
    assert model.spec_.head.multilabel
    assert model.predict_proba(TEXTS).shape == (40, 2)
    assert model.score(TEXTS, y) > 0.9
    sparse = make_classifier(max_iter=1).fit(TEXTS, sp.csr_matrix(y))
    assert sparse.predict(TEXTS[:3]).shape == (3, 2)


def test_multiclass_labels_of_any_type():
    y = [text.split()[-1] for text in TEXTS]
    model = make_classifier(max_iter=10).fit(TEXTS, y)
    assert model.classes_.tolist() == ["book", "film", "play", "song"]
    assert model.score(TEXTS, y) == 1.0
    numbers = make_classifier().fit(TEXTS, (LABELS == "pos").astype(float))
    assert numbers.predict(["good film"]).dtype == float


def test_labels_and_texts_of_a_string_enum_are_their_characters():
    label = Enum("Label", {"GOOD": "pos", "BAD": "neg"}, type=str)
    text = Enum("Text", {str(i): text for i, text in enumerate(TEXTS)}, type=str)
    labels = [label(value) for value in LABELS]
    options = {"max_iter": 1, "ngrams": None}
    plain = make_classifier(**options).fit(TEXTS, LABELS)
    model = make_classifier(**options).fit(list(text), labels)
    assert_same_fit(model, plain)
    assert model.classes_.tolist() == ["neg", "pos"]
    score = model.score(list(text), labels)
    assert score == plain.score(TEXTS, LABELS)
    # What the guide advises for metrics, which do not read members themselves.
    values = [member.value for member in labels]
    assert accuracy_score(values, model.predict(list(text))) == score
    stream = make_classifier(**options)
    for _ in range(2):
        stream.partial_fit(TEXTS, labels, classes=list(label))
    assert stream.classes_.tolist() == ["neg", "pos"]
