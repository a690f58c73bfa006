"""Approximate search, beside the exact one."""

import sys

import numpy as np
import pytest

from sklearn_slm.retrieval import build_approximate, measure_recall, search_vectors

RANDOM = np.random.RandomState(0)
VECTORS = RANDOM.standard_normal((600, 16)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
QUERIES = VECTORS[::20] + 0.1 * RANDOM.standard_normal((30, 16)).astype(np.float32)


def test_it_finds_nearly_all():
    index = build_approximate(VECTORS)
    assert measure_recall(index, QUERIES, 10) > 0.95
    scores, rows = index.search(QUERIES, 5)
    exact = search_vectors(QUERIES, VECTORS, 5)
    assert (rows[:, 0] == exact[1][:, 0]).all()
    np.testing.assert_allclose(scores[:, 0], exact[0][:, 0], rtol=1e-5)
    assert (np.diff(scores, axis=1) <= 0).all()
    # The graph is the same each time.
    assert np.array_equal(build_approximate(VECTORS).search(QUERIES, 5)[1], rows)


def test_fewer_vectors_than_asked_for():
    index = build_approximate(VECTORS[:3])
    scores, rows = index.search(QUERIES, 10)
    assert np.sort(rows, axis=1).tolist() == [[0, 1, 2]] * 30
    assert np.isfinite(scores).all()
    assert measure_recall(index, QUERIES, 10) == 1.0
    with pytest.raises(ValueError, match="k must be"):
        index.search(QUERIES, 0)
    with pytest.raises(
        ValueError, match="at least one query and one vector. Got 0 and 3"
    ):
        measure_recall(index, QUERIES[:0])


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(ImportError, match=r"pip install sklearn_slm\[search\]"):
        build_approximate(VECTORS)
