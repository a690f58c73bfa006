"""What each backend does in its own way does the same on all: the ops of this one."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from tests.network.differentiation import differentiate

keras, native = import_keras(), import_native()
ops = keras.ops
not_on_jax = pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX has a step of its own"
)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_keeps_states_and_results_in_the_order_of_the_inputs(reverse):
    x = np.float32([1, 2, 3, 4])[:, None]

    def step(state, inputs):
        (total,), (value,) = state, inputs
        total = 0.5 * total + value
        return (total,), (total, 10 * value)

    start = (ops.zeros((1,)),)
    (last,), (totals, tens) = native.scan(
        step, start, (ops.convert_to_tensor(x),), reverse=reverse
    )
    expected, total = [], 0.0
    for value in (x[::-1] if reverse else x)[:, 0]:
        total = 0.5 * total + value
        expected.append(total)
    expected = expected[::-1] if reverse else expected
    np.testing.assert_allclose(native.to_numpy(totals)[:, 0], expected)
    np.testing.assert_allclose(native.to_numpy(tens), 10 * x)
    assert float(native.to_numpy(last)[0]) == total


def test_a_function_brings_its_own_gradient():
    @native.custom_gradient
    def square(x):
        return x**2, lambda *gradient: (gradient[-1] * 100.0,)

    loss, (gradient,) = differentiate(
        lambda x: ops.sum(square(ops.convert_to_tensor(x))), [np.float32([1, 3])]
    )
    assert loss == 10 and gradient.tolist() == [100, 100]


def test_a_tensor_as_an_array():
    values = native.to_numpy(ops.convert_to_tensor(np.float32([1, 2])))
    assert isinstance(values, np.ndarray) and values.tolist() == [1, 2]


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch alone draws from its generator"
)
def test_the_generator_of_the_backend_stays_where_it_is():
    import torch

    before = torch.random.get_rng_state()
    with native.keep_generator():
        torch.rand(3)
    assert torch.equal(torch.random.get_rng_state(), before)


@not_on_jax
def test_distinct_ids_and_their_places():
    ids = np.int32([[5, 2, 5], [7, 2, 2]])
    distinct, places = map(native.to_numpy, native.find_distinct(ops.array(ids)))
    np.testing.assert_array_equal(distinct[places], ids.ravel())
    assert sorted(distinct.tolist()) == [2, 5, 7]


@not_on_jax
def test_some_rows_of_a_variable_are_set():
    variable = keras.Variable(np.zeros((4, 2), np.float32))
    values = ops.convert_to_tensor(np.float32([[1, 2], [3, 4]]))
    rows = ops.convert_to_tensor(np.int32([3, 1]))
    native.untraced(native.set_rows)(variable, rows, values)
    expected = [[0, 0], [3, 4], [0, 0], [1, 2]]
    np.testing.assert_array_equal(native.to_numpy(variable.value), expected)
