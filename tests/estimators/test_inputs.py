"""What a fit makes of its arguments, and in which words it refuses them."""

import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.pipeline import Pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, TokenSequences
from sklearn_slm.estimators.inputs import start_embedding
from tests.estimators.small import (
    LABELS,
    OPTIONS,
    TEXTS,
    assert_same_fit,
    make_classifier,
)

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


def test_vectors_that_float32_cannot_compute_with(sequences):
    word = sequences.vocabulary.tokens[3]
    for value in (3e38, np.inf, np.nan, 1e15):
        vectors = sequences.vectors.copy()
        vectors[3] = value
        with pytest.raises(ValueError, match=f"The vector of '{word}' has a component"):
            SLMTextClassifier(**OPTIONS).fit(
                replace(sequences, vectors=vectors), LABELS
            )


def test_few_texts_are_all_trained_on():
    few = make_classifier(max_iter=3).fit(TEXTS, LABELS)
    assert few.n_iter_ == 3 and few.validation_scores_ is None
    all_of_them = make_classifier(max_iter=3, early_stopping=False).fit(TEXTS, LABELS)
    # The same network; how much to trust it was seen on texts it was not trained on.
    assert_same_fit(few, all_of_them)
    assert np.abs(few.ngrams_.blend - all_of_them.ngrams_.blend).max() > 1e-3
    many = make_classifier(max_iter=1).fit(TEXTS * 8, np.tile(LABELS, 8))
    assert len(many.validation_scores_) == 1


def test_a_validation_set_passes_a_pipeline():
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        model = Pipeline(
            [
                ("vectors", GloveTfidfVectorizer(n_components=5, random_state=0)),
                (
                    "slm",
                    SLMTextClassifier(**OPTIONS).set_fit_request(
                        X_val=True, y_val=True
                    ),
                ),
            ],
            transform_input=["X_val"],
        )
        model.fit(TEXTS, LABELS, X_val=TEXTS[:6], y_val=LABELS[:6])
    # Six documents: every accuracy is a number of sixths.
    sixths = np.array(model["slm"].validation_scores_) * 6
    np.testing.assert_allclose(sixths, sixths.round(), atol=1e-6)


def test_the_vectorizer_given_is_not_fitted():
    vectorizer = GloveTfidfVectorizer(n_components=5, output="document")
    model = make_classifier(vectorizer=vectorizer, max_iter=1).fit(TEXTS, LABELS)
    assert not hasattr(vectorizer, "vocabulary_")
    assert vectorizer.output == "document"
    assert isinstance(model.vectorizer_.transform(["a"]), TokenSequences)


def test_documents_of_any_kind():
    options = {"max_iter": 1, "ngrams": None}
    documents = [text.split() for text in TEXTS]
    vectorizer = GloveTfidfVectorizer(5, analyzer=lambda tokens: tokens)
    model = make_classifier(vectorizer=vectorizer, **options)
    model.fit(documents, LABELS, X_val=documents[:5], y_val=LABELS[:5])
    plain = make_classifier(**options)
    plain.fit(TEXTS, LABELS, X_val=TEXTS[:5], y_val=LABELS[:5])
    assert_same_fit(model, plain)
    np.testing.assert_array_equal(
        model.predict_proba(documents), plain.predict_proba(TEXTS)
    )
    with pytest.raises(ValueError, match=r"X_val\[0\] must be .* a missing value"):
        model.fit(documents, LABELS, X_val=[None], y_val=LABELS[:1])
    with pytest.raises(TypeError, match=r"X\[0\] must be a str, but list was given"):
        plain.predict(documents)


def test_the_first_table_by_hand(sequences):
    table = start_embedding(sequences)
    assert table.dtype == np.float32 and table.flags.c_contiguous
    np.testing.assert_array_equal(table[0], np.zeros(5))
    np.testing.assert_allclose(table[1], sequences.vectors.mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(table[2:], sequences.vectors)
