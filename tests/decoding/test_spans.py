"""The best legal spans, against all spans one by one."""

import numpy as np
import pytest

from sklearn_slm.decoding import spans
from sklearn_slm.decoding.spans import ScoredSpan, find_spans, fit_temperature


def draw(n, seed=0):
    random = np.random.RandomState(seed)
    return np.float32(random.standard_normal((2, n)) * 2)


def list_all(start, end, max_length, temperature=1.0):
    """Return (score, first, last) of all legal spans, best first, and the sum."""
    n = len(start)
    found = [
        ((float(start[i]) + float(end[j])) / temperature, i, j)
        for i in range(n)
        for j in range(i, min(i + max_length, n))
    ]
    total = 1.0 + sum(np.exp(score) for score, _, _ in found)
    return sorted(found, key=lambda f: (-f[0], f[1], f[2])), total


@pytest.mark.parametrize(
    ("n", "max_length", "k", "block"),
    [(1, 5, 3, 99), (12, 4, 1, 99), (12, 4, 7, 9), (9, 20, 60, 1), (30, 3, 5, 10)],
)
def test_against_a_loop(n, max_length, k, block, monkeypatch):
    monkeypatch.setattr(spans, "_BLOCK_SPANS", block)
    start, end = draw(n, seed=n)
    found = find_spans(start, end, max_length=max_length, k=k, temperature=1.5)
    expected, total = list_all(start, end, max_length, 1.5)
    expected = expected[:k]
    assert found.first.tolist() == [i for _, i, _ in expected]
    assert found.last.tolist() == [j for _, _, j in expected]
    assert found.probability == pytest.approx(
        [np.exp(s) / total for s, _, _ in expected]
    )
    assert found.none == pytest.approx(1 / total)


def test_equal_scores_keep_their_order():
    zeros = np.zeros(4, np.float32)
    found = find_spans(zeros, zeros, max_length=2, k=3)
    assert [*zip(found.first, found.last)] == [(0, 0), (0, 1), (1, 1)]
    # Seven legal spans and none.
    assert found.probability == pytest.approx([1 / 8] * 3)


def test_an_end_before_its_start_is_no_span():
    start, end = np.log([1.0, 1.0, 99.0]), np.log([99.0, 2.0, 1.0])
    found = find_spans(start, end, max_length=3, k=9)
    assert (found.last >= found.first).all() and len(found.first) == 6
    # 1 * 99, then 99 * 1 at the end: of equals the first.
    assert (found.first[0], found.last[0]) == (0, 0)


def test_no_token_is_no_answer():
    found = find_spans(*np.zeros((2, 0), np.float32), max_length=5)
    assert len(found.first) == 0 and found.none == 1.0


def test_scores_of_any_size():
    start = np.float32([1e4, -1e4])
    found = find_spans(start, start, max_length=2)
    assert found.probability.tolist() == [1.0] and found.none == 0.0


def test_the_temperature_is_the_best_of_its_grid():
    random = np.random.RandomState(0)
    known = []
    for seed in range(40):
        start, end = draw(6, seed)
        expected, total = list_all(start, end, 3)
        shares = np.array([1.0, *(np.exp(score) for score, _, _ in expected)]) / total
        drawn = random.choice(len(shares), p=shares)
        place = (-1, -1) if drawn == 0 else expected[drawn - 1][1:]
        known.append(ScoredSpan(3 * start, 3 * end, *place))
    # Scores three times too sure.
    assert 2.0 < fit_temperature(known, max_length=3) <= 4.0
    right = [ScoredSpan(k.start / 3, k.end / 3, *k[2:]) for k in known]
    assert 0.7 < fit_temperature(right, max_length=3) < 1.5
    assert fit_temperature([], max_length=3) == 1.0
