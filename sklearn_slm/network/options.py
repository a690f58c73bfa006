"""Refuse optimizers and callbacks that training cannot use, before it begins."""

from __future__ import annotations

import difflib
from typing import Any

from .backend import import_keras
from .schedule import find_rate
from .trainer import OPTIMIZERS

keras = import_keras()

__all__ = ["check_callbacks", "check_optimizer", "check_scalable"]

_NAMES = ", ".join(map(repr, OPTIMIZERS))


def check_optimizer(optimizer: Any) -> None:
    """Refuse what is neither a known name nor an optimizer of Keras.

    Parameters
    ----------
    optimizer : object
        The parameter ``optimizer``.

    Raises
    ------
    ValueError
        If it is another string, a class, a description, an optimizer of another library,
        or one that scales the loss for types other than float32.
    """
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        return
    expected = (
        "The 'optimizer' parameter of SLMTextClassifier must be one of "
        f"{_NAMES} or an instance of keras.optimizers.Optimizer. Got "
    )
    if isinstance(optimizer, str):
        near = difflib.get_close_matches(optimizer.lower(), OPTIMIZERS, n=1)
        hint = f" Write {near[0]!r}." if near else ""
        raise ValueError(f"{expected}{optimizer!r} instead.{hint}")
    if isinstance(optimizer, type):
        name = optimizer.__name__
        raise ValueError(
            f"{expected}the class {name} instead. Make an instance of it, such as "
            f"{name}(learning_rate=0.01)."
        )
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            f"{expected}a LossScaleOptimizer instead. Networks train in float32, whose "
            "gradients need no scaling: give its inner_optimizer."
        )
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        kind = type(optimizer)
        hint = (
            "Give its class_name as the string, or make the instance with "
            "keras.optimizers.deserialize."
            if isinstance(optimizer, dict)
            else "Optimizers of other libraries cannot move the weights of Keras."
        )
        raise ValueError(
            f"{expected}an object of type {kind.__module__}.{kind.__qualname__} instead. "
            f"{hint}"
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
        kind = type(callback)
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
                f"an object of type {kind.__module__}.{kind.__qualname__}.{hint}"
            )
        reason = _find_fault(callback)
        if reason:
            raise ValueError(f"callbacks[{i}], a {kind.__name__}, cannot work: {reason}")


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
            "it would skip passes of the next fit. Ctrl-C keeps the best weights so far; "
            "to go on from them set warm_start=True."
        )
    if isinstance(callback, kinds.SwapEMAWeights):
        return (
            "weights are read after each pass, before it swaps them. Give an optimizer "
            "with use_ema=True without it."
        )
    orbax = getattr(kinds, "OrbaxCheckpoint", ())
    if isinstance(callback, orbax):
        return (
            "it saves the network as a whole. Use ModelCheckpoint with "
            "save_weights_only=True, or save_model."
        )
    return None
