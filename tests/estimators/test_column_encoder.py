"""Columns as numbers: means, categories, gaps; what is refused."""

import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from sklearn_slm import ColumnEncoder, load_model, save_model
from sklearn_slm.estimators.column_encoder import read_names, write_value
from sklearn_slm.text.tables import Table

TABLE = pd.DataFrame(
    {
        "age": [20.0, np.nan, 40.0, 60.0],
        "size": ["S", "L", None, "S"],
        "sale": [True, False, True, False],
    }
)


@pytest.fixture(scope="module")
def encoder():
    return ColumnEncoder(min_frequency=1).fit(TABLE)


def test_numbers_categories_and_gaps_by_hand(encoder):
    names = "age missingindicator_age size_L size_S missingindicator_size sale"
    assert encoder.get_feature_names_out().tolist() == names.split()
    assert encoder.list_sources() == ["age"] * 2 + ["size"] * 3 + ["sale"]
    z = 20 / np.sqrt(800 / 3)  # mean 40, and the square root of (400 + 0 + 400) / 3
    expected = [
        [-z, 0, 0, 1, 0, 1],
        [0, 1, 1, 0, 0, -1],
        [0, 0, 0, 0, 1, 1],
        [z, 0, 0, 1, 0, -1],
    ]
    found = encoder.transform(TABLE)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_new_rows_may_hold_what_is_not_known(encoder):
    new = Table({"other": ["x"], "sale": [None], "size": ["XL"], "age": ["60"]})
    z = 20 / np.sqrt(800 / 3)
    # A gap that the fit has not seen is the mean; a string is read as a number.
    np.testing.assert_allclose(encoder.transform(new), [[z, 0, 0, 0, 0, 0]], rtol=1e-6)
    far = Table({"age": [1e30], "size": ["S"], "sale": [True]})
    assert encoder.transform(far)[0, 0] == 10


def test_frequent_values_alone_are_categories():
    table = Table({"id": ["a", "b", "b", "c", "c", "c", "d", "d"]})
    assert ColumnEncoder().fit(table).categories_ == [["b", "c", "d"]]
    # Of equal ones the first in order.
    assert ColumnEncoder(max_categories=2).fit(table).categories_ == [["b", "c"]]
    assert ColumnEncoder(min_frequency=3).fit(table).categories_ == [["c"]]


def test_whole_numbers_are_the_same_categories_as_floats():
    codes = pd.Series([1, 2, 1, 2], dtype="category")
    encoder = ColumnEncoder().fit(pd.DataFrame({"code": codes}))
    assert encoder.categories_ == [["1", "2"]]
    with_gap = pd.DataFrame({"code": [1.0, np.nan]})
    assert encoder.transform(with_gap).tolist() == [[1, 0], [0, 0]]
    assert [write_value(v) for v in (2.5, np.int64(3), None)] == ["2.5", "3", None]


def test_constant_and_empty_columns_say_nothing():
    table = Table({"one": [5, 5], "none": [None, None]})
    encoder = ColumnEncoder().fit(table)
    assert encoder.transform(table).tolist() == [[0, 1], [0, 1]]
    assert encoder.get_feature_names_out().tolist() == ["one", "missingindicator_none"]
    assert encoder.transform(Table({"one": [6], "none": ["x"]})).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("cells", "error", "message"),
    [
        (pd.to_datetime(["2020-01-01"] * 2), TypeError, "dates or times.*dt.month"),
        ([datetime.timedelta(1), None], TypeError, "holds dates or times"),
        ([1, "a"], ValueError, "holds numbers and other values"),
        ([np.inf, 1], ValueError, "holds inf in row 0"),
        ([1j, 1], TypeError, "no real number"),
    ],
)
def test_what_is_no_number_and_no_category_is_refused(cells, error, message):
    with pytest.raises(error, match=message):
        ColumnEncoder().fit(pd.DataFrame({"x": cells}))


def test_new_rows_that_do_not_fit_are_refused(encoder):
    with pytest.raises(ValueError, match=r"lacks the columns \['size'\]"):
        encoder.transform(TABLE.drop(columns="size"))
    with pytest.raises(ValueError, match="'age' held numbers .* row 0 holds 'old'"):
        encoder.transform(Table({"age": ["old"], "size": ["S"], "sale": [True]}))
    with pytest.raises(TypeError, match="must be a DataFrame"):
        ColumnEncoder().fit([[1, 2]])
    with pytest.raises(TypeError, match="strings as names. Got 0"):
        read_names(pd.DataFrame([[1]]))


def test_it_is_an_estimator_and_a_file_holds_it(encoder, tmp_path):
    assert clone(encoder).get_params() == {"max_categories": 100, "min_frequency": 1}
    assert encoder.n_features_in_ == 3
    assert encoder.feature_names_in_.tolist() == ["age", "size", "sale"]
    save_model(encoder, tmp_path / "columns.slm")
    loaded = load_model(tmp_path / "columns.slm")
    np.testing.assert_array_equal(loaded.transform(TABLE), encoder.transform(TABLE))


def test_periods_are_dates():
    periods = pd.period_range("2020-01", periods=2, freq="M")
    with pytest.raises(TypeError, match="'a' holds dates or times"):
        ColumnEncoder().fit(pd.DataFrame({"a": periods}))


@pytest.mark.parametrize("number", [10**400, 1e300, -1e300])
def test_numbers_whose_squares_overflow(number):
    with pytest.raises(ValueError, match=r"Expected finite numbers below 1e\+100"):
        ColumnEncoder().fit(pd.DataFrame({"a": [number, 1]}))
    encoder = ColumnEncoder().fit(pd.DataFrame({"a": [1, 2]}))
    with pytest.raises(ValueError, match=r"Expected finite numbers below 1e\+100"):
        encoder.transform(pd.DataFrame({"a": [number]}))
