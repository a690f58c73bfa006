"""One small model and its sequences for all tests of this room."""

import pytest
from tests.estimators.small import LABELS, TEXTS, make_classifier

from sklearn_slm import GloveTfidfVectorizer


@pytest.fixture(scope="session")
def fitted():
    return make_classifier(early_stopping=True).fit(TEXTS, LABELS)


@pytest.fixture(scope="session")
def sequences():
    return GloveTfidfVectorizer(n_components=5, random_state=0).fit_transform(TEXTS)
