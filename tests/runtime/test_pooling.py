"""Attention, sums and maxima over packed states, by hand."""

import numpy as np
import pytest

from sklearn_slm.runtime.packing import Packing
from sklearn_slm.runtime.pooling import attend, pool_max, pool_sum, share_max

# Three documents of 3, 1 and no states with two components each.
LENGTHS = np.array([3, 1, 0])
PACKING = Packing.of(LENGTHS)
FLAT = np.float32([[1, -1], [0.5, 3], [1, 2], [-2, -4]])
STATES = FLAT[PACKING.flat]


def test_attention_looks_at_a_state_and_at_the_one_before():
    kernel, bias = np.float32([[0.6, 0.1], [-0.9, 0.2]]), np.float32(0.3)
    scores = [
        -0.9 * 1 + 0.2 * -1 + 0.3,
        0.6 * 1 + 0.1 * -1 - 0.9 * 0.5 + 0.2 * 3 + 0.3,
        0.6 * 0.5 + 0.1 * 3 - 0.9 * 1 + 0.2 * 2 + 0.3,
    ]
    expected = np.exp(scores) / np.exp(scores).sum()
    weight = attend(STATES, kernel, bias, PACKING)
    np.testing.assert_allclose(weight, [*expected, 1.0], rtol=1e-6)


def test_attention_of_scores_that_exp_cannot_hold():
    weight = attend(STATES * 1e4, np.ones((2, 2), "f4"), np.float32(0), PACKING)
    np.testing.assert_array_equal(weight, [0, 0, 1, 1])


def test_sum_under_weights():
    weight = np.float32([0.5, 0.25, 0.25, 2])
    pooled = pool_sum(STATES, weight[PACKING.flat], PACKING)
    np.testing.assert_allclose(
        pooled, [[0.875, 0.75], [-4.0, -8.0], [0.0, 0.0]], rtol=1e-6
    )


def test_largest_values_and_where_they_are():
    assert pool_max(STATES, PACKING).tolist() == [[1, 3], [-2, -4], [0, 0]]
    share = share_max(STATES, PACKING)
    by_token = np.empty_like(share)
    by_token[PACKING.flat] = share
    # The first component is 1 twice: the first of them counts.
    assert by_token.tolist() == [[1, 0], [0, 1], [0, 0], [1, 1]]
    np.testing.assert_array_equal(
        pool_sum(STATES * share, np.ones(4, "f4"), PACKING), pool_max(STATES, PACKING)
    )


@pytest.mark.parametrize("pool", [pool_max, lambda s, p: pool_sum(s, s[:, 0], p)])
def test_a_document_alone_is_pooled_as_among_others(pool):
    alone = pool(FLAT[:3], Packing.of(LENGTHS[:1]))
    np.testing.assert_allclose(alone, pool(STATES, PACKING)[:1], rtol=1e-6)
