"""What an answerer answers, with random weights."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.exceptions import NotFittedError

from sklearn_slm.estimators import preparing
from tests.estimators.answers import (
    DISTINCT,
    QUESTIONS,
    make_answerer,
    make_random_answerer,
)

MODEL = make_random_answerer()
NEW = ["my pin", "is the office open", "stolen card", ""]


def score_slowly(model, texts):
    vectors = model.transform(texts)
    index = model.index_
    fields = [vectors @ index.vectors.T]
    fields += [index.words.score(texts), index.pieces.score(texts)]
    fields = [
        np.stack([f[:, index.owners == i].max(axis=1) for i in range(4)], axis=1)
        for f in fields
    ]
    return sum(w * f for w, f in zip(model.blend_, fields))


def test_probabilities_are_those_of_the_formula():
    expected = softmax(score_slowly(MODEL, NEW).astype(np.float64), axis=1)
    probabilities = MODEL.predict_proba(NEW)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    # A question without any token fits no answer better than another.
    np.testing.assert_allclose(probabilities[3], 0.25)
    best = probabilities.argmax(axis=1)
    assert MODEL.predict(NEW) == [DISTINCT[i] for i in best]
    assert MODEL.predict(QUESTIONS[:1]) == DISTINCT[:1]


def test_the_best_answers():
    rows = MODEL.predict_topk(NEW, 2)
    probabilities = MODEL.predict_proba(NEW)
    for row, own in zip(rows, probabilities):
        order = np.argsort(-own, kind="stable")[:2]
        assert [text for text, _ in row] == [DISTINCT[i] for i in order]
        np.testing.assert_allclose([p for _, p in row], own[order], rtol=1e-5)
    assert [len(row) for row in MODEL.predict_topk(NEW, 99)] == [4] * 4
    some = MODEL.predict_topk(NEW, 2, threshold=0.5)
    assert some[3] is None and some[0] == rows[0]
    assert [r is None for r in some] == [p.max() < 0.5 for p in probabilities]
    assert MODEL.predict_topk(NEW, threshold=0.0)[3] is not None


def test_an_answer_does_not_depend_on_other_questions():
    together = MODEL.predict_topk(QUESTIONS, 3)
    for question, row in zip(QUESTIONS[::7], together[::7]):
        (alone,) = MODEL.predict_topk([question], 3)
        assert [text for text, _ in alone] == [text for text, _ in row]
        expected = [p for _, p in row]
        np.testing.assert_allclose([p for _, p in alone], expected, rtol=1e-5)
    assert MODEL.predict([]) == [] and MODEL.predict_topk([]) == []
    assert MODEL.predict_proba([]).shape == (0, 4) and MODEL.transform([]).shape == (
        0,
        8,
    )


def test_candidates():
    candidates = ["a pin", "the office is open", "cards", "a pin"]
    scores = MODEL.rank("is the office open", candidates)
    index, texts = MODEL.index_, [*candidates, "is the office open"]
    vectors = MODEL.transform(texts)
    expected = MODEL.blend_[0] * (vectors[:4] @ vectors[4])
    for weight, bm25 in zip(MODEL.blend_[1:], (index.words, index.pieces)):
        held = bm25.add(candidates).score(texts[4:])[0, len(index.texts) :]
        expected = expected + weight * held
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    assert scores.dtype == np.float64 and scores[0] == scores[3]
    assert MODEL.rank("", ["a", ""]).tolist() == [0, 0]
    with pytest.raises(ValueError, match="candidates hold no text"):
        MODEL.rank("pin", [])
    with pytest.raises(TypeError, match="question must be one text.*list"):
        MODEL.rank(["pin"], candidates)
    with pytest.raises(ValueError, match="candidates"):
        MODEL.rank("pin", "a text")


def test_vectors():
    vectors = MODEL.transform(["my pin", ""])
    scale = np.exp(0.5 * MODEL.weights_["head.scale"])
    assert vectors.shape == (2, 8) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors[0]) == pytest.approx(scale, rel=1e-5)
    assert not vectors[1].any()


def test_both_runtimes_agree():
    other = make_random_answerer(runtime="onnxruntime")
    np.testing.assert_allclose(other.transform(NEW), MODEL.transform(NEW), atol=1e-5)
    np.testing.assert_allclose(
        other.predict_proba(NEW), MODEL.predict_proba(NEW), atol=1e-5
    )


def test_an_approximate_search_is_built_once():
    model = make_random_answerer(approximate=True)
    np.testing.assert_allclose(
        model.predict_proba(NEW), MODEL.predict_proba(NEW), rtol=1e-5
    )
    built = model._prepare_approximate()
    assert model._prepare_approximate() is built
    assert preparing._PREPARED[model]["approximate"] is built
    model.add(["one more"])
    assert len(model._prepare_approximate().vectors) == len(built.vectors) + 1


@pytest.mark.parametrize("k", [0, -1, 1.5, None])
def test_what_is_no_number_of_answers(k):
    with pytest.raises(ValueError, match="k must be a whole number of at least 1"):
        MODEL.predict_topk(NEW, k)


def test_bad_input():
    for threshold in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="threshold must be a probability"):
            MODEL.predict_topk(NEW, threshold=threshold)
    with pytest.raises(ValueError, match="string object received"):
        MODEL.predict("my pin")
    with pytest.raises(ValueError, match=r"X\[1\] must be a str"):
        MODEL.predict(["a", None])
    unfitted = make_answerer()
    for method in ("predict", "predict_topk", "predict_proba", "transform"):
        with pytest.raises(NotFittedError):
            getattr(unfitted, method)(NEW)
    with pytest.raises(NotFittedError):
        unfitted.rank("a", ["b"])
    assert not hasattr(unfitted, "answers_")
