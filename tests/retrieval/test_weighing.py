"""Blend weights from held-out questions."""

import numpy as np
import pytest
from scipy.special import log_softmax

from sklearn_slm.retrieval import USUAL_BLEND, fit_field_blend
from sklearn_slm.retrieval.weighing import measure_first_place

N, N_ENTRIES = 1000, 12
RANDOM = np.random.RandomState(0)
RIGHT = np.zeros((N, N_ENTRIES), bool)
RIGHT[np.arange(N), RANDOM.randint(0, N_ENTRIES, N)] = True


def draw_field(strength, seed):
    noise = np.random.RandomState(seed).standard_normal(RIGHT.shape)
    return (strength * RIGHT + noise).astype(np.float32)


def measure_loss(fields, blend):
    logits = sum(w * f for w, f in zip(blend, fields) if f is not None)
    return -log_softmax(logits, axis=1)[RIGHT].mean()


def test_the_weights_are_those_of_least_loss():
    fields = [draw_field(2.0, 1), draw_field(1.0, 2), draw_field(0.5, 3)]
    fitted = fit_field_blend(fields, RIGHT)
    best = measure_loss(fields, fitted.blend)
    # With noise of variance 1, a strength is the weight it deserves.
    np.testing.assert_allclose(fitted.blend, [2.0, 1.0, 0.5], atol=0.35)
    for i in range(3):
        for step in (-0.3, 0.3):
            moved = fitted.blend + step * np.eye(3)[i]
            assert measure_loss(fields, moved) > best
    assert fitted.accuracy == measure_first_place(fields, fitted.blend, RIGHT)
    assert fitted.accuracy > fitted.lexical_accuracy > 0.3


def test_a_network_that_harms_is_left_out():
    good = draw_field(3.0, 1)
    # It is right on average, and far off on some questions.
    network = draw_field(2.0, 2)
    network[:300] -= 12.0 * RIGHT[:300]
    fields = [network, good, draw_field(0.0, 3)]
    fitted = fit_field_blend(fields, RIGHT)
    alone = fit_field_blend([None, *fields[1:]], RIGHT)
    assert fitted.accuracy >= alone.accuracy == fitted.lexical_accuracy
    wrong = fit_field_blend([-good, good, fields[2]], RIGHT)
    assert wrong.blend[0] == 0.0 and wrong.accuracy == alone.accuracy


def test_no_words_to_compare_with():
    fitted = fit_field_blend([draw_field(2.0, 1), None, None], RIGHT)
    assert fitted.lexical_accuracy is None
    assert fitted.blend[1:].tolist() == [0, 0]
    assert fitted.blend[0] == pytest.approx(2.0, abs=0.35)


def test_a_single_question_hardly_moves_the_usual_weights():
    fields = [draw_field(0.5, seed)[:1] for seed in (1, 2, 3)]
    blend = fit_field_blend(fields, RIGHT[:1]).blend
    assert (np.abs(blend - USUAL_BLEND) < 2.5 * USUAL_BLEND).all()


def test_several_right_entries():
    right = np.array([[True, True, False]])
    fields = [np.float32([[0.0, 3.0, 1.0]]), None, None]
    assert measure_first_place(fields, np.ones(3), right) == 1.0
    assert fit_field_blend(fields, right).accuracy == 1.0
