"""The vectors and weights of a vocabulary: given, completed, and refused."""

import gzip
import warnings

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, read_vectors
from tests.estimators.small import KNOWN, LETTERS, WALKS, make_vectorizer


def test_idf_choices():
    np.testing.assert_allclose(
        make_vectorizer().fit(LETTERS).idf_, np.log2(7 / np.array([3, 2, 1, 1]))
    )
    smooth = make_vectorizer(idf="smooth").fit(LETTERS).idf_
    np.testing.assert_allclose(smooth, np.log(4 / np.array([3, 3, 2, 2])) + 1)


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
def test_a_glove_file_is_read(tmp_path, name):
    path = tmp_path / name
    opener = gzip.open if name.endswith("gz") else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.write("a 1 0\nb 0 1\nzebra 9 9\nd -1 3\n")
    for given in (path, str(path)):
        vectorizer = make_vectorizer(vectors=given).fit(LETTERS)
        assert vectorizer.vectors_.tokens == ("a", "b", "c", "d", "zebra")
        np.testing.assert_array_equal(vectorizer.vectors_["d"], [-1, 3])
        # c is lacking, and shares no piece with a known word.
        np.testing.assert_array_equal(vectorizer.vectors_["c"], [0, 0])


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("pieces", [1.0, 0.1]), ("zeros", [0.0, 0.0])],
)
def test_what_lacking_words_get(missing, expected):
    vectorizer = make_vectorizer(vectors=KNOWN, missing=missing).fit(WALKS)
    np.testing.assert_allclose(vectorizer.vectors_["walks"], expected, atol=1e-6)
    np.testing.assert_array_equal(vectorizer.vectors_["sun"], [0, 1])
    assert vectorizer.n_iter_ == 0


def test_noise_for_lacking_words_has_the_seed_of_the_fit():
    tables = [
        make_vectorizer(vectors=KNOWN, missing="noise", random_state=seed)
        .fit(WALKS)
        .vectors_
        for seed in (0, 0, 1)
    ]
    assert tables[0] == tables[1]
    assert not np.array_equal(tables[0]["walks"], tables[2]["walks"])
    np.testing.assert_array_equal(tables[2]["walked"], [1, 0])


def test_lacking_words_from_the_corpus_are_trained_with_the_same_options():
    texts = [f"{a} {b} {c}" for a in "pqrs" for b in "tuv" for c in "wxyz"]
    options = {"n_components": 3, "random_state": 0, "tol": 0.0, "max_iter": 3}
    own = GloveTfidfVectorizer(**options).fit(texts)
    # A file in the space of the trained vectors: what it lacks comes out as trained.
    given = own.vectors_.subset([t for t in own.vectors_.tokens if t not in "px"])
    filled = GloveTfidfVectorizer(vectors=given, missing="corpus", **options).fit(texts)
    np.testing.assert_allclose(filled.vectors_.table, own.vectors_.table, atol=0.02)
    assert filled.n_iter_ == own.n_iter_ == 3
    curve = own.objective_curve_
    assert filled.objective_curve_ == curve == sorted(curve, reverse=True)
    assert filled.coverage().missing == (("p", 12), ("x", 12))


def test_a_file_and_its_content_in_memory_are_the_same(tmp_path):
    path = tmp_path / "vectors.txt"
    # "walk" shares pieces with "walks", and is no word of the texts.
    path.write_text("walked 1 0\nwalk 9 9\nsun 0 1\n")
    in_memory = make_vectorizer(vectors=read_vectors(path)).fit(WALKS)
    assert make_vectorizer(vectors=path).fit(WALKS).vectors_ == in_memory.vectors_


@pytest.mark.parametrize("in_memory", [False, True])
def test_words_that_only_the_file_has_are_known_in_new_texts(tmp_path, in_memory):
    given = tmp_path / "vectors.txt"
    given.write_text("b 5 5\nx 1 1\na 1 0\ny 2 2\nx 9 9\nz 3 3\nc 2 2\nd -1 3\n")
    with pytest.warns(UserWarning, match="1 rows"):
        every = read_vectors(given)
    options = {"vectors": every if in_memory else given, "output": "document"}
    texts = [*LETTERS, "b a"]  # c and d are in one text, and left out by min_df=2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        vectorizer = make_vectorizer(**options, extra_words=2, min_df=2)
        fitted = vectorizer.fit_transform(texts)
        none = make_vectorizer(**options, extra_words=0).fit(texts)
    assert vectorizer.vocabulary_.tokens == ("a", "b", "x", "y")
    assert vectorizer.vocabulary_.token_counts.tolist() == [4, 3, 0, 0]
    np.testing.assert_array_equal(vectorizer.vectors_["x"], [1, 1])
    np.testing.assert_array_equal(fitted, vectorizer.transform(texts))
    # An extra word weighs as one that came once among the 9; c, d and z are unknown.
    new = vectorizer.transform(["x a c", "d z"])
    x, a = np.sqrt(np.log2(9)), np.sqrt(np.log2(9 / 4))
    np.testing.assert_allclose(
        new, [(x * np.ones(2) + a * np.array([1, 0])) / (x + a), [0, 0]], rtol=1e-6
    )
    assert vectorizer.coverage().n_types == 2
    assert vectorizer.coverage(["x z"]).missing == (("z", 1),)
    assert none.vocabulary_.tokens == ("a", "b", "c", "d")


def test_vectors_without_any_word_of_the_texts_are_refused():
    with pytest.raises(ValueError, match=r"none of the 4 words.*'a', 'b'.*same case"):
        make_vectorizer(vectors=KNOWN).fit(LETTERS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "vectors.txt"),
        (b"", "vectors.txt.*empty"),
        (b"a 1 0\nb 1\n", r"vectors.txt.*line 2"),
        (b"a 1 0\nb 1 x\n", r"vectors.txt.*line 2"),
        (b"a 1 0\nb\xff 1 2\n", r"vectors.txt.*line 2"),
        (b"a 1 0 2\nb 1 2 3\n", "have 3 components, but n_components=2. Set n_comp"),
    ],
    ids=["missing", "empty", "row length", "no number", "not utf-8", "dimension"],
)
def test_broken_vector_files_name_file_and_line(tmp_path, content, message):
    path = tmp_path / "vectors.txt"
    if content is not None:
        path.write_bytes(content)
    vectorizer = make_vectorizer().fit(LETTERS)
    before = dict(vectorizer.__dict__)
    vectorizer.vectors = path
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        vectorizer.fit(LETTERS)
    assert vectorizer.__dict__ == before | {"vectors": path}
