"""The step on JAX: halves in threads, and shapes that are compiled once."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from tests.network.small import (
    TABLE,
    draw_examples,
    make_batches,
    make_trainer,
    train,
)

keras = import_keras()
if keras.backend.backend() != "jax":
    pytest.skip("others have another step", allow_module_level=True)

from sklearn_slm.network.steps.jax_step import _touched  # noqa: E402


@pytest.mark.parametrize("adversarial", [0.0, 0.5])
@pytest.mark.parametrize("batch_size", [1, 5])
def test_the_number_of_threads_changes_no_bit(adversarial, batch_size):
    one, two = (
        train(
            batch_size=batch_size,
            dropout=0.3,
            recurrent_dropout=0.2,
            adversarial=adversarial,
            n_threads=n,
        )
        for n in (1, 2)
    )
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


def test_the_number_of_threads_changes_no_bit_of_virtual_adversaries():
    unlabeled = draw_examples(9, seed=4).inputs["ids"]
    options = {"batch_size": 6, "virtual": 1.0, "unlabeled": unlabeled}
    one, two = (train(epochs=2, **options, n_threads=n) for n in (1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    other = train(epochs=2, **options | {"unlabeled": None, "virtual": 0.0})
    assert all(np.abs(one[name] - other[name]).max() > 1e-6 for name in other)


def test_rows_that_the_halves_read():
    halves = [np.int32([[5, 2], [5, 0]]), np.int32([[2], [7]])]
    rows, places = _touched(halves, n_tokens=9)
    assert rows.shape == places.shape == (2048,)
    assert rows[:4].tolist() == [0, 2, 5, 7] and (rows[4:] == 9).all()
    np.testing.assert_array_equal(rows[places[:4]], halves[0].ravel())
    np.testing.assert_array_equal(rows[places[1024:1026]], halves[1].ravel())


def test_a_step_goes_back_to_where_it_was_copied():
    trainer = make_trainer(optimizer="adam")
    step = trainer._step
    state = step.copy_state()
    assert state[0] == 0 and not any(moment.any() for moment in state[1])
    trainer.run(make_batches(draw_examples()), 2, [])
    assert step.done == 2 and all(np.asarray(m).any() for m in step.moments)
    assert not any(moment.any() for moment in state[1])  # a copy
    step.restore_state(state)
    assert step.done == 0
    assert not any(np.asarray(m).any() for m in step.moments)


def test_the_table_of_a_network_may_be_longer_than_its_words():
    table = train(epochs=1)["embedding"]
    assert table.shape == TABLE.shape and not table[0].any()
