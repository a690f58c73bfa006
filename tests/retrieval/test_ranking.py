"""The best of many scores."""

import numpy as np
import pytest

from sklearn_slm.retrieval.ranking import check_k, rank_rows, split_queries, take_best


def sort_slowly(row, k):
    return sorted(range(len(row)), key=lambda i: (-row[i], i))[:k]


@pytest.mark.parametrize("n", [1, 7, 64, 1000, 5003])
@pytest.mark.parametrize("k", [1, 3, 10, 5003])
@pytest.mark.parametrize("kind", ["distinct", "tied", "zeros", "infinite"])
def test_the_best_are_those_of_a_sort(n, k, kind):
    random = np.random.RandomState(0)
    scores = random.standard_normal((2, n)).astype(np.float32)
    if kind == "tied":
        scores = np.round(scores)
    elif kind == "zeros":
        scores[scores < 2.5] = 0
    elif kind == "infinite":
        scores[scores < 0] = -np.inf
    values, columns = take_best(scores, k)
    assert columns.tolist() == [sort_slowly(row.tolist(), k) for row in scores]
    assert np.array_equal(values, np.take_along_axis(scores, columns, axis=1))


def test_no_scores():
    assert take_best(np.zeros((2, 0)), 3)[1].shape == (2, 0)
    assert take_best(np.zeros((0, 5)), 3)[1].shape == (0, 3)


def test_ranks_are_places_among_the_best():
    scores = np.round(np.random.RandomState(1).standard_normal(50), 1)
    order = take_best(scores[None], 50)[1][0]
    assert rank_rows(scores, order).tolist() == list(range(1, 51))


@pytest.mark.parametrize("k", [0, -1, 1.5, "3", True, None])
def test_what_is_no_number_of_results(k):
    with pytest.raises(ValueError, match="size must be a whole number of at least 1"):
        check_k(k, "size")


def test_queries_are_split_by_memory():
    assert [s.stop for s in split_queries(5, 10)] == [5]
    assert [s.stop for s in split_queries(5, 1 << 23)] == [2, 4, 5]
    assert [s.stop for s in split_queries(3, 1 << 40)] == [1, 2, 3]
    assert [s.start for s in split_queries(5, 10, 2)] == [0, 2, 4]
    with pytest.raises(ValueError, match="block must be"):
        list(split_queries(5, 10, 0))
