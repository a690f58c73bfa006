"""The loss of a softmax over all tokens, whose weights are the embedding table."""

from __future__ import annotations

from typing import Any

from ..backend import import_keras, import_native
from .sums import sum_rows

keras = import_keras()
from keras import ops  # noqa: E402

native = import_native()

__all__ = ["compute_sampled_loss", "compute_tied_loss"]


def compute_tied_loss(
    vectors: Any,
    table: Any,
    bias: Any,
    targets: Any,
    weight: Any,
    smoothing: float = 0.0,
) -> Any:
    """Return the weighted sum of the log losses of ``softmax(table . vector + bias)``.

    The gradient is made beside the loss, where the probabilities are at hand: two
    products, as large as that of the logits, and two sums over the targets in place of a
    matrix of ones.

    Parameters
    ----------
    vectors : tensor of shape (n, n_components)
        What meets the vectors of the tokens.
    table : tensor of shape (n_tokens, n_components)
        Vectors of all tokens.
    bias : tensor of shape (n_tokens,)
        Added to the logits.
    targets : tensor of shape (n,), dtype int32
        The right token of each vector.
    weight : tensor of shape (n,)
        Weight of each loss.
    smoothing : float, default=0.0
        Part of the target's probability that all tokens share alike (label smoothing:
        Szegedy et al., 2016).

    Returns
    -------
    tensor of shape ()
        Gradients reach the vectors, the table and the bias.
    """
    n_tokens = table.shape[0]
    of_right, of_all = 1.0 - smoothing, smoothing / n_tokens

    @native.custom_gradient
    def run(*args: Any) -> tuple:
        vectors, table, bias, targets, weight = args
        logits = ops.matmul(vectors, ops.transpose(table)) + bias
        largest = ops.max(logits, axis=1, keepdims=True)
        powers = ops.exp(logits - largest)
        total = ops.sum(powers, axis=1, keepdims=True)
        of_target = ops.take(table, targets, axis=0)
        right = ops.sum(vectors * of_target, axis=1) + ops.take(bias, targets)
        losses = ops.log(total[:, 0]) + largest[:, 0] - of_right * right
        if smoothing:
            losses = losses - of_all * ops.sum(logits, axis=1)

        def gradient(*args: Any) -> tuple:
            scale = (args[-1] * weight)[:, None]
            d_logits = powers * (scale / total)
            if smoothing:
                d_logits = d_logits - scale * of_all
            scale = scale * of_right
            d_vectors = ops.matmul(d_logits, table) - scale * of_target
            d_table = ops.matmul(ops.transpose(d_logits), vectors)
            d_table = d_table - ops.segment_sum(scale * vectors, targets, n_tokens)
            d_bias = sum_rows(d_logits)
            d_bias = d_bias - ops.segment_sum(scale[:, 0], targets, n_tokens)
            return (
                d_vectors,
                d_table,
                d_bias,
                ops.zeros_like(targets),
                ops.zeros_like(weight),
            )

        return ops.sum(weight * losses), gradient

    return run(vectors, table, bias, targets, weight)


def compute_sampled_loss(
    vectors: Any,
    table: Any,
    bias: Any,
    targets: Any,
    weight: Any,
    candidates: Any,
    correction: Any,
) -> Any:
    """Return an estimate of :func:`compute_tied_loss` from a sample of the tokens.

    The right token is always there, with its own logit (Jean et al., 2015).

    Parameters
    ----------
    vectors, table, bias, targets, weight
        As there.
    candidates : tensor of shape (n_candidates,), dtype int32
        The tokens of the sample.
    correction : tensor of shape (n_candidates,)
        Added to their logits.

    Returns
    -------
    tensor of shape ()
    """
    of_target = ops.take(table, targets, axis=0)
    right = ops.sum(vectors * of_target, axis=1) + ops.take(bias, targets)
    sampled = ops.take(table, candidates, axis=0)
    logits = ops.matmul(vectors, ops.transpose(sampled))
    logits = logits + (ops.take(bias, candidates) + correction)
    is_right = ops.equal(targets[:, None], candidates[None, :])
    logits = ops.where(is_right, -1e9, logits)
    total = ops.logsumexp(ops.concatenate([logits, right[:, None]], axis=1), axis=1)
    return ops.sum(weight * (total - right))
