"""One small file for all tests of this room."""

import pytest

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    save_model,
)
from tests.persistence.forging import read_parts


@pytest.fixture(scope="session")
def model_path(tmp_path_factory):
    """Return a file whose classifier holds its vectorizer."""
    corpus = load_demo_corpus("en")
    model = SLMTextClassifier(
        3,
        vectorizer=GloveTfidfVectorizer(4, max_iter=1),
        runtime="numpy",
        max_iter=1,
        adversarial=0.0,
        random_state=0,
    )
    path = tmp_path_factory.mktemp("model") / "model.slm"
    save_model(model.fit(corpus.data[:120], corpus.target[:120]), path)
    return path


@pytest.fixture(scope="session")
def content(model_path):
    return model_path.read_bytes()


@pytest.fixture(scope="session")
def parts(model_path):
    """Return the state and the arrays of that file."""
    return read_parts(model_path)[1:]
