"""Scores of a reader."""

import pytest

from tests.estimators.readings import (
    ANSWERS,
    PAIRS,
    make_doubting_reader,
    make_random_reader,
)


def test_scores_by_hand():
    model = make_doubting_reader()
    answers = model.predict(PAIRS)
    assert model.score(PAIRS, answers) == 1.0
    right = [("never there", 3) if a else None for a in answers]
    n_empty = sum(not a for a in answers)
    assert 0 < n_empty < len(answers)
    for metric in ("f1", "exact_match"):
        found = model.score(PAIRS, right, metric=metric)
        assert found == pytest.approx(n_empty / len(answers))
    several = [[a, "other"] if a else [] for a in answers]
    assert model.score(iter(PAIRS), several, metric="exact_match") == 1.0
    row = next(i for i, a in enumerate(answers) if a)
    half = model.score(PAIRS[row : row + 1], [answers[row] + " and more"])
    n = len(answers[row].replace(".", " ").split())
    assert half == pytest.approx(2 * n / (2 * n + 2))


def test_what_cannot_be_scored():
    model = make_random_reader()
    with pytest.raises(ValueError, match="metric must be one of.*'bleu'"):
        model.score(PAIRS, ANSWERS, metric="bleu")
    with pytest.raises(ValueError, match="same number of rows"):
        model.score(PAIRS, ANSWERS[1:])
    with pytest.raises(ValueError, match="hold no question"):
        model.score([], [])
