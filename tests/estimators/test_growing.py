"""partial_fit on a stream whose words and classes change."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_model,
    quantize,
    save_model,
)
from sklearn_slm.estimators.growing import find_classes

# One text in two of each class; the third class and its words come in the second piece.
PIECES = [
    (["a good film", "the bad film"] * 4, np.array(["pos", "neg"] * 4)),
    (["one dull flick", "one odd flick"] * 4, np.array(["neg", "other"] * 4)),
    (["this odd movie", "that dull movie"] * 4, np.array(["other", "neg"] * 4)),
]
OPTIONS = {
    "hidden_size": 2,
    # Quick to compile.
    "cell": "rnn",
    "bidirectional": False,
    "pooling": "mean",
    "adversarial": 0.0,
    "batch_size": 8,
    "learning_rate": 0.05,
    "random_state": 0,
    "vectorizer": GloveTfidfVectorizer(3),
    "runtime": "numpy",
}
GROWS = {"grow_vocabulary": True, "new_classes": "add"}


def follow(pieces=PIECES, **options):
    model = SLMTextClassifier(**(OPTIONS | options))
    for texts, labels in pieces:
        model.partial_fit(texts, labels)
    return model


@pytest.fixture(scope="module")
def grown():
    return follow(**GROWS, rehearsal=6)


def test_words_and_classes_are_added(grown):
    assert grown.classes_.tolist() == ["neg", "other", "pos"]
    tokens = grown.vocabulary_.tokens
    assert set(tokens[-3:]) == {"that", "this", "movie"} and len(tokens) == 12
    assert grown.vectorizer_.vocabulary_ is grown.vocabulary_
    assert grown.vocabulary_.n_documents == 24
    assert grown.weights_["embedding"].shape == (14, 3)
    assert grown.weights_["head.bias"].shape == (3,)
    assert grown.ngrams_.n_tokens == 14 and grown.ngrams_.n_outputs == 3
    assert grown.n_iter_ == 3 and len(grown.loss_curve_) == 3
    for texts, labels in PIECES[1:]:
        assert grown.predict(texts).tolist() == labels.tolist()


def test_rehearsal_bounds_forgetting(grown):
    kept = grown.rehearsal_
    assert len(kept) == 6 and kept.targets.shape == (6, 3)
    texts = {text: label for piece in PIECES for text, label in zip(*piece)}
    labels = grown.classes_[kept.targets.argmax(axis=1)]
    assert labels.tolist() == [texts[text] for text in kept.texts]
    assert grown.score(*PIECES[0]) == 1.0


@pytest.mark.parametrize("how", ["file", "pickle"])
def test_it_goes_on_after_storing(grown, how, tmp_path):
    if how == "file":
        save_model(grown, tmp_path / "model.slm")
        assert b"one odd flick" not in (tmp_path / "model.slm").read_bytes()
        loaded = load_model(tmp_path / "model.slm")
        assert loaded.rehearsal_ is None and loaded.rehearsal == 6
    else:
        loaded = pickle.loads(pickle.dumps(grown))
        assert loaded.rehearsal_.texts == grown.rehearsal_.texts
    texts = [text for piece in PIECES for text in piece[0]]
    np.testing.assert_array_equal(
        loaded.predict_proba(texts), grown.predict_proba(texts)
    )
    loaded.partial_fit(*PIECES[2])
    assert loaded.n_iter_ == 4 and loaded.vocabulary_.n_documents == 32
    assert len(loaded.rehearsal_) == (2 if how == "pickle" else 6) or how == "pickle"


def test_a_grown_model_serves_everywhere(grown):
    texts = [*PIECES[0][0][:2], "an odd film that nobody knows"]
    expected = grown.predict_proba(texts)
    (explanation,) = grown.explain(texts[:1])
    assert explanation.tokens == ["a", "good", "film"]
    pytest.importorskip("onnxruntime")
    other = pickle.loads(pickle.dumps(grown)).set_params(runtime="onnxruntime")
    np.testing.assert_allclose(other.predict_proba(texts), expected, atol=1e-5)
    small = quantize(grown, "int8")
    np.testing.assert_allclose(small.predict_proba(texts), expected, atol=0.02)
    # Whole numbers become floats again where they learn.
    assert small.partial_fit(*PIECES[2]).ngrams_.kernel.dtype == np.float32


def test_what_fails_changes_nothing(grown):
    before = dict(vars(grown))
    for texts, labels, weight in [
        (["new words"], [3], None),
        (["new words"], ["fresh"], [-1]),
        (["new words"], [None], None),
        (["new words"], ["fresh"], [0]),
    ]:
        try:
            grown.partial_fit(texts, labels, sample_weight=weight)
        except ValueError:
            assert weight != [0]
        assert vars(grown) == before


def test_by_default_nothing_grows():
    model = SLMTextClassifier(**OPTIONS)
    model.partial_fit(*PIECES[0], classes=["neg", "other", "pos"])
    first = model.vocabulary_
    model.partial_fit(*PIECES[1])
    assert model.vocabulary_ is first and first.n_documents == 8
    assert model.ngrams_ is None and model.rehearsal_ is None
    with pytest.raises(ValueError, match="y holds labels that are not among"):
        model.partial_fit(["a film"], ["fresh"])


def test_a_fit_begins_the_sample():
    model = SLMTextClassifier(**OPTIONS, **GROWS, rehearsal=5, max_iter=1, ngrams=None)
    model.fit(*PIECES[0])
    assert len(model.rehearsal_) == 5 and model.rehearsal_.n_seen == 8
    model.set_params(rehearsal=0).fit(*PIECES[0])
    assert model.rehearsal_ is None


def test_the_blend_follows_what_is_held_out(grown):
    model = pickle.loads(pickle.dumps(grown))
    before = model.ngrams_.blend
    model.partial_fit(*PIECES[2])
    np.testing.assert_array_equal(model.ngrams_.blend, before)
    model.partial_fit(*PIECES[1])
    assert (model.ngrams_.blend != before).all()


def test_token_sequences_have_no_words_to_take_up():
    sequences = GloveTfidfVectorizer(3, random_state=0).fit_transform(PIECES[0][0])
    with pytest.raises(ValueError, match="grow_vocabulary=True needs raw texts"):
        SLMTextClassifier(**OPTIONS, **GROWS).partial_fit(sequences, PIECES[0][1])


def test_classes_are_found():
    known = np.array([1, 5])
    assert find_classes(known, [2, 5], None).tolist() == [1, 2, 5]
    assert find_classes(known, [[0.5, 0.5]], [9]).tolist() == [1, 5, 9]
    with pytest.raises(ValueError, match="all strings or all numbers"):
        find_classes(known, ["a", "b"], None)


def test_tables_are_refused_before_the_first_training():
    table = pd.DataFrame({"t": PIECES[0][0]})
    model = SLMTextClassifier(2, text_column="t", grow_vocabulary=True)
    with pytest.raises(ValueError, match="takes texts alone so far, not a table"):
        model.fit(table, PIECES[0][1])
