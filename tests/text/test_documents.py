import re

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
        ([3, "a"], TypeError, "X[0] must be a str, but int was given: 3"),
        ([b"a"], TypeError, "X[0] must be a str, but bytes were given. Decode"),
        ([["a", "b"]], TypeError, "X[0] must be a str, but list was given"),
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
