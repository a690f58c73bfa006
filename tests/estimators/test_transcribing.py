"""From log-probabilities to texts, words and times."""

import numpy as np
import pytest

from sklearn_slm.decoding.word_list import WordList
from sklearn_slm.decoding.word_model import count_words
from sklearn_slm.estimators.transcribing import (
    Live,
    SpeechSearch,
    find_texts,
    join_symbols,
    write_text,
)

TEXTS = ("", " ", "a", "b")


def make_log_probs(path, sure=0.9):
    """Return log-probabilities of frames, each of which is sure of one symbol."""
    probs = np.full((len(path), len(TEXTS)), (1 - sure) / (len(TEXTS) - 1))
    probs[np.arange(len(path)), path] = sure
    return np.log(probs).astype(np.float32)


PATH = [0, 2, 2, 0, 3, 0, 1, 0, 3, 0]  # "ab b"


def test_greedy():
    search = SpeechSearch(TEXTS)
    assert search.is_greedy
    (best,) = find_texts(make_log_probs(PATH), search)
    assert write_text(best) == "ab b"
    assert [tuple(word[:3]) for word in best.words] == [("ab", 1, 5), ("b", 8, 9)]
    assert best.words[0].confidence == pytest.approx(0.9)
    assert best.score == pytest.approx(10 * np.log(0.9), abs=1e-4)


def test_a_beam_finds_several_texts():
    search = SpeechSearch(TEXTS, width=4)
    found = find_texts(make_log_probs(PATH, 0.7), search, n_best=6)
    texts = [write_text(spoken) for spoken in found]
    assert texts[0] == "ab b" and len(set(texts)) == len(texts) > 3
    scores = [spoken.score for spoken in found]
    assert scores == sorted(scores, reverse=True)
    # One alone, also where the beam is wider.
    assert [write_text(s) for s in find_texts(make_log_probs(PATH), search)] == ["ab b"]


def test_no_frames():
    for width in (1, 4):
        (best,) = find_texts(np.zeros((0, 4)), SpeechSearch(TEXTS, width=width))
        assert write_text(best) == "" and best.words == [] and best.score == 0.0


def test_a_language_model_and_a_list_of_words_decide():
    # Between "a" and "b" the sounds leave it open, a little in favour of "b".
    probs = np.array([[0.02, 0.01, 0.47, 0.5], [0.9, 0.04, 0.03, 0.03]])
    counts = count_words(["a", "a", "a", "b"])
    search = SpeechSearch(TEXTS, 4, lambda: counts.score, weight=1.0, word_bonus=1.0)
    assert not search.is_greedy
    assert write_text(find_texts(np.log(probs), search)[0]) == "a"
    assert write_text(find_texts(np.log(probs), SpeechSearch(TEXTS, 4))[0]) == "b"
    only = SpeechSearch(TEXTS, 1, words=WordList(["a"], TEXTS))
    assert not only.is_greedy
    assert write_text(find_texts(np.log(probs), only)[0]) == "a"


def test_texts_while_the_frames_come():
    log_probs = make_log_probs(PATH, 0.97)
    live = Live(SpeechSearch(TEXTS, width=4))
    texts = [live.read(log_probs[i : i + 2]) for i in range(0, 10, 2)]
    assert texts == ["a", "a", "ab", "ab", "ab b"]
    assert live.read(log_probs[:0]) == "ab b"


def test_symbols_to_text():
    assert join_symbols([], TEXTS) == ""
    assert join_symbols([1, 2, 3, 1, 1, 3, 1], TEXTS) == "ab b"
