"""The head for classes that trains: pooling by hand, and losses of any targets."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.heads.classes import (
    TARGET,
    AttentionPooling,
    compute_chance,
    compute_losses,
)
from sklearn_slm.network.heads.classes import (
    compute_probabilities as predict,
)
from sklearn_slm.network.initializers import Initializers
from sklearn_slm.runtime.heads.classes import compute_log_losses, compute_probabilities
from sklearn_slm.spec import ClassHead
from tests.network.differentiation import differentiate
from tests.networks import make_spec

keras, native = import_keras(), import_native()
HEADS = {"softmax": ClassHead(4), "sigmoid": ClassHead(4, output="sigmoid")}
to_tensor = keras.ops.convert_to_tensor
each_head = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)


def draw_case(head, n_texts=3, n_hard=6):
    """Return logits, hard rows, and for each text weights of the rows that sum to one."""
    random = np.random.RandomState(0)
    logits = 2 * random.standard_normal((n_texts, head.n_outputs)).astype(np.float32)
    hard = np.eye(head.n_outputs)[np.arange(n_hard) % head.n_outputs]
    if head.multilabel:
        hard = random.randint(0, 2, (n_hard, head.n_outputs))
    return (
        logits,
        np.float32(hard),
        np.float32(random.dirichlet(np.ones(n_hard), n_texts)),
    )


@each_head
def test_a_soft_row_is_hard_rows_repeated_under_weights(head):
    logits, hard, weight = draw_case(head)
    n_texts, n_hard = weight.shape

    def of_soft(logits):
        return compute_losses(head, logits, to_tensor(weight @ hard))

    def of_repeated(logits):
        repeated = keras.ops.repeat(logits, n_hard, axis=0)
        losses = compute_losses(head, repeated, to_tensor(np.tile(hard, (n_texts, 1))))
        losses = keras.ops.reshape(losses, (n_texts, n_hard))
        return keras.ops.sum(losses * to_tensor(weight), axis=1)

    for of in (of_soft, of_repeated):
        losses = native.to_numpy(of(keras.ops.convert_to_tensor(logits)))
        assert losses.shape == (n_texts,) and (losses > 0).all()
    soft, repeated = (
        differentiate(lambda logits, of=of: keras.ops.sum(of(logits)), [logits])
        for of in (of_soft, of_repeated)
    )
    assert soft[0] == pytest.approx(repeated[0], abs=1e-6)
    np.testing.assert_allclose(soft[1][0], repeated[1][0], rtol=0, atol=1e-6)


@each_head
def test_losses_are_those_that_validation_measures(head):
    logits, hard, weight = draw_case(head)
    for targets in (hard[:3], weight @ hard):
        losses = native.to_numpy(
            compute_losses(head, to_tensor(logits), to_tensor(targets))
        )
        expected = compute_log_losses(
            head, compute_probabilities(head, logits), targets.astype(np.float64)
        )
        np.testing.assert_allclose(losses, expected, rtol=1e-5)


@each_head
def test_the_gradient_by_the_logits_is_probability_minus_target(head):
    logits, hard, weight = draw_case(head)
    targets = weight @ hard

    def summed_losses(logits):
        return keras.ops.sum(compute_losses(head, logits, to_tensor(targets)))

    _, (gradient,) = differentiate(summed_losses, [logits])
    expected = compute_probabilities(head, logits) - targets
    expected /= 4 if head.multilabel else 1
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@each_head
def test_logits_of_any_size_have_a_loss(head):
    logits = to_tensor(np.float32([[1e4, -1e4, 0, 0]]))
    right, wrong = (
        native.to_numpy(compute_losses(head, logits, to_tensor(np.float32([row]))))
        for row in ([1, 0, 0, 0], [0, 1, 0, 0])
    )
    np.testing.assert_allclose(
        right, [np.log(2) / 2 if head.multilabel else 0], rtol=1e-5
    )
    assert np.isfinite(wrong).all() and wrong > 1e3


def test_chance():
    fields = [{"n_outputs": 4}, {"n_outputs": 4, "output": "sigmoid"}, {"n_outputs": 1}]
    chances = [compute_chance(make_spec(**of_head)) for of_head in fields]
    assert chances == [0.25, 0.5, 0.5]
    assert TARGET == ClassHead.kind


def test_attention_by_hand():
    layer = AttentionPooling(initializer=Initializers("uniform", 0).draw_kernel())
    states = np.float32([[[1, -1], [2, 0]], [[0.5, 3], [9, 9]], [[1, 2], [9, 9]]])
    mask = np.float32([[1, 1], [1, 0], [1, 0]])[:, :, None]
    layer.build(states.shape, mask.shape)
    layer.kernel.assign(np.float32([[0.6, 0.1], [-0.9, 0.2]]))
    layer.bias.assign(np.float32(0.3))
    scores = [
        -0.9 * 1 + 0.2 * -1 + 0.3,
        0.6 * 1 + 0.1 * -1 - 0.9 * 0.5 + 0.2 * 3 + 0.3,
        0.6 * 0.5 + 0.1 * 3 - 0.9 * 1 + 0.2 * 2 + 0.3,
    ]
    weight = np.exp(scores) / np.exp(scores).sum()
    pooled = native.to_numpy(layer(states, mask))
    np.testing.assert_allclose(pooled, [weight @ states[:, 0], [2, 0]], rtol=1e-5)
    assert not native.to_numpy(layer(states, 0 * mask)).any()


@each_head
def test_the_loss_with_a_prediction_as_label_is_a_divergence_and_a_constant(head):
    first, second = (draw_case(head)[0] * factor for factor in (1.0, -0.5))
    p, q = (native.to_numpy(predict(head, to_tensor(x))) for x in (first, second))
    np.testing.assert_allclose(p, compute_probabilities(head, first), atol=1e-6)
    divergence = (p * np.log(p / q)).sum(axis=1)
    if head.multilabel:
        others = (1 - p) * np.log((1 - p) / (1 - q))
        divergence = (p * np.log(p / q) + others).mean(axis=1)
    of_second, of_first = (
        native.to_numpy(compute_losses(head, to_tensor(logits), to_tensor(p)))
        for logits in (second, first)
    )
    np.testing.assert_allclose(of_second - of_first, divergence, rtol=1e-4)
    assert (divergence > 0.1).all()
