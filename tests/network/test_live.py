"""Values that are moved apart from Keras' variables, and parts in threads."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras

if import_keras().backend.backend() != "jax":
    pytest.skip("steps on JAX", allow_module_level=True)

from sklearn_slm.network.live import LiveValues, shift_seeds

keras = import_keras()


def test_values_leave_the_variables_alone():
    variable = keras.Variable(np.float32([1.0, 2.0]))
    live = LiveValues([variable], n_threads=1)
    live._set([variable], [np.float32([5.0, 6.0])])
    assert live.read(variable).tolist() == [5.0, 6.0]
    assert np.array(variable.value).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_parts_come_back_in_order(n_threads):
    live = LiveValues([], n_threads)
    with live.open_threads():
        assert (live.pool is not None) == (n_threads == 2 and live.two)
        for _ in range(2):  # compiled, then in threads
            parts = live._run_parts(lambda x: x * 2, (3,), [(1,), (2,)])
            assert parts == [2, 4]
    assert live.pool is None


def test_each_part_has_seeds_of_its_own():
    seeds = [keras.ops.convert_to_tensor(np.uint32([7, 1]))]
    first, second = (np.array(shift_seeds(seeds, k)[0]) for k in (0, 1))
    assert first.tolist() == [7, 1]
    assert second.tolist() == [(7 + 0x9E3779B9) % 2**32, 1]
