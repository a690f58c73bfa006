"""Epochs, the weights to keep, what ends training early, and pieces of a stream."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.examples import Examples
from sklearn_slm.network.options import Seeds, TrainingOptions
from sklearn_slm.network.train import DivergenceError, train_network
from tests.network.small import SPEC, TABLE, draw_examples
from tests.networks import draw_weights

keras = import_keras()
OPTIONS = TrainingOptions(batch_size=6, learning_rate=0.05)
START = {"embedding": TABLE}


def train(examples=None, options=OPTIONS, *, start=START, epochs=4, **others):
    return train_network(
        SPEC,
        start,
        draw_examples() if examples is None else examples,
        options,
        seeds=Seeds(0, 0),
        epochs=epochs,
        **others,
    )


def assert_equal(first, second):
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


class At(keras.callbacks.Callback):
    """Do something as an epoch begins, counted from 0."""

    def __init__(self, epoch, act):
        super().__init__()
        self.epoch, self.act = epoch, act

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.act()


def press_ctrl_c():
    raise KeyboardInterrupt


def score(script):
    """Return an `evaluate` that reads scores and losses from a script."""
    seen = []

    def evaluate(weights):
        seen.append({name: value.copy() for name, value in weights.items()})
        return script[len(seen) - 1]

    return evaluate, seen


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_weight_two_equals_the_row_twice(optimizer):
    examples, options = draw_examples(), replace(OPTIONS, optimizer=optimizer)
    weighted = Examples(
        examples.inputs, examples.targets, np.float32([1, 1, 2, 1, 1, 1])
    )
    twice = Examples(examples.inputs, examples.targets, np.ones(6, np.float32))
    twice = twice.take(np.array([0, 1, 2, 2, 3, 4, 5]))
    first = train(weighted, options, epochs=1)
    second = train(twice, replace(options, batch_size=7), epochs=1)
    assert first.epochs[0].loss == pytest.approx(second.epochs[0].loss, rel=1e-5)
    for name, value in first.weights.items():
        np.testing.assert_allclose(value, second.weights[name], atol=2e-5)


def test_without_a_validation_set_the_last_weights_are_kept():
    losses = []

    def report(epoch, read_weights):
        losses.append(epoch.loss)
        last.update(read_weights())

    last = {}
    trained = train(report=report)
    assert [epoch.number for epoch in trained.epochs] == [1, 2, 3, 4]
    assert [epoch.loss for epoch in trained.epochs] == losses
    assert losses[-1] < losses[0]
    assert not trained.interrupted and not trained.diverged
    assert_equal(trained.weights, last)
    assert trained.epochs[0].score is trained.epochs[0].best_score is None


def test_the_best_epoch_is_kept_and_training_ends_without_a_rise():
    scores = [0.5, 0.8, 0.8, 0.7, 0.9]
    evaluate, seen = score([(s, 1.0) for s in scores])
    trained = train(
        options=replace(OPTIONS, n_iter_no_change=2), epochs=5, evaluate=evaluate
    )
    assert [epoch.score for epoch in trained.epochs] == scores[:4]
    assert [epoch.best_score for epoch in trained.epochs] == [0.5, 0.8, 0.8, 0.8]
    assert_equal(trained.weights, seen[1])


def test_among_equal_scores_the_least_loss_is_kept():
    evaluate, seen = score([(0.8, 0.5), (0.8, 0.3), (0.8, 0.4)])
    trained = train(epochs=3, evaluate=evaluate)
    assert_equal(trained.weights, seen[1])
    assert [epoch.validation_loss for epoch in trained.epochs] == [0.5, 0.3, 0.4]


def test_a_rise_below_the_tolerance_does_not_count():
    evaluate, _ = score([(0.5, 1.0), (0.55, 1.0), (0.59, 1.0), (0.9, 1.0)])
    options = replace(OPTIONS, tol=0.1, n_iter_no_change=2)
    assert len(train(options=options, evaluate=evaluate).epochs) == 3


def test_callbacks_see_the_validation_and_let_go_of_the_network():
    class Read(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            assert self.model is not None
            seen.append((logs["val_accuracy"], logs["val_loss"], logs["loss"]))

    evaluate, _ = score([(0.5, 1.0), (0.6, 0.9)])
    seen, callback = [], Read()
    trained = train(epochs=2, evaluate=evaluate, callbacks=[callback])
    losses = [epoch.loss for epoch in trained.epochs]
    assert seen == [(0.5, 1.0, losses[0]), (0.6, 0.9, losses[1])]
    assert callback.model is None


def test_a_report_can_end_training():
    trained = train(report=lambda epoch, _: epoch.number == 2)
    assert len(trained.epochs) == 2


def test_ctrl_c_keeps_the_epochs_that_are_done():
    trained = train(callbacks=[At(2, press_ctrl_c)])
    assert trained.interrupted and len(trained.epochs) == 2
    # The schedule is that of four epochs, so that two of them are not all of two.
    assert_equal(
        trained.weights, train(report=lambda epoch, _: epoch.number == 2).weights
    )
    with pytest.raises(KeyboardInterrupt):
        train(callbacks=[At(0, press_ctrl_c)])


@pytest.mark.parametrize("has_validation", [False, True])
def test_a_first_epoch_out_of_bounds_is_an_error(has_validation):
    options = replace(OPTIONS, optimizer="sgd", learning_rate=1e30, clip_norm=None)
    evaluate = (lambda weights: (0.5, 1.0)) if has_validation else None
    with pytest.raises(DivergenceError):
        train(options=options, evaluate=evaluate)


@pytest.mark.parametrize("value", [1e16, np.nan])
def test_a_later_epoch_out_of_bounds_leaves_those_before(value):
    def spoil():
        spoiling.model.get_layer("embedding").embeddings.assign(np.full((64, 3), value))

    read = []
    spoiling = At(2, spoil)
    trained = train(
        epochs=5,
        callbacks=[spoiling],
        report=lambda epoch, read_weights: read.append(read_weights()),
    )
    assert trained.diverged and len(trained.epochs) == len(read) == 2
    assert_equal(trained.weights, read[-1])


def test_of_no_examples_the_weights_are_those_to_start_from():
    weights = draw_weights(SPEC)
    trained = train(draw_examples().take(np.array([], int)), start=weights)
    assert trained.epochs == []
    assert_equal(trained.weights, weights)


def test_a_stream_goes_on_and_a_piece_that_fails_leaves_it_as_it_was():
    def go_on(before, **others):
        piece, start = draw_examples(seed=1), before.weights
        return train(
            piece, start=start, epochs=2, is_stream=True, live=before.live, **others
        )

    first = train(epochs=2, is_stream=True)
    with pytest.raises(KeyboardInterrupt):
        go_on(first, callbacks=[At(0, press_ctrl_c)])
    with pytest.raises(ZeroDivisionError):
        go_on(first, callbacks=[At(1, lambda: 1 / 0)])
    second = go_on(first)
    assert second.live is first.live
    undisturbed = go_on(train(epochs=2, is_stream=True))
    assert_equal(second.weights, undisturbed.weights)


@pytest.mark.parametrize(
    ("changed", "goes_on"),
    [({"batch_size": 3}, True), ({"tol": 1.0}, True), ({"learning_rate": 1.0}, False)],
    ids=str,
)
def test_options_that_the_network_depends_on_begin_anew(changed, goes_on):
    before = train(epochs=1, is_stream=True)
    options = replace(OPTIONS, **changed)
    start, live = before.weights, before.live
    after = train(options=options, start=start, epochs=1, is_stream=True, live=live)
    assert (after.live is live) == goes_on


def test_a_live_network_goes_on_from_the_weights_that_it_led_to_alone():
    before = train(epochs=1, is_stream=True)
    start = {name: value.copy() for name, value in before.weights.items()}
    start["head.bias"] += 1
    after = train(
        draw_examples().take(np.array([], int)),
        start=start,
        is_stream=True,
        live=before.live,
    )
    assert after.live is not before.live
    assert_equal(after.weights, start)
