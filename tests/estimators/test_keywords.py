"""The bonus of keywords by hand, and the choice among texts."""

import numpy as np
import pytest

from sklearn_slm.estimators import keywords
from sklearn_slm.estimators.keywords import Keywords, choose_texts


def step(state, ids):
    return np.zeros((len(ids), 6), np.float32), state


def test_a_bonus_grows_until_the_word_has_come():
    wanted = Keywords([np.array([3, 4])])
    first = np.zeros((2, 6), np.float32)
    go, state, raised = wanted.wrap(step, (), first, n_tokens=4)
    largest = keywords._LARGEST_BONUS
    assert raised[:, 3].tolist() == [largest / 4] * 2 and (first == 0).all()
    raised, state = go(state, np.array([3, 5]))
    # The first text goes on with the word's second token, the second one waits.
    assert raised[0, 4] == 2 * largest and raised[0, 3] == 0
    assert raised[1, 3] == largest / 2
    raised, state = go(state, np.array([4, 3]))
    assert (raised[0] == 0).all() and raised[1, 4] == 2 * largest
    raised, state = go(state, np.array([4, 3]))
    assert (raised[0] == 0).all() and raised[1, 4] == 2 * largest
    # Texts that have ended leave: each row carries its own progress.
    raised, state = go(tuple(part[1:] for part in state), np.array([5]))
    assert raised[0, 3] == pytest.approx(largest * 5 / 4)


def test_words_that_cannot_be_written_are_left_alone():
    wanted = Keywords([np.array([3, 1]), np.array([], int)])
    go, state, raised = wanted.wrap(step, ("state",), np.ones((1, 6)), 4)
    assert go is step and state == ("state",) and (raised == 1).all()


def test_the_most_words_then_the_best_score():
    texts, scores = ["a b", "a", "b a", "c"], [0.1, 0.9, 0.2, 1.0]
    assert choose_texts(texts, scores, ["a", "b"], 1) == ["b a"]
    assert choose_texts(texts, scores, ["a", "b"], 2) == ["a b", "b a"]
    assert choose_texts(texts, scores, ["zzz"], 1) == ["c"]


def test_a_part_of_a_word_is_not_the_word():
    assert choose_texts(["the", "a he", "he a"], [0.9, 0.1, 0.2], ["he"], 1) == ["he a"]
    assert choose_texts(["中文", "用中文写"], [0.1, 0.9], ["中文"], 1) == ["用中文写"]


def test_what_stands_in_the_prompt_has_not_come():
    texts = ["a hotel is", "a hotel, a hotel"]
    assert choose_texts(texts, [0.9, 0.1], ["hotel"], 1) == ["a hotel is"]
    assert choose_texts(texts, [0.9, 0.1], ["hotel"], 1, 7) == ["a hotel, a hotel"]


def test_a_word_of_characters_waits_for_a_space():
    space, word = 2, np.array([2, 3, 4])
    wanted = Keywords([word], space)
    rows = np.zeros((1, 6), np.float32)

    def step(state, ids):
        return rows, state

    go_on, state, first = wanted.wrap(step, (), rows, 4)
    assert not first.any()  # the space comes by itself
    raised, state = go_on(state, np.array([2]))
    assert 0 < raised[0, 3] < 10 and np.count_nonzero(raised) == 1
    raised, state = go_on(state, np.array([3]))
    assert raised[0, 4] == 20  # what has begun is finished
    raised, state = go_on(state, np.array([4]))
    assert not raised.any()
