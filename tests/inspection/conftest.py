"""One small model of each kind for all tests of this room."""

import matplotlib as mpl
import pytest

from sklearn_slm import SLMLanguageModel, SLMTextClassifier, load_demo_corpus

mpl.use("agg")


@pytest.fixture(scope="session")
def corpus():
    return load_demo_corpus("en")


@pytest.fixture(scope="session")
def model(corpus):
    return SLMTextClassifier(
        8, max_iter=3, learning_rate=0.01, adversarial=0.0, random_state=0
    ).fit(corpus.data[:600], corpus.target[:600])


@pytest.fixture(scope="session")
def language_model(corpus):
    return make_language_model().fit(corpus.data[:200])


@pytest.fixture(scope="session")
def labelled_language_model(corpus):
    return make_language_model().fit(corpus.data[:200], corpus.target[:200])


def make_language_model():
    return SLMLanguageModel(8, max_iter=2, batch_size=8, window=20, random_state=0)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
