"""Rounded weights: by hand, and again."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.runtime.weights import find_groups, to_float
from tests.networks import make_network, make_token_network


def test_rounding_by_hand():
    spec, weights = make_network(n_tokens=2, n_components=2, hidden_size=(1,))
    weights["embedding"] = np.array([[0, 0], [1, -2]], np.float32)
    kernel = np.array([[1, 10, 1, 1], [-0.5, 5, 1, 1]], np.float32)
    weights["layer_0.forward.kernel"] = kernel
    small = quantize_weights(spec, weights)
    assert small["embedding"].tolist() == [[0, 0], [64, -127]]
    assert small["embedding.scale"].shape == (2, 1)
    rounded = small["layer_0.forward.kernel"]
    assert rounded[:, :2].tolist() == [[127, 127], [-64, 64]]
    scale = small["layer_0.forward.kernel.scale"]
    np.testing.assert_allclose(scale[:2] * 127, [1, 10])
    for name in ("head.bias", "head.kernel", "attention.kernel"):
        assert small[name] is weights[name]
    # What was rounded once is rounded to itself.
    again = quantize_weights(spec, small)
    assert all((again[name] == small[name]).all() for name in small)


def test_half_precision_holds_every_matrix_within_its_range():
    spec, weights = make_network()
    weights["embedding"][3, 0] = 1e30
    small = quantize_weights(spec, weights, "float16")
    assert small["embedding"][3, 0] == 65504
    for name, value in small.items():
        assert value.dtype == (np.float16 if value.ndim == 2 else np.float32)
        if name != "embedding":
            np.testing.assert_allclose(value, weights[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("n_components", [2, 66])
def test_four_bits_for_tables_alone(n_components):
    spec, weights = make_network(n_components=n_components)
    weights["embedding"][3] = 0.0
    small = quantize_weights(spec, weights, "int4")
    eight = quantize_weights(spec, weights)
    others = [name for name in small if not name.startswith("embedding")]
    assert {*others, "embedding", "embedding.scale"} == set(eight)
    for name in others:
        np.testing.assert_array_equal(small[name], eight[name])
    assert small["embedding"].dtype == np.uint8
    assert 2 * small["embedding"].size == weights["embedding"].size
    table, groups = to_float(small, "embedding"), find_groups(n_components)
    for group in range(groups[-1] + 1):
        given, rounded = (a[:, groups == group] for a in (weights["embedding"], table))
        largest = np.abs(given).max(axis=1, keepdims=True)
        assert (np.abs(rounded - given) <= largest / 13.99).all()
        # The largest number of each group is exact.
        assert np.abs(rounded).max(axis=1) == pytest.approx(largest[:, 0], rel=1e-6)
    assert not table[3].any()
    again = quantize_weights(spec, small, "int4")
    assert all((again[name] == small[name]).all() for name in small)


def test_an_odd_number_of_components_stays_in_eight_bits():
    spec, weights = make_network(n_components=5)
    small = quantize_weights(spec, weights, "int4")
    eight = quantize_weights(spec, weights)
    assert small.keys() == eight.keys()
    assert all((small[name] == eight[name]).all() for name in small)


def test_other_types_are_refused():
    spec, weights = make_network()
    with pytest.raises(ValueError, match="'int8', 'int4' or 'float16'. Got 'int2'"):
        quantize_weights(spec, weights, "int2")


def test_rows_and_columns_have_scales_of_their_own():
    spec, weights = make_network()
    small = quantize_weights(spec, weights)
    for name, weight in spec.weights().items():
        axis = 1 if weight.kind == "table" else 0
        if weight.kind != "small":
            largest = np.abs(weights[name]).max(axis=axis, keepdims=True)
            assert (
                np.abs(to_float(small, name) - weights[name]) <= largest / 250
            ).all()


@pytest.mark.parametrize("n_components", [4, 5])
def test_a_head_for_tokens_has_a_table_and_a_kernel_but_its_bias_stays(n_components):
    spec, weights = make_token_network(n_components=n_components)
    small = quantize_weights(spec, weights)
    kinds = {name: value.dtype for name, value in small.items()}
    assert kinds["embedding"] == np.int8
    assert small["embedding.scale"].shape == (12, 1)
    assert small["head.bias"] is weights["head.bias"]
    if n_components == 4:
        assert "head.kernel" not in small
    else:
        assert kinds["head.kernel"] == np.int8
        assert small["head.kernel.scale"].shape == (5,)
