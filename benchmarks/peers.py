"""The models that are compared: this package, linear models, fastText."""

import pickle
import tempfile
from pathlib import Path

import numpy as np
from common import CHINESE, import_peer, name_versions
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.text import Analyzer

WORDS, PAIRS = "TF-IDF words + LR", "TF-IDF 1-2-grams + LR"
FASTTEXT = "fastText, bigrams"
FASTTEXT_50 = "fastText, 50 epochs"
OURS, OURS_FILE = "sklearn_slm", "sklearn_slm + GloVe file"
ROWS = (WORDS, PAIRS, FASTTEXT, FASTTEXT_50, OURS, OURS_FILE)
ABOUT = {
    WORDS: "TfidfVectorizer, LogisticRegression(C=10); characters for Chinese",
    PAIRS: "the same with 1-2-grams",
    FASTTEXT: "bigrams, 10 epochs, learning rate 0.5, else its defaults (100 components, "
    "2,000,000 buckets, which are the size of its models); the same tokens as sklearn_slm",
    FASTTEXT_50: "the same with 50 epochs, for many classes and few texts",
    OURS: "defaults; word vectors learned from the training texts",
    OURS_FILE: "defaults; a file of 10,382 word vectors of 50 components",
}


class FastTextClassifier(ClassifierMixin, BaseEstimator):
    """fastText as an estimator; texts are split as sklearn_slm splits them.

    Parameters
    ----------
    epochs : int
        Epochs.
    rate : float
        First learning rate, which falls to zero. 0.1, the program's own default, is made
        for many more texts: after 10 epochs it has learned little of a small set.
    n_threads : int
        With more than one, results differ a little from run to run.
    seed : int
        Of the first weights.
    """

    def __init__(self, *, epochs=10, rate=0.5, n_threads=2, seed=0):
        self.epochs = epochs
        self.rate = rate
        self.n_threads = n_threads
        self.seed = seed

    def fit(self, X, y):
        """Train on texts and labels."""
        fasttext = import_peer("fasttext", "fasttext-community")
        self.classes_, numbers = np.unique(y, return_inverse=True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "train.txt")
            lines = zip(numbers.tolist(), self._split(X))
            text = "".join(f"__label__{number} {line}\n" for number, line in lines)
            path.write_text(text, encoding="utf-8")
            self.model_ = fasttext.train_supervised(
                str(path),
                wordNgrams=2,
                epoch=self.epochs,
                lr=self.rate,
                thread=self.n_threads,
                seed=self.seed,
                verbose=0,
            )
        self.n_iter_ = self.epochs
        return self

    def _split(self, X):
        return [" ".join(tokens) for tokens in map(Analyzer(), X)]

    def predict(self, X):
        """Return the label of each text."""
        found, _ = self.model_.predict(self._split(X), k=1)
        return self.classes_[
            [int(names[0].removeprefix("__label__")) for names in found]
        ]

    def predict_proba(self, X):
        """Return the probability of each class."""
        found, chances = self.model_.predict(self._split(X), k=-1)
        table = np.zeros((len(found), len(self.classes_)))
        for row, names, values in zip(table, found, chances):
            row[[int(name.removeprefix("__label__")) for name in names]] = values
        return table


def build_linear(name, n):
    """Return TF-IDF of 1..n-grams (characters for Chinese) + LogisticRegression."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, n), analyzer="char" if name in CHINESE else "word"
    )
    return make_pipeline(vectorizer, LogisticRegression(C=10.0, max_iter=1000))


def build_network(vectors, seed, **parameters):
    """Return the pipeline of the README with its defaults."""
    return Pipeline(
        [
            ("vectors", GloveTfidfVectorizer(vectors=vectors, random_state=seed)),
            ("slm", SLMTextClassifier(random_state=seed, **parameters)),
        ]
    )


def build_model(row, name, seed, vectors=None, quick=False):
    """Return the model of a row of the tables, for a data set."""
    if row in (WORDS, PAIRS):
        return build_linear(name, 1 if row == WORDS else 2)
    if row in (FASTTEXT, FASTTEXT_50):
        return FastTextClassifier(seed=seed, epochs=10 if row == FASTTEXT else 50)
    file = vectors if row == OURS_FILE else None
    return build_network(file, seed, **({"max_iter": 1} if quick else {}))


def find_vectors(data):
    """Return the file of word vectors, or None."""
    return next(iter(sorted((data / "glove").glob("*.txt.gz"))), None)


def name_version(row):
    """Return what a row of the tables was made by."""
    if row in (WORDS, PAIRS):
        return name_versions("scikit-learn", "numpy")
    if row in (FASTTEXT, FASTTEXT_50):
        import_peer("fasttext", "fasttext-community")
        return name_versions("fasttext-community")
    # Imports what training needs, TensorFlow too where it is installed: not a fit's cost.
    from sklearn_slm.network.train import keras

    backend = keras.backend.backend()
    return name_versions("sklearn_slm", "keras", backend, "numpy", "scikit-learn")


def measure_megabytes(model):
    """Return the size of what is saved: fastText's own file, a pickle of others."""
    if not isinstance(model, FastTextClassifier):
        return len(pickle.dumps(model)) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.bin")
        model.model_.save_model(str(path))
        return path.stat().st_size / 1e6
