"""Texts without labels: their words, their ids, and what vectors learn from them."""

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    WordVectors,
    load_model,
    save_model,
)
from sklearn_slm.estimators.unlabeled import (
    EncodedTexts,
    add_unlabeled,
    encode_unlabeled,
)
from sklearn_slm.text import learn_vocabulary
from tests.estimators.small import (
    FEW,
    LABELS,
    MANY,
    OPTIONS,
    TEXTS,
    UNSEEN,
    assert_same_fit,
)

LABELED = ["a b a".split(), "a c".split()]
SEEN = {"a", "b", "c"}
# d five times in two texts, e twice in two, f once, and what is known.
UNLABELED = ["d d e d b".split(), "e d f d a a".split(), ["c"]]


def add(texts=None, seen=SEEN, n_words=9, min_df=1, max_df=1.0):
    texts = texts or EncodedTexts(*learn_vocabulary(LABELED))
    return add_unlabeled(
        texts, UNLABELED, seen=seen, n_words=n_words, min_df=min_df, max_df=max_df
    )


def test_words_and_ids():
    more = add()
    assert more.vocabulary.tokens == ("a", "b", "c", "d", "e", "f")
    assert more.vocabulary.token_counts.tolist() == [3, 1, 1, 0, 0, 0]
    assert (more.vocabulary.n_documents, more.vocabulary.corpus_size) == (2, 5)
    assert more.ids.dtype == np.int32
    assert more.ids.tolist() == [2, 3, 2, 2, 4, 5, 5, 6, 5, 3, 6, 5, 7, 5, 2, 2, 4]
    assert more.offsets.tolist() == [0, 3, 5, 10, 16, 17]


def test_which_words_become_known():
    for bounds, words in [
        ({"n_words": 2}, ("d", "e")),
        ({"n_words": 0}, ()),
        ({"min_df": 2}, ("d", "e")),
        ({"min_df": 0.5}, ("d", "e")),
        ({"min_df": 3}, ()),
        ({"max_df": 1}, ("f",)),
        ({"max_df": 0.5}, ("f",)),
        ({"seen": {"a", "b", "c", "d"}}, ("e", "f")),
    ]:
        assert add(**bounds).vocabulary.tokens == ("a", "b", "c", *words), bounds
    # What was left out of the vocabulary stays unknown.
    texts = EncodedTexts(*learn_vocabulary(LABELED, min_df=2))
    more = add(texts)
    assert more.vocabulary.tokens == ("a", "d", "e", "f")
    assert more.ids[-1] == 1
    with pytest.raises(ValueError, match="no token was found in 1 documents"):
        add_unlabeled(texts, [[]], seen=SEEN, n_words=1, min_df=1, max_df=1.0)


def fit_vectorizer(X=FEW, X_unlabeled=MANY, **options):
    options = {"n_components": 3, "random_state": 0, "tol": 0.0} | options
    vectorizer = GloveTfidfVectorizer(**options)
    return vectorizer.fit(X, X_unlabeled=X_unlabeled)


def test_a_vectorizer_trains_its_vectors_on_all_texts():
    few, many = ["a a b a b c", "b"], ["a b c d", "d c a"]
    ours = fit_vectorizer(few, many)
    # With the words in the same order, one corpus gives the same bits.
    expected = fit_vectorizer(few + many, None)
    assert ours.vocabulary_.tokens == expected.vocabulary_.tokens == tuple("abcd")
    assert ours.vectors_ == expected.vectors_
    assert ours.objective_curve_ == expected.objective_curve_
    # Counts and weights are those of the texts with labels.
    assert ours.vocabulary_.token_counts.tolist() == [3, 3, 1, 0]
    np.testing.assert_array_equal(ours.idf_[:3], fit_vectorizer(few, None).idf_)
    assert ours.transform(["d e"]).ids.tolist() == [5, 1]
    both = fit_vectorizer(few, many, output="document")
    np.testing.assert_array_equal(
        both.transform(few),
        GloveTfidfVectorizer(
            3, random_state=0, tol=0.0, output="document"
        ).fit_transform(few, X_unlabeled=many),
    )


def test_how_many_words_a_vectorizer_takes():
    own = fit_vectorizer(X_unlabeled=None).vocabulary_.tokens
    for options, words in [
        ({"extra_words": 2}, ("and", "a")),
        ({"extra_words": 0}, ()),
        ({"extra_words": 2, "stop_words": ["and"]}, ("a", "cheered")),
        ({"output": "weights"}, ()),
    ]:
        tokens = fit_vectorizer(**options).vocabulary_.tokens
        assert tokens == (*own, *words), options


def test_given_vectors_and_unlabelled_texts():
    given = WordVectors(
        ["good", "great", "play", "zebra"], np.arange(8.0).reshape(4, 2)
    )
    vectorizer = fit_vectorizer(
        n_components=2, vectors=given, missing="zeros", extra_words=5
    )
    own = fit_vectorizer(X_unlabeled=None).vocabulary_.tokens
    # The texts' own words come first, then those that only the vectors have.
    words = ("and", "a", "cheered", "left", "smiled")
    assert vectorizer.vocabulary_.tokens[len(own) :] == words
    vectorizer = fit_vectorizer(n_components=2, vectors=given, missing="corpus")
    assert vectorizer.vocabulary_.tokens[-1] == "zebra"
    np.testing.assert_array_equal(vectorizer.vectors_["play"], [4, 5])
    assert vectorizer.vectors_["awful"].any()
    assert vectorizer.n_iter_ > 0


def make_classifier(**options):
    given = OPTIONS | {"ngrams": None, "max_iter": 40, "adversarial": 0.0}
    given |= {"hidden_size": 8, "learning_rate": 0.03}
    vectorizer = GloveTfidfVectorizer(16, random_state=0)
    return SLMTextClassifier(**given | {"vectorizer": vectorizer} | options)


def test_a_classifier_knows_words_that_no_label_has_told_of(tmp_path):
    labels = ["pos", "neg"] * 2
    model = make_classifier().fit(FEW, labels, X_unlabeled=MANY)
    assert model.predict(UNSEEN).tolist() == ["pos", "neg", "pos", "neg"]
    save_model(model, tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    np.testing.assert_array_equal(
        loaded.predict_proba(UNSEEN), model.predict_proba(UNSEEN)
    )
    # Where training continues, words and vectors are known.
    n_words = len(model.vocabulary_)
    model.set_params(warm_start=True, max_iter=1)
    model.fit(FEW, labels, X_unlabeled=["other words"])
    assert len(model.vocabulary_) == n_words
    # In a Pipeline they go to the vectorizer.
    steps = Pipeline([("vectors", model.vectorizer), ("slm", make_classifier())])
    steps.fit(FEW, labels, vectors__X_unlabeled=MANY)
    assert steps.predict(UNSEEN).tolist() == ["pos", "neg", "pos", "neg"]


def test_without_texts_nothing_changes():
    plain = make_classifier(max_iter=1).fit(TEXTS, LABELS)
    assert_same_fit(
        plain, make_classifier(max_iter=1).fit(TEXTS, LABELS, X_unlabeled=None)
    )


@pytest.mark.parametrize(
    ("X_unlabeled", "error", "words"),
    [
        ("one text", ValueError, "Put the text into a list: X_unlabeled="),
        ([1, 2], TypeError, r"X_unlabeled\[0\] must be a str"),
        ([None], ValueError, r"X_unlabeled\[0\] must be a str, but a missing"),
        ([], ValueError, "no token was found in 0 documents"),
        ([""], ValueError, "no token was found in 1 documents"),
        (3, TypeError, "X_unlabeled must be a collection of texts"),
    ],
)
def test_what_is_no_collection_of_texts(X_unlabeled, error, words):
    with pytest.raises(error, match=words):
        make_classifier().fit(TEXTS, LABELS, X_unlabeled=X_unlabeled)
    with pytest.raises(error, match=words):
        fit_vectorizer(X_unlabeled=X_unlabeled)


def test_token_sequences_have_a_vectorizer_of_their_own(sequences):
    with pytest.raises(ValueError, match=r"fit\(X, y, vectors__X_unlabeled=texts\)"):
        make_classifier().fit(sequences, LABELS, X_unlabeled=MANY)
    with pytest.raises(ValueError, match="X_unlabeled must be a collection of texts"):
        make_classifier().fit(TEXTS, LABELS, X_unlabeled=sequences)


def test_texts_are_cut_to_the_longest_with_a_label():
    vectorizer = GloveTfidfVectorizer(2, random_state=0).fit(["a b c d e", "a"])
    few = vectorizer.transform(["a b", "b c d"])
    many = ["a b c d e", "zz yy", "", "c zz"]
    texts = encode_unlabeled(many, few, vectorizer, seed=0)
    # What holds no known word tells nothing.
    assert len(texts) == 2 and texts.lengths.tolist() == [3, 2]
    whole = vectorizer.transform(many).texts[0].tolist()
    assert texts[0].tolist() in [whole[i : i + 3] for i in range(3)]
    same = encode_unlabeled(vectorizer.transform(many), few, None, seed=0)
    np.testing.assert_array_equal(same.values, texts.values)
    with pytest.raises(ValueError, match="no known token was found in 2 documents of"):
        encode_unlabeled(["zz", ""], few, vectorizer, seed=0)
    with pytest.raises(ValueError, match=r'transform_input=\["X_unlabeled"\]'):
        encode_unlabeled(many, few, None, seed=0)
    other = GloveTfidfVectorizer(2, random_state=0).fit_transform(["a b"])
    with pytest.raises(ValueError, match="a vocabulary of 2 tokens, X with another"):
        encode_unlabeled(other, few, None, seed=0)


@pytest.fixture(scope="module")
def known():
    """Vectors of all texts, so that no fit trains them again."""
    return fit_vectorizer(n_components=8).vectors_


def fit_on(known, X_unlabeled, unlabeled, **options):
    options = {"ngrams": (1, 2), "early_stopping": False, "max_iter": 5} | options
    options |= {"batch_size": 4}  # of all fits, so that they share what is compiled
    vectorizer = GloveTfidfVectorizer(8, vectors=known, random_state=0)
    model = make_classifier(vectorizer=vectorizer, unlabeled=unlabeled, **options)
    return model.fit(FEW, ["pos", "neg"] * 2, X_unlabeled=X_unlabeled)


@pytest.fixture(scope="module")
def plain(known):
    return fit_on(known, None, ("virtual", "pseudo"))


@pytest.fixture(scope="module")
def trained_on_all(known):
    return fit_on(known, iter(MANY), ("virtual", "pseudo"))


def test_texts_without_labels_take_part_in_the_training(known, plain, trained_on_all):
    assert_same_fit(plain, fit_on(known, MANY, ()))
    model = trained_on_all
    assert model.n_iter_ == 5 and model.vocabulary_ == plain.vocabulary_
    kernels = [m.weights_["head.kernel"] for m in (plain, model)]
    assert np.abs(kernels[0] - kernels[1]).max() > 1e-3
    # An n-gram of a text with a pseudo-label is known, too; the blend weights stay.
    assert len(model.ngrams_) > len(plain.ngrams_)
    np.testing.assert_array_equal(model.ngrams_.blend, plain.ngrams_.blend)
    assert_same_fit(model, fit_on(known, MANY, ["pseudo", "virtual"]))


def test_what_they_were_used_for_is_in_a_file(trained_on_all, tmp_path):
    with pytest.warns(UserWarning, match="vectors=<WordVectors"):
        save_model(trained_on_all, tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    assert loaded.unlabeled == ("virtual", "pseudo")
    np.testing.assert_array_equal(
        loaded.predict_proba(UNSEEN), trained_on_all.predict_proba(UNSEEN)
    )


def test_several_labels_have_no_pseudo_labels():
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    with pytest.raises(ValueError, match="'pseudo' needs one class for each text"):
        make_classifier(unlabeled=("vectors", "pseudo")).fit(
            FEW, labels, X_unlabeled=MANY
        )


@pytest.mark.parametrize(
    "unlabeled", ["all", ("vectors", "x"), (1,), [["virtual"]], 3, None]
)
def test_what_cannot_be_done_with_texts_without_labels(unlabeled):
    with pytest.raises(ValueError, match="The 'unlabeled' parameter of SLMTextClass"):
        make_classifier(unlabeled=unlabeled).fit(FEW, ["pos", "neg"] * 2)


def test_token_sequences_of_a_pipeline_take_part(known):
    vectorizer = GloveTfidfVectorizer(8, vectors=known, random_state=0)
    few = vectorizer.fit_transform(FEW)
    options = {"unlabeled": "virtual", "early_stopping": False, "max_iter": 5}
    options |= {"vectorizer": None, "ngrams": (1, 2), "batch_size": 4}
    model = make_classifier(**options)
    model.fit(few, ["pos", "neg"] * 2, X_unlabeled=vectorizer.transform(MANY))
    assert_same_fit(model, fit_on(known, MANY, "virtual"))
