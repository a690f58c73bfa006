import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from sklearn_slm.embeddings import (
    document_vectors,
    log2_idf,
    smooth_idf,
    tfidf_weights,
)


def test_log2_idf_by_hand():
    assert_allclose(log2_idf([8, 2, 1], 16), [1.0, 3.0, 4.0])
    assert_allclose(log2_idf([5], 5), [0.0])
    assert log2_idf([], 0).shape == (0,)


@pytest.mark.parametrize("counts", [[0, 3], [3, 17]])
def test_log2_idf_refuses_counts_outside_the_corpus(counts):
    with pytest.raises(ValueError, match="at least once and at most n_tokens times"):
        log2_idf(counts, 16)


def test_smooth_idf_is_that_of_scikit_learn():
    texts = ["a a b", "a c", "a"]
    counts = CountVectorizer(token_pattern=r"\w").fit_transform(texts)
    expected = TfidfTransformer().fit(counts).idf_
    assert_allclose(smooth_idf([3, 1, 1], 3), expected)


def test_smooth_idf_refuses_counts_above_the_documents():
    with pytest.raises(ValueError, match="0 to n_documents documents"):
        smooth_idf([4], 3)


def test_weights_by_hand():
    ids = [2, 3, 2, 1, 0, 1, 4]
    weights = tfidf_weights(ids, [0, 5, 5, 6, 7], idf=[2.0, 4.5, 0.0], k=2.0)
    expected = np.zeros((4, 3))
    expected[0] = [np.sqrt(2 * 2.0 / 2), np.sqrt(4.5 / 2), 0]
    assert_allclose(weights.toarray(), expected)
    assert weights.dtype == np.float64
    assert weights.has_canonical_format
    assert weights.nnz == 2  # word 2 has idf 0: no stored zero


def test_weights_of_no_documents():
    assert tfidf_weights([], [0], idf=[1.0]).shape == (0, 1)


@pytest.mark.parametrize(
    ("ids", "offsets", "message"),
    [
        ([5], [0, 1], "Ids must lie in 0..4"),
        ([-1], [0, 1], "Ids must lie in 0..4"),
        ([2, 3], [0, 1], "offsets must rise from 0"),
        ([2], [1, 1], "offsets must rise from 0"),
        ([2], [0, 2, 1], "offsets must rise from 0"),
        ([2], [], "offsets must rise from 0"),
    ],
)
def test_weights_refuse_broken_documents(ids, offsets, message):
    with pytest.raises(ValueError, match=message):
        tfidf_weights(ids, offsets, idf=[1.0, 1.0, 1.0])


def test_weights_refuse_negative_idf_and_k():
    with pytest.raises(ValueError, match="idf must be 0 or more"):
        tfidf_weights([2], [0, 1], idf=[-1.0])
    with pytest.raises(ValueError, match="k must be above 0"):
        tfidf_weights([2], [0, 1], idf=[1.0], k=0)


def test_document_vectors_are_weighted_means():
    table = np.array([[4.0, 0.0], [0.0, 4.0], [8.0, 8.0]], np.float32)
    weights = np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 7.0]])
    vectors = document_vectors(weights, table)
    assert vectors.dtype == np.float32
    assert_allclose(vectors, [[1, 3], [0, 0], [8, 8]], rtol=1e-6)


def test_scale_of_the_weights_changes_no_mean():
    ids, offsets, idf = [2, 3, 3, 4], [0, 3, 4], [1.0, 2.0, 3.0]
    table = np.arange(6.0).reshape(3, 2)
    one = document_vectors(tfidf_weights(ids, offsets, idf), table)
    other = document_vectors(tfidf_weights(ids, offsets, idf, k=7.0), table)
    assert_allclose(one, other, rtol=1e-6)


def test_document_vectors_refuse_another_vocabulary():
    with pytest.raises(ValueError, match="one column for each word vector"):
        document_vectors(np.ones((1, 2)), np.ones((3, 4)))


def test_inputs_stay_as_they_are():
    weights = tfidf_weights([2, 3], [0, 2], idf=[1.0, 2.0])
    before = weights.toarray().copy()
    document_vectors(weights, np.ones((2, 2)))
    assert_array_equal(weights.toarray(), before)
