import copy
import pickle

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_slm.embeddings import WordVectors

WORDS = ["man", "woman", "king", "queen", "apple"]
TABLE = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 2], [0, 1, 2], [-1, -1, 0]], np.float32)


@pytest.fixture
def vectors():
    return WordVectors(WORDS, TABLE)


def test_lookup(vectors):
    assert_array_equal(vectors["king"], [1, 0, 2])
    assert "king" in vectors
    assert "duke" not in vectors
    assert len(vectors) == 5
    assert vectors.n_components == 3
    assert vectors.tokens == tuple(WORDS)
    assert vectors.index["apple"] == 4
    assert list(vectors) == WORDS
    assert vectors.table.dtype == np.float32


def test_unknown_word_says_so(vectors):
    with pytest.raises(KeyError, match="'duke' has no vector among these 5 words"):
        vectors["duke"]


def test_nothing_can_be_changed(vectors):
    with pytest.raises(ValueError, match="read-only"):
        vectors.table[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        vectors["man"][0] = 5
    with pytest.raises(TypeError):
        vectors.index["man"] = 3
    with pytest.raises(AttributeError):
        vectors.tokens = ()


def test_later_changes_of_the_source_do_not_show():
    table = TABLE.copy()
    vectors = WordVectors(WORDS, table)
    table[:] = 0
    assert_array_equal(vectors.table, TABLE)
    assert table.flags.writeable


def test_read_only_table_is_not_copied(vectors):
    assert WordVectors(WORDS, vectors.table).table is vectors.table


def test_equality_and_hash_follow_the_content(vectors):
    same = WordVectors(WORDS, TABLE.copy())
    assert vectors == same
    assert hash(vectors) == hash(same)
    assert vectors != WordVectors(WORDS, TABLE + 1)
    assert vectors != WordVectors([*WORDS[:4], "pear"], TABLE)
    assert vectors != "man"
    zero = WordVectors(["a"], [[0.0]]), WordVectors(["a"], [[-0.0]])
    assert zero[0] == zero[1]
    assert hash(zero[0]) == hash(zero[1])


def test_copies_share_and_pickles_are_equal(vectors):
    assert copy.copy(vectors) is vectors
    assert copy.deepcopy(vectors) is vectors
    loaded = pickle.loads(pickle.dumps(vectors))
    assert loaded == vectors
    assert loaded["queen"][2] == 2
    assert not loaded.table.flags.writeable


def _describe(vectors):
    base = vectors.table
    while base is not None and not isinstance(base, np.memmap):
        base = base.base
    return isinstance(base, np.memmap), float(vectors["w1"][0])


def test_joblib_workers_map_one_copy():
    vectors = WordVectors([f"w{i}" for i in range(400)], np.ones((400, 50)))
    parallel = joblib.Parallel(n_jobs=2, max_nbytes=1000)
    assert parallel(joblib.delayed(_describe)(vectors) for _ in range(2)) == [
        (True, 1.0),
        (True, 1.0),
    ]


def test_memory_map_is_used_as_it_is(vectors, tmp_path):
    np.save(tmp_path / "table.npy", TABLE)
    mapped = np.load(tmp_path / "table.npy", mmap_mode="r")
    loaded = WordVectors(WORDS, mapped)
    assert np.shares_memory(loaded.table, mapped)
    assert loaded == vectors


def test_subset_keeps_the_asked_order_and_drops_the_rest(vectors):
    subset = vectors.subset(["apple", "duke", "man", "apple"])
    assert subset.tokens == ("apple", "man")
    assert_array_equal(subset.table, TABLE[[4, 0]])
    assert len(vectors.subset([])) == 0
    assert vectors.subset([]).n_components == 3


def test_similarity_is_the_cosine(vectors):
    assert vectors.similarity("man", "king") == pytest.approx(1 / np.sqrt(5))
    assert vectors.similarity("man", "woman") == 0
    assert vectors.similarity("man", "man") == pytest.approx(1)


def test_most_similar_by_hand(vectors):
    assert vectors.most_similar("king", n=2) == [
        ("queen", pytest.approx(0.8)),
        ("man", pytest.approx(1 / np.sqrt(5))),
    ]
    everything = [word for word, _ in vectors.most_similar("king", n=100)]
    assert everything == ["queen", "man", "woman", "apple"]


def test_ties_keep_the_order_of_the_rows():
    vectors = WordVectors([f"w{i}" for i in range(20)], np.ones((20, 2)))
    assert [word for word, _ in vectors.most_similar("w5", n=3)] == ["w0", "w1", "w2"]


def test_analogy_leaves_out_its_own_words(vectors):
    root = np.sqrt(5)
    target = np.array([1 / root - 1, 1, 2 / root])
    expected = target @ [0, 1, 2] / root / np.linalg.norm(target)
    assert vectors.analogy("man", "woman", "king") == [
        ("queen", pytest.approx(expected))
    ]
    assert len(vectors.analogy("man", "man", "man", n=9)) == 4


def test_zero_vectors_are_similar_to_nothing():
    vectors = WordVectors(["zero", "one"], [[0.0, 0.0], [1.0, 0.0]])
    assert vectors.similarity("zero", "one") == 0
    assert vectors.most_similar("one") == [("zero", 0.0)]
    assert vectors.analogy("one", "one", "zero") == []


def test_neighbours_asked_for_must_be_one_or_more(vectors):
    with pytest.raises(ValueError, match="n must be at least 1. Got 0"):
        vectors.most_similar("man", n=0)


def test_coverage_counts_types_and_tokens(vectors):
    coverage = vectors.coverage(["King and queen and", "and man duke"])
    assert (coverage.n_types, coverage.n_types_found) == (5, 3)
    assert (coverage.n_tokens, coverage.n_tokens_found) == (7, 3)
    assert coverage.missing == (("and", 3), ("duke", 1))
    assert vectors.coverage(["a b"], analyzer=str.split).type_share == 0


@pytest.mark.parametrize(
    ("tokens", "table", "error", "message"),
    [
        ("ab", [[1], [2]], TypeError, "not one string"),
        ([1], [[1.0]], TypeError, "Every word must be a string. Got 1"),
        (["a", "b", "a"], np.ones((3, 1)), ValueError, "Got 'a' in rows 0 and 2"),
        (["a"], np.ones((2, 1)), ValueError, "one row for each of the 1 words"),
        (["a"], [1.0], ValueError, r"Got an array of shape \(1,\)"),
        (["a", "b"], [[1], [np.nan]], ValueError, "vector of 'b' .row 1. holds NaN"),
    ],
)
def test_bad_content_is_refused(tokens, table, error, message):
    with pytest.raises(error, match=message):
        WordVectors(tokens, table)


def test_repr_is_short(vectors):
    assert repr(vectors) == "<WordVectors: 5 words x 3 components>"
