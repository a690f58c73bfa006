"""Decoding of recordings: greedy by hand, and the beam with times, words and scores."""

import numpy as np
import pytest

from sklearn_slm.decoding.ctc import decode_ctc, decode_greedy
from sklearn_slm.decoding.word_list import WordList
from sklearn_slm.decoding.word_model import count_words
from tests.decoding.speech import draw_log_probs, read_path, sum_paths

TEXTS = ["", " ", *"acdehorst"]


def spell(text, sure=0.9, n_blanks=1):
    """Return log-probabilities of a recording, one symbol after another."""
    path = []
    for character in text:
        path += [0] * n_blanks + [TEXTS.index(character)]
    probs = np.full((len(path), len(TEXTS)), (1 - sure) / (len(TEXTS) - 1))
    probs[np.arange(len(path)), path] = sure
    return np.log(probs)


def mix(*shown):
    """Return a recording in which something is said, and something else a bit less."""
    return np.log(sum(weight * np.exp(own) for own, weight in shown))


def test_greedy_by_hand():
    path = np.array([1, 1, 0, 1, 2, 2, 0, 0, 3])
    probs = np.full((9, 4), 0.1)
    probs[np.arange(9), path] = [0.5, 0.6, 0.9, 0.7, 0.4, 0.3, 0.9, 0.9, 0.8]
    said = decode_greedy(np.log(probs))
    assert said.symbols.tolist() == [1, 1, 2, 3] and said.symbols.dtype == np.int32
    assert said.frames.tolist() == [[0, 2], [3, 4], [4, 6], [8, 9]]
    np.testing.assert_allclose(said.confidence, [0.6, 0.7, 0.4, 0.8])


@pytest.mark.parametrize("seed", range(5))
def test_greedy_reads_the_best_path(seed):
    log_probs = draw_log_probs(40, 3, seed).astype(np.float32)
    said = decode_greedy(log_probs)
    assert tuple(said.symbols.tolist()) == read_path(log_probs.argmax(axis=1).tolist())
    for symbol, (start, end) in zip(said.symbols, said.frames):
        assert (log_probs.argmax(axis=1)[start:end] == symbol).all()


def test_silence_and_no_frames():
    for log_probs in (np.log([[0.9, 0.1]] * 3), np.zeros((0, 2))):
        said = decode_greedy(log_probs)
        assert [part.shape for part in said] == [(0,), (0, 2), (0,)]
        (best,) = decode_ctc(log_probs, width=1, texts=["", "a"])
        assert best.symbols.tolist() == [] and best.words == []


def test_the_most_probable_text_is_not_on_the_most_probable_path():
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert decode_greedy(log_probs).symbols.tolist() == []
    best, second = decode_ctc(log_probs, n_best=2)
    assert best.symbols.tolist() == [1] and second.symbols.tolist() == []
    np.testing.assert_allclose(np.exp([best.log_prob, second.log_prob]), [0.64, 0.36])
    assert best.score == best.log_prob and best.words == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_best_of_all_that_may_be_said(dtype):
    log_probs = draw_log_probs(7, 3, seed=2).astype(dtype)
    expected = sorted(sum_paths(log_probs).items(), key=lambda pair: -pair[1])[:5]
    found = decode_ctc(log_probs, width=200, n_best=5, min_probability=0.0)
    assert [tuple(one.symbols.tolist()) for one in found] == [s for s, _ in expected]
    np.testing.assert_allclose(
        [one.log_prob for one in found], [v for _, v in expected], rtol=1e-6
    )


def test_words_have_times_and_confidences():
    log_probs = spell("the cat", sure=0.9)
    (best,) = decode_ctc(log_probs, texts=TEXTS)
    assert [word.text for word in best.words] == ["the", "cat"]
    # Each second frame says a character, from frame 1 on.
    assert [(word.start, word.end) for word in best.words] == [(1, 6), (9, 14)]
    for word in best.words:
        assert word.confidence == pytest.approx(0.9)
    assert best.frames[:, 0].tolist() == [1, 3, 5, 7, 9, 11, 13]
    np.testing.assert_allclose(best.confidence, 0.9)


def write(found):
    return [" ".join(word.text for word in one.words) for one in found]


def test_a_language_model_and_a_list_of_words_choose_among_what_sounds_alike():
    heard = mix((spell("the cot"), 0.51), (spell("the cat"), 0.49))
    assert write(decode_ctc(heard, texts=TEXTS)) == ["the cot"]
    counts = count_words(["the cat sat", "the cat", "a cot"])
    options = {"texts": TEXTS, "language_model": counts.score}
    assert write(decode_ctc(heard, **options, weight=0.5)) == ["the cat"]
    assert write(decode_ctc(heard, **options, weight=0.0)) == ["the cot"]
    for words in (["the", "cat", "sad"], WordList(["the", "cat"], TEXTS)):
        assert write(decode_ctc(heard, texts=TEXTS, words=words)) == ["the cat"]


def test_a_bonus_for_words_writes_more_of_them():
    heard = mix((spell("catsat"), 0.7), (spell("cat at"), 0.3))
    assert write(decode_ctc(heard, texts=TEXTS)) == ["catsat"]
    (best,) = decode_ctc(heard, texts=TEXTS, word_bonus=2.0)
    assert write([best]) == ["cat at"]
    assert best.score == pytest.approx(best.log_prob + 4.0)


def test_texts_that_are_as_good_come_once():
    found = decode_ctc(spell("the cat ", sure=0.6), texts=TEXTS, n_best=8)
    texts = write(found)
    assert texts[0] == "the cat" and len(set(texts)) == len(texts) == 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_best": 3, "width": 2}, "from 1 to width, which is 2"),
        ({"n_best": 0}, "Got 0"),
        ({"width": 0, "n_best": 1}, "n_best must be from 1 to width, which is 0"),
        ({"texts": TEXTS[:-1]}, "each of the 11 symbols .* Got 10"),
        ({"words": ["a"]}, "need texts"),
        ({"weight": -1}, "weight"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        decode_ctc(spell("the cat"), **options)


@pytest.mark.parametrize("decode", [decode_greedy, decode_ctc])
def test_bad_log_probs_are_refused(decode):
    for shape in [(3,), (3, 1), (2, 3, 4)]:
        with pytest.raises(ValueError, match="Got the shape"):
            decode(np.zeros(shape))
    for value in (np.nan, 0.5):
        with pytest.raises(ValueError, match="log-softmax of logits"):
            decode(np.full((2, 2), value))
