"""The head for classes in NumPy: pooling, probabilities, losses and their gradients."""

import numpy as np
import pytest

from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.heads.classes import (
    compute_log_losses,
    compute_logit_gradient,
    compute_probabilities,
    find_correct,
    run_columns,
)
from sklearn_slm.spec import ClassHead
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_network

SOFTMAX, SIGMOID = ClassHead(3), ClassHead(3, output="sigmoid")
LOGITS = np.float32([[1, 2, 0], [-1, 0.5, 3]])


def test_probabilities_by_hand():
    e = np.exp(np.float64(LOGITS))
    np.testing.assert_allclose(
        compute_probabilities(SOFTMAX, LOGITS), e / e.sum(axis=1)[:, None], rtol=1e-12
    )
    np.testing.assert_allclose(
        compute_probabilities(SIGMOID, LOGITS), e / (1 + e), rtol=1e-12
    )


@pytest.mark.parametrize("head", [SOFTMAX, SIGMOID], ids=["softmax", "sigmoid"])
def test_logits_of_any_size_have_probabilities(head):
    huge = np.float32([[1e30, -1e30, 0]])
    expected = [[1, 0, 0]] if head is SOFTMAX else [[1, 0, 0.5]]
    np.testing.assert_array_equal(compute_probabilities(head, huge), expected)
    losses = compute_log_losses(head, np.float64(expected), np.float64([[0, 1, 0]]))
    assert np.isfinite(losses).all()


def test_losses_by_hand():
    p = np.array([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25]])
    hard = np.array([[1.0, 0, 0], [0, 1, 0]])
    soft = np.array([[0.5, 0.5, 0], [0.25, 0.25, 0.5]])
    np.testing.assert_allclose(
        compute_log_losses(SOFTMAX, p, hard), -np.log([0.7, 0.25])
    )
    np.testing.assert_allclose(
        compute_log_losses(SOFTMAX, p, soft),
        [-0.5 * np.log(0.7 * 0.2), -0.25 * np.log(0.5) - 0.75 * np.log(0.25)],
    )
    labels = np.array([[1.0, 0, 1], [0, 0, 0]])
    right = np.array([[0.7, 0.8, 0.1], [0.5, 0.75, 0.75]])
    np.testing.assert_allclose(
        compute_log_losses(SIGMOID, p, labels), -np.log(right).mean(axis=1)
    )


@pytest.mark.parametrize("head", [SOFTMAX, SIGMOID], ids=["softmax", "sigmoid"])
def test_the_gradient_by_the_logits_is_that_of_the_losses(head):
    random = np.random.RandomState(0)
    logits = random.standard_normal((2, 3))
    targets = random.dirichlet(np.ones(3), 2)

    def losses(logits):
        return compute_log_losses(head, compute_probabilities(head, logits), targets)

    gradient = compute_logit_gradient(
        head, compute_probabilities(head, logits), targets
    )
    for place in np.ndindex(logits.shape):
        move = np.zeros_like(logits)
        move[place] = 1e-6
        slope = (losses(logits + move) - losses(logits - move)).sum() / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-8)


def test_what_is_right():
    p = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]])
    soft = np.array([[0.5, 0.3, 0.2], [0.3, 0.4, 0.3]])
    assert find_correct(SOFTMAX, p, soft).tolist() == [True, False]
    labels = np.array([[1.0, 0, 0], [1, 0, 0]])
    assert find_correct(SIGMOID, p, labels).tolist() == [True, False]


def test_an_empty_text_has_the_bias_for_logits():
    texts = Ragged(np.array([2, 3], np.int32), np.array([0, 0, 2, 2]))
    for pooling in ("attention", "last", "mean", "max"):
        spec, weights = make_network(pooling=pooling)
        outputs = prepare_network(spec, weights).run(texts)
        np.testing.assert_array_equal(
            outputs["logits"][[0, 2]], [weights["head.bias"]] * 2
        )
        none = texts.take(np.array([0, 2]))
        np.testing.assert_array_equal(
            prepare_network(spec, weights).run(none)["logits"],
            [weights["head.bias"]] * 2,
        )


def test_columns_are_added_to_what_the_text_says():
    spec, weights = make_network(n_columns=2)
    network, texts = prepare_network(spec, weights), draw_texts([3, 0, 2])
    columns = np.float32([[1, 0], [0, 2], [1, 1]])
    kernel = weights["columns.kernel"]
    added = np.stack([kernel[0], 2 * kernel[1], kernel[0] + kernel[1]])
    np.testing.assert_allclose(run_columns(kernel, columns), added, rtol=1e-6)
    alone, both = (network.run(texts, c)["logits"] for c in (None, columns))
    np.testing.assert_allclose(both, alone + added, rtol=1e-6)
    # Bit by bit the same, however many rows stand beside each other.
    np.testing.assert_array_equal(
        network.run(texts.take(np.array([2])), columns[2:])["logits"], both[2:]
    )
