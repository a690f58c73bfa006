"""Students of other classifiers, of several, and of probabilities."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from sklearn_slm import SLMTextClassifier, distill
from sklearn_slm.estimators.distilling import _ask, _mix, _multiply_logits, _soften
from sklearn_slm.estimators.shrinking import copy_model
from tests.estimators.small import LABELS, TEXTS, make_classifier, make_steps

PLAIN = {"adversarial": 0.0, "runtime": "numpy", "early_stopping": False}


def make_student(**options):
    return make_classifier(**(PLAIN | {"ngrams": None} | options))


@pytest.fixture(scope="module")
def linear():
    return make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def margins():
    return make_pipeline(CountVectorizer(), LinearSVC()).fit(TEXTS, LABELS)


def test_texts_without_labels_are_learned_from_a_teacher(linear):
    model = make_student()
    fitted = distill(model, linear, iter(TEXTS))
    assert not hasattr(model, "weights_")
    assert fitted.classes_.tolist() == ["neg", "pos"]
    assert fitted.score(TEXTS, LABELS) == 1.0


def test_a_pipeline_learns_what_a_temperature_flattened(linear):
    warm = distill(make_steps(**PLAIN), linear, TEXTS, LABELS, temperature=3.0)
    assert warm.score(TEXTS, LABELS) == 1.0
    # As sure as its teacher and the labels, not as what it was shown.
    right = np.searchsorted(["neg", "pos"], LABELS)
    places = np.arange(40), right
    shown = _mix(_soften(linear.predict_proba(TEXTS), 3.0), LABELS, warm.classes_, 0.5)
    assert warm.predict_proba(TEXTS)[places].mean() > shown[places].mean()
    slm = warm["slm"]
    flat = copy_model(slm)
    _multiply_logits(flat, 1 / 3)
    bare = copy_model(slm)
    bare.ngrams_ = None
    flat_bare = copy_model(bare)
    _multiply_logits(flat_bare, 1 / 3)
    texts = warm["vectors"].transform(TEXTS)
    for one, other in ((slm, flat), (bare, flat_bare)):
        np.testing.assert_allclose(
            np.diff(one.predict_log_proba(texts)),
            3.0 * np.diff(other.predict_log_proba(texts)),
            rtol=1e-4,
            atol=1e-4,
        )


def test_several_teachers_are_asked_for_their_mean(linear, margins):
    rows, names = _ask([linear, margins], TEXTS, None, None)
    scores = margins.decision_function(TEXTS)
    positive = 1 / (1 + np.exp(-scores))
    expected = (linear.predict_proba(TEXTS)[:, 1] + positive) / 2
    np.testing.assert_allclose(rows[:, 1], expected, rtol=1e-12)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)
    assert names.tolist() == ["neg", "pos"]


@pytest.mark.parametrize(
    ("teacher", "y", "classes", "expected"),
    [
        ([[0.2, 0.8], [0.9, 0.1]], None, None, ([0, 1], 0.8)),
        ([[0.2, 0.8], [0.9, 0.1]], ["b", "a"], None, (["a", "b"], 0.8)),
        ([[0.2, 0.8], [0.9, 0.1]], None, ["b", "a"], (["a", "b"], 0.2)),
        (
            pd.DataFrame([[0.2, 0.8], [0.9, 0.1]], columns=["z", "c"]),
            ["z", "c"],
            None,
            (["c", "z"], 0.2),
        ),
    ],
    ids=["numbers", "labels", "names", "frame"],
)
def test_columns_have_names_and_come_in_their_order(teacher, y, classes, expected):
    rows, names = _ask(teacher, ["x", "y"], y, classes)
    assert names.tolist() == expected[0] and rows[0, 1] == expected[1]


def test_temperature_and_labels_by_hand():
    rows = np.array([[0.8, 0.2], [0.5, 0.5], [1.0, 0.0]])
    soft = _soften(rows, 2.0)
    assert soft[0, 0] == pytest.approx(2 / 3)  # square roots: 2 to 1
    names = np.array(["a", "b"])
    assert (_soften(rows, 1.0) > 0).all()  # a row of 0 and 1 would be a set of labels
    mixed = _mix(rows[:2], pd.Series(["b", None], index=[7, 8]), names, 0.25)
    np.testing.assert_allclose(mixed, [[0.6, 0.4], [0.5, 0.5]])
    np.testing.assert_array_equal(_mix(rows, [None] * 3, names, 0.5), rows)


def test_sure_teachers_teach_single_labels():
    rows = (LABELS[:, None] == np.array(["neg", "pos"])).astype(float)
    fitted = distill(make_student(max_iter=1), rows, TEXTS, LABELS)
    assert fitted.spec_.head.output == "softmax"
    assert fitted.classes_.tolist() == ["neg", "pos"]


@pytest.mark.parametrize(
    ("teacher", "options", "error", "message"),
    [
        ("linear", {"temperature": 0.0}, ValueError, "temperature must be above 0"),
        ("linear", {"label_weight": 2.0}, ValueError, "label_weight from 0 to 1"),
        ("linear", {"y": ["other"] * 40}, ValueError, r"does not know: \['other'"),
        ("linear", {"y": ["pos"]}, ValueError, "must have the same number of rows"),
        (np.ones((40, 2)), {}, ValueError, r"sums to one. Got \[1.0, 1.0\] for text 0"),
        (np.ones((3, 2)) / 2, {}, ValueError, "X and the probabilities of the teacher"),
        (np.ones((40, 2)) / 2, {"classes": ["a"]}, ValueError, "each of the 2 columns"),
        (np.ones(40), {}, TypeError, "teacher must be a fitted classifier, a list"),
        (object(), {}, TypeError, "teacher must be a fitted classifier, a list"),
        ([CountVectorizer()], {}, TypeError, "teacher must be a fitted classifier"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_refused(linear, teacher, options, error, message):
    teacher = linear if isinstance(teacher, str) else teacher
    with pytest.raises(error, match=message):
        distill(make_student(), teacher, TEXTS, **options)


def test_teachers_of_other_things_are_refused(linear):
    labels = np.where(LABELS == "pos", "good", "bad")
    other = make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, labels)
    with pytest.raises(ValueError, match="the teachers know different classes"):
        distill(make_student(), [linear, other], TEXTS)
    several = np.stack([LABELS == "pos", LABELS == "pos"], axis=1).astype(int)
    many = make_pipeline(CountVectorizer(), OneVsRestClassifier(LogisticRegression()))
    many.fit(TEXTS, several)
    with pytest.raises(ValueError, match="exclude each other"):
        distill(make_student(), many, TEXTS)
    with pytest.raises(TypeError, match="student must be an SLMTextClassifier"):
        distill(LogisticRegression(), linear, TEXTS)
    with pytest.raises(ValueError, match="X holds no document"):
        distill(SLMTextClassifier(), linear, [])


def test_the_share_of_columns_is_multiplied_too():
    weights = {
        "head.kernel": np.ones((2, 2), np.float32),
        "columns.kernel": np.ones((3, 2), np.float32),
        "embedding": np.ones((4, 2), np.float32),
    }
    model = SimpleNamespace(ngrams_=None, weights_=weights)
    _multiply_logits(model, 3.0)
    found = {name: value.flat[0] for name, value in model.weights_.items()}
    assert found == {"head.kernel": 3.0, "columns.kernel": 3.0, "embedding": 1.0}


def test_students_that_are_none(linear):
    search = GridSearchCV(make_student(), {"max_iter": [1]})
    with pytest.raises(TypeError, match="student must be an SLMTextClassifier"):
        distill(search, linear, TEXTS)
    with pytest.raises(ValueError, match="temperature must be above 0"):
        distill(make_student(), linear, TEXTS, temperature="2")
