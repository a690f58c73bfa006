"""The loss over all tokens by hand, its gradient, and its estimate from a sample."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.kernels.softmax import compute_sampled_loss, compute_tied_loss
from tests.network.differentiation import differentiate

ops = import_keras().ops
TARGETS, WEIGHT = np.int32([1, 4, 1]), np.float32([1.0, 0.5, 0.0])


def draw_case(n=3, n_tokens=6, size=2, seed=0):
    random = np.random.RandomState(seed)
    shapes = [(n, size), (n_tokens, size), (n_tokens,)]
    return [random.standard_normal(shape).astype(np.float32) for shape in shapes]


def compute_by_hand(vectors, table, bias, smoothing=0.0):
    logits = (vectors @ table.T + bias).astype(np.float64)
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    wanted = (1 - smoothing) * np.eye(len(bias))[TARGETS] + smoothing / len(bias)
    losses = -(wanted * log_probs).sum(axis=1)
    d_logits = (np.exp(log_probs) - wanted) * WEIGHT[:, None]
    gradients = d_logits @ table, d_logits.T @ vectors, d_logits.sum(axis=0)
    return WEIGHT @ losses, gradients


def as_loss(compute, *more, **options):
    more = [ops.convert_to_tensor(part) for part in (TARGETS, WEIGHT, *more)]
    return lambda *arguments: compute(*arguments, *more, **options)


@pytest.mark.parametrize(("factor", "smoothing"), [(1.0, 0.0), (-3.0, 0.0), (2.0, 0.2)])
def test_loss_and_gradients_by_hand(factor, smoothing):
    case = draw_case()
    compute = as_loss(compute_tied_loss, smoothing=smoothing)
    loss, gradients = differentiate(lambda *a: factor * compute(*a), case)
    expected, by_hand = compute_by_hand(*case, smoothing)
    assert loss == pytest.approx(factor * expected, rel=1e-5)
    for ours, theirs in zip(gradients, by_hand):
        np.testing.assert_allclose(ours, factor * theirs, atol=1e-5)


def test_large_logits_are_no_infinity():
    vectors, table, bias = draw_case()
    loss, gradients = differentiate(
        as_loss(compute_tied_loss), [vectors * 1e3, table * 1e3, bias]
    )
    assert np.isfinite(loss) and all(np.isfinite(g).all() for g in gradients)


def test_a_sample_of_all_tokens_is_no_estimate():
    case = draw_case()
    candidates, correction = np.arange(6, dtype=np.int32), np.zeros(6, np.float32)
    compute = as_loss(compute_sampled_loss, candidates, correction)
    loss, gradients = differentiate(compute, case)
    expected, by_hand = compute_by_hand(*case)
    assert loss == pytest.approx(expected, rel=1e-5)
    for ours, theirs in zip(gradients, by_hand):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_right_token_is_there_when_it_was_not_drawn():
    vectors, table, bias = draw_case()
    candidates = np.int32([0, 2])
    correction = np.float32([0.0, np.log(5.0)])
    compute = as_loss(compute_sampled_loss, candidates, correction)
    loss, _ = differentiate(compute, [vectors, table, bias])
    logits = np.exp(vectors @ table.T + bias)
    totals = logits[:, 0] + 5.0 * logits[:, 2] + logits[np.arange(3), TARGETS]
    losses = np.log(totals) - np.log(logits[np.arange(3), TARGETS])
    assert loss == pytest.approx(float(WEIGHT @ losses), rel=1e-5)
