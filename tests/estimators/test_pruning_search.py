"""Steps of pruning: the part that costs least goes first."""

import numpy as np
import pytest

from sklearn_slm.compression.parts import Parts, measure_parts
from sklearn_slm.estimators.pruning_search import PruningSearch
from tests.estimators.small import LABELS, TEXTS, make_classifier


@pytest.fixture(scope="module")
def model():
    return make_classifier(adversarial=0.0, early_stopping=False, runtime="numpy").fit(
        TEXTS, LABELS
    )


@pytest.fixture(scope="module")
def search(model):
    texts = model.read_inputs(TEXTS).texts
    targets = np.eye(2)[np.searchsorted(model.classes_, LABELS)]
    return PruningSearch(model, texts, targets, TEXTS, None, None)


@pytest.fixture(scope="module")
def measured(model, search):
    parts = Parts(model.spec_, model.weights_, model.ngrams_)
    return measure_parts(parts, search.texts, search.targets)


def test_each_step_takes_a_quarter_of_one_part(search, measured):
    sizes = [(4, measured.parts.n_words, measured.parts.n_ngrams)]
    steps = search.walk(measured, measured.score, ("units", "ngrams"), None)
    for (name, step), _ in zip(steps, range(3)):
        (units,) = step.parts.spec.encoder.hidden_size
        sizes.append((units, step.parts.n_words, step.parts.n_ngrams))
        before = sizes[-2]
        moved = [i for i in range(3) if sizes[-1][i] != before[i]]
        assert len(moved) == 1
        (part,) = moved
        assert sizes[-1][part] == int(0.75 * before[part])
        assert name == (f"units {units}" if part == 0 else f"n-grams {sizes[-1][2]:,}")
    assert len(sizes) == 4


def test_it_ends_where_nothing_may_be_lost(search, measured):
    # No accuracy is above 1.
    steps = search.walk(measured, 1.5, ("units", "words", "ngrams"), 0.1)
    assert list(steps) == []


def test_it_ends_with_one_unit(search, measured):
    *_, (_, last) = search.walk(measured, measured.score, ("units",), None)
    assert last.parts.spec.encoder.hidden_size == (1,)


def test_what_is_built_answers_as_was_measured(search, measured):
    step = search.remove(measured, ("units", "ngrams"), 0.5)
    built = search.build(step.parts)
    row = search.describe("half", step)
    assert built.score(TEXTS, LABELS) == step.score == row.score
    assert built.hidden_size == 2 and built.ngrams_ is step.parts.ngrams
    assert row.hidden_size == (2,)
