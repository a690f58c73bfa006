"""Refuse optimizers and callbacks that training cannot use, before it begins."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from .backend import import_keras
from .steps.schedule import find_rate

keras = import_keras()

__all__ = ["check_callbacks", "check_optimizer", "check_scalable"]


def check_optimizer(optimizer: Any) -> None:
    """Refuse what only looks like an optimizer of Keras.

    Parameters
    ----------
    optimizer : str or object
        The parameter ``optimizer``, within its constraints.

    Raises
    ------
    ValueError
        If it is a class, an optimizer of another library, or one that scales the loss
        for types other than float32.
    """
    if isinstance(optimizer, str):
        return
    expected = (
        "The 'optimizer' parameter of SLMTextClassifier must be a str or an instance of "
        "keras.optimizers.Optimizer. Got "
    )
    if isinstance(optimizer, type):
        name = optimizer.__name__
        raise ValueError(
            f"{expected}the class {name} instead. Make an instance of it, such as "
            f"{name}(learning_rate=0.01)."
        )
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise ValueError(f"{expected}{_name_type(optimizer)} instead.")
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            f"{expected}a LossScaleOptimizer instead. Networks train in float32, whose "
            "gradients need no scaling: give its inner_optimizer."
        )


def check_scalable(optimizer: Any) -> None:
    """Refuse an optimizer whose steps cannot be as long as their texts weigh.

    Parameters
    ----------
    optimizer : str or object
        The parameter ``optimizer``, checked.

    Raises
    ------
    ValueError
        If its learning rate is a schedule.
    """
    if not isinstance(optimizer, str) and find_rate(optimizer) is None:
        raise ValueError(
            "In partial_fit, sample_weight and class_weight multiply the learning rate, "
            f"but that of the optimizer, {type(optimizer).__name__}, is a schedule. Give "
            "it a number as learning_rate."
        )


def check_callbacks(callbacks: Any) -> None:
    """Refuse what is no callback of Keras, and those that cannot work.

    Parameters
    ----------
    callbacks : sequence or None
        The parameter ``callbacks``.

    Raises
    ------
    ValueError
        Naming the callback, and what to do.
    """
    for i, callback in enumerate(callbacks or ()):
        if isinstance(callback, type):
            raise ValueError(
                f"callbacks[{i}] must be an instance of keras.callbacks.Callback, but is "
                f"the class {callback.__name__}. Make an instance: "
                f"{callback.__name__}(...)."
            )
        if not isinstance(callback, keras.callbacks.Callback):
            hint = ""
            if hasattr(callback, "on_fit_task_begin"):
                hint = " Callbacks of scikit-learn are given to set_callbacks."
            raise ValueError(
                f"callbacks[{i}] must be an instance of keras.callbacks.Callback, but is "
                f"{_name_type(callback)}.{hint}"
            )
        reason = _find_fault(callback)
        if reason:
            name = type(callback).__name__
            raise ValueError(f"callbacks[{i}], a {name}, cannot work: {reason}")


def _name_type(value: Any) -> str:
    kind = type(value)
    return f"an object of type {kind.__module__}.{kind.__qualname__}"


def _find_fault(callback: Any) -> str | None:
    """Return why a callback cannot work; None if it can."""
    kinds = keras.callbacks
    if isinstance(callback, kinds.ModelCheckpoint) and not callback.save_weights_only:
        return (
            "the network is rebuilt from a description of its own, and Keras cannot save "
            "it as a whole. Set save_weights_only=True and a filepath that ends in "
            ".weights.h5, or save the fitted classifier with save_model."
        )
    if isinstance(callback, kinds.BackupAndRestore):
        return (
            "it would skip epochs of the next fit. Set checkpoint=path, and go on from it "
            "with fit(X, y, resume_from=path)."
        )
    if isinstance(callback, kinds.SwapEMAWeights):
        return (
            "weights are read after each epoch, before it swaps them. Give an optimizer "
            "with use_ema=True without it."
        )
    if isinstance(callback, getattr(kinds, "OrbaxCheckpoint", ())):
        return (
            "it saves the network as a whole. Use ModelCheckpoint with "
            "save_weights_only=True, or save_model."
        )
    if isinstance(callback, kinds.TensorBoard):
        for package in ("tensorflow", "tensorboard"):
            if find_spec(package) is None:
                return f"it writes with the package {package}, which is not installed."
    monitor = str(getattr(callback, "monitor", "loss"))
    compares = getattr(callback, "save_best_only", True)
    if compares and not monitor.endswith("loss") and callback.mode == "auto":
        return (
            f"Keras cannot tell whether {monitor!r} should rise or fall. Set mode='max' "
            "for an accuracy."
        )
    return None
