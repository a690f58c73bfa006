"""Passages as tokens with places, and what they share with a question."""

import math

import numpy as np
import pytest

from sklearn_slm.text import Analyzer, learn_vocabulary
from sklearn_slm.text.passages import (
    FEATURES,
    compute_rarity,
    match_passage,
    split_passage,
)

TEXT = "The Planes of Ohio flew in 1903."


def match(question, text=TEXT, rarity=lambda token: 0.5):
    rows = match_passage(question, split_passage(Analyzer(), text), rarity)
    return {name: rows[:, i] for i, name in enumerate(FEATURES)}


@pytest.mark.parametrize(
    "text", [TEXT, "Crème <b>brûlée</b>, 猫が好き。", "กขค ab\u0301c", "", " \n"]
)
def test_tokens_know_where_they_stand(text):
    analyzer = Analyzer()
    passage = split_passage(analyzer, text)
    assert list(passage.tokens) == analyzer(text)
    assert [passage.distinct[i] for i in passage.places] == list(passage.tokens)
    for token, start, end in zip(passage.tokens, passage.starts, passage.ends):
        assert analyzer(text[start:end]) == [token]


def test_tokens_of_a_part():
    passage = split_passage(Analyzer(), TEXT)
    start = TEXT.index("Ohio")
    assert passage.find_tokens(start, start + 4) == (3, 3)
    assert passage.find_tokens(start + 1, start + 6) == (3, 4)  # pieces count
    assert passage.find_tokens(3, 4) is None


def test_rarity_is_a_share_of_the_largest_idf():
    vocabulary, _, _ = learn_vocabulary(
        [["the", "cat"], ["the", "dog", "cat"], ["the"]]
    )
    rarity = compute_rarity(vocabulary)
    assert rarity("the") == 0.0 and rarity("dog") == rarity("new") == 1.0
    assert rarity("cat") == pytest.approx(math.log(3 / 2) / math.log(3))
    one, _, _ = learn_vocabulary([["the"]])
    assert compute_rarity(one)("the") == 1.0  # nothing can be told of one text


def test_same_and_alike_by_hand():
    found = match(["which", "plane", "flew", "over", "ohios"])
    assert found["same"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    # "planes" has 5 of 6 letters of "plane", "ohio" 4 of the 5 of "ohios".
    alike = [0, 5 / 6, 0, 4 / 5, 1, 0, 0, 0]
    assert found["alike"] == pytest.approx(alike)
    assert found["matched"] == pytest.approx(0.5 * np.array(alike))
    # Two letters are too few, and three of seven.
    assert not match(["of1", "plaster"], "of plaid").get("alike")[0]
    assert not match(["plaster"], "pla")["alike"].any()


def test_nearness_by_hand():
    weights = {"flew": 0.25, "1903": 0.75}
    found = match(["flew", "1903", "flew"], rarity=lambda t: weights.get(t, 0.0))
    near = [
        0.25 * math.exp(-abs(i - 4) / 10) + 0.75 * math.exp(-abs(i - 6) / 10)
        for i in range(8)
    ]
    assert found["near"] == pytest.approx(near, abs=1e-6)
    assert found["rarity"].tolist() == [0, 0, 0, 0, 0.25, 0, 0.75, 0]
    # The nearer one of two.
    twice = match(["a"], "a b b b a")["near"]
    assert twice == pytest.approx(np.exp([0, -0.1, -0.2, -0.1, 0]))
    assert not match(["zebra"])["near"].any() and not match([])["near"].any()


def test_how_tokens_were_written():
    found = match(["x"])
    assert found["capital"].tolist() == [1, 1, 0, 1, 0, 0, 0, 0]
    assert found["digit"].tolist() == [0, 0, 0, 0, 0, 0, 1, 0]
    assert match(["猫"], "猫が")["same"].tolist() == [1, 0]


def test_a_passage_without_tokens():
    found = match_passage(["a"], split_passage(Analyzer(), " "), lambda token: 1.0)
    assert found.shape == (0, 7) and found.dtype == np.float32
