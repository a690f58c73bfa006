"""Texts whose label is a word, and small classifiers for them."""

import numpy as np
from sklearn.pipeline import Pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, WordVectors

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


# 7 tokens: a three times, b twice, c and d once.
LETTERS = ["a a b", "a c", "b d"]
TABLE = np.array([[1, 0], [0, 1], [2, 2], [-1, 3]], np.float32)
VECTORS = WordVectors(("a", "b", "c", "d"), TABLE)
# Vectors that lack a word of the texts, which shares its pieces with others.
KNOWN = WordVectors(["walked", "walking", "sun"], [[1, 0], [1, 0.2], [0, 1]])
WALKS = ["walked in the sun", "walking walks", "sun walks"]


def make_vectorizer(**options):
    defaults = {"n_components": 2, "vectors": VECTORS, "random_state": 0}
    return GloveTfidfVectorizer(**(defaults | options))


# Texts without labels, few with some, and new ones of words that those lack: what words
# mean is known by what comes after them.
MANY = [
    f"{article} {noun} was {word} {end}"
    for article in ("the", "a")
    for noun in ("film", "book", "song", "play")
    for words, end in [
        (("good", "great", "fine"), "we smiled and cheered"),
        (("bad", "awful", "poor"), "they yawned and left"),
    ]
    for word in words
] * 4
FEW = [
    f"the {noun} was {word}" for noun in ("film", "song") for word in ("good", "bad")
]
UNSEEN = [
    "the book was great",
    "the play was awful",
    "a song was fine",
    "a book was poor",
]
