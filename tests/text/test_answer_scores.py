"""Exact match and F1, by hand."""

import pytest

from sklearn_slm.text.answer_scores import (
    compute_exact_match,
    compute_f1,
    normalize_answer,
    score_answer,
)


def test_what_does_not_count():
    assert normalize_answer("The  Theory of, a Cat-an!") == ["theory", "of", "catan"]
    assert normalize_answer("$3.50") == ["350"]
    assert normalize_answer("北京 2008年") == ["北", "京", "2008", "年"]
    assert normalize_answer("an.") == normalize_answer("") == []


def test_f1_by_hand():
    # 2 of 3 words are right, of 4 right ones 2 are there: 2 PR / (P + R) = 4 / 7.
    assert compute_f1("old grey cat", "a grey cat in Paris") == pytest.approx(4 / 7)
    # A word counts as often as it is on both sides.
    assert compute_f1("no no no", "no no") == pytest.approx(4 / 5)
    assert compute_f1("東京都", "東京") == pytest.approx(4 / 5)
    assert compute_f1("x", "the") == 0.0 and compute_f1("a", "the") == 1.0


def test_exact_match():
    assert compute_exact_match("The U.S.", "us") == 1.0
    assert compute_exact_match("cat grey", "grey cat") == 0.0


def test_the_best_of_several_right_answers_counts():
    right = ["in 1903", "1903"]
    assert score_answer("1903", right, "f1") == 1.0
    assert score_answer("1903 ad", right, "f1") == pytest.approx(2 / 3)
    assert score_answer("1903 ad", right, "exact_match") == 0.0
    assert score_answer("", [], "f1") == 1.0 and score_answer("x", [], "f1") == 0.0
    assert score_answer("", right, "exact_match") == 0.0
