"""Pseudo-labels: which texts, what they weigh, and what a second model makes of them."""

import numpy as np

from sklearn_slm.estimators.fit import Fitted
from sklearn_slm.estimators.inputs import Task
from sklearn_slm.estimators.pseudo_labels import add_pseudo_labels, choose_confident
from sklearn_slm.ngrams.blend import run_blended
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.heads.classes import compute_probabilities
from tests.networks import (
    draw_texts,
    draw_weights,
    make_examples,
    make_ngrams,
    make_spec,
)

# Classes of so many texts: 5, 3, 1.
SURE = [0.9, 0.8, 0.7, 0.6, 0.5, 0.95, 0.55, 0.75, 0.45]
PREDICTED = [0, 0, 0, 0, 0, 1, 1, 1, 2]


def make_probabilities():
    rows = np.zeros((9, 3))
    for row, share, label in zip(rows, SURE, PREDICTED):
        row[:] = (1 - share) / 2
        row[label] = share
    return rows


def test_the_surest_of_each_class_are_chosen():
    def choose(*n_wanted):
        return choose_confident(make_probabilities(), np.array(n_wanted)).tolist()

    assert choose(1, 1, 1) == [0, 5, 8]
    assert choose(2, 2, 0) == [0, 1, 5, 7]
    # Of one class there is half of what is wanted: so of the others comes half, too.
    assert choose(4, 2, 2) == [0, 1, 5, 8]
    assert choose(9, 0, 0) == [0, 1, 2, 3, 4]
    assert choose(0, 0, 0) == []


def test_a_class_that_is_never_predicted_keeps_none_from_the_others():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.1, 0.7, 0.2]])
    assert choose_confident(probabilities, np.array([1, 1, 5])).tolist() == [0, 1]


def test_they_weigh_as_much_as_the_labels_and_say_what_the_model_says():
    spec = make_spec()
    first = Fitted(draw_weights(spec, scale=1.0), make_ngrams(), [])
    examples = make_examples(draw_texts([3, 4, 2]), np.eye(3), [0.5, 1.0, 1.5])
    unlabeled = draw_texts(np.full(90, 6), seed=3)
    task = Task((), None, None, None, examples, examples, unlabeled=unlabeled)
    more = add_pseudo_labels(task, spec, first)
    n = len(more.train) - 3
    assert len(more.whole) == n + 3
    assert more.train.weight[:3].tolist() == [0.5, 1.0, 1.5]
    np.testing.assert_allclose(more.train.weight[3:], 3 / n, rtol=1e-6)
    texts, rows = more.train.inputs["ids"], more.train.targets["classes"]
    counts = np.bincount(rows[3:].argmax(axis=1), minlength=3)
    assert n >= 2 and set(counts) <= {0, counts.max()} and counts.max() <= 10
    network = prepare_network(spec, first.weights)
    logits = run_blended(network, first.ngrams, texts.slice(3, 3 + n))["logits"]
    np.testing.assert_allclose(
        rows[3:], compute_probabilities(spec.head, logits), atol=1e-6
    )
    assert rows.dtype == more.train.weight.dtype == np.float32
