"""Spans in NumPy: by hand, and texts of no tokens."""

import numpy as np
import pytest

from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.encoder import prepare_encoder
from sklearn_slm.runtime.heads.spans import allocate, prepare_head, read_states
from sklearn_slm.spec import SpanHead
from tests.networks import draw_frames, draw_texts, each_text, make_span_network
from tests.spans import run_both, score_by_hand

# Longest first.
PASSAGES = draw_texts([7, 3, 1, 0, 0])
QUESTIONS = draw_texts([2, 4, 0, 3, 0], seed=1)
FEATURES = draw_frames(PASSAGES.lengths)
SPEC, WEIGHTS = make_span_network()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_by_hand(dtype):
    network = prepare_network(SPEC, WEIGHTS, dtype)
    start, end, none = network.match_spans(QUESTIONS, PASSAGES, FEATURES.values)
    assert start.dtype == end.dtype == none.dtype == dtype
    rounding = 2e-6 if dtype == np.float32 else 1e-12
    for row, n in enumerate(PASSAGES.lengths):
        part = slice(PASSAGES.offsets[row], PASSAGES.offsets[row] + n)
        sides = score_by_hand(
            WEIGHTS, QUESTIONS[row], PASSAGES[row], np.float64(FEATURES[row])
        )
        for k, side in enumerate((start, end)):
            found = np.array([none[row, k], *side[part]])
            np.testing.assert_allclose(found, sides[k], atol=rounding)
            assert np.exp(found).sum() == pytest.approx(1.0, rel=1e-5)
    assert none[3:].tolist() == [[0.0, 0.0]] * 2


def test_what_is_said_of_no_token_does_not_depend_on_the_passage():
    """Logits minus that of no token can be compared between passages."""
    network = prepare_network(SPEC, WEIGHTS)
    same = QUESTIONS.take(np.zeros(3, int))
    passages = PASSAGES.slice(0, 3)
    start, _, none = network.match_spans(same, passages, FEATURES.values)
    difference = start - np.repeat(none[:, 0], passages.lengths)
    for row in range(3):
        other = (QUESTIONS[0], passages[row], np.float64(FEATURES[row]))
        by_hand = score_by_hand(WEIGHTS, *other)[0]
        part = slice(passages.offsets[row], passages.offsets[row + 1])
        np.testing.assert_allclose(
            difference[part], by_hand[1:] - by_hand[0], atol=1e-5
        )


def test_states_come_in_the_order_of_the_texts():
    encoder = prepare_encoder(SPEC.encoder, WEIGHTS)
    states = read_states(encoder, QUESTIONS)
    floats = {name: np.float64(value) for name, value in WEIGHTS.items()}
    for row in (0, 1, 3):
        vectors = list(floats["embedding"][QUESTIONS[row]])
        expected = run_both(floats, "layer_0", vectors)
        np.testing.assert_allclose(states[row], expected, atol=1e-6)
    np.testing.assert_array_equal(states.offsets, QUESTIONS.offsets)


def test_nothing_is_said_of_one_text():
    assert allocate(SpanHead(3), 5, 20) == {}
    network = prepare_network(SPEC, WEIGHTS)
    assert network.run(QUESTIONS) == network.run(each_text(QUESTIONS)[0]) == {}


def test_a_head_without_features():
    spec, weights = make_span_network(n_features=0)
    head = prepare_head(spec, weights)
    assert head.model.spec.n_components == 3 * spec.encoder.state_size
    scored = prepare_network(spec, weights).score_spans(QUESTIONS, PASSAGES)
    sides = score_by_hand(weights, QUESTIONS[0], PASSAGES[0], np.zeros((7, 0)))
    np.testing.assert_allclose(scored.end[0], sides[1][1:], atol=2e-6)
