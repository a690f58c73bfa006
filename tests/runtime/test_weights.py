"""Named weights as floats, from every type in which they are stored."""

import numpy as np
import pytest

from sklearn_slm.runtime.weights import (
    find_groups,
    is_packable,
    scale_shape,
    take_rows,
    to_float,
)
from sklearn_slm.spec import Weight

TABLE = {
    "embedding": np.array([[1, -2], [127, 0], [3, 4]], np.int8),
    "embedding.scale": np.array([[0.5], [2.0], [0.25]], np.float32),
}
# Lower four bits: the first half of the columns; 8 stands for 0.
FOUR_BITS = {
    "embedding": np.array([[0x98, 0x0F], [0x88, 0x11], [0xFF, 0x80]], np.uint8),
    "embedding.scale": np.array([[0.5, 2.0], [1.0, 0.25], [2.0, 1.0]], np.float32),
}
KERNEL = {
    "kernel": np.array([[1, -2], [127, 0]], np.int8),
    "kernel.scale": np.array([0.5, 2.0], np.float32),
}


def test_a_table_has_a_scale_for_each_row_and_a_kernel_for_each_column():
    assert to_float(TABLE, "embedding").tolist() == [[0.5, -1], [254, 0], [0.75, 1]]
    assert to_float(KERNEL, "kernel").tolist() == [[0.5, -4], [63.5, 0]]
    for kind, weights, name in (
        ("table", TABLE, "embedding"),
        ("kernel", KERNEL, "kernel"),
    ):
        weight = Weight(weights[name].shape, kind)
        assert scale_shape(weight) == weights[name + ".scale"].shape


def test_two_numbers_in_a_byte_by_hand():
    # Columns 0 and 1 share a scale, and 2 and 3.
    expected = [
        [0.0, 3.5, 2.0, -16.0],
        [0.0, -7.0, 0.0, -1.75],
        [14.0, -16.0, 7.0, 0.0],
    ]
    table = to_float(FOUR_BITS, "embedding")
    assert table.dtype == np.float32 and table.tolist() == expected
    rows = take_rows(FOUR_BITS, "embedding", np.array([2, 1, 0]), np.float64)
    assert rows.dtype == np.float64 and rows.tolist() == expected[::-1]


def test_groups_are_even_and_of_at_most_64_columns():
    for n_columns, sizes in [(2, [2]), (64, [64]), (66, [33, 33]), (130, [44, 43, 43])]:
        groups = find_groups(n_columns)
        assert np.bincount(groups).tolist() == sizes
        assert (np.diff(groups) >= 0).all()
        weight = Weight((5, n_columns), "table")
        assert is_packable(weight)
        assert scale_shape(weight, np.uint8) == (5, len(sizes))
        assert scale_shape(weight, np.int8) == (5, 1)
    assert not is_packable(Weight((5, 7), "table"))
    assert not is_packable(Weight((5, 8), "kernel"))


def test_half_precision_becomes_single_precision():
    weights = {"kernel": np.array([[0.1]], np.float16)}
    value = to_float(weights, "kernel")
    assert value.dtype == np.float32 and value == np.float32(np.float16(0.1))


def test_floats_are_not_copied():
    weights = {"bias": np.ones(3, np.float32)}
    assert to_float(weights, "bias") is weights["bias"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_are_those_of_the_whole(dtype):
    rows = np.array([2, 0, 2])
    for weights in (
        TABLE,
        FOUR_BITS,
        {"embedding": np.float16([[1, 2], [3, 4], [5, 6]])},
    ):
        taken = take_rows(weights, "embedding", rows, dtype)
        assert taken.dtype == dtype
        np.testing.assert_array_equal(
            taken, to_float(weights, "embedding", dtype)[rows]
        )
