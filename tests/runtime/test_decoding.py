"""Many texts in batches: their order and the number of threads change nothing."""

import numpy as np
import pytest

from sklearn_slm.decoding import beam_search
from sklearn_slm.runtime import decoding, prepare_network
from sklearn_slm.runtime.decoding import decode_batches
from tests.networks import (
    draw_targets,
    draw_texts,
    each_text,
    make_decoder_network,
)

LENGTHS = np.random.RandomState(0).randint(0, 9, 50)
TEXTS, TARGETS = draw_texts(LENGTHS), draw_targets(LENGTHS[::-1])
NETWORK = prepare_network(*make_decoder_network())


def translate(texts, **options):
    def decode(memory, state, rows):
        limits = texts.lengths[rows]
        return beam_search(
            NETWORK.decode_step,
            memory,
            state,
            memory.lengths,
            max_lengths=limits,
            width=3,
        )

    return decode_batches(NETWORK, texts, decode, **options)


def test_results_come_in_the_order_of_the_texts(monkeypatch):
    monkeypatch.setattr(decoding, "_DECODED_TEXTS", 8)
    monkeypatch.setattr(decoding, "_DECODED_TOKENS", 20)
    batches = []

    def decode(memory, state, rows):
        batches.append((len(rows), memory.states.shape[1]))
        assert len(memory.lengths) == len(state[0]) == len(rows)
        np.testing.assert_array_equal(memory.lengths, LENGTHS[rows])
        return rows.tolist()

    assert decode_batches(NETWORK, TEXTS, decode, n_threads=1) == list(range(50))
    assert max(n for n, _ in batches) == 8
    assert max(n * steps for n, steps in batches) <= 20
    assert decode_batches(NETWORK, TEXTS.slice(0, 0), decode) == []


def test_neither_order_nor_threads_change_what_is_written(monkeypatch):
    monkeypatch.setattr(decoding, "_DECODED_TEXTS", 8)
    expected = translate(TEXTS, n_threads=1)
    assert sum(len(best.ids) for best, *_ in expected) > 50
    order = np.random.RandomState(1).permutation(50)
    for one, two in zip(translate(TEXTS.take(order), n_threads=2), order):
        assert len(one) == len(expected[two])
        for found, wanted in zip(one, expected[two]):
            assert found.score == wanted.score
            np.testing.assert_array_equal(found.ids, wanted.ids)
            np.testing.assert_array_equal(found.attention, wanted.attention)


def test_a_text_alone_is_written_as_among_others():
    among = translate(TEXTS)
    for text, ((wanted, *_)) in zip(each_text(TEXTS), among):
        ((best, *_),) = translate(text)
        assert best.ids.tolist() == wanted.ids.tolist()
        assert best.score == pytest.approx(wanted.score, abs=1e-6)


@pytest.mark.parametrize("most", [(64, 8_192), (5, 20)])
def test_pairs_are_scored_as_each_alone(most, monkeypatch):
    monkeypatch.setattr(decoding, "_SCORED_TEXTS", most[0])
    monkeypatch.setattr(decoding, "_SCORED_TOKENS", most[1])
    scored = NETWORK.score_targets(TEXTS, TARGETS, attention=True, n_threads=2)
    np.testing.assert_array_equal(scored.log_likelihood.lengths, TARGETS.lengths + 1)
    assert scored.log_likelihood.values.max() < 0
    for row, pair in enumerate(zip(each_text(TEXTS), each_text(TARGETS))):
        alone = NETWORK.score_targets(*pair, attention=True)
        np.testing.assert_allclose(
            scored.log_likelihood[row], alone.log_likelihood.values, atol=1e-6
        )
        (weights,) = alone.attention
        np.testing.assert_allclose(scored.attention[row], weights, atol=1e-6)


def test_scores_say_what_the_search_says():
    found = [best for best, *_ in translate(TEXTS)]
    lengths = np.array([len(best.ids) for best in found])
    written = draw_targets(lengths)
    written.values[:] = np.concatenate([best.ids for best in found])
    scored = NETWORK.score_targets(TEXTS, written, attention=True)
    for row, best in enumerate(found):
        total = scored.log_likelihood[row].sum()
        assert total == pytest.approx(best.log_prob, abs=1e-5)
        own = scored.attention[row][:-1]
        np.testing.assert_allclose(best.attention, own, atol=1e-6)


def test_no_pairs_and_attention_only_when_asked_for():
    scored = NETWORK.score_targets(TEXTS.slice(0, 0), TARGETS.slice(0, 0))
    assert len(scored.log_likelihood) == 0 and scored.attention == []
    assert NETWORK.score_targets(TEXTS, TARGETS).attention == []


def test_sides_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"pairs.*Got 50 sources and 49 targets"):
        NETWORK.score_targets(TEXTS, TARGETS.slice(0, 49))
