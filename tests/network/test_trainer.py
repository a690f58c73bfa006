"""A network in training: what it starts from, copies, and goes back to."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from tests.network.small import (
    SPEC,
    TABLE,
    draw_examples,
    make_batches,
    make_trainer,
    train,
)
from tests.networks import draw_weights

keras = import_keras()


def assert_equal(first, second):
    assert set(first) == set(second)
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


def test_weights_that_are_given_are_taken_and_others_start_afresh():
    weights = draw_weights(SPEC)
    assert_equal(make_trainer(start=weights).read_weights(), weights)
    some = {name: weights[name] for name in ("embedding", "head.bias")}
    started = make_trainer(start=some).read_weights()
    fresh = make_trainer(start={"embedding": TABLE}).read_weights()
    assert_equal(started, fresh | some)


def test_the_seed_decides_about_first_weights():
    first, again = (make_trainer().read_weights() for _ in range(2))
    assert_equal(first, again)


def test_an_optimizer_is_copied():
    given = keras.optimizers.SGD(0.1)
    assert_equal(train(optimizer=given), train(optimizer=given))
    assert int(given.iterations) == 0 and not given.built


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_it_goes_back_to_where_it_was_copied(optimizer):
    trainer = make_trainer(optimizer=optimizer, dropout=0.3, learning_rate=0.05)

    def go_on():
        trainer.run(make_batches(draw_examples()), 2, [])
        return trainer.read_weights()

    go_on()
    state, before = trainer.copy_state(), trainer.read_weights()
    first = go_on()
    assert np.abs(first["head.kernel"] - before["head.kernel"]).max() > 1e-4
    trainer.restore_state(state)
    assert trainer.is_intact
    assert_equal(trainer.read_weights(), before)
    # The optimiser's state and the seeds of dropout, too.
    assert_equal(go_on(), first)


def test_callbacks_are_those_of_a_run():
    class Count(keras.callbacks.Callback):
        n = 0

        def on_epoch_end(self, epoch, logs=None):
            self.n += 1

    trainer, first, second = make_trainer(), Count(), Count()
    trainer.run(make_batches(draw_examples()), 3, [first])
    trainer.run(make_batches(draw_examples()), 2, [second])
    assert (first.n, second.n) == (3, 2)


def test_training_can_be_stopped_after_an_epoch():
    class Stop(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += 1
            trainer.stop()

    trainer, stop = make_trainer(), Stop()
    trainer.run(make_batches(draw_examples()), 5, [stop])
    assert stop.epochs == 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_step_is_as_long_as_its_texts_weigh(optimizer):
    def move(weight):
        examples = draw_examples()
        examples = type(examples)(
            examples.inputs, examples.targets, np.full(6, weight, np.float32)
        )
        options = {"optimizer": optimizer, "learning_rate": 0.01, "clip_norm": None}
        trainer = make_trainer(keep_weights=True, **options)
        before = trainer.read_weights()
        trainer.run(make_batches(examples), 1, [])
        after = trainer.read_weights()
        return {name: after[name] - before[name] for name in before}

    one, two = move(1.0), move(2.0)
    # Adam adds a constant to the sizes of gradients, beside which small ones vanish.
    for name in ("head.kernel", "head.bias") if optimizer == "adam" else one:
        np.testing.assert_allclose(two[name], 2 * one[name], rtol=2e-3, atol=2e-6)
