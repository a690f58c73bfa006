"""What an n-gram model holds, and what it refuses to hold."""

import numpy as np
import pytest

from tests.networks import make_ngrams


def test_lengths_that_no_key_holds_are_refused():
    with pytest.raises(
        ValueError, match=r"from 1 to 3, the shorter first. Got \(2, 1\)"
    ):
        make_ngrams(lengths=(2, 1))


def test_rows_of_every_type_of_kernel_by_hand():
    kernel = np.array([[1, -2], [3, 4], [-128, 127]], np.int8)
    scale = np.array([0.5, 2.0], np.float32)
    model = make_ngrams(n_ngrams=3, n_outputs=2, kernel=kernel, scale=scale)
    found = model.take_kernel(np.array([2, 0, 2]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[-64, 254], [0.5, -4], [-64, 254]])
    half = make_ngrams(n_ngrams=3, n_outputs=2, kernel=kernel.astype(np.float16))
    found = half.take_kernel(np.array([1]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[3, 4]])
    assert (len(half), half.n_outputs) == (3, 2)
