import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_slm.embeddings import find_common_direction, remove_direction


def test_direction_is_the_first_singular_vector():
    documents = np.random.default_rng(0).normal(1.0, 1.0, (20, 4))
    expected = np.linalg.svd(documents)[2][0]
    direction = find_common_direction(documents)
    assert abs(direction @ expected) == pytest.approx(1, abs=1e-6)
    assert direction[np.argmax(np.abs(direction))] > 0


def test_nothing_is_left_along_the_direction():
    documents = np.random.default_rng(1).normal(2.0, 1.0, (5, 3)).astype(np.float32)
    direction = find_common_direction(documents)
    assert_allclose(remove_direction(documents, direction) @ direction, 0, atol=1e-6)


def test_empty_documents_stay_zero():
    zeros = np.zeros((2, 3), np.float32)
    direction = find_common_direction(zeros)
    assert_allclose(direction, 0)
    assert_allclose(remove_direction(zeros, [1.0, 0, 0]), 0)
