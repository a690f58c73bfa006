"""Answers that come and go."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from tests.estimators.answers import (
    DISTINCT,
    QUESTIONS,
    make_answerer,
    make_random_answerer,
)


def test_answers_are_added():
    model = make_random_answerer()
    before, weights = model.index_, model.weights_
    more = ["Bring a passport.", DISTINCT[0].upper(), "bring  a PASSPORT.", "Write."]
    assert model.add(more) is model
    assert model.answers_ == [*DISTINCT, "Bring a passport.", "Write."]
    assert model.predict(["passport", "my pin"]) == ["Bring a passport.", DISTINCT[0]]
    assert model.weights_ is weights and len(before) == 4
    np.testing.assert_array_equal(
        model.index_.vectors[-2:], model.transform(model.answers_[-2:])
    )
    index = model.index_
    assert model.add([DISTINCT[1]]).index_ is index
    assert model.add([]).index_ is index


def test_answers_are_removed_with_their_questions():
    model = make_random_answerer()
    assert model.remove([DISTINCT[1].lower(), DISTINCT[1]]) is model
    kept = [DISTINCT[0], *DISTINCT[2:]]
    assert model.answers_ == kept
    assert set(model.predict(QUESTIONS)) <= set(kept)
    assert "what about my transfer" not in model.index_.texts
    assert model.add([DISTINCT[1]]).answers_ == [*kept, DISTINCT[1]]
    index = model.index_
    assert model.remove([]).index_ is index


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        ("remove", ["?", DISTINCT[0]], r"answers\[0\], '\?', is not in the index"),
        ("remove", [DISTINCT[0], "?"], r"answers\[1\].*one of the 4 answers_"),
        ("remove", DISTINCT, "all 4 answers would be removed"),
        ("remove", "a text", "string object received"),
        ("add", ["new", " "], r"answers\[1\] is empty"),
        ("add", ["new", None], r"answers\[1\] must be a str"),
        ("add", "a text", "string object received"),
    ],
)
def test_a_change_that_fails_changes_nothing(change, given, message):
    model = make_random_answerer()
    index = model.index_
    with pytest.raises(ValueError, match=message):
        getattr(model, change)(given)
    assert model.index_ is index and model.answers_ == DISTINCT


def test_recall():
    model = make_random_answerer()
    assert model.measure_recall(QUESTIONS, 5) == 1.0
    with pytest.raises(ValueError, match="at least one query"):
        model.measure_recall([])
    for method in ("add", "remove", "measure_recall"):
        with pytest.raises(NotFittedError):
            getattr(make_answerer(), method)(["a"])
