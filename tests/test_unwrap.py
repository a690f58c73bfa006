"""Models inside of what scikit-learn wraps around them."""

import copy
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    export_onnx,
    load_demo_corpus,
    load_model,
    predict_iter,
    quantize,
    save_model,
)
from sklearn_slm.inspection import TrainingCurveDisplay, explain, top_tokens
from sklearn_slm.unwrap import (
    find_vectorizer,
    list_steps,
    split_classifier,
    split_model,
)

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = list(CORPUS.data[:80]), CORPUS.target[:80]
NEW = [*CORPUS.data[200:206], ""]


@pytest.fixture(scope="module")
def parts():
    """Return a fitted vectorizer, a classifier of its sequences, and one of texts."""
    vectorizer = GloveTfidfVectorizer(4, max_iter=1, random_state=0)
    sequences = vectorizer.fit_transform(TEXTS)
    options = {"max_iter": 1, "adversarial": 0.0, "random_state": 0, "runtime": "numpy"}
    alone = SLMTextClassifier(
        3, vectorizer=GloveTfidfVectorizer(4, max_iter=1), **options
    )
    return (
        vectorizer,
        SLMTextClassifier(3, **options).fit(sequences, LABELS),
        alone.fit(TEXTS, LABELS),
    )


def search(kind, best):
    """Return a fitted search that found a model, without the cost of finding it."""
    found = kind(best, {})
    found.best_estimator_, found.cv_results_ = best, {}
    return found


def same(texts):
    return texts


WRAPPED = {
    "classifier": lambda v, c, alone: alone,
    "pipeline": lambda v, c, alone: make_pipeline(v, c),
    "passthrough": lambda v, c, alone: Pipeline(
        [("a", "passthrough"), ("v", v), ("b", None), ("c", "passthrough"), ("slm", c)]
    ),
    "one step": lambda v, c, alone: Pipeline([("slm", alone)]),
    "nested": lambda v, c, alone: Pipeline(
        [("a", Pipeline([("x", None), ("v", v)])), ("b", Pipeline([("v", c)]))]
    ),
    "grid": lambda v, c, alone: search(GridSearchCV, make_pipeline(v, c)),
    "random": lambda v, c, alone: search(RandomizedSearchCV, alone),
    "halving": lambda v, c, alone: search(
        HalvingGridSearchCV, Pipeline([("v", v), ("a", "passthrough"), ("slm", c)])
    ),
    "search at the end": lambda v, c, alone: Pipeline(
        [("v", v), ("slm", search(GridSearchCV, c))]
    ),
    "frozen": lambda v, c, alone: FrozenEstimator(
        make_pipeline(FrozenEstimator(v), FrozenEstimator(c))
    ),
    "search of a frozen one": lambda v, c, alone: search(
        GridSearchCV, FrozenEstimator(Pipeline([("slm", alone)]))
    ),
}


@pytest.fixture(params=WRAPPED)
def wrapped(request, parts):
    plain = (
        "classifier"
        if split_classifier(WRAPPED[request.param](*parts))[1] is parts[2]
        else "pipeline"
    )
    return WRAPPED[request.param](*parts), WRAPPED[plain](*parts)


def test_each_kind_answers_as_what_it_holds(wrapped, tmp_path):
    model, plain = wrapped
    expected = plain.predict_proba(NEW)

    found = list(predict_iter(model, iter(NEW), method="predict_proba", chunk_size=3))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    for one, other in zip(explain(model, NEW), explain(plain, NEW)):
        assert one.tokens == other.tokens and one.target == other.target
        np.testing.assert_array_equal(one.scores, other.scores)
        np.testing.assert_array_equal(one.offsets, other.offsets)
    assert top_tokens(model, NEW, min_count=1) == top_tokens(plain, NEW, min_count=1)

    save_model(model, tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    np.testing.assert_array_equal(loaded.predict_proba(NEW), expected)

    before = copy.copy(vars(split_classifier(model)[1]))
    small = quantize(model, "float16", X=TEXTS, y=LABELS, max_bytes=40_000)
    assert vars(split_classifier(model)[1]) == before
    transformers, classifier = split_classifier(small)
    assert classifier.weights_["embedding"].dtype == np.float16
    assert classifier.quantization_["score"][0] == plain.score(TEXTS, LABELS)
    vectorizer = find_vectorizer(transformers, classifier)
    assert vectorizer.vocabulary_ == classifier.vocabulary_
    assert small.predict_proba(NEW).shape == expected.shape


def test_exported_graphs_are_those_of_what_is_held(wrapped, tmp_path):
    pytest.importorskip("onnx", reason="the test extra installs it")
    model, plain = wrapped
    for name, of in (("one", model), ("other", plain)):
        export_onnx(of, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_training_curves_of_a_search_in_a_pipeline(parts):
    pytest.importorskip("matplotlib").use("agg")
    display = TrainingCurveDisplay.from_estimator(WRAPPED["search at the end"](*parts))
    assert display.loss == parts[1].loss_curve_


def test_other_steps_before_the_vectorizer(parts, tmp_path):
    vectorizer, classifier, alone = parts
    lower = FunctionTransformer(same)
    long, short = (
        make_pipeline(lower, vectorizer, classifier),
        make_pipeline(lower, alone),
    )
    for model, plain in ((long, make_pipeline(vectorizer, classifier)), (short, alone)):
        found = list(predict_iter(model, NEW, method="predict_proba"))
        np.testing.assert_allclose(found, plain.predict_proba(NEW), atol=1e-6)
        assert explain(model, NEW)[0].tokens == explain(plain, NEW)[0].tokens
        with pytest.raises(TypeError, match="FunctionTransformer"):
            save_model(model, tmp_path / "m.slm")
        small = quantize(model, max_bytes=40_000)
        assert small.predict(NEW).shape == (len(NEW),)
        pytest.importorskip("onnx", reason="the test extra installs it")
        with pytest.warns(UserWarning, match="says nothing of FunctionTransformer"):
            export_onnx(model, tmp_path / "m.onnx")


def test_a_vectorizer_before_steps_that_do_nothing(parts, tmp_path):
    model = Pipeline([("v", parts[0]), ("end", "passthrough")])
    assert split_model(model) == ([], parts[0])
    save_model(model, tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    assert loaded.transform(NEW).ids.tolist() == model.transform(NEW).ids.tolist()


def test_names_of_steps():
    a, b, c = (FunctionTransformer() for _ in range(3))
    inner = Pipeline([("x", b), ("y", None), ("z", c)])
    assert list_steps(Pipeline([("a", a), ("inner", inner)])) == [
        ("a", a),
        ("x", b),
        ("z", c),
    ]
    assert list_steps(a) == [("", a)]


def changed(kind, name, value, inner):
    model = kind(inner)
    setattr(model, name, value)
    return model


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda model: changed(
                CalibratedClassifierCV,
                "calibrated_classifiers_",
                [CalibratedClassifierCV(model)],
                model,
            ),
            "got CalibratedClassifierCV, .* model.calibrated_classifiers_[0].estimator.",
        ),
        (
            lambda model: FixedThresholdClassifier(FrozenEstimator(model)).fit(
                TEXTS, LABELS
            ),
            "got FixedThresholdClassifier, .* Pass that one: model.estimator_.",
        ),
        (
            lambda model: TunedThresholdClassifierCV(model),
            "got TunedThresholdClassifierCV, .* Pass that one: model.estimator, fitted.",
        ),
        (
            lambda model: changed(BaggingClassifier, "estimators_", [model], model),
            "got BaggingClassifier, .* Pass that one: model.estimators_[0].",
        ),
        (lambda model: LogisticRegression(), "got LogisticRegression."),
        (
            lambda model: make_pipeline(TfidfVectorizer(), LogisticRegression()),
            "got LogisticRegression.",
        ),
        (
            lambda model: search(GridSearchCV, LogisticRegression()),
            "got LogisticRegression.",
        ),
        (lambda model: Pipeline([("v", GloveTfidfVectorizer())]), "got GloveTfidf"),
        (
            lambda model: Pipeline([("a", None), ("b", "passthrough")]),
            "a Pipeline whose steps all pass their input through",
        ),
    ],
)
def test_what_cannot_be_unwrapped_is_named(build, words, parts, tmp_path):
    model = build(parts[2])
    words = re.escape(words).replace(r"\.\*", ".*")
    for use in (
        lambda: explain(model, NEW),
        lambda: top_tokens(model, NEW),
        lambda: quantize(model),
        lambda: export_onnx(model, tmp_path / "m.onnx"),
        lambda: TrainingCurveDisplay.from_estimator(model),
    ):
        with pytest.raises(TypeError, match=words):
            use()


def test_a_search_without_a_model(parts):
    unfitted = GridSearchCV(parts[2], {})
    with pytest.raises(NotFittedError, match="GridSearchCV instance is not fitted"):
        explain(unfitted, NEW)
    with pytest.raises(NotFittedError, match="GridSearchCV instance is not fitted"):
        predict_iter(unfitted, NEW)
    unfitted.refit, unfitted.cv_results_ = False, {}
    with pytest.raises(TypeError, match="refit=False. Fit it with refit=True"):
        explain(Pipeline([("search", unfitted)]), NEW)


def test_streams_of_models_that_cannot_be_unwrapped(parts):
    """Their own answers: nothing of the model inside is asked for."""
    linear = make_pipeline(TfidfVectorizer(), LogisticRegression())
    threshold = FixedThresholdClassifier(FrozenEstimator(parts[2]), threshold=0.0)
    voting = VotingClassifier([("a", linear), ("b", clone(linear))], voting="soft")
    for model in (linear, threshold, voting, make_pipeline("passthrough", voting)):
        model.fit(TEXTS, LABELS)
        assert list(predict_iter(model, NEW)) == model.predict(NEW).tolist()


def test_unwrapping_needs_no_scikit_learn():
    code = "import sys, sklearn_slm.unwrap; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"
