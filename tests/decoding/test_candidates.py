"""The best of many numbers, and what may not come next: against the slow way."""

from collections import Counter

import numpy as np
import pytest

from sklearn_slm.decoding.candidates import (
    find_best,
    find_repeated,
    forbid,
    leave_the_end,
)

RANDOM = np.random.RandomState(0)


def find_slowly(totals, n_texts, n):
    by_text = np.float64(totals).reshape(n_texts, -1)
    order = np.argsort(-by_text, axis=1, kind="stable")[:, :n]
    return order, np.take_along_axis(by_text, order, axis=1)


@pytest.mark.parametrize("n", [1, 2, 10])
@pytest.mark.parametrize("shape", [(1, 11), (6, 40), (6, 1_003), (15, 160)])
@pytest.mark.parametrize("steps", [0, 4])
def test_best_numbers_and_the_first_of_equal_ones(shape, n, steps):
    totals = RANDOM.standard_normal(shape).astype(np.float32)
    if steps:
        totals = np.round(totals * steps)
    n_texts = 3 if shape[0] > 1 else 1
    rows, tokens, largest = find_best(totals, n_texts, n)
    expected, values = find_slowly(totals, n_texts, n)
    np.testing.assert_array_equal(largest, values)
    np.testing.assert_array_equal(totals[rows, tokens], values)
    width = len(totals) // n_texts
    places = (rows - width * np.arange(n_texts)[:, None]) * shape[1] + tokens
    np.testing.assert_array_equal(places, expected)


@pytest.mark.parametrize("n_tokens", [3, 500])
def test_fewer_numbers_than_asked_for(n_tokens):
    totals = np.full((4, n_tokens), -np.inf, np.float32)
    totals[1, 2], totals[0, 1] = -1.0, -2.0
    rows, tokens, largest = find_best(totals, 2, 4)
    assert largest[0].tolist() == [-1.0, -2.0, -np.inf, -np.inf]
    assert rows[0, :2].tolist() == [1, 0] and tokens[0, :2].tolist() == [2, 1]
    assert np.isneginf(largest[1]).all()
    assert set(rows[1].tolist()) <= {2, 3}  # of its own text


def find_repeated_slowly(history, n):
    found = []
    for row, own in enumerate(history.tolist()):
        grams = Counter(tuple(own[i : i + n]) for i in range(len(own) - n + 1))
        begun = tuple(own[len(own) - n + 1 :])
        found += [
            (row, gram[-1])
            for gram, times in grams.items()
            if times >= 2 and gram[:-1] == begun
        ]
    return sorted(found)


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("length", [0, 1, 4, 5, 30])
def test_third_times_are_found(n, length):
    history = RANDOM.randint(0, 3, (20, length))
    rows, tokens = find_repeated(history, n)
    assert list(zip(rows.tolist(), tokens.tolist())) == find_repeated_slowly(history, n)


def test_each_text_has_its_forbidden_tokens():
    totals = np.zeros((4, 3), np.float32)
    forbid(totals, np.array([2, 0]), [[1], [], (0, 2)])
    assert (
        np.isneginf(totals).tolist()
        == [[True, False, True]] * 2 + [[False, True, False]] * 2
    )


def test_only_the_end_is_left_of_the_longest_texts():
    totals = np.float32([[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 1, 1]])
    leave_the_end(totals, np.array([False, True]))
    none = -np.inf
    assert totals.tolist() == [[1, 2, 3], [4, 5, 6], [7, none, none], [1, none, none]]
