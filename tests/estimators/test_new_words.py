"""What a vectorizer learns of more texts, and what new words begin with."""

import numpy as np
import pytest

from sklearn_slm import WordVectors
from sklearn_slm.embeddings import fill_missing
from sklearn_slm.estimators.new_words import find_word_vectors, grow_vectorizer
from tests.estimators.small import KNOWN, LETTERS, TABLE, WALKS, make_vectorizer

UNKNOWN = np.array([7, 7], np.float32)
FREE = {"given": None, "missing": "pieces", "seed": 0}


def find(words, **options):
    return find_word_vectors(words, KNOWN, UNKNOWN, **(FREE | options))


def test_pieces_then_the_unknown_word():
    vectors, is_given = find(["walks", "qqq"])
    expected = fill_missing(KNOWN, ["walks"])["walks"]
    np.testing.assert_array_equal(vectors, [expected, UNKNOWN])
    assert not is_given.any()
    np.testing.assert_array_equal(find(["walks"], missing="zeros")[0], [UNKNOWN])
    same = find(["walks"], missing="corpus")[0]
    np.testing.assert_array_equal(same, [expected])
    assert find([])[0].shape == (0, 2)


def test_noise_is_seeded_and_differs_between_pieces():
    a, b = (find(["x", "y"], missing="noise", seed=seed)[0] for seed in (0, 1))
    np.testing.assert_array_equal(a, find(["x", "y"], missing="noise")[0])
    more = WordVectors([*KNOWN.tokens, "z"], [*KNOWN.table, [0, 0]])
    c = find_word_vectors(["x", "y"], more, UNKNOWN, **FREE | {"missing": "noise"})[0]
    assert (a != b).all() and (a != c).all()


@pytest.mark.parametrize("as_file", [False, True])
def test_given_vectors_come_first(as_file, tmp_path):
    given = WordVectors(["runs", "walks"], [[1, 2], [3, 4]])
    if as_file:
        path = tmp_path / "vectors.txt"
        path.write_text("runs 1 2\nwalks 3 4\n", "utf-8")
        given = str(path)
    vectors, is_given = find(["walks", "walk", "runs"], given=given)
    np.testing.assert_array_equal(vectors[[0, 2]], [[3, 4], [1, 2]])
    np.testing.assert_array_equal(vectors[1], find(["walk"])[0][0])
    assert is_given.tolist() == [True, False, True]


def test_the_vectorizer_grows_and_the_one_before_stays():
    before = make_vectorizer(min_df=1).fit(LETTERS)
    table = np.concatenate([np.zeros((2, 2), np.float32), TABLE])
    grown = grow_vectorizer(before, ["a e e", "e f"], table, 0)
    assert before.vocabulary_.tokens == ("a", "b", "c", "d")
    assert grown.vocabulary_.tokens == ("a", "b", "c", "d", "e", "f")
    assert grown.vectors_.tokens == grown.vocabulary_.tokens
    np.testing.assert_array_equal(grown.vectors_.table[:4], TABLE)
    # Tokens: 12 in all, a four times; log2(N / n_w).
    assert grown.idf_[0] == pytest.approx(np.log2(12 / 4))
    assert grown.coverage().missing == (("e", 3), ("f", 1))
    same = grown.transform(LETTERS)
    assert same.ids.tolist() == before.transform(LETTERS).ids.tolist()
    assert grown.transform(["f"]).ids.tolist() == [7]


def test_min_df_bounds_what_enters():
    vectorizer = make_vectorizer(vectors=KNOWN, min_df=2).fit(WALKS)
    table = np.zeros((2 + len(vectorizer.vocabulary_), 2), np.float32)
    grown = grow_vectorizer(vectorizer, ["4929 moon", "moon"], table, 0)
    assert grown.vocabulary_.tokens[len(vectorizer.vocabulary_) :] == ("moon",)
