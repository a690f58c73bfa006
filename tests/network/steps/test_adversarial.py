"""How far, and where to, the vectors of a text are moved."""

import numpy as np

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.steps.adversarial import (
    compute_confidence,
    compute_perturbation,
    compute_trial_perturbation,
)

keras, native = import_keras(), import_native()


def test_the_perturbation_has_its_length_and_goes_uphill():
    gradient = np.random.RandomState(0).standard_normal((5, 3, 2)).astype(np.float32)
    gradient[:, 2] = 0
    norms = keras.ops.convert_to_tensor(np.float32([0.7, 0.2, 0.7]))
    uphill = keras.ops.convert_to_tensor(gradient)
    step = native.to_numpy(compute_perturbation(uphill, norms))
    for text, norm in ((0, 0.7), (1, 0.2)):
        direction = gradient[:, text] / np.linalg.norm(gradient[:, text])
        np.testing.assert_allclose(step[:, text], norm * direction, rtol=1e-5)
    assert not step[:, 2].any()


def test_confidence_is_zero_at_chance_and_one_when_sure():
    probability = np.array([0.1, 0.25, 0.625, 1.0], np.float32)
    confidence = native.to_numpy(compute_confidence(-np.log(probability), 0.25))
    np.testing.assert_allclose(confidence, [0.0, 0.0, 0.5, 1.0], atol=1e-6)


def test_the_trial_step_is_a_tenth_as_long_and_leaves_padding():
    to_tensor = keras.ops.convert_to_tensor
    draw = np.random.RandomState(0).standard_normal((5, 3, 2)).astype(np.float32)
    is_token = np.array([[1, 1, 0]] * 2 + [[1, 0, 0]] * 3, bool)
    norms = to_tensor(np.float32([5.0, 2.0, 1.0]))
    step = native.to_numpy(
        compute_trial_perturbation(to_tensor(draw), to_tensor(is_token), norms)
    )
    assert not step[~is_token].any()
    for text, norm in ((0, 0.5), (1, 0.2)):
        direction = draw[:, text] * is_token[:, text, None]
        direction /= np.linalg.norm(direction)
        np.testing.assert_allclose(step[:, text], norm * direction, rtol=1e-5)
