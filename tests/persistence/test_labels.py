"""Class labels as JSON and back."""

import json

import numpy as np
import pytest

from sklearn_slm.persistence.labels import describe_labels, read_labels

SIZE = 10_000


@pytest.mark.parametrize(
    "classes",
    [
        np.array(["a", "b"]),
        np.array(["a", "b"], "<U400"),
        np.array(["", "好", "\ud800"]),
        np.array([False, True]),
        np.array([-1, 5], np.int8),
        np.array([0, 2**64 - 1], np.uint64),
        np.array([1, 3], ">i4"),
        np.array([0.5, 1.25], np.float16),
        np.array([-0.1, 1e300]),
        np.array(["a", "b"], object),
        np.array([0.5, 2, 10**30], object),
    ],
)
def test_labels_come_back(classes):
    fields = json.loads(json.dumps(describe_labels(classes)))
    found = read_labels(fields, SIZE)
    assert found.tolist() == classes.tolist()
    assert found.dtype.kind == classes.dtype.kind
    if found.dtype.kind == "U":
        assert found.dtype == np.array(classes.tolist()).dtype
    else:
        assert found.dtype == classes.dtype
    assert describe_labels(found) == fields


@pytest.mark.parametrize("dtype", ["<U1", "<U500000000", ">U3", "<U"])
def test_the_length_of_strings_is_not_believed(dtype):
    found = read_labels({"dtype": dtype, "values": ["abcd", "b"]}, SIZE)
    assert found.tolist() == ["abcd", "b"] and found.dtype.itemsize == 16


@pytest.mark.parametrize(
    ("dtype", "values", "reason"),
    [
        ("<f8", [1.0, float("inf")], "infinite"),
        ("<f2", [1.0, 70000.0], "does not fit into '<f2'"),
        ("<f8", [1.0, True], "labels are not '<f8'"),
        ("|b1", [0, 1], "labels are not"),
        ("|i1", [1, 2.0], "labels are not"),
        ("|O", ["a", None], "labels are not"),
        ("|O", ["a", 1], "not in order"),
        ("|O", [True, 1], "repeat"),
        ("<U1", ["b", "a"], "not in order"),
        ("<U1", ["a", "a"], "repeat"),
        ("|V8", ["a", "b"], "dtype"),
        ("i4,i4", [1, 2], "dtype"),
        ("<f16", [1.0, 2.0], "dtype"),
        ("<U1", [], "no class labels"),
        ("<U1", ["a", "b" * 200_000], "do not fit in it"),
    ],
)
def test_what_is_refused(dtype, values, reason):
    with pytest.raises(ValueError, match=reason):
        read_labels({"dtype": dtype, "values": values}, SIZE)


@pytest.mark.parametrize(
    "classes", [np.array([1j, 2]), np.array([None, 1], object), np.array([b"a", b"b"])]
)
def test_what_cannot_be_saved(classes):
    with pytest.raises(TypeError, match="strings, numbers or booleans"):
        describe_labels(classes)
