"""What networks and their training step need of TensorFlow itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import tensorflow as tf

__all__ = [
    "custom_gradient",
    "differentiate",
    "find_distinct",
    "keep_generator",
    "scan",
    "set_rows",
    "to_numpy",
    "untraced",
]

keep_generator = nullcontext


def custom_gradient(run: Callable) -> Callable:
    """Let a function bring its gradient along.

    Parameters
    ----------
    run : callable
        From tensors to (result, function from the result's gradient to theirs).
    """
    function = tf.custom_gradient(run)
    # TensorFlow would want the gradient of variables apart.
    return lambda *args: function(*map(tf.convert_to_tensor, args))


def untraced(function: Callable) -> Callable:
    """Leave a step as it is: TensorFlow follows gradients only where it is told to."""
    return function


def scan(step: Callable, state: Any, inputs: tuple, *, reverse: bool) -> tuple:
    """Run a step over time, as ``ops.scan`` does on the other backends.

    On TensorFlow that one drops results which are not shaped like the state.

    Parameters
    ----------
    step : callable
        From (state, inputs of one step) to (state, results).
    state : nested tensors
        What the first step begins with.
    inputs : tuple of tensors of shape (steps, ...)
        At least one step.
    reverse : bool
        Run from the last step to the first.

    Returns
    -------
    state, results
        After the last step; of all steps, in the order of the inputs.
    """
    n = tf.shape(inputs[0])[0]
    # The first step tells how many results there are, and their shapes.
    at = n - 1 if reverse else 0
    state, results = step(state, tuple(x[at] for x in inputs))
    arrays = [
        tf.TensorArray(r.dtype, n, element_shape=r.shape).write(at, r)
        for r in tf.nest.flatten(results)
    ]

    def go_on(done: Any, state: Any, arrays: list) -> tuple:
        at = n - 1 - done if reverse else done
        state, results = step(state, tuple(x[at] for x in inputs))
        flat = tf.nest.flatten(results)
        return done + 1, state, [a.write(at, r) for a, r in zip(arrays, flat)]

    # One step waits for the last anyway.
    _, state, arrays = tf.while_loop(
        lambda done, *_: done < n, go_on, (1, state, arrays), parallel_iterations=1
    )
    return state, tf.nest.pack_sequence_as(results, [a.stack() for a in arrays])


def differentiate(function: Callable, arguments: list) -> tuple[tuple, list]:
    """Return (loss, anything else) and the gradients of the loss by all arguments."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        arguments = [tf.convert_to_tensor(value) for value in arguments]
        tape.watch(arguments)
        loss, others = function(*arguments)
    # That of rows that were looked up comes as these rows.
    gradients = map(tf.convert_to_tensor, tape.gradient(loss, arguments))
    return (loss, others), list(gradients)


def find_distinct(ids: Any) -> tuple[Any, Any]:
    """Return the distinct ids, and the place of each id, end to end, among them."""
    return tuple(tf.unique(tf.reshape(ids, [-1])))


def set_rows(variable: Any, rows: Any, values: Any) -> None:
    """Set some rows of a variable where it lies."""
    variable.value.scatter_update(tf.IndexedSlices(values, rows))


def to_numpy(tensor: Any) -> np.ndarray:
    """Return the values of a tensor."""
    # Keras' own way is one that NumPy 2 warns of.
    return tensor.numpy()
