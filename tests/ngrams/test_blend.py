"""How much the network and the n-gram model count."""

import numpy as np
import pytest

from sklearn_slm.ngrams import USUAL_BLEND, blend_logits, fit_blend
from sklearn_slm.runtime.heads.classes import (
    compute_log_losses,
    compute_probabilities,
)
from sklearn_slm.spec import ClassHead
from tests.networks import make_ngrams

RANDOM = np.random.RandomState(0)


def measure_loss(head, blend, network, ngrams, targets, weight):
    probabilities = compute_probabilities(head, blend[0] * network + blend[1] * ngrams)
    return np.average(compute_log_losses(head, probabilities, targets), weights=weight)


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_the_blend_is_no_worse_than_either(output):
    head = ClassHead(3, output=output)
    targets = np.eye(3)[RANDOM.randint(0, 3, 400)]
    if head.multilabel:
        targets = RANDOM.randint(0, 2, (400, 3)).astype(float)
    weight = RANDOM.random_sample(400)
    network = targets * 2 - 1 + RANDOM.standard_normal((400, 3))
    ngrams = targets * 2 - 1 + 2 * RANDOM.standard_normal((400, 3))
    blend, loss = fit_blend(head, network, ngrams, targets, weight)
    assert blend[0] > blend[1] > 0
    own = measure_loss(head, blend, network, ngrams, targets, weight)
    assert own <= loss
    grid = [(a, b) for a in np.linspace(0, 3, 13) for b in np.linspace(0, 3, 13)]
    least = min(measure_loss(head, b, network, ngrams, targets, weight) for b in grid)
    assert own < least + 0.002


def test_a_model_that_knows_nothing_counts_for_nothing():
    targets = np.eye(2)[RANDOM.randint(0, 2, 2000)]
    noise, more = RANDOM.standard_normal((2, 2000, 2))
    blend, _ = fit_blend(
        ClassHead(2), targets * 2 + more, noise, targets, np.ones(2000)
    )
    assert blend[1] < 0.1 * blend[0]


def test_a_few_texts_cannot_talk_ngrams_out_of_it():
    # Ten texts of which the n-grams are wrong more often than right, and the network always.
    targets = np.eye(2)[[0, 1] * 5]
    ngrams = (targets * 2 - 1) * np.repeat([-0.5, 0.4], [6, 4])[:, None]
    blend, _ = fit_blend(ClassHead(2), 3 - 6 * targets, ngrams, targets, np.ones(10))
    assert blend[0] < 0.01 and blend[1] > 0.5
    # A hundred times as many are believed.
    weight = np.full(10, 100.0)
    blend, _ = fit_blend(ClassHead(2), 3 - 6 * targets, ngrams, targets, weight)
    assert blend[0] < 0.01 and blend[1] < 0.05


def test_the_least_loss_is_where_the_slope_ends():
    targets = np.eye(3)[RANDOM.randint(0, 3, 30)]
    network, ngrams = RANDOM.standard_normal((2, 30, 3)) + targets
    weight = RANDOM.random_sample(30)
    blend, least = fit_blend(ClassHead(3), network, ngrams, targets, weight)

    def measure(blend):
        own = measure_loss(ClassHead(3), blend, network, ngrams, targets, weight)
        a, b = blend / USUAL_BLEND
        return own + (0.25 * (a - 1) ** 2 + 3 * (b - 1 - np.log(b))) / weight.sum()

    assert measure(blend) == pytest.approx(least)
    for move in np.eye(2) * 0.02:
        assert min(measure(blend + move), measure(blend - move)) > least


def test_logits_are_blended_by_hand():
    model = make_ngrams(blend=np.array([0.5, 2.0], np.float32))
    blended = blend_logits(np.float32([[1, 2, 3]]), np.float32([[4, 5, 6]]), model)
    assert blended.tolist() == [[8.5, 11, 13.5]] and blended.dtype == np.float32
