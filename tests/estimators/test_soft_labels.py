"""Soft labels: rows of probabilities in place of labels."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from sklearn_slm.estimators.targets import encode_targets
from sklearn_slm.estimators.weighting import weigh_documents
from tests.estimators.small import LABELS, TEXTS, make_classifier

ROWS = [[0.25, 0.75], [0.9, 0.1], [0.5, 0.5]]


def soften(labels, chance=0.01, classes=("neg", "pos")):
    """Return rows that are sure of a label but for a chance of others."""
    hard = np.asarray(labels)[:, None] == np.array(classes)
    return np.where(hard, 1 - chance, chance / (len(classes) - 1))


@pytest.mark.parametrize(
    "y",
    [ROWS, np.array(ROWS), np.float32(ROWS), tuple(ROWS), sp.csr_matrix(ROWS)],
    ids=["list", "array", "float32", "tuple", "sparse"],
)
def test_columns_without_names_are_numbered(y):
    targets = encode_targets(y)
    assert targets.classes.tolist() == [0, 1] and not targets.multilabel
    assert targets.rows.dtype == np.float32
    np.testing.assert_allclose(targets.rows, ROWS, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
def test_names_of_columns_are_the_classes_in_order(dtype):
    targets = encode_targets(pd.DataFrame(ROWS, columns=["pos", "neg"], dtype=dtype))
    assert targets.classes.tolist() == ["neg", "pos"]
    assert targets.classes.dtype.kind == "U"
    np.testing.assert_allclose(targets.rows, np.array(ROWS)[:, ::-1], atol=1e-7)
    assert targets.strata.tolist() == [0, 1, 0]
    numbers = encode_targets(pd.DataFrame(ROWS, columns=[7, 3]))
    assert numbers.classes.tolist() == [3, 7]


def test_what_rounding_leaves_of_a_sum_is_made_up_for():
    targets = encode_targets([[0.333, 0.333, 0.333], [0.5, 0.2, 0.3]])
    np.testing.assert_allclose(targets.rows[0], [1 / 3] * 3, rtol=1e-6)
    np.testing.assert_allclose(targets.rows.sum(axis=1), 1.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [[0.5, 0.5], [0.5, 0.6]],
            "each row of which sums to one, but y[1] is [0.5, 0.6], with a sum of 1.1",
        ),
        ([[0.2, 0.3], [0.5, 0.5]], "but y[0] is [0.2, 0.3], with a sum of 0.5"),
        ([[0.5, 0.5], [1.5, -0.5]], "but y[1] is [1.5, -0.5], with a sum of 1."),
        ([[0.5, 0.5], [0.5, np.nan]], "y[1] is missing in column 1"),
    ],
)
def test_rows_that_are_no_probabilities(rows, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make_classifier().fit(["a", "b"], rows)


def test_rows_of_zeros_and_ones_are_several_labels():
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert encode_targets(rows).multilabel
    assert encode_targets(rows.astype(int)).multilabel
    almost = encode_targets([[1 - 1e-6, 1e-6], [0.0, 1.0]])
    assert not almost.multilabel


def test_rows_that_are_nearly_sure_teach_what_labels_teach():
    hard = make_classifier().fit(TEXTS, LABELS)
    rows = pd.DataFrame(soften(LABELS, 1e-6), columns=["neg", "pos"])
    soft = make_classifier().fit(TEXTS, rows)
    assert soft.classes_.tolist() == ["neg", "pos"] and not soft.spec_.head.multilabel
    assert soft.score(TEXTS, LABELS) == 1.0
    np.testing.assert_allclose(
        soft.predict_proba(TEXTS), hard.predict_proba(TEXTS), atol=1e-3
    )
    assert soft.loss_curve_ == pytest.approx(hard.loss_curve_, abs=1e-4)


def test_probabilities_are_learned():
    # What each text says of its label is 0.8, and no text is surer.
    rows = soften(LABELS, 0.2)
    model = make_classifier(max_iter=30, early_stopping=False, adversarial=0.0)
    probabilities = model.fit(TEXTS, rows).predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities, rows, atol=0.1)
    assert model.predict(TEXTS).tolist() == (LABELS == "pos").astype(int).tolist()


def test_a_validation_set_of_soft_labels():
    rows = pd.DataFrame(soften(LABELS, 0.1), columns=["neg", "pos"])
    model = make_classifier(max_iter=2)
    model.fit(TEXTS, rows, X_val=TEXTS[:10], y_val=rows[:10])
    # Ten texts: every accuracy is a number of tenths.
    tenths = np.array(model.validation_scores_) * 10
    np.testing.assert_allclose(tenths, tenths.round(), atol=1e-6)
    labelled = make_classifier(max_iter=2)
    labelled.fit(TEXTS, rows, X_val=TEXTS[:10], y_val=LABELS[:10])
    assert labelled.validation_scores_ == model.validation_scores_


def test_weights_by_hand():
    targets = encode_targets(pd.DataFrame(ROWS, columns=["neg", "pos"]))
    found = weigh_documents(None, {"neg": 1.0, "pos": 3.0}, targets)
    np.testing.assert_allclose(found, [2.5, 1.2, 2.0], rtol=1e-6)
    found = weigh_documents([1, 2, 0.5], {"pos": 3.0}, targets)
    np.testing.assert_allclose(found, [2.5, 2.4, 1.0], rtol=1e-6)
    # 1.65 texts are negative, 1.35 positive; three texts, two classes.
    negative, positive = 3 / 2 / 1.65, 3 / 2 / 1.35
    found = weigh_documents(None, "balanced", targets)
    np.testing.assert_allclose(found, np.array(ROWS) @ [negative, positive], rtol=1e-6)


@pytest.mark.parametrize("how", ["sample_weight", "class_weight"])
def test_weights_move_the_model(how):
    # Each text with both labels, a little unsure: only the weights can decide.
    texts = TEXTS + TEXTS
    rows = np.repeat([[0.9, 0.1], [0.1, 0.9]], 40, axis=0)
    options = {"early_stopping": False, "max_iter": 6}
    plain = make_classifier(**options).fit(texts, rows)
    if how == "sample_weight":
        model = make_classifier(**options)
        model.fit(texts, rows, sample_weight=np.repeat([1.0, 9.0], 40))
    else:
        model = make_classifier(**options, class_weight={0: 1.0, 1: 9.0})
        model.fit(texts, rows)
    before, after = (m.predict_proba(TEXTS)[:, 1].mean() for m in (plain, model))
    assert before == pytest.approx(0.5, abs=0.1)
    assert after > before + 0.15


def test_a_stream_of_soft_labels():
    frame = pd.DataFrame(soften(LABELS), columns=["neg", "pos"])
    model = make_classifier()
    for _ in range(4):
        for rows in (slice(0, 20), slice(20, 40)):
            model.partial_fit(TEXTS[rows], frame[rows], classes=["neg", "pos"])
    assert model.n_iter_ == 8 and model.score(TEXTS, LABELS) == 1.0
    # Labels and soft labels of the same classes may come by turns.
    assert model.partial_fit(TEXTS[:8], LABELS[:8]).n_iter_ == 9


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            pd.DataFrame(soften(LABELS[:4]), columns=["neg", "other"]),
            "['neg', 'other']",
        ),
        (soften(LABELS[:4]), "[0, 1]"),
        (
            pd.DataFrame([[0.5, 0.25, 0.25]] * 4, columns=["neg", "pos", "x"]),
            "['neg', 'pos', 'x']",
        ),
    ],
    ids=["other", "no names", "three"],
)
def test_columns_that_are_not_the_classes(rows, found):
    message = re.escape(
        f"Soft labels must have the columns ['neg', 'pos'], one for each class, but have "
        f"{found}"
    )
    model = make_classifier()
    with pytest.raises(ValueError, match=message):
        model.partial_fit(TEXTS[:4], rows, classes=["neg", "pos"])
    assert not hasattr(model, "weights_")
    model.partial_fit(TEXTS, LABELS, classes=["neg", "pos"])
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.partial_fit(TEXTS[:4], rows)
    assert all(vars(model)[name] is before[name] for name in before)


def test_soft_labels_are_no_several_labels():
    model = make_classifier(max_iter=1).fit(TEXTS, np.eye(2, dtype=int)[[0, 1] * 20])
    assert model.spec_.head.multilabel
    with pytest.raises(ValueError, match="can only go on with the classes it began"):
        model.partial_fit(TEXTS, soften(LABELS))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([1, "a"], r"all strings or all numbers, but are \[1, 'a'\]"),
        # Newer scikit-learn refuses this first.
        (["a", "a"], r"must be different, .* but are \['a', 'a'\]|Expected unique"),
        ([1.5, None], "the columns of y"),
    ],
)
def test_columns_that_are_no_classes(columns, message):
    rows = pd.DataFrame([[0.4, 0.6], [1.0, 0.0]])
    rows.columns = columns
    with pytest.raises(ValueError, match=message):
        encode_targets(rows)


def test_columns_of_two_levels_are_no_classes():
    columns = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    rows = pd.DataFrame([[0.4, 0.6], [1.0, 0.0]], columns=columns)
    with pytest.raises(ValueError, match="all strings or all numbers"):
        encode_targets(rows)
