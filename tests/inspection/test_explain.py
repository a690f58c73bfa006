"""Scores mean what the documentation says; every way to a model gives the same ones."""

import copy

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_model,
    quantize,
    save_model,
)
from sklearn_slm.inspection import METHODS, explain
from sklearn_slm.inspection.explain import read_logits
from tests.inspection.samples import TEXTS


def logits(model, texts):
    """Logits less their mean over the classes."""
    found = read_logits(model, model.read_inputs(texts))
    return found - found.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("method", METHODS)
def test_what_comes_back(model, method):
    found = model.explain(TEXTS, method=method)
    assert [one.tokens for one in found][:2] == [
        ["the", "film", "was", "not", "dull", ",", "it", "was", "gripping", "!"],
        [],
    ]
    probabilities = model.predict_proba(TEXTS)
    for one, text, row in zip(found, TEXTS, probabilities):
        assert one.text == text and one.method == method
        assert one.scores.shape == (len(one.tokens),) == one.known.shape
        assert one.scores.dtype == np.float64 and one.offsets.shape[1:] == (2,)
        assert one.target == one.prediction == model.classes_[row.argmax()]
        assert one.probability == pytest.approx(row.max(), abs=1e-12)
    assert [TEXTS[0][start:end] for start, end in found[0].offsets][3:5] == [
        "NOT",
        "dull",
    ]
    assert TEXTS[2][slice(*found[2].offsets[1])] == "Cafe\u0301"
    assert found[2].known.tolist() == [False, False, True]


def test_contributions_and_a_constant_are_the_logit(model):
    (one,) = model.explain(TEXTS[:1], target=["negative", "positive"])
    parts = [model.weights_["head.bias"], model.ngrams_.bias]
    bias = np.tensordot(model.ngrams_.blend.astype(float), parts, 1)
    np.testing.assert_allclose(
        one.scores.sum(axis=0) + bias - bias.mean(),
        logits(model, TEXTS[:1])[0],
        atol=1e-5,
    )


def test_occlusion_is_the_fall_when_a_token_is_unknown(model):
    (one,) = model.explain(["a dull film"], target="positive", method="occlusion")
    variants = ["a dull film", "qqq dull film", "a qqq film", "a dull qqq"]
    whole, *hidden = logits(model, variants)[:, 1]
    np.testing.assert_allclose(one.scores, whole - np.array(hidden), atol=1e-5)


def test_gradient_is_the_slope_along_the_word_vector(model):
    model = copy.copy(model)
    model.ngrams_ = None
    (one,) = model.explain(["a gripping film"], target="positive", method="gradient")
    slopes = []
    for token in one.tokens:
        values = []
        for step in (1e-2, -1e-2):
            moved = copy.copy(model)
            table = model.weights_["embedding"].copy()
            table[model.vocabulary_.index[token]] *= 1 + step
            moved.weights_ = model.weights_ | {"embedding": table}
            values.append(logits(moved, ["a gripping film"])[0, 1])
        slopes.append((values[0] - values[1]) / 2e-2)
    np.testing.assert_allclose(one.scores, slopes, atol=2e-4)


def test_attention_is_a_share_of_the_text_for_every_class(model):
    for one in model.explain(TEXTS[::2], list(model.classes_), "attention"):
        np.testing.assert_allclose(one.scores.sum(axis=0), 1.0, atol=1e-6)
        np.testing.assert_array_equal(one.scores[:, 0], one.scores[:, 1])


@pytest.mark.parametrize("method", METHODS)
def test_quantised_and_loaded_models_explain_as_well(model, tmp_path, method):
    text = ["not a dull film"]
    (one,) = model.explain(text, "positive", method)
    save_model(model, tmp_path / "model.slm")
    (loaded,) = load_model(tmp_path / "model.slm").explain(text, "positive", method)
    np.testing.assert_allclose(loaded.scores, one.scores, atol=1e-6)
    (small,) = quantize(model).explain(text, "positive", method)
    np.testing.assert_allclose(small.scores, one.scores, atol=0.05)


def test_targets(model):
    (both,) = model.explain(TEXTS[:1], target=["positive", "negative"])
    (positive,) = model.explain(TEXTS[:1], target="positive")
    (negative,) = model.explain(TEXTS[:1], target="negative")
    np.testing.assert_array_equal(both.scores[:, 0], positive.scores)
    # Two classes: what speaks for one speaks against the other.
    np.testing.assert_allclose(positive.scores, -negative.scores, atol=1e-12)
    assert both.probability.sum() == pytest.approx(1.0)


def test_errors_say_what_to_do(model, corpus):
    with pytest.raises(ValueError, match="method must be one of"):
        model.explain(TEXTS, method="magic")
    with pytest.raises(ValueError, match="one or several of the classes"):
        model.explain(TEXTS, target="neutral")
    with pytest.raises(ValueError, match="Iterable over raw text"):
        model.explain("one text")
    with pytest.raises(TypeError, match="expected a fitted SLMTextClassifier"):
        explain(LogisticRegression(), TEXTS)
    assert model.explain([]) == []


def test_pipelines_searches_and_sequences_agree(corpus):
    texts, labels = corpus.data[:120], corpus.target[:120]
    pipeline = Pipeline(
        [
            ("vectors", GloveTfidfVectorizer(n_components=8, random_state=0)),
            ("slm", SLMTextClassifier(4, max_iter=1, pooling="max", random_state=0)),
        ]
    )
    split = [(np.arange(80), np.arange(80, 120))]
    search = GridSearchCV(pipeline, {"slm__cell": ["rnn"]}, cv=split).fit(texts, labels)
    pipeline = search.best_estimator_
    (one,) = explain(pipeline, TEXTS[:1])
    (searched,) = explain(search, TEXTS[:1])
    np.testing.assert_array_equal(one.scores, searched.scores)
    (bare,) = pipeline[-1].explain(pipeline[0].transform(TEXTS[:1]))
    np.testing.assert_array_equal(one.scores, bare.scores)
    assert bare.text is None and bare.offsets is None
    assert bare.tokens == [
        token if known else "<unk>" for token, known in zip(one.tokens, one.known)
    ]
    # A step that changes texts leaves no way back to the original places.
    shout = FunctionTransformer(lambda X: [text.replace("NOT", "") for text in X])
    (changed,) = explain(Pipeline([("shout", shout), *pipeline.steps]), TEXTS[:1])
    assert "not" not in changed.tokens and changed.offsets is None
    same = FunctionTransformer(list)
    (kept,) = explain(Pipeline([("same", same), *pipeline.steps]), TEXTS[:1])
    np.testing.assert_array_equal(kept.offsets, one.offsets)
    with pytest.raises(ValueError, match='needs pooling="attention"'):
        explain(pipeline, TEXTS, method="attention")


def test_several_labels_and_a_limit_of_length(corpus):
    labels = np.array([["film" in t, "room" in t] for t in corpus.data[:120]]).astype(
        int
    )
    vectorizer = GloveTfidfVectorizer(8, max_length=3)
    model = SLMTextClassifier(4, max_iter=1, vectorizer=vectorizer, random_state=0)
    model.fit(corpus.data[:120], labels)
    (one,) = model.explain(["one two three four five"])
    assert one.tokens == ["one", "two", "three"] and len(one.offsets) == 3
    for method in ("contribution", "occlusion", "gradient"):
        (one,) = model.explain(["a film"], target=[0, 1], method=method)
        assert one.scores.shape == (2, 2) and isinstance(one.prediction, list)
    (one,) = model.explain(["a film"], target=1)
    biases = [model.weights_["head.bias"][1], model.ngrams_.bias[1]]
    total = one.scores.sum() + model.ngrams_.blend @ biases
    found = read_logits(model, model.read_inputs(["a film"]))
    assert total == pytest.approx(found[0, 1], abs=1e-5)
