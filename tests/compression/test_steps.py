"""Tables of models, and the best of them."""

import pytest

from sklearn_slm.compression import CompressionStep, find_front
from sklearn_slm.compression.steps import time_texts


def test_the_front_by_hand():
    # The second costs as much as the first and is better; the last adds nothing.
    assert find_front([2, 2, 1, 5, 7], [0.8, 0.9, 0.5, 0.95, 0.95]).tolist() == [
        2,
        1,
        3,
    ]
    assert find_front([], []).tolist() == []
    assert find_front([1, 1], [0.5, 0.5]).tolist() == [0]


def test_a_speed_is_that_of_all_texts_after_a_first_round():
    calls = []
    assert time_texts(lambda: calls.append(1), 10, n_rounds=2) > 0
    assert len(calls) == 3


def test_what_is_not_known_of_a_step_is_left_open():
    step = CompressionStep("a", 10, 5.0, 0.5)
    assert step.hidden_size == () and step.log_loss != step.log_loss
    assert step != CompressionStep("a", 11, 5.0, 0.5)
    with pytest.raises(AttributeError):
        step.score = 1.0
