"""What a weight is, and how a spec refuses a field."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm.spec import LARGEST_WEIGHT, Weight
from sklearn_slm.spec.weights import check_choices, check_sizes


def test_a_weight_is_a_shape_and_a_kind():
    assert Weight((3, 2), "table") == ((3, 2), "table")


def test_a_million_products_of_the_largest_weights_do_not_overflow():
    assert np.isfinite(np.float32(LARGEST_WEIGHT) ** 2 * np.float32(1e6))


def test_choices():
    fields = SimpleNamespace(cell="gru", output=1)
    check_choices(fields, {"cell": ("lstm", "gru")})
    with pytest.raises(ValueError, match=r"^output must be one of \('a',\)\. Got 1\.$"):
        check_choices(fields, {"cell": ("gru",), "output": ("a",)})


@pytest.mark.parametrize("size", [0, -1, 1.0, "1", None, True, np.float64(2)])
def test_sizes(size):
    check_sizes(n=1, m=2**40)
    with pytest.raises(ValueError, match="m must be a whole number of at least 1. Got"):
        check_sizes(n=1, m=size)
