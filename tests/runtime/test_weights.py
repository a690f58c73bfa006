"""Named weights as floats, from every type in which they are stored."""

import numpy as np
import pytest

from sklearn_slm.runtime.weights import scale_shape, take_rows, to_float
from sklearn_slm.spec import Weight

TABLE = {
    "embedding": np.array([[1, -2], [127, 0], [3, 4]], np.int8),
    "embedding.scale": np.array([[0.5], [2.0], [0.25]], np.float32),
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
    for weights in (TABLE, {"embedding": np.float16([[1, 2], [3, 4], [5, 6]])}):
        taken = take_rows(weights, "embedding", rows, dtype)
        assert taken.dtype == dtype
        np.testing.assert_array_equal(
            taken, to_float(weights, "embedding", dtype)[rows]
        )
