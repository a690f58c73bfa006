"""What networks and their training step need of PyTorch itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

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

# Keras' loader of batches draws a number that nothing uses from the global generator.
keep_generator = partial(torch.random.fork_rng, devices=[])
# Decorates a step: gradients are followed only where `differentiate` asks for them.
untraced = torch.no_grad()


def custom_gradient(run: Callable) -> Callable:
    """Let a function bring its gradient along.

    That of Keras hands the gradient over by a name of its own, and never lets go of a
    result that the gradient looks at: result, graph and gradient hold each other.

    Parameters
    ----------
    run : callable
        From tensors to (result, function from the result's gradient to theirs).
    """
    return lambda *args: _Function.apply(run, *args)


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, run: Callable, *args: Any) -> Any:
        result, context.gradient = run(*args)
        # Another object than the one that the gradient holds.
        return result.view_as(result)

    @staticmethod
    def backward(context: Any, *gradients: Any) -> tuple:
        return (None, *context.gradient(*gradients))


def scan(step: Callable, state: Any, inputs: tuple, *, reverse: bool) -> tuple:
    """Run a step over time, as ``ops.scan`` does.

    That one wraps all it is given up in functions which hold themselves, so that
    memory waits for the garbage collector.

    Parameters
    ----------
    step : callable
        From (state, inputs of one step) to (state, result or tuple of results).
    state : tensor or tuple of tensors
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
    order = range(len(inputs[0]))
    results = []
    for i in reversed(order) if reverse else order:
        state, result = step(state, tuple(x[i] for x in inputs))
        results.append(result)
    if reverse:
        results.reverse()
    if isinstance(results[0], tuple):
        return state, tuple(torch.stack(of_all) for of_all in zip(*results))
    return state, torch.stack(results)


def differentiate(function: Callable, arguments: list) -> tuple[tuple, list]:
    """Return (loss, anything else) and the gradients of the loss by all arguments."""
    with torch.enable_grad():
        leaves = [value.detach().requires_grad_() for value in arguments]
        loss, others = function(*leaves)
        gradients = torch.autograd.grad(loss, leaves)
    return (loss.detach(), others), list(gradients)


def find_distinct(ids: Any) -> tuple[Any, Any]:
    """Return the distinct ids, and the place of each id, end to end, among them."""
    return torch.unique(ids.flatten(), return_inverse=True)


def set_rows(variable: Any, rows: Any, values: Any) -> None:
    """Set some rows of a variable where it lies."""
    variable.value[rows] = values


def to_numpy(tensor: Any) -> np.ndarray:
    """Return the values of a tensor."""
    # Keras' own way is one that NumPy 2 warns of.
    return tensor.detach().cpu().numpy()
