"""A training of Keras that goes on from a checkpoint ends with the same bits."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.checkpoints import skip_steps
from sklearn_slm.network.options import Seeds, TrainingOptions
from sklearn_slm.network.train import train_network
from tests.network.small import SPEC, TABLE, draw_examples

keras = import_keras()
OPTIONS = TrainingOptions(
    batch_size=6, learning_rate=0.05, dropout=0.3, word_dropout=0.1
)


def evaluate(weights):
    """Return what any change of the weights changes; it does not rise for ever."""
    total = float(np.abs(weights["head.kernel"]).sum())
    return round(total, 1), total


def train(options=OPTIONS, epochs=3, evaluate=evaluate, **others):
    # An epoch has three steps.
    return train_network(
        SPEC,
        {"embedding": TABLE},
        draw_examples(18),
        options,
        seeds=Seeds(0, 0),
        epochs=epochs,
        evaluate=evaluate,
        **others,
    )


@pytest.fixture(scope="module")
def whole():
    """Return a training, and its checkpoints after each step and each epoch."""
    checkpoints = []
    trained = train(save=checkpoints.append, save_seconds=0.0)
    return trained, checkpoints


def assert_same(ours, theirs):
    assert ours.weights.keys() == theirs.weights.keys()
    for name, value in theirs.weights.items():
        np.testing.assert_array_equal(ours.weights[name], value, err_msg=name)
    for one, other in zip(ours.epochs, theirs.epochs, strict=True):
        assert replace(one, seconds=0) == replace(other, seconds=0)


def test_checkpoints_change_nothing(whole):
    trained, checkpoints = whole
    places = [(len(point.epochs), point.batch) for point in checkpoints]
    of_epoch = [(0, 1), (0, 2), (0, 3), (1, 0)]
    assert places == [(k + n, batch) for k in range(3) for n, batch in of_epoch]
    assert [point.is_over for point in checkpoints] == [False] * 11 + [True]
    assert_same(train(), trained)


# Within an epoch, behind its last step, between two, and at the end.
@pytest.mark.parametrize("at", [5, 6, 7, 11])
def test_from_a_checkpoint_training_ends_with_the_same_bits(whole, at):
    trained, checkpoints = whole
    seen, begun, later = [], [], []
    callback = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: begun.append(epoch)
    )
    resumed = train(
        resume=checkpoints[at],
        save=later.append,
        save_seconds=0.0,
        callbacks=[callback],
        report=lambda epoch, _: seen.append(epoch.number),
    )
    assert_same(resumed, trained)
    done = len(checkpoints[at].epochs)
    assert seen == list(range(done + 1, 4)) and begun == list(range(done, 3))
    # What comes later is taken down once more, and the same.
    assert len(later) == 11 - at
    for one, other in zip(later, checkpoints[at + 1 :]):
        assert (one.batch, one.sums) == (other.batch, other.sums)
        for ours, theirs in zip(one.values[0], other.values[0], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_early_stopping_counts_the_epochs_before():
    given = {
        "options": replace(OPTIONS, n_iter_no_change=2),
        "epochs": 9,
        "evaluate": lambda weights: (0.5, 1.0),
    }
    checkpoints = []
    trained = train(**given, save=checkpoints.append)
    assert len(trained.epochs) == len(checkpoints) == 3
    assert_same(train(**given, resume=checkpoints[1]), trained)
    assert_same(train(**given, resume=checkpoints[2]), trained)


def test_steps_are_skipped_whether_batches_are_asked_for_or_given():
    network = SimpleNamespace(train_function=lambda data: {"loss": next(data)})
    batches = iter([1, 2, 3])
    skip_steps(network, 2)
    logs = [network.train_function(batches) for _ in range(3)]
    assert logs == [{"loss": 0.0}, {"loss": 0.0}, {"loss": 3}]
    network = SimpleNamespace(train_function=lambda data: {"loss": data[0]})
    skip_steps(network, 1)
    assert [network.train_function([n])["loss"] for n in (1, 2)] == [0.0, 2]
