import re
from decimal import Decimal
from enum import Enum

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from sklearn_slm.text import check_documents


def test_kinds_of_collections_agree():
    texts = ["one", "two"]
    given = [
        texts,
        tuple(texts),
        iter(texts),
        np.array(texts),
        np.array(texts, dtype=object),
        pd.Series(texts, index=[7, 3]),
        {"one": 1, "two": 2}.keys(),
        np.array([np.str_("one"), np.str_("two")], object),
        Enum("Text", {"A": "one", "B": "two"}, type=str),
    ]
    for X in given:
        found = check_documents(X)
        assert found == texts
        assert {type(text) for text in found} == {str}
    assert check_documents([np.str_("x")]) == ["x"]
    assert check_documents([]) == []


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("a text", ValueError, "string object received. Put the text into a list"),
        (b"a text", TypeError, "bytes were given. Decode"),
        (["a", None], ValueError, "X[1] must be a str, but a missing value (None)"),
        (["a", float("nan")], ValueError, "X[1] must be a str, but a missing value"),
        (["a", pd.NA], ValueError, "X[1] must be a str, but a missing value (<NA>)"),
        (["a", np.nan], ValueError, '(with pandas: .fillna(""))'),
        (
            ["a", np.float64("nan")],
            ValueError,
            "X[1] must be a str, but a missing value",
        ),
        (["a", pd.NaT], ValueError, "X[1] must be a str, but a missing value (NaT)"),
        (
            np.ma.array(["a", "b"], mask=[False, True]),
            ValueError,
            "X[1] must be a str, but a missing value",
        ),
        ([3, "a"], TypeError, "X[0] must be a str, but int was given: 3"),
        ([b"a"], TypeError, "X[0] must be a str, but bytes were given. Decode"),
        (
            [["a", "b"]],
            TypeError,
            "X[0] must be a str, but list was given: ['a', 'b']. Documents of tokens need "
            "an analyzer that takes them: a function.",
        ),
        (None, TypeError, "such as a list of str, but NoneType was given"),
        (7, TypeError, "but int was given"),
        (np.zeros((2, 3)), ValueError, "2-dimensional array of shape (2, 3)"),
        (np.array("x"), ValueError, "0-dimensional array"),
        (
            sp.csr_matrix((2, 3)),
            ValueError,
            "2-dimensional sparse matrix of shape (2, 3)",
        ),
        (pd.DataFrame({"t": ["a"]}), ValueError, "a table with the columns ['t']"),
    ],
)
def test_what_is_no_collection_of_texts(X, error, message):
    with pytest.raises(error, match=re.escape(message)):
        check_documents(X)


def test_the_name_of_the_argument_is_told():
    with pytest.raises(TypeError, match=re.escape("X_val[0] must be a str")):
        check_documents([1], name="X_val")


def test_documents_of_any_kind_are_as_they_were_but_never_missing():
    row = np.array(["a", "b"])
    given = [["a", float("nan")], row, b"x", 3, np.str_("t")]
    found = check_documents(given, any_kind=True)
    assert all(a is b for a, b in zip(found[:4], given)) and type(found[4]) is str
    for missing in (None, np.nan, pd.NA, pd.NaT, Decimal("NaN"), Decimal("sNaN")):
        with pytest.raises(
            ValueError, match=re.escape("X[1] must be a str, but a miss")
        ):
            check_documents([["a"], missing], any_kind=True)
    with pytest.raises(ValueError, match="string object received"):
        check_documents("a text", any_kind=True)


class Scalar:
    """As iterating over a pyarrow array gives them."""

    def __init__(self, value):
        self.value = value

    def as_py(self):
        return self.value


def test_scalars_of_a_columnar_array_are_read_as_their_values():
    assert check_documents([Scalar("a"), "b"]) == ["a", "b"]
    with pytest.raises(
        ValueError, match=re.escape("X[1] must be a str, but a missing")
    ):
        check_documents([Scalar("a"), Scalar(None)])


def test_arrays_and_tables_of_pyarrow_and_polars():
    pa = pytest.importorskip("pyarrow")
    pl = pytest.importorskip("polars")
    for X in (
        pa.array(["a", "b"]),
        pa.chunked_array([["a"], ["b"]]),
        pl.Series(["a", "b"]),
    ):
        assert check_documents(X) == ["a", "b"]
    for table in (pa.table({"t": ["a"]}), pl.DataFrame({"t": ["a"]})):
        with pytest.raises(
            ValueError, match=re.escape("a table with the columns ['t']")
        ):
            check_documents(table)
