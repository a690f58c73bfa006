"""Scores of answers, with random weights."""

import numpy as np
import pytest

from tests.estimators.answers import (
    ANSWERS,
    DISTINCT,
    QUESTIONS,
    make_random_answerer,
)

MODEL = make_random_answerer(match_questions=False)


def find_ranks(texts):
    order = np.argsort(-MODEL.predict_proba(texts), axis=1, kind="stable")
    return order.argsort(axis=1) + 1


def test_scores_are_those_of_a_loop():
    ranks = find_ranks(QUESTIONS)
    right = np.array([DISTINCT.index(a) for a in ANSWERS])
    places = ranks[np.arange(len(right)), right]
    assert MODEL.score(QUESTIONS, ANSWERS) == pytest.approx((places == 1).mean())
    assert 0 < (places == 1).mean() < 1
    for metric in ("mrr", "map"):
        score = MODEL.score(QUESTIONS, ANSWERS, metric=metric)
        assert score == pytest.approx((1 / places).mean())


def test_a_question_with_several_answers_counts_once():
    texts, answers = (
        ["my pin", "My  PIN", "my pin"],
        [DISTINCT[2], DISTINCT[0].upper(), "?"],
    )
    ranks = np.sort(find_ranks(["my pin"])[0, [0, 2]])
    assert MODEL.score(texts, answers, "mrr") == pytest.approx(1 / ranks[0])
    # The third right answer is not in the index.
    expected = (1 / ranks[0] + 2 / ranks[1]) / 3
    assert MODEL.score(texts, answers, "map") == pytest.approx(expected)
    assert MODEL.score(["pin"], ["unknown"]) == 0.0


def test_a_threshold_answers_as_many_as_asked_for():
    probabilities = MODEL.predict_proba(QUESTIONS)
    best = probabilities.max(axis=1)
    right = [DISTINCT[i] for i in probabilities.argmax(axis=1)] == np.array(ANSWERS)
    for answered in (0.5, 0.9, 1.0):
        found = MODEL.find_threshold(QUESTIONS, ANSWERS, answered)
        is_given = best >= found.threshold - 1e-9
        assert found.answered == is_given.mean() >= answered
        assert found.answered < answered + 1 / len(best) + 1e-9
        assert found.wrong == pytest.approx(1 - right[is_given].mean())
        rows = MODEL.predict_topk(QUESTIONS, threshold=found.threshold)
        assert sum(row is not None for row in rows) == is_given.sum()
    only = MODEL.find_threshold(["my pin"], ["unknown"])
    assert only.answered == only.wrong == 1.0


def test_bad_input():
    with pytest.raises(ValueError, match="metric must be one of .* Got 'f1'"):
        MODEL.score(QUESTIONS, ANSWERS, "f1")
    with pytest.raises(ValueError, match="same number of rows"):
        MODEL.score(QUESTIONS, ANSWERS[1:])
    with pytest.raises(ValueError, match="X and y hold no question"):
        MODEL.score([], [])
    for answered in (0, 1.5):
        with pytest.raises(ValueError, match="answered must be a share above 0"):
            MODEL.find_threshold(QUESTIONS, ANSWERS, answered)
