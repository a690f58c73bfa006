"""One small model and its sequences for all tests of this room."""

import pytest

from sklearn_slm import GloveTfidfVectorizer
from tests.estimators.small import LABELS, TEXTS, make_classifier
from tests.persistence.forging import read_parts


@pytest.fixture(scope="session")
def fitted():
    return make_classifier(early_stopping=True).fit(TEXTS, LABELS)


@pytest.fixture(scope="session")
def sequences():
    return GloveTfidfVectorizer(n_components=5, random_state=0).fit_transform(TEXTS)


@pytest.fixture(scope="session")
def parts(fitted, tmp_path_factory):
    """Return the state and the arrays of a file of that model."""
    path = tmp_path_factory.mktemp("model") / "model.slm"
    fitted.save(path)
    return read_parts(path)[1:]
