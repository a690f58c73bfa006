"""What a classifier refuses, and in which words."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.exceptions import NotFittedError

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from tests.estimators.small import (
    LABELS,
    OPTIONS,
    TEXTS,
    make_classifier,
)


def test_not_fitted():
    for method in ("predict", "predict_proba", "predict_log_proba"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(SLMTextClassifier(), method)(["a"])


BAD_FITS = {
    "string": (("good", "x"), ValueError, "string object received"),
    "bytes": (([b"good"] * 2, [0, 1]), TypeError, "bytes were given"),
    "none": ((["good", None], [0, 1]), ValueError, "X[1] must be a str, but a missing"),
    "number": ((["good", 3.5], [0, 1]), TypeError, "float was given: 3.5"),
    "table": (
        (pd.DataFrame({"text": TEXTS}), LABELS),
        ValueError,
        "a table with the columns ['text']",
    ),
    "dense": ((np.zeros((40, 3)), LABELS), ValueError, "GloveTfidfVectorizer(output="),
    "sparse": ((sp.csr_matrix((40, 3)), LABELS), ValueError, "sparse matrix of shape"),
    "lengths": ((TEXTS, LABELS[:-1]), ValueError, "but have 40 and 39"),
    "one class": ((TEXTS, ["x"] * 40), ValueError, "only one class is present"),
    "no y": ((TEXTS, None), ValueError, "requires y to be passed"),
    "nan in y": ((TEXTS, [np.nan, *[1.0] * 39]), ValueError, "y[0] is missing"),
    "none in y": ((TEXTS, ["a", None, *"b" * 38]), ValueError, "y[1] is missing"),
    "real y": ((TEXTS, np.linspace(0, 1, 40)), ValueError, "Unknown label type"),
    "weights short": ((TEXTS, LABELS, [1.0]), ValueError, "must have shape (40,)"),
    "weights negative": (
        (TEXTS, LABELS, [1.0] * 39 + [-1.0]),
        ValueError,
        "sample_weight[39] is -1.0",
    ),
    "weights zero": (
        (TEXTS, LABELS, np.zeros(40)),
        ValueError,
        "zero for every document",
    ),
    "weights of one class": (
        (TEXTS, LABELS, LABELS == "pos"),
        ValueError,
        "every document that is not 'pos' has weight zero",
    ),
    "weights too unlike": (
        (TEXTS, LABELS, [1e38] + [1e-38] * 39),
        ValueError,
        "next to zero beside the others",
    ),
    "empty": (([], []), ValueError, "X holds no document"),
    "empty array": ((np.array([]), np.array([])), ValueError, "X holds no document"),
    "no tokens": ((["", " "], [0, 1]), ValueError, "no token was found in 2 documents"),
    "half a validation": (
        (TEXTS, LABELS, None, TEXTS),
        ValueError,
        "X_val and y_val must be given together, but y_val is None",
    ),
    "unknown validation label": (
        (TEXTS, LABELS, None, TEXTS[:1], ["other"]),
        ValueError,
        "['other']",
    ),
}


@pytest.mark.parametrize("case", BAD_FITS)
def test_a_fit_that_fails_says_why_and_changes_nothing(fitted, case):
    arguments, error, message = BAD_FITS[case]
    model = pickle.loads(pickle.dumps(fitted))
    before = dict(model.__dict__)
    with pytest.raises(error, match=re.escape(message)):
        model.fit(*arguments)
    assert model.__dict__.keys() == before.keys()
    assert all(model.__dict__[name] is before[name] for name in before)


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", 0),
        ("hidden_size", ()),
        ("hidden_size", (4, 0)),
        ("hidden_size", 2.5),
        ("vectorizer", "glove"),
        ("cell", "transformer"),
        ("bidirectional", "yes"),
        ("pooling", "sum"),
        ("candidate_activation", "relu"),
        ("dropout", 1.0),
        ("recurrent_dropout", -0.1),
        ("word_dropout", 2),
        ("train_vectors", 3),
        ("initializer", "he"),
        ("optimizer", "lbfgs"),
        ("learning_rate", 0),
        ("clip_norm", -1.0),
        ("batch_size", 0),
        ("max_iter", 0),
        ("early_stopping", None),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("tol", -1e-3),
        ("class_weight", "even"),
        ("warm_start", "no"),
        ("callbacks", 3),
        ("n_jobs", 1.5),
        ("random_state", "seed"),
        ("verbose", -1),
    ],
)
def test_parameters_out_of_range(name, value):
    model = make_classifier(**{name: value})
    message = f"The {name!r} parameter of SLMTextClassifier must be"
    with pytest.raises(ValueError, match=message):
        model.fit(TEXTS, LABELS)
    assert not hasattr(model, "weights_")


@pytest.mark.parametrize("wrong", [(2, 1), (0, 1), (1, 4), (1,), ("a", "b")])
def test_ngrams_out_of_range(wrong):
    with pytest.raises(ValueError, match="must be None or two lengths from 1 to 3"):
        make_classifier(ngrams=wrong).fit(TEXTS, LABELS)
