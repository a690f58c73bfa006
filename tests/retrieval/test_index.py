"""Exact search among vectors."""

import numpy as np
import pytest

from sklearn_slm.compression.quantize import round_to_int8
from sklearn_slm.retrieval import multiply_vectors, search_vectors

RANDOM = np.random.RandomState(0)
VECTORS = RANDOM.standard_normal((5000, 24)).astype(np.float32)
VECTORS[4000:4010] = VECTORS[7]  # equal products
QUERIES = np.concatenate([VECTORS[[7, 4999]], RANDOM.standard_normal((68, 24))])
QUERIES = QUERIES.astype(np.float32)


@pytest.mark.parametrize("n", [1, 100, 1500, 5000])
def test_the_best_products_are_found(n):
    scores, rows = search_vectors(QUERIES, VECTORS[:n], k=5)
    products = QUERIES @ VECTORS[:n].T
    expected = np.argsort(-products, axis=1, kind="stable")[:, :5]
    assert rows.shape == (70, min(5, n))
    np.testing.assert_allclose(
        scores, np.take_along_axis(products, expected, axis=1), rtol=1e-5
    )
    assert (rows == expected).mean() > 0.99
    if n == 5000:
        assert rows[0].tolist() == [7, 4000, 4001, 4002, 4003]


@pytest.mark.parametrize("block", [1, 1024, 1500, 3000, 4096])
@pytest.mark.parametrize("n", [2047, 2048, 5000])
def test_blocks_and_threads_change_nothing(block, n):
    expected = search_vectors(QUERIES, VECTORS[:n], k=30)
    found = search_vectors(QUERIES, VECTORS[:n], k=30, block=block, n_threads=2)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    # More than fit into a block.
    many = search_vectors(QUERIES[:2], VECTORS[:n], k=n, block=block)
    assert np.sort(many[1], axis=1).tolist() == [list(range(n))] * 2
    assert (np.diff(many[0], axis=1) <= 0).all()


def test_a_query_alone_is_found_as_among_others():
    expected = search_vectors(QUERIES, VECTORS, k=5)
    for i in (0, 1, 69):
        alone = search_vectors(QUERIES[i : i + 1], VECTORS, k=5)
        assert np.array_equal(alone[1][0], expected[1][i])
        np.testing.assert_allclose(alone[0][0], expected[0][i], rtol=1e-6)


def test_fewer_bytes():
    expected = search_vectors(QUERIES, VECTORS, k=1)
    rounded, scale = round_to_int8(VECTORS, axis=1)
    for vectors, of_rows, bound in (
        (VECTORS.astype(np.float16), None, 0.01),
        (rounded, scale[:, None], 0.2),
    ):
        scores, rows = search_vectors(QUERIES, vectors, k=1, scale=of_rows)
        np.testing.assert_allclose(scores, expected[0], atol=bound)
        assert (rows == expected[1]).mean() > 0.8


def test_a_file_is_searched_where_it_is(tmp_path):
    stored = np.memmap(tmp_path / "v", np.float32, "w+", shape=VECTORS.shape)
    stored[:] = VECTORS
    stored.flush()
    opened = np.memmap(tmp_path / "v", np.float32, "r", shape=VECTORS.shape)
    scores, rows = search_vectors(QUERIES, opened, k=3, block=1024)
    expected = search_vectors(QUERIES, VECTORS, k=3)
    assert np.array_equal(rows, expected[1]) and np.array_equal(scores, expected[0])


def test_nothing_to_search():
    assert search_vectors(QUERIES, VECTORS[:0], k=3)[1].shape == (70, 0)
    assert search_vectors(QUERIES[:0], VECTORS, k=3)[1].shape == (0, 3)
    assert multiply_vectors(QUERIES[:1], VECTORS[:0]).shape == (1, 0)


def test_what_cannot_be_searched():
    with pytest.raises(
        ValueError, match=r"rows of one length.*\(70, 24\).*\(5000, 23\)"
    ):
        search_vectors(QUERIES, VECTORS[:, :23])
    with pytest.raises(ValueError, match="k must be"):
        search_vectors(QUERIES, VECTORS, k=0)
    with pytest.raises(ValueError, match="block must be"):
        search_vectors(QUERIES, VECTORS, block=0)
