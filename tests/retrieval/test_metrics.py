"""How high right entries stand."""

import numpy as np
import pytest

from sklearn_slm.retrieval import METRICS, average_ranks

RANKS = [np.array([5, 1, 2]), np.array([3]), np.zeros(0, int)]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", (1 + 0 + 0) / 3),
        ("mrr", (1 + 1 / 3 + 0) / 3),
        # One of the four right entries of the first question is not there.
        ("map", ((1 + 1 + 3 / 5 + 0) / 4 + 1 / 3 + 0) / 3),
    ],
)
def test_by_hand(metric, expected):
    assert average_ranks(RANKS, [4, 1, 2], metric) == pytest.approx(expected)


def test_what_cannot_be_averaged():
    with pytest.raises(ValueError, match="metric must be one of .*Got 'ndcg'"):
        average_ranks(RANKS, [4, 1, 2], "ndcg")
    for metric in METRICS:
        with pytest.raises(ValueError, match="there is no question"):
            average_ranks([], [], metric)
