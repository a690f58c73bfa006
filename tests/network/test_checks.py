"""Optimizers and callbacks that training cannot use are refused by name."""

import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.checks import (
    check_callbacks,
    check_optimizer,
    check_scalable,
)

keras = import_keras()
SCHEDULE = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", keras.optimizers.Lion(0.1)])
def test_what_can_train(optimizer):
    assert check_optimizer(optimizer) is None
    assert check_scalable(optimizer) is None


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (
            keras.optimizers.Adam,
            r"the class Adam instead\. Make an instance of it, such",
        ),
        (object(), r"an object of type builtins\.object instead"),
        (
            keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()),
            "a LossScaleOptimizer instead.*give its inner_optimizer",
        ),
    ],
)
def test_what_is_no_optimizer_of_ours(optimizer, message):
    with pytest.raises(ValueError, match=message):
        check_optimizer(optimizer)


def test_a_schedule_cannot_be_scaled():
    optimizer = keras.optimizers.SGD(SCHEDULE)
    check_optimizer(optimizer)
    with pytest.raises(ValueError, match="that of the optimizer, SGD, is a schedule"):
        check_scalable(optimizer)


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (
            keras.callbacks.Callback,
            r"callbacks\[1\] must be an instance .* the class Cal",
        ),
        (print, r"callbacks\[1\] .* is an object of type builtins\.builtin_function"),
        (
            keras.callbacks.BackupAndRestore("b"),
            r"callbacks\[1\], a BackupAndRestore, c",
        ),
        (keras.callbacks.SwapEMAWeights(), "a SwapEMAWeights, cannot work"),
        (
            keras.callbacks.ModelCheckpoint("m.keras"),
            r"a ModelCheckpoint, cannot work.*Set save_weights_only=True",
        ),
    ],
)
def test_callbacks_that_cannot_work(callback, message):
    with pytest.raises(ValueError, match=message):
        check_callbacks([keras.callbacks.TerminateOnNaN(), callback])


def test_callbacks_that_work():
    weights_only = keras.callbacks.ModelCheckpoint(
        "m.weights.h5", save_weights_only=True
    )
    assert check_callbacks([weights_only]) is None
    assert check_callbacks(None) is None
