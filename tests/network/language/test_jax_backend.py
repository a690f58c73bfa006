"""What is compiled once for all models of a kind, and seeds of dropout."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.language.windows import Windows
from tests.network.language.small import SPEC, make_stream, make_trainer

if import_keras().backend.backend() != "jax":
    pytest.skip("steps on JAX", allow_module_level=True)

from sklearn_slm.network.language.jax_backend import jit_losses, jit_update


def test_models_of_a_kind_share_their_functions():
    one, other = make_trainer(dropout=0.2), make_trainer(dropout=0.2, learning_rate=0.1)
    assert one.backend.gradient is other.backend.gradient
    assert one.backend.update is other.backend.update
    assert make_trainer(dropout=0.3).backend.gradient is not one.backend.gradient
    assert jit_losses(SPEC, 0.2, 0.0, 0.0)[0] is one.backend.gradient
    assert jit_update(SPEC, "adam", 1.0, 1, True) is one.backend.update


def test_the_variables_of_keras_are_left_alone():
    trainer = make_trainer()
    before = np.array(trainer.table.value)
    (window, *_) = Windows(make_stream(), 4, 5).read()
    random = np.random.default_rng(0)
    trainer.step([window], [trainer.start_state(4)], None, random)
    assert np.array_equal(np.array(trainer.table.value), before)
    assert (trainer.read_weights()[0]["embedding"] != before).any()


def test_each_part_has_its_own_dropout_and_each_step_another_one():
    trainer = make_trainer(dropout=0.5, learning_rate=1e-20)
    (window, *_) = Windows(make_stream(), 4, 5).read()
    part = window.halve()[0]
    random = np.random.default_rng(0)

    def losses():
        states = [trainer.start_state(2) for _ in range(2)]
        both, _ = trainer.step([part, part], states, None, random)
        return both

    alone, _ = trainer.step([part], [trainer.start_state(2)], None, random)
    # With one dropout for both halves the loss would be twice that of one.
    assert losses() != pytest.approx(2 * alone, rel=1e-6)
    assert losses() != losses()
