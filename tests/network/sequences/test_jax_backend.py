"""What is compiled once for all networks of a kind, and seeds of dropout."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.sequences.batches import PairBatches
from tests.network.sequences.small import SPEC, make_pairs, make_trainer

if import_keras().backend.backend() != "jax":
    pytest.skip("steps on JAX", allow_module_level=True)

from sklearn_slm.network.sequences.jax_backend import jit_losses, jit_update


def read_batch(pairs):
    return next(iter(PairBatches(pairs, 8, np.array([4])).read()))


def test_networks_of_a_kind_share_their_functions():
    one, other = make_trainer(dropout=0.2), make_trainer(dropout=0.2, learning_rate=0.1)
    assert one.backend.gradient is other.backend.gradient
    assert one.backend.update is other.backend.update
    assert make_trainer(dropout=0.3).backend.gradient is not one.backend.gradient
    assert jit_losses(SPEC, 0.2, 0.0, 0.0)[0] is one.backend.gradient
    assert jit_update(SPEC, "adam", 1.0) is one.backend.update


def test_the_variables_of_keras_are_left_alone():
    trainer = make_trainer()
    before = np.array(trainer.rows[0].value)
    trainer.step(read_batch(make_pairs()))
    assert np.array_equal(np.array(trainer.rows[0].value), before)
    assert (trainer.read_weights()["embedding"] != before).any()


def test_each_half_has_its_own_dropout_and_each_step_another_one():
    trainer = make_trainer(dropout=0.5, learning_rate=1e-20)
    half = read_batch(make_pairs()).halve()[0]
    alone = trainer.backend.step([half], 1.0, 1.0)
    both = [trainer.backend.step([half, half], 1.0, 1.0) for _ in "ab"]
    # With one dropout for both halves the loss would be twice that of one.
    assert both[0] != pytest.approx(2 * alone, rel=1e-6)
    assert both[0] != both[1]
