"""A classifier's parts made smaller, and measured."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.compression.parts import (
    SHRINK,
    Parts,
    count_bytes,
    key_itemsize,
    measure_parts,
    quantize_parts,
)
from sklearn_slm.ngrams import fit_blend, run_blended, run_ngrams
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.heads.classes import compute_probabilities
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_network, make_ngrams

TEXTS = draw_texts([5, 3, 9, 0, 4, 7])
TARGETS = np.eye(3)[[0, 1, 2, 0, 1, 2]]


@pytest.fixture(scope="module")
def parts():
    return Parts(*make_network(), make_ngrams())


def test_they_are_measured_as_the_classifier_answers(parts):
    found = measure_parts(parts, TEXTS, TARGETS, blend=False)
    network = prepare_network(parts.spec, parts.weights)
    logits = run_blended(network, parts.ngrams, TEXTS)["logits"]
    probabilities = compute_probabilities(parts.spec.head, logits)
    right = probabilities[np.arange(6), TARGETS.argmax(axis=1)]
    assert found.log_loss == pytest.approx(-np.log(right).mean(), rel=1e-6)
    assert found.score == (probabilities.argmax(1) == TARGETS.argmax(1)).mean()
    assert found.parts.ngrams is parts.ngrams
    np.testing.assert_allclose(
        found.gradient, 0.6 * (probabilities - TARGETS), atol=1e-6
    )


def test_the_blend_is_that_of_least_loss(parts):
    found = measure_parts(parts, TEXTS, TARGETS)
    logits = prepare_network(parts.spec, parts.weights).run(TEXTS)["logits"]
    own = run_ngrams(parts.ngrams, TEXTS)
    expected, _ = fit_blend(parts.spec.head, logits, own, TARGETS, np.ones(6))
    np.testing.assert_allclose(found.parts.ngrams.blend, expected, rtol=1e-5)
    assert found.log_loss < measure_parts(parts, TEXTS, TARGETS, blend=False).log_loss
    again = measure_parts(parts, TEXTS, TARGETS, network_logits=found.network_logits)
    assert again.log_loss == found.log_loss


def test_a_network_alone(parts):
    alone = Parts(parts.spec, parts.weights, None)
    found = measure_parts(alone, TEXTS, TARGETS)
    assert found.parts.n_ngrams == 0
    assert SHRINK["ngrams"](found, 0.5, TEXTS).weights is alone.weights
    assert SHRINK["words"](found, 0.5, TEXTS).ngrams is None


def test_each_part_by_its_share(parts):
    measured = measure_parts(parts, TEXTS, TARGETS)
    units = SHRINK["units"](measured, 0.5, TEXTS)
    assert units.spec.encoder.hidden_size == (2,) and units.n_words == 10
    words = SHRINK["words"](measured, 0.3, TEXTS)
    assert words.n_words == 3 and words.n_ngrams < 20
    ngrams = SHRINK["ngrams"](measured, 0.25, TEXTS)
    assert ngrams.n_ngrams == 5 and ngrams.weights is parts.weights
    least = SHRINK["units"](measured, 0.01, TEXTS)
    assert least.spec.encoder.hidden_size == (1,)
    blanked = Ragged(np.where(TEXTS.values < 5, TEXTS.values, 1), TEXTS.offsets)
    assert (
        measure_parts(words, TEXTS, TARGETS).log_loss
        == measure_parts(words, blanked, TARGETS).log_loss
    )


def test_a_unit_that_nothing_reads_goes_first(parts):
    weights = {name: value.copy() for name, value in parts.weights.items()}
    weights["attention.kernel"][:, [2, 5]] = 0
    weights["head.kernel"][[2, 5]] = 0
    weights["layer_0.forward.recurrent_kernel"][2] = 0
    weights["layer_0.backward.recurrent_kernel"][1] = 0
    # Of a network that is always wrong the blend takes nothing, and no unit counts.
    logits = prepare_network(parts.spec, weights).run(TEXTS)["logits"]
    targets = np.eye(3)[logits.argmax(axis=1)]
    measured = measure_parts(Parts(parts.spec, weights, parts.ngrams), TEXTS, targets)
    assert measured.parts.ngrams.blend[0] > 0
    small = SHRINK["units"](measured, 0.75, TEXTS)
    found = measure_parts(small, TEXTS, targets)
    np.testing.assert_allclose(found.network_logits, measured.network_logits, atol=1e-6)


def test_fewer_bytes_for_both_models(parts):
    small = quantize_parts(parts, "int8")
    assert small.weights["embedding"].dtype == small.ngrams.kernel.dtype == np.int8
    assert quantize_parts(Parts(parts.spec, parts.weights, None), "int8").ngrams is None


def test_keys_are_counted_as_a_file_holds_them():
    _, weights = make_network()
    model = make_ngrams()
    others = (model.idf, model.kernel, model.bias, model.blend, model.scale)
    n_bytes = sum(a.nbytes for a in others if a is not None) + len(model)
    n_bytes += sum(value.nbytes for value in weights.values())
    small = replace(model, keys=np.arange(2, 2 + len(model)))
    assert key_itemsize(small) == 1
    assert count_bytes(weights, small) == n_bytes
    large = replace(small, keys=small.keys + 2**31)
    assert key_itemsize(large) == 4
    assert count_bytes(weights, large) == n_bytes + 3 * len(model)


def test_parts_have_the_bytes_of_what_was_measured():
    spec, weights = make_network()
    texts, targets = draw_texts([3, 4]), np.eye(3)[[0, 2]]
    whole = measure_parts(Parts(spec, weights, None), texts, targets)
    assert whole.n_bytes == count_bytes(weights, None)
    small = quantize_parts(whole.parts, "int8")
    measured = measure_parts(small, texts, targets)
    assert measured.n_bytes == count_bytes(small.weights, None) < whole.n_bytes
