"""Labels: missing ones of every type, and strings of other classes."""

import re
from decimal import Decimal
from enum import Enum, StrEnum

import numpy as np
import pandas as pd
import pytest

from sklearn_slm.estimators.targets import encode_targets, read_labels

NA = pd.NA


@pytest.mark.parametrize(
    ("y", "place"),
    [
        (pd.Series([1, 0, NA], dtype="Int64"), "y[2]"),
        (pd.Series([1.5, NA], dtype="Float64"), "y[1]"),
        (pd.Series([True, NA, False], dtype="boolean"), "y[1]"),
        (pd.Series([NA, "a", "b"], dtype="string"), "y[0]"),
        (pd.Series(["a", NA, "b"], dtype="object"), "y[1]"),
        (pd.Series(["a", NA, "b"], dtype="category"), "y[1]"),
        (pd.Series([1, NA], dtype="Int64", index=[7, 3]), "y[1]"),
        (np.array(["a", NA], dtype=object), "y[1]"),
        (["a", NA], "y[1]"),
        (["a", None], "y[1]"),
        (["a", "b", float("nan")], "y[2]"),
        ([np.float32("nan"), 1], "y[0]"),
        ([1.0, np.nan], "y[1]"),
        ([pd.NaT, "a"], "y[0]"),
        (np.array(["2020", "NaT"], "M8[s]"), "y[1]"),
        ([Decimal("1"), Decimal("NaN")], "y[1]"),
        ([Decimal("1"), Decimal("sNaN")], "y[1]"),
        (np.ma.array([1, 0, 1], mask=[False, True, False]), "y[1]"),
    ],
)
def test_a_missing_label_is_named(y, place):
    message = f"Input y contains NaN: {place} is missing. Every document needs a label"
    with pytest.raises(ValueError, match=re.escape(message)):
        encode_targets(y)


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "object"])
def test_a_missing_label_of_several_names_row_and_column(dtype):
    frame = pd.DataFrame({"good": [True, False], "long": [True, NA]}, dtype=dtype)
    with pytest.raises(
        ValueError, match=re.escape("y[1] is missing in column 'long'.")
    ):
        encode_targets(frame)
    for y in ([[1, NA], [0, 1]], np.array([[1.0, np.nan], [0.0, 1.0]])):
        with pytest.raises(ValueError, match=re.escape("y[0] is missing in column 1.")):
            encode_targets(y)


def test_nullable_types_without_a_gap_are_labels():
    for values, dtype in [([1, 0], "Int64"), ([True, False], "boolean")]:
        found = encode_targets(pd.Series(values, dtype=dtype))
        assert found.rows.tolist() == [[0, 1], [1, 0]]
    frame = pd.DataFrame({"p": [1, 0], "q": [1, 1]}, dtype="Int64")
    assert encode_targets(frame).rows.tolist() == [[1, 1], [0, 1]]


def test_labels_of_a_string_class_are_their_characters():
    members = Enum("Label", {"A": "bad", "B": "good"}, type=str)
    for first, second in [
        (members.A, members.B),
        tuple(StrEnum("Other", {"A": "bad", "B": "good"})),
        (np.str_("bad"), np.str_("good")),
    ]:
        for y in (
            [second, first],
            np.array([second, first], dtype=object),
            pd.Series([second, first], dtype=object),
            pd.Series([second, first], dtype="category"),
        ):
            found = encode_targets(y)
            assert found.classes.tolist() == ["bad", "good"]
            assert found.rows.tolist() == [[0, 1], [1, 0]]
        again = encode_targets(["good"], classes=[first, second])
        assert again.rows.tolist() == [[0, 1]]


def test_plain_labels_are_not_copied():
    for y in (["a", "b"], np.array([1, 2]), pd.Series(["a", "b"]), np.array([0.5])):
        assert read_labels(y) is y


def test_classes_that_are_missing_are_named_as_such():
    with pytest.raises(ValueError, match=re.escape("classes[1] is missing")):
        encode_targets(["a"], classes=["a", None])


def test_arrays_of_pyarrow_are_labels():
    pa = pytest.importorskip("pyarrow")
    for y in (pa.array(["b", "a"]), pa.chunked_array([["b"], ["a"]])):
        found = encode_targets(y)
        assert found.classes.tolist() == ["a", "b"]
        assert found.rows.tolist() == [[0, 1], [1, 0]]
    for y in (pa.array(["a", None]), pa.array([1, None])):
        with pytest.raises(ValueError, match=re.escape("y[1] is missing")):
            encode_targets(y)
    with pytest.raises(ValueError, match=re.escape("y[0] is missing in column 'q'")):
        encode_targets(pa.table({"p": [1, 0], "q": [None, 1]}))
