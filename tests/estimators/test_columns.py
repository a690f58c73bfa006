"""A classifier of tables: texts, and the columns beside them."""

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sklearn_slm import (
    ColumnEncoder,
    export_onnx,
    load_model,
    prune,
    quantize,
    save_model,
)
from sklearn_slm.estimators.columns import FittedColumns, check_columns
from sklearn_slm.inspection import explain
from sklearn_slm.ngrams import compute_ngram_terms
from sklearn_slm.text.tables import list_cells
from tests.estimators.small import make_classifier

TEXTS = ["title", "body"]
random = np.random.RandomState(0)
N = 48
TABLE = pd.DataFrame(
    {
        "title": ["good film", "bad film", None, "good song"] * (N // 4),
        "age": np.where(np.arange(N) % 7, random.randint(20, 60, N), np.nan),
        "body": ["one two", "two one", "one one", "two two"] * (N // 4),
        "size": random.choice(["S", "L"], N),
    }
)
# The size decides, and no text tells of it.
LABELS = np.where(TABLE["size"] == "S", "short", "long")
FIT = {
    "hidden_size": 2,
    "text_column": TEXTS,
    "max_iter": 6,
    "adversarial": 0.0,
    "early_stopping": False,
    "runtime": "numpy",
}


@pytest.fixture(scope="module")
def fitted():
    return make_classifier(**FIT).fit(TABLE, LABELS)


def test_columns_decide_where_texts_cannot(fitted):
    assert fitted.score(TABLE, LABELS) == 1.0
    assert fitted.spec_.head.n_columns == 4
    assert fitted.weights_["columns.kernel"].shape == (4, 2)
    assert fitted.ngrams_.columns.shape == (4, 2)
    assert fitted.feature_names_in_.tolist() == list(TABLE.columns)
    assert fitted.n_features_in_ == 4
    assert "¶" in fitted.vocabulary_
    assert fitted.list_features() == ["age", "age", "size", "size"]


def test_rows_in_other_tables_are_answered_alike(fitted):
    expected = fitted.predict_proba(TABLE[:9])
    turned = TABLE[:9][["size", "body", "age", "title"]].assign(more=1)
    np.testing.assert_array_equal(fitted.predict_proba(turned), expected)
    rows = fitted.predict_proba(TABLE[3:4]), fitted.predict_proba(TABLE[::-1])[::-1]
    np.testing.assert_allclose(np.concatenate([rows[0], rows[1][4:9]]), expected[3:])
    as_dicts = turned.astype(object).where(turned.notna(), None).to_dict("records")
    for X in (turned, iter(as_dicts)):
        found = list(fitted.predict_iter(X, method="predict_proba", chunk_size=4))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    read = fitted.read_inputs(TABLE[:9])
    np.testing.assert_array_equal(fitted.predict_proba(read), expected)
    np.testing.assert_array_equal(fitted.predict_proba(read[2:4]), expected[2:4])


def test_polars_tables_are_read(fitted):
    polars = pytest.importorskip("polars")
    cells = {name: list_cells(TABLE[name]) for name in TABLE}
    table = polars.DataFrame(cells)
    expected = fitted.predict_proba(TABLE)
    np.testing.assert_array_equal(fitted.predict_proba(table), expected)


def test_files_joblib_and_int8_keep_columns(fitted, tmp_path):
    expected = fitted.predict_proba(TABLE)
    for save, load in ((save_model, load_model), (joblib.dump, joblib.load)):
        save(fitted, tmp_path / "model")
        loaded = load(tmp_path / "model")
        np.testing.assert_array_equal(loaded.predict_proba(TABLE), expected)
        assert loaded.column_names_ == list(TABLE.columns)
    small = quantize(fitted, X=TABLE, y=LABELS, max_drop=0.0)
    np.testing.assert_allclose(small.predict_proba(TABLE), expected, atol=0.02)
    with pytest.raises(ValueError, match="prune knows no columns .* 4 numbers"):
        prune(fitted, TABLE, LABELS, amount=0.5)


def test_onnx_has_a_second_input(fitted, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    expected = fitted.predict_proba(TABLE)
    export_onnx(fitted, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    read = fitted.read_inputs(TABLE)
    inputs = {
        "ids": read.texts.pad(int(read.lengths.max())),
        "lengths": read.lengths.astype(np.int32),
        "columns": read.columns,
    }
    (found,) = session.run(["probabilities"], inputs)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    about = session.get_modelmeta().custom_metadata_map["columns"]
    assert '"categories": ["L", "S"], "missing": false' in about
    copy = clone(fitted)
    vars(copy).update(vars(fitted))
    copy.runtime = "onnxruntime"
    np.testing.assert_allclose(copy.predict_proba(TABLE), expected, atol=1e-5)


@pytest.mark.parametrize("method", ["contribution", "occlusion", "gradient"])
def test_each_column_has_its_part_of_the_logit(fitted, method):
    few = TABLE[:4]
    expected = np.log(fitted.predict_proba(few))
    found = explain(fitted, few, target=["long", "short"], method=method)
    read = fitted.read_inputs(few)
    kernel = fitted.weights_["columns.kernel"] * fitted.ngrams_.blend[0]
    kernel = kernel + fitted.ngrams_.columns * fitted.ngrams_.blend[1]
    for i, explanation in enumerate(found):
        assert explanation.columns == ["age", "size"]
        terms = read.columns[i][:, None] * kernel
        terms = terms - terms.mean(axis=1, keepdims=True)
        by_name = [terms[:2].sum(axis=0), terms[2:].sum(axis=0)]
        np.testing.assert_allclose(explanation.column_scores, by_name, atol=1e-5)
        probability = np.exp(expected[i])
        np.testing.assert_allclose(explanation.probability, probability, atol=1e-5)
        short = explanation.column_scores[1, 1]
        assert (short > 0) == (few["size"].iloc[i] == "S")
    assert compute_ngram_terms(fitted.ngrams_, read.texts).shape[1] == 2
    html = found[0]._repr_html_()
    assert "columns: " in html
    assert f"size {found[0].column_scores[1, 0]:+.2f}" in html


def test_attention_gives_columns_no_score(fitted):
    (found,) = fitted.explain(TABLE[:1], method="attention")
    assert (found.columns, found.column_scores) == (None, None)
    expected = fitted.predict_proba(TABLE[:1]).max()
    assert found.probability == pytest.approx(expected, abs=1e-6)
    start, end = found.offsets[found.tokens.index("¶")]
    assert found.text[start:end] == "¶"


def test_training_goes_on(fitted):
    model = clone(fitted)
    vars(model).update(vars(fitted))
    before = model.weights_["columns.kernel"].copy()
    model.partial_fit(TABLE[:16], LABELS[:16])
    assert model.columns_ is fitted.columns_
    assert np.abs(model.weights_["columns.kernel"] - before).max() > 1e-4
    model.set_params(warm_start=True, columns__min_frequency=3)
    with pytest.raises(ValueError, match="is not what the last fit made numbers with"):
        model.fit(TABLE, LABELS)
    model.set_params(columns=None, text_column=None)
    with pytest.raises(ValueError, match="the last fit was on a table"):
        model.fit(TABLE["body"], LABELS)


def test_without_other_columns_it_is_the_text_alone():
    options = FIT | {"text_column": "body", "max_iter": 1}
    ways = [
        (make_classifier(**options, columns="drop"), TABLE),
        (make_classifier(**options), TABLE[["body"]]),
        (make_classifier(**options | {"text_column": None}), TABLE["body"]),
    ]
    found = [model.fit(X, LABELS).predict_proba(X) for model, X in ways]
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_array_equal(found[1], found[2])
    assert not hasattr(ways[2][0], "feature_names_in_")
    assert ways[1][0].feature_names_in_.tolist() == ["body"]
    with pytest.raises(TypeError, match="must be a DataFrame .* but list was given"):
        ways[0][0].predict(["a text"])


def test_other_transformers_and_searches(tmp_path):
    transformer = make_column_transformer(
        (OneHotEncoder(), ["size"]), remainder="drop", sparse_threshold=1.0
    )
    options = FIT | {"ngrams": None, "max_iter": 1}
    model = make_classifier(**options, columns=transformer)
    model.fit(TABLE, LABELS, X_val=TABLE[:8], y_val=LABELS[:8])
    assert model.list_features() == ["onehotencoder__size_L", "onehotencoder__size_S"]
    assert model.columns is transformer
    assert not hasattr(transformer, "transformers_")
    with pytest.raises(TypeError, match="has a ColumnTransformer. joblib.dump"):
        save_model(model, tmp_path / "model.slm")
    search = GridSearchCV(
        make_classifier(**options), {"columns__max_categories": [50]}, cv=2
    )
    search.fit(TABLE, LABELS)
    assert search.best_estimator_.columns_.max_categories == 50
    assert search.predict(TABLE[:2]).shape == (2,)


def test_what_cannot_be_read_is_refused(fitted):
    with pytest.raises(ValueError, match=r"lacks the columns \['age', 'size'\]"):
        fitted.predict(TABLE[TEXTS])
    with pytest.raises(ValueError, match=r"X lacks the columns \['review'\]"):
        make_classifier(**FIT | {"text_column": "review"}).fit(TABLE, LABELS)
    with pytest.raises(TypeError, match="must be a DataFrame .* but list was given"):
        make_classifier(**FIT).fit(["a", "b"], ["x", "y"])
    with pytest.raises(ValueError, match="text_column is None"):
        make_classifier(columns=ColumnEncoder()).fit(["a", "b"], ["x", "y"])
    with pytest.raises(TypeError, match="must be the name of a column"):
        check_columns(make_classifier(text_column=[]))
    with pytest.raises(ValueError, match=r"names a column twice: \['a', 'a'\]"):
        check_columns(make_classifier(text_column=["a", "a"]))
    with pytest.raises(ValueError, match="which have no columns"):
        check_columns(make_classifier(text_column="a", unlabeled="virtual"))
    for transformer, message in [
        (FunctionTransformer(), "made values of another kind"),
        (StandardScaler(), "Handle missing values"),
        (FunctionTransformer(lambda X: np.zeros((1, 1))), "of shape"),
    ]:
        names = ["title", "body", *(["age"] if "Handle" in message else ["size"])]
        model = make_classifier(**FIT, columns=transformer)
        with pytest.raises(ValueError, match=message):
            model.fit(TABLE[names], LABELS)
        assert not hasattr(model, "classes_")
    assert FittedColumns() == (None, None)
