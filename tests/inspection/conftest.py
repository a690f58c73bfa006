"""One small model for all tests of this room."""

import matplotlib as mpl
import pytest

from sklearn_slm import SLMTextClassifier, load_demo_corpus

mpl.use("agg")


@pytest.fixture(scope="session")
def corpus():
    return load_demo_corpus("en")


@pytest.fixture(scope="session")
def model(corpus):
    return SLMTextClassifier(
        8, max_iter=3, learning_rate=0.01, adversarial=0.0, random_state=0
    ).fit(corpus.data[:600], corpus.target[:600])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
