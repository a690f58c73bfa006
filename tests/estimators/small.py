"""Texts whose label is a word, and small classifiers for them."""

import numpy as np
from sklearn.pipeline import Pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier

TEXTS = [
    f"{opening} {word} {noun}"
    for opening in ("a", "the", "one", "this", "that")
    for word in ("good", "bad")
    for noun in ("film", "book", "song", "play")
]


LABELS = np.array(["pos" if "good" in text else "neg" for text in TEXTS])


OPTIONS = {
    "hidden_size": 4,
    "max_iter": 4,
    "batch_size": 16,
    "learning_rate": 0.05,
    "dropout": 0.0,
    "word_dropout": 0.0,
    "random_state": 0,
}


def make_classifier(**options):
    vectorizer = GloveTfidfVectorizer(n_components=5)
    return SLMTextClassifier(**({"vectorizer": vectorizer} | OPTIONS | options))


def make_steps(**options):
    return Pipeline(
        [
            ("vectors", GloveTfidfVectorizer(n_components=5, random_state=0)),
            ("slm", SLMTextClassifier(**(OPTIONS | options))),
        ]
    )


def assert_same_fit(a, b):
    assert a.weights_.keys() == b.weights_.keys()
    for name, value in a.weights_.items():
        np.testing.assert_array_equal(value, b.weights_[name], err_msg=name)
