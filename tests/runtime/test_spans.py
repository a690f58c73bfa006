"""Answers in many passages: their order and the number of threads change nothing."""

import numpy as np
import pytest

from sklearn_slm.runtime import prepare_network, spans
from sklearn_slm.text import Ragged
from tests.networks import draw_frames, draw_texts, make_span_network

LENGTHS = np.random.RandomState(0).randint(0, 9, 30)
PASSAGES, QUESTIONS = draw_texts(LENGTHS), draw_texts(LENGTHS[::-1], seed=1)
FEATURES = draw_frames(LENGTHS)
NETWORK = prepare_network(*make_span_network())


def score(rows, **options):
    parts = (part.take(rows) for part in (QUESTIONS, PASSAGES, FEATURES))
    return NETWORK.score_spans(*parts, **options)


def test_neither_order_nor_threads_change_anything(monkeypatch):
    monkeypatch.setattr(spans, "_MOST_PAIRS", 8)
    expected = score(np.arange(30), n_threads=1)
    order = np.random.RandomState(1).permutation(30)
    other = score(order, n_threads=2)
    for own, theirs in zip(other[:2], expected[:2]):
        assert own.values.dtype == np.float32
        np.testing.assert_array_equal(own.values, theirs.take(order).values)
    np.testing.assert_array_equal(other.none, expected.none[order])


def test_a_pair_alone_is_as_among_others():
    among = score(np.arange(30))
    for row in range(0, 30, 3):
        start, end, none = score(np.array([row]))
        np.testing.assert_allclose(start.values, among.start[row], atol=1e-6)
        np.testing.assert_allclose(end.values, among.end[row], atol=1e-6)
        np.testing.assert_allclose(none[0], among.none[row], atol=1e-6)


def test_batches_are_bounded_and_longest_first(monkeypatch):
    monkeypatch.setattr(spans, "_MOST_PAIRS", 4)
    monkeypatch.setattr(spans, "_MOST_TOKENS", 24)
    seen = []

    class Reader:
        spec = NETWORK.spec

        @staticmethod
        def match_spans(questions, passages, features):
            lengths = passages.lengths
            assert (np.diff(lengths) <= 0).all() and len(features) == lengths.sum()
            joined = (lengths + questions.lengths).max()
            seen.append((len(lengths), len(lengths) * joined))
            return NETWORK.match_spans(questions, passages, features)

    found = spans.score_spans(Reader, QUESTIONS, PASSAGES, FEATURES, n_threads=1)
    assert max(n for n, _ in seen) == 4 and max(n for _, n in seen) <= 24
    np.testing.assert_allclose(found.none, score(np.arange(30)).none, atol=1e-6)


def test_no_pairs():
    start, end, none = score(np.arange(0))
    assert len(start) == len(end) == len(none) == 0 and none.shape == (0, 2)


def test_sides_that_are_no_pairs_are_refused():
    with pytest.raises(ValueError, match=r"pairs.*Got 30 questions and 29 passages"):
        NETWORK.score_spans(QUESTIONS, PASSAGES.slice(0, 29), FEATURES)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (None, r"shape \(\d+, 5\). Got shape \(\d+, 0\)"),
        (draw_frames(LENGTHS, n_inputs=4), r"Got shape \(\d+, 4\)"),
        (FEATURES.slice(0, 20), r"of shape \(\d+, 5\). Got shape \(\d+, 5\)"),
        (Ragged(FEATURES.values, FEATURES.offsets * 0), "the offsets of the passages"),
    ],
)
def test_features_of_other_tokens_are_refused(features, message):
    with pytest.raises(ValueError, match=message):
        NETWORK.score_spans(QUESTIONS, PASSAGES, features)
