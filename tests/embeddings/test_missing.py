import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_slm.embeddings import WordVectors, fill_missing, map_vectors

KNOWN = WordVectors(["walked", "walking", "sun"], [[1, 0], [1, 0.2], [0, 1]])


@pytest.mark.parametrize("method", ["noise", "pieces", "zeros"])
def test_known_words_keep_their_vectors(method):
    filled = fill_missing(
        KNOWN, ["sun", "xyzzy", "walked"], method=method, random_state=0
    )
    assert filled.tokens == ("sun", "xyzzy", "walked")
    assert_array_equal(filled["sun"], KNOWN["sun"])
    assert_array_equal(filled["walked"], KNOWN["walked"])


def test_noise_has_the_scale_of_the_table_and_is_seeded():
    table = np.random.default_rng(0).normal(3.0, 0.5, (500, 2))
    known = WordVectors([f"w{i}" for i in range(500)], table)
    words = [f"x{i}" for i in range(500)]
    filled = fill_missing(known, words, method="noise", random_state=0)
    assert_allclose(filled.table.mean(axis=0), 3.0, atol=0.1)
    assert_allclose(filled.table.std(axis=0), 0.5, atol=0.05)
    assert filled == fill_missing(known, words, method="noise", random_state=0)
    assert filled != fill_missing(known, words, method="noise", random_state=1)


def test_pieces_take_the_vectors_of_similar_words():
    filled = fill_missing(KNOWN, ["walks"], method="pieces")
    # "<wa", "wal", "alk", "<wal", "walk", "<walk" are in both, nothing is in "sun".
    assert_allclose(filled["walks"], [1.0, 0.1], atol=1e-6)


def test_corpus_vectors_are_mapped_onto_the_file():
    rng = np.random.default_rng(0)
    target = rng.normal(size=(30, 3))
    turned = target @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + 5.0
    words = [f"w{i}" for i in range(30)]
    file = WordVectors(words[:25], target[:25])
    corpus = WordVectors(words, turned)
    filled = fill_missing(
        file, words, method="corpus", corpus_vectors=corpus, random_state=0
    )
    assert_allclose(filled.table, target, atol=0.05)


def test_mapping_needs_a_shared_word():
    with pytest.raises(ValueError, match="share no word"):
        map_vectors(WordVectors(["a"], [[1.0]]), WordVectors(["A"], [[1.0]]))


def test_one_shared_word_is_enough():
    mapped = map_vectors(
        WordVectors(["a", "b"], np.eye(2)), WordVectors(["a"], [[2.0]])
    )
    assert_allclose(mapped.table, [[2.0], [2.0]])


@pytest.mark.parametrize(
    ("vectors", "kwargs", "message"),
    [
        (KNOWN, {"method": "mean"}, "'noise' or 'corpus'. Got 'mean'"),
        (KNOWN, {"method": "corpus"}, "it needs them"),
        (KNOWN, {"corpus_vectors": KNOWN}, "belong to method='corpus'"),
        (KNOWN.subset([]), {}, "holds no word"),
    ],
)
def test_bad_arguments_are_refused(vectors, kwargs, message):
    with pytest.raises(ValueError, match=message):
        fill_missing(vectors, ["a"], **kwargs)


def test_words_that_share_nothing_get_zeros():
    assert not fill_missing(KNOWN, ["xyzzy"])["xyzzy"].any()
    assert not fill_missing(KNOWN, ["walks"], method="zeros")["walks"].any()
    own = WordVectors(["sun", "walked"], np.eye(2))
    filled = fill_missing(KNOWN, ["xyzzy"], method="corpus", corpus_vectors=own)
    assert not filled["xyzzy"].any()
