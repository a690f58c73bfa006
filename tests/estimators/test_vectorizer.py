"""GloveTfidfVectorizer: the formula by hand, the three outputs, files, bad input."""

import pickle
import re

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
)
from sklearn_slm.text import Analyzer
from tests.estimators.small import KNOWN, LETTERS, TABLE, WALKS, make_vectorizer


def weight(tf, count, k=1.0):
    return np.sqrt(tf * np.log2(7 / count) / k)


def test_weights_follow_the_formula():
    found = make_vectorizer(output="weights", k=2.0).fit_transform(LETTERS)
    assert sp.issparse(found)
    expected = [
        [weight(2, 3, 2), weight(1, 2, 2), 0, 0],
        [weight(1, 3, 2), 0, weight(1, 1, 2), 0],
        [0, weight(1, 2, 2), 0, weight(1, 1, 2)],
    ]
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-12)


def test_document_is_the_mean_vector_under_the_weights():
    vectorizer = make_vectorizer(output="document").fit(LETTERS)
    found = vectorizer.transform(["a a b", "", "unknown", "d d unknown"])
    a, b = weight(2, 3), weight(1, 2)
    first = (a * TABLE[0] + b * TABLE[1]) / (a + b)
    np.testing.assert_allclose(found, [first, [0, 0], [0, 0], TABLE[3]], rtol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_norm(norm):
    for output in ("weights", "document"):
        found = make_vectorizer(output=output, norm=norm).fit_transform(LETTERS)
        rows = found.toarray() if sp.issparse(found) else found
        length = np.linalg.norm(rows, 1 if norm == "l1" else 2, axis=1)
        np.testing.assert_allclose(length, 1.0, rtol=1e-6)


def test_sequences_share_vectors_and_vocabulary():
    vectorizer = make_vectorizer().fit(LETTERS)
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
    together = make_vectorizer(**options).fit_transform(LETTERS)
    apart = make_vectorizer(**options).fit(LETTERS).transform(LETTERS)
    if output == "sequences":
        together, apart = np.asarray(together), np.asarray(apart)
    elif output == "weights":
        together, apart = together.toarray(), apart.toarray()
    np.testing.assert_array_equal(together, apart)


def test_feature_names_and_pandas():
    vectorizer = make_vectorizer(output="document").set_output(transform="pandas")
    frame = vectorizer.fit_transform(LETTERS)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["glovetfidfvectorizer0", "glovetfidfvectorizer1"]
    names = make_vectorizer(output="weights").fit(LETTERS).get_feature_names_out()
    assert names.tolist() == ["a", "b", "c", "d"]
    assert not hasattr(make_vectorizer(), "get_feature_names_out")


def test_max_length_keeps_the_first_tokens():
    vectorizer = make_vectorizer(max_length=2).fit(LETTERS)
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
    texts = make_vectorizer(output="weights").fit(LETTERS)
    for given in (documents, pd.Series(documents), iter(documents)):
        vectorizer = make_vectorizer(output="weights", analyzer=identity)
        found = vectorizer.fit_transform(given)
        np.testing.assert_array_equal(
            found.toarray(), texts.transform(LETTERS).toarray()
        )
    assert vectorizer.coverage([["a", "z"]]).missing == (("z", 1),)
    rows = [{"text": "a b"}, {"text": "b"}]
    found = make_vectorizer(analyzer=lambda row: row["text"].split()).fit_transform(
        rows
    )
    assert found.lengths.tolist() == [2, 1]
    for missing in (None, float("nan"), pd.NA):
        with pytest.raises(ValueError, match=r"X\[1\] must be .* missing value"):
            vectorizer.transform([["a"], missing])
    for analyzer in ("word", Analyzer()):
        with pytest.raises(
            TypeError, match=r"X\[0\] must be a str, but list was given"
        ):
            make_vectorizer(analyzer=analyzer).fit(documents)


def test_tags_can_stay():
    texts = ["<s> call <TIME> <PERSON> </s>"]
    kept = GloveTfidfVectorizer(2, strip_tags=False).fit(texts).vocabulary_.tokens
    assert {"s", "time", "person"} < set(kept)
    blanked = GloveTfidfVectorizer(2).fit(texts).vocabulary_.tokens
    assert set(blanked) == {"call", "<", "person", ">"}


def test_columns_of_weights_are_words_of_the_texts():
    vectors = WordVectors(("a", "zebra"), np.eye(2))
    assert make_vectorizer(vectors=vectors, output="weights").fit_transform(
        LETTERS
    ).shape == (3, 4)


def test_coverage_of_the_fit_and_of_other_texts():
    vectorizer = make_vectorizer(vectors=KNOWN, min_df=2).fit(WALKS)
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
    assert make_vectorizer(vectors=None).fit(LETTERS).coverage().token_share == 1
    with pytest.raises(NotFittedError):
        make_vectorizer().coverage()


def test_the_common_direction_is_that_of_the_training_texts():
    plain = make_vectorizer(output="document").fit(LETTERS)
    rows = plain.transform(LETTERS)
    expected = np.linalg.svd(rows.astype(float))[2][0]
    without = make_vectorizer(output="document", remove_common=True).fit(LETTERS)
    direction = without.common_direction_
    assert abs(direction @ expected) == pytest.approx(1, abs=1e-6)
    for texts in (LETTERS, ["d d", "", "c a"]):
        rows = plain.transform(texts)
        rows = rows - np.outer(rows @ direction, direction)
        np.testing.assert_allclose(without.transform(texts), rows, atol=1e-6)
    assert not plain.common_direction_.any()
    unit = make_vectorizer(output="document", remove_common=True, norm="l2").fit(
        LETTERS
    )
    np.testing.assert_allclose(
        np.linalg.norm(unit.transform(LETTERS), axis=1), 1.0, rtol=1e-5
    )


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
        make_vectorizer(**{name: value}).fit(LETTERS)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "is not a regular expression"),
        ("(a)(b)", "has 2 groups; give at most one"),
    ],
)
def test_token_patterns_that_cannot_work(pattern, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make_vectorizer(token_pattern=pattern).fit(LETTERS)


def test_not_fitted_and_not_text():
    with pytest.raises(NotFittedError):
        make_vectorizer().transform(LETTERS)
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match="string object received"):
            getattr(make_vectorizer(), method)("one text")
    with pytest.raises(ValueError, match="string object received"):
        make_vectorizer().fit(LETTERS).transform("one text")


def test_a_saved_vectorizer_keeps_direction_coverage_and_curve(tmp_path):
    vectors = WordVectors(("a", "b", "d", "z"), TABLE[[0, 1, 3, 2]])
    options = {"output": "document", "remove_common": True, "missing": "corpus"}
    fitted = make_vectorizer(vectors=vectors, **options).fit(LETTERS)
    # The vectors in memory are only for a new fit, and are not kept.
    with pytest.warns(UserWarning, match="vectors=.* is not kept"):
        fitted.save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    for texts in (LETTERS, ["z a", "q"]):
        np.testing.assert_array_equal(loaded.transform(texts), fitted.transform(texts))
    assert loaded.coverage() == fitted.coverage()
    assert loaded.objective_curve_ == fitted.objective_curve_
    assert len(loaded.objective_curve_) == loaded.n_iter_ > 0
