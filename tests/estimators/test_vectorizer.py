"""GloveTfidfVectorizer: the formula by hand, the three outputs, files, bad input."""

import gzip
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_slm import (
    GloveTfidfVectorizer,
    TokenSequences,
    WordVectors,
    load_model,
    read_vectors,
)
from sklearn_slm.text import Analyzer

TEXTS = ["a a b", "a c", "b d"]  # N = 7; a three times, b twice, c and d once
TABLE = np.array([[1, 0], [0, 1], [2, 2], [-1, 3]], np.float32)
VECTORS = WordVectors(("a", "b", "c", "d"), TABLE)


def make(**options):
    return GloveTfidfVectorizer(
        **({"n_components": 2, "vectors": VECTORS, "random_state": 0} | options)
    )


def weight(tf, count, k=1.0):
    return np.sqrt(tf * np.log2(7 / count) / k)


def test_weights_follow_the_formula():
    found = make(output="weights", k=2.0).fit_transform(TEXTS)
    assert sp.issparse(found)
    expected = [
        [weight(2, 3, 2), weight(1, 2, 2), 0, 0],
        [weight(1, 3, 2), 0, weight(1, 1, 2), 0],
        [0, weight(1, 2, 2), 0, weight(1, 1, 2)],
    ]
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-12)


def test_document_is_the_mean_vector_under_the_weights():
    vectorizer = make(output="document").fit(TEXTS)
    found = vectorizer.transform(["a a b", "", "unknown", "d d unknown"])
    a, b = weight(2, 3), weight(1, 2)
    first = (a * TABLE[0] + b * TABLE[1]) / (a + b)
    np.testing.assert_allclose(found, [first, [0, 0], [0, 0], TABLE[3]], rtol=1e-6)
    assert found.dtype == np.float32


def test_idf_choices():
    np.testing.assert_allclose(
        make().fit(TEXTS).idf_, np.log2(7 / np.array([3, 2, 1, 1]))
    )
    smooth = make(idf="smooth").fit(TEXTS).idf_
    np.testing.assert_allclose(smooth, np.log(4 / np.array([3, 3, 2, 2])) + 1)


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_norm(norm):
    for output in ("weights", "document"):
        found = make(output=output, norm=norm).fit_transform(TEXTS)
        rows = found.toarray() if sp.issparse(found) else found
        length = np.linalg.norm(rows, 1 if norm == "l1" else 2, axis=1)
        np.testing.assert_allclose(length, 1.0, rtol=1e-6)


def test_sequences_share_vectors_and_vocabulary():
    vectorizer = make().fit(TEXTS)
    found = vectorizer.transform(["b a x", ""])
    assert isinstance(found, TokenSequences)
    assert found.ids.tolist() == [3, 2, 1]
    assert found.offsets.tolist() == [0, 3, 3]
    assert found.vectors is vectorizer.vectors_.table
    assert found.vocabulary is vectorizer.vocabulary_
    np.testing.assert_array_equal(np.asarray(found)[0], [TABLE[1], TABLE[0], [0, 0]])


@pytest.mark.parametrize("output", ["sequences", "document", "weights"])
def test_fit_transform_is_fit_and_transform(output):
    options = {"output": output, "vectors": None, "min_df": 2, "max_length": 2}
    together = make(**options).fit_transform(TEXTS)
    apart = make(**options).fit(TEXTS).transform(TEXTS)
    if output == "sequences":
        together, apart = np.asarray(together), np.asarray(apart)
    elif output == "weights":
        together, apart = together.toarray(), apart.toarray()
    np.testing.assert_array_equal(together, apart)


def test_feature_names_and_pandas():
    vectorizer = make(output="document").set_output(transform="pandas")
    frame = vectorizer.fit_transform(TEXTS)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["glovetfidfvectorizer0", "glovetfidfvectorizer1"]
    names = make(output="weights").fit(TEXTS).get_feature_names_out()
    assert names.tolist() == ["a", "b", "c", "d"]
    assert not hasattr(make(), "get_feature_names_out")


def test_max_length_keeps_the_first_tokens():
    vectorizer = make(max_length=2).fit(TEXTS)
    assert "b" in vectorizer.vocabulary_  # from the third text
    assert vectorizer.transform(["a a b"]).lengths.tolist() == [2]


def test_trained_vectors_depend_on_the_seed_alone():
    texts = [f"{a} {b} {c}" for a in "pqrs" for b in "tuv" for c in "wxyz"]
    tables = [
        GloveTfidfVectorizer(4, random_state=seed, n_jobs=n_jobs)
        .fit(texts)
        .vectors_.table
        for seed, n_jobs in [(0, None), (0, 2), (1, None)]
    ]
    np.testing.assert_array_equal(tables[0], tables[1])
    assert not np.array_equal(tables[0], tables[2])
    assert tables[0].shape == (11, 4)


def test_english_stop_words_and_own_ones():
    texts = ["the cat and the dog", "a cat"]
    english = GloveTfidfVectorizer(2, stop_words="english").fit(texts)
    assert set(english.vocabulary_.tokens) == {"cat", "dog"}
    own = GloveTfidfVectorizer(2, stop_words=["cat"]).fit(texts)
    assert "cat" not in own.vocabulary_
    assert "the" in own.vocabulary_


def split_on_bars(text):
    return text.split("|")


def test_a_callable_analyzer_survives_a_pickle():
    vectorizer = GloveTfidfVectorizer(2, analyzer=split_on_bars).fit(["x y|z", "z"])
    assert set(vectorizer.vocabulary_.tokens) == {"x y", "z"}
    loaded = pickle.loads(pickle.dumps(vectorizer))
    assert loaded.transform(["z|q"]).ids.tolist() == [2, 1]
    assert clone(loaded).analyzer is split_on_bars


def test_a_callable_takes_documents_of_any_kind_but_missing_ones():
    def identity(document):
        return document

    documents = [["a", "a", "b"], ["a", "c"], ("b", "d")]
    texts = make(output="weights").fit(TEXTS)
    for given in (documents, pd.Series(documents), iter(documents)):
        vectorizer = make(output="weights", analyzer=identity)
        found = vectorizer.fit_transform(given)
        np.testing.assert_array_equal(found.toarray(), texts.transform(TEXTS).toarray())
    assert vectorizer.coverage([["a", "z"]]).missing == (("z", 1),)
    rows = [{"text": "a b"}, {"text": "b"}]
    found = make(analyzer=lambda row: row["text"].split()).fit_transform(rows)
    assert found.lengths.tolist() == [2, 1]
    for missing in (None, float("nan"), pd.NA):
        with pytest.raises(ValueError, match=r"X\[1\] must be .* missing value"):
            vectorizer.transform([["a"], missing])
    for analyzer in ("word", Analyzer()):
        with pytest.raises(
            TypeError, match=r"X\[0\] must be a str, but list was given"
        ):
            make(analyzer=analyzer).fit(documents)


def test_tags_can_stay():
    texts = ["<s> call <TIME> <PERSON> </s>"]
    kept = GloveTfidfVectorizer(2, strip_tags=False).fit(texts).vocabulary_.tokens
    assert {"s", "time", "person"} < set(kept)
    blanked = GloveTfidfVectorizer(2).fit(texts).vocabulary_.tokens
    assert set(blanked) == {"call", "<", "person", ">"}


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
def test_a_glove_file_is_read(tmp_path, name):
    path = tmp_path / name
    opener = gzip.open if name.endswith("gz") else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.write("a 1 0\nb 0 1\nzebra 9 9\nd -1 3\n")
    for given in (path, str(path)):
        vectorizer = make(vectors=given).fit(TEXTS)
        assert vectorizer.vectors_.tokens == ("a", "b", "c", "d", "zebra")
        np.testing.assert_array_equal(vectorizer.vectors_["d"], [-1, 3])
        # c is lacking, and shares no piece with a known word.
        np.testing.assert_array_equal(vectorizer.vectors_["c"], [0, 0])


KNOWN = WordVectors(["walked", "walking", "sun"], [[1, 0], [1, 0.2], [0, 1]])
WALKS = ["walked in the sun", "walking walks", "sun walks"]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("pieces", [1.0, 0.1]), ("zeros", [0.0, 0.0])],
)
def test_what_lacking_words_get(missing, expected):
    vectorizer = make(vectors=KNOWN, missing=missing).fit(WALKS)
    np.testing.assert_allclose(vectorizer.vectors_["walks"], expected, atol=1e-6)
    np.testing.assert_array_equal(vectorizer.vectors_["sun"], [0, 1])
    assert vectorizer.n_iter_ == 0


def test_noise_for_lacking_words_has_the_seed_of_the_fit():
    tables = [
        make(vectors=KNOWN, missing="noise", random_state=seed).fit(WALKS).vectors_
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
    in_memory = make(vectors=read_vectors(path)).fit(WALKS)
    assert make(vectors=path).fit(WALKS).vectors_ == in_memory.vectors_


@pytest.mark.parametrize("in_memory", [False, True])
def test_words_that_only_the_file_has_are_known_in_new_texts(tmp_path, in_memory):
    given = tmp_path / "vectors.txt"
    given.write_text("b 5 5\nx 1 1\na 1 0\ny 2 2\nx 9 9\nz 3 3\nc 2 2\nd -1 3\n")
    with pytest.warns(UserWarning, match="1 rows"):
        every = read_vectors(given)
    options = {"vectors": every if in_memory else given, "output": "document"}
    texts = [*TEXTS, "b a"]  # c and d are in one text, and left out by min_df=2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        vectorizer = make(**options, extra_words=2, min_df=2)
        fitted = vectorizer.fit_transform(texts)
        none = make(**options, extra_words=0).fit(texts)
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


def test_columns_of_weights_are_words_of_the_texts():
    vectors = WordVectors(("a", "zebra"), np.eye(2))
    assert make(vectors=vectors, output="weights").fit_transform(TEXTS).shape == (3, 4)


def test_vectors_without_any_word_of_the_texts_are_refused():
    with pytest.raises(ValueError, match=r"none of the 4 words.*'a', 'b'.*same case"):
        make(vectors=KNOWN).fit(TEXTS)


def test_coverage_of_the_fit_and_of_other_texts():
    vectorizer = make(vectors=KNOWN, min_df=2).fit(WALKS)
    assert vectorizer.vocabulary_.tokens == ("sun", "walks")
    found = vectorizer.coverage()
    assert (found.n_types, found.n_types_found) == (2, 1)
    assert (found.n_tokens, found.n_tokens_found) == (4, 2)
    assert found.missing == (("walks", 2),)
    # "walked" has a vector in the file, but is not in the vocabulary.
    other = vectorizer.coverage(["Sun walked", "moon sun moon"], n_missing=1)
    assert (other.n_types, other.n_types_found) == (3, 1)
    assert (other.n_tokens, other.n_tokens_found) == (5, 2)
    assert other.missing == (("moon", 2),)
    assert make(vectors=None).fit(TEXTS).coverage().token_share == 1
    with pytest.raises(NotFittedError):
        make().coverage()


def test_the_common_direction_is_that_of_the_training_texts():
    plain = make(output="document").fit(TEXTS)
    rows = plain.transform(TEXTS)
    expected = np.linalg.svd(rows.astype(float))[2][0]
    without = make(output="document", remove_common=True).fit(TEXTS)
    direction = without.common_direction_
    assert abs(direction @ expected) == pytest.approx(1, abs=1e-6)
    for texts in (TEXTS, ["d d", "", "c a"]):
        rows = plain.transform(texts)
        rows = rows - np.outer(rows @ direction, direction)
        np.testing.assert_allclose(without.transform(texts), rows, atol=1e-6)
    assert not plain.common_direction_.any()
    unit = make(output="document", remove_common=True, norm="l2").fit(TEXTS)
    np.testing.assert_allclose(
        np.linalg.norm(unit.transform(TEXTS), axis=1), 1.0, rtol=1e-5
    )


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
    vectorizer = make().fit(TEXTS)
    before = dict(vectorizer.__dict__)
    vectorizer.vectors = path
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        vectorizer.fit(TEXTS)
    assert vectorizer.__dict__ == before | {"vectors": path}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_components", 0),
        ("vectors", 3),
        ("missing", "mean"),
        ("extra_words", -1),
        ("output", "dense"),
        ("analyzer", "sentence"),
        ("lowercase", "yes"),
        ("strip_tags", None),
        ("strip_accents", "latin"),
        ("remove_punctuation", None),
        ("stop_words", "french"),
        ("token_pattern", 3),
        ("min_df", 0),
        ("min_df", 1.5),
        ("max_df", -0.1),
        ("max_features", 0),
        ("max_length", 0),
        ("k", 0),
        ("idf", "bm25"),
        ("norm", "max"),
        ("remove_common", "yes"),
        ("window_size", 0),
        ("x_max", 0),
        ("weighting_exponent", 2),
        ("max_iter", 0),
        ("tol", -0.1),
        ("ridge", 0),
        ("n_jobs", "two"),
        ("random_state", "seed"),
        ("verbose", -1),
    ],
)
def test_parameters_out_of_range(name, value):
    message = f"The {name!r} parameter of GloveTfidfVectorizer must be"
    with pytest.raises(ValueError, match=message):
        make(**{name: value}).fit(TEXTS)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "is not a regular expression"),
        ("(a)(b)", "has 2 groups; give at most one"),
    ],
)
def test_token_patterns_that_cannot_work(pattern, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make(token_pattern=pattern).fit(TEXTS)


def test_not_fitted_and_not_text():
    with pytest.raises(NotFittedError):
        make().transform(TEXTS)
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match="string object received"):
            getattr(make(), method)("one text")
    with pytest.raises(ValueError, match="string object received"):
        make().fit(TEXTS).transform("one text")


def test_a_saved_vectorizer_keeps_direction_coverage_and_curve(tmp_path):
    vectors = WordVectors(("a", "b", "d", "z"), TABLE[[0, 1, 3, 2]])
    options = {"output": "document", "remove_common": True, "missing": "corpus"}
    fitted = make(vectors=vectors, **options).fit(TEXTS)
    # The vectors in memory are only for a new fit, and are not kept.
    with pytest.warns(UserWarning, match="vectors=.* is not kept"):
        fitted.save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    for texts in (TEXTS, ["z a", "q"]):
        np.testing.assert_array_equal(loaded.transform(texts), fitted.transform(texts))
    assert loaded.coverage() == fitted.coverage()
    assert loaded.objective_curve_ == fitted.objective_curve_
    assert len(loaded.objective_curve_) == loaded.n_iter_ > 0
