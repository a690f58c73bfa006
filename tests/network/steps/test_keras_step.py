"""The step on PyTorch and TensorFlow: its gradients and its state."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from tests.network.small import SPEC, draw_examples, make_batches, make_trainer
from tests.networks import draw_weights

keras, native = import_keras(), import_native()
if keras.backend.backend() == "jax":
    pytest.skip("JAX has a step of its own", allow_module_level=True)

from sklearn_slm.network.steps.keras_step import compute_gradients  # noqa: E402


def compute(adversarial):
    trainer = make_trainer(start=draw_weights(SPEC, seed=5, scale=1.0))
    ids, rows, weight = map(
        keras.ops.convert_to_tensor, make_batches(draw_examples())[0]
    )
    loss, d_vectors, gradients = native.untraced(compute_gradients)(
        trainer.network, SPEC, ids, rows, weight, adversarial=adversarial
    )
    return (
        float(native.to_numpy(loss)),
        native.to_numpy(d_vectors),
        [native.to_numpy(g) for g in gradients],
    )


def test_adversaries_add_to_the_gradients_and_not_to_the_loss():
    loss, d_vectors, gradients = compute(0.0)
    same_loss, more_by_vectors, more = compute(0.5)
    assert loss == pytest.approx(same_loss, rel=1e-6)
    assert d_vectors.shape == (4, 6, 3)
    assert np.abs(more_by_vectors - d_vectors).max() > 1e-4
    # An adversary is near its text: the sum is about twice the gradient.
    for one, both in zip(gradients, more):
        np.testing.assert_allclose(both, 2 * one, atol=0.6 * np.abs(one).max() + 1e-3)


def test_a_step_goes_back_to_where_it_was_copied():
    trainer = make_trainer(optimizer="adam")
    step = trainer._step
    state = step.copy_state()
    trainer.run(make_batches(draw_examples()), 2, [])
    assert all(native.to_numpy(m.value).any() for m in step.moments)
    assert not any(moment.any() for moment in state)  # a copy
    step.restore_state(state)
    assert not any(native.to_numpy(m.value).any() for m in step.moments)


def test_columns_have_a_gradient():
    spec = replace(SPEC, head=replace(SPEC.head, n_columns=2))
    trainer = make_trainer(spec=spec, start=draw_weights(spec, seed=5, scale=1.0))
    ids, rows, weight = map(
        keras.ops.convert_to_tensor, make_batches(draw_examples())[0]
    )
    columns = np.random.RandomState(0).standard_normal((len(ids), 2))
    columns = keras.ops.convert_to_tensor(columns.astype(np.float32))

    def measure(kernel):
        layer = trainer.network.get_layer("body").get_layer("columns")
        layer.kernel.assign(kernel)
        loss, _, gradients = native.untraced(compute_gradients)(
            trainer.network, spec, ids, rows, weight, adversarial=0.0, columns=columns
        )
        names = [v.path for v in trainer.network.get_layer("body").trainable_variables]
        (place,) = (i for i, name in enumerate(names) if "columns" in name)
        return float(native.to_numpy(loss)), native.to_numpy(gradients[place])

    kernel = np.zeros((2, spec.head.n_outputs), np.float32)
    _, gradient = measure(kernel)
    step = np.zeros_like(kernel)
    step[1, 0] = 0.01
    rise = measure(kernel + step)[0] - measure(kernel - step)[0]
    assert rise / 0.02 == pytest.approx(gradient[1, 0], rel=0.02, abs=1e-3)
