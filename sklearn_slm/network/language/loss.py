"""The loss of a window, from weights, state and tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...spec import NetworkSpec
from ..backend import import_keras
from ..kernels.softmax import compute_sampled_loss, compute_tied_loss

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["build_loss", "list_weights"]


def list_weights(body: Any) -> list:
    """Return the trainable weights of a body, the bias of the tokens first."""
    bias = body.get_layer("head").bias
    return [bias, *(v for v in body.trainable_variables if v is not bias)]


def build_loss(
    spec: NetworkSpec, body: Any, activation_penalty: float, training: bool = True
) -> Callable:
    """Return the function from weights and a window to its loss.

    Parameters
    ----------
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.TokenHead`.
    body : keras.Model
        Its body, which carries a state.
    activation_penalty : float
        Weight of the mean square of the outputs, and half the weight of that of the change
        from state to state (Merity et al., 2018).
    training : bool, default=True
        Whether dropout is active and activations are penalised.

    Returns
    -------
    callable
        From (table, *weights as :func:`list_weights` has them), seeds, state, factors of
        the vectors (steps, rows, 1), the parts of a :class:`~.windows.Window` and, to
        sample the softmax, the candidates and correction of a :class:`~.sampling.Sample`,
        to (loss to differentiate, (summed log loss, seeds, state)).
    """
    bias = body.get_layer("head").bias
    bias_at = next(i for i, v in enumerate(body.trainable_variables) if v is bias)
    n_components = spec.encoder.n_components

    def compute(
        weights: list,
        seeds: list,
        state: list,
        scale: Any,
        ids: Any,
        targets: Any,
        weight: Any,
        carry: Any,
        *sample: Any,
    ) -> tuple:
        table, of_tokens, *small = weights
        # What the body gives does not depend on it, and in a sample it has other rows.
        small.insert(bias_at, ops.zeros(bias.shape))
        vectors = ops.take(table, ids, axis=0) * scale
        given = [vectors, ops.ones_like(carry), carry, *state]
        (outputs, states, *end), seeds = body.stateless_call(
            small, seeds, given, training=training
        )
        compute_loss = compute_sampled_loss if sample else compute_tied_loss
        loss = compute_loss(
            ops.reshape(outputs, (-1, n_components)),
            table,
            of_tokens,
            ops.reshape(targets, (-1,)),
            ops.reshape(weight, (-1,)),
            *sample,
        )
        total = loss
        if training and activation_penalty:
            change = (states[1:] - states[:-1]) * carry[1:]
            penalty = ops.mean(outputs**2) + 0.5 * ops.mean(change**2)
            total = loss + activation_penalty * ops.sum(weight) * penalty
        return total, (loss, seeds, end)

    return compute
