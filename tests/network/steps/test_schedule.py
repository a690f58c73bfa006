"""How long each step is."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.steps.schedule import (
    compute_rate_factor,
    find_rate,
    weigh_step,
)

keras, native = import_keras(), import_native()
SGD, Adam = keras.optimizers.SGD, keras.optimizers.Adam


def test_step_size_rises_for_a_tenth_and_falls_to_nothing():
    pace = [compute_rate_factor(step, 99) for step in (1, 5, 10, 55, 99)]
    np.testing.assert_allclose(pace, [0.1, 0.5, 1.0, 0.5, 1 / 90], rtol=1e-6)
    assert compute_rate_factor(7, 0) == 1.0


def test_of_tensors_it_is_the_same():
    steps = np.float32([1, 5, 10, 55, 99])
    pace = compute_rate_factor(
        keras.ops.convert_to_tensor(steps), 99, keras.ops.minimum
    )
    expected = [compute_rate_factor(step, 99) for step in steps]
    np.testing.assert_allclose(native.to_numpy(pace), expected, rtol=1e-5)


@pytest.mark.parametrize("optimizer", [SGD(0.5), Adam(0.5)], ids=["sgd", "adam"])
def test_the_rate_is_found_among_the_variables(optimizer):
    variable = optimizer.variables[find_rate(optimizer)]
    assert float(native.to_numpy(variable.value)) == 0.5


def test_a_schedule_is_no_variable():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    assert find_rate(Adam(schedule)) is None


def test_heavy_texts_make_long_steps():
    # Gradient descent moves by the gradient times the rate: one of them is enough.
    assert weigh_step(4.0, SGD(0.1)) == (1.0, 4.0)
    # What Adam remembers of the gradients must be as large as they are.
    assert weigh_step(4.0, Adam(0.1)) == (4.0, 4.0)
