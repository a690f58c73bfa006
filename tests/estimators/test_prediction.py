"""Predictions of a fitted classifier: of any collection, in any runtime and thread."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from tests.estimators.small import LABELS, OPTIONS, TEXTS


def test_not_fitted():
    for method in ("predict", "predict_proba", "predict_log_proba"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(SLMTextClassifier(), method)(["a"])


def test_sequences_of_another_vectorizer_are_refused(fitted, sequences):
    model = SLMTextClassifier(**OPTIONS).fit(sequences, LABELS)
    other = GloveTfidfVectorizer(n_components=5).fit_transform(["other words"])
    with pytest.raises(ValueError, match="made by another vectorizer"):
        model.predict(other)
    with pytest.raises(ValueError, match="raw texts were given to a classifier that"):
        model.predict(TEXTS)
    with pytest.raises(ValueError, match="X_val must be token sequences, as X is"):
        model.fit(sequences, LABELS, X_val=TEXTS, y_val=LABELS)
    with pytest.raises(ValueError, match="for document vectors or weights use a"):
        fitted.predict(np.zeros((2, 5)))


def test_kinds_of_text_collections_agree(fitted):
    expected = fitted.predict_proba(TEXTS)
    for X in (tuple(TEXTS), np.array(TEXTS), pd.Series(TEXTS), iter(TEXTS)):
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)


def test_subset_and_order_do_not_matter(fitted):
    texts = [*TEXTS, "", "a " * 50 + "good film", "unheard words", "good"]
    together = fitted.predict_proba(texts)
    order = np.random.RandomState(0).permutation(len(texts))
    shuffled = fitted.predict_proba([texts[i] for i in order])
    alone = np.vstack([fitted.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(shuffled, together[order], atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_documents_that_are_no_error(fitted):
    long = "good film " * 50_000
    found = fitted.predict_proba(["", "zzz qqq", long])
    assert np.isfinite(found).all()
    assert fitted.predict([]).shape == (0,)


def test_threads_predict_alike(fitted):
    expected = fitted.predict_proba(TEXTS)
    found = joblib.Parallel(n_jobs=4, prefer="threads")(
        joblib.delayed(fitted.predict_proba)(TEXTS) for _ in range(12)
    )
    for probabilities in found:
        np.testing.assert_array_equal(probabilities, expected)


def test_the_two_runtimes_of_the_estimator(fitted):
    pytest.importorskip("onnxruntime", reason="the test extra installs it")
    model, by_runtime = copy.copy(fitted), {}
    for runtime in ("numpy", "onnxruntime", "auto"):
        model.set_params(runtime=runtime)
        by_runtime[runtime] = model.predict_proba(TEXTS)
        pickle.dumps(model)
    np.testing.assert_allclose(
        by_runtime["numpy"], by_runtime["onnxruntime"], atol=1e-5
    )
    np.testing.assert_array_equal(by_runtime["auto"], by_runtime["onnxruntime"])


@pytest.mark.parametrize("runtime", ["numpy", "onnxruntime"])
def test_new_weights_are_seen(fitted, runtime):
    pytest.importorskip(runtime, reason="the test extra installs it")
    model = copy.copy(fitted).set_params(runtime=runtime)
    before = model.predict_proba(TEXTS)
    kept = model.weights_
    model.weights_ = {name: np.asarray(value * 0.5) for name, value in kept.items()}
    assert np.abs(model.predict_proba(TEXTS) - before).max() > 1e-4
    model.weights_ = kept
    np.testing.assert_array_equal(model.predict_proba(TEXTS), before)
