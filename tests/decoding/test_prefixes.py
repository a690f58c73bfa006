"""The beam of prefixes: against sums over all paths, in one go and frame by frame."""

from math import log

import numpy as np
import pytest

from sklearn_slm.decoding.prefixes import BeamOptions, PrefixBeam
from sklearn_slm.decoding.word_list import WordList
from sklearn_slm.decoding.word_model import count_words
from tests.decoding.speech import draw_log_probs, sum_paths, write_words

EXACT = {"width": 100_000, "min_probability": 0.0}
TEXTS = ("", " ", "a", "b")
PIECES = ("", " a", "b", " b")
COUNTS = count_words(["a b", "ab a", "b ab ab", "a"])


def search(log_probs, **options):
    beam = PrefixBeam(BeamOptions(**options))
    beam.read(log_probs)
    return beam.find_best()


def drop_spaces(symbols, texts):
    """Return the symbols without spaces that part no words."""
    kept = []
    for symbol in symbols:
        if texts[symbol] != " " or (kept and texts[kept[-1]] != " "):
            kept.append(symbol)
    return tuple(kept[:-1] if kept and texts[kept[-1]] == " " else kept)


def score_words(words, weight, bonus, language_model):
    score, state = bonus * len(words), None
    for word in [*words, None]:
        log_prob, state = language_model(state, word)
        score += weight * log_prob
    return score


def join(totals, texts):
    joined = {}
    for symbols, value in totals.items():
        key = drop_spaces(symbols, texts)
        joined[key] = np.logaddexp(joined.get(key, -np.inf), value)
    return joined


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n_symbols", [2, 3, 4])
def test_a_beam_of_all_sums_all_paths(n_symbols, seed):
    log_probs = draw_log_probs(6, n_symbols, seed)
    expected = sum_paths(log_probs)
    found = search(log_probs, **EXACT)
    assert {tuple(c.symbols.tolist()): c.log_prob for c in found} == pytest.approx(
        expected
    )
    assert all(c.score == c.log_prob for c in found)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


@pytest.mark.parametrize("texts", [TEXTS, PIECES])
@pytest.mark.parametrize("seed", range(3))
def test_words_are_scored_where_they_end(texts, seed):
    log_probs = draw_log_probs(5, 4, seed)
    totals = join(sum_paths(log_probs), texts)
    expected = {
        symbols: value
        + score_words(write_words(symbols, texts), 0.7, 0.4, COUNTS.score)
        for symbols, value in totals.items()
    }
    found = search(
        log_probs,
        texts=texts,
        language_model=COUNTS.score,
        weight=0.7,
        word_bonus=0.4,
        **EXACT,
    )
    assert {tuple(c.symbols.tolist()): c.score for c in found} == pytest.approx(
        expected
    )
    assert {tuple(c.symbols.tolist()): c.log_prob for c in found} == pytest.approx(
        totals
    )


@pytest.mark.parametrize("texts", [TEXTS, PIECES])
@pytest.mark.parametrize("seed", range(3))
def test_only_known_words_are_written(texts, seed):
    log_probs, known = draw_log_probs(6, 4, seed), {"ab", "b"}
    totals = {}
    for symbols, value in sum_paths(log_probs).items():
        text = "".join(texts[symbol] for symbol in symbols)
        text = text.removeprefix(" ") if texts is PIECES else text
        # Nor is there a space before the first word, or one after another.
        if not text or set(text.removesuffix(" ").split(" ")) <= known:
            totals[symbols] = value
    expected = join(totals, texts)
    words = WordList(known, texts)
    found = search(log_probs, texts=texts, words=words, **EXACT)
    assert {tuple(c.symbols.tolist()): c.log_prob for c in found} == pytest.approx(
        expected
    )
    narrow = search(log_probs, texts=texts, words=words, width=3)
    for candidate in narrow:
        assert set(write_words(candidate.symbols, texts)) <= known


def test_an_unfinished_word_is_left_out_or_cut():
    sure = np.full((4, 4), 1e-9)
    sure[np.arange(4), [3, 1, 2, 0]] = 1.0  # "b a"
    words = WordList(["b", "ab"], TEXTS)
    (best, *_) = search(np.log(sure), texts=TEXTS, words=words, width=1)
    assert write_words(best.symbols, TEXTS) == ["b"]
    (best, *_) = search(np.log(sure), texts=TEXTS, words=words, width=50)
    assert write_words(best.symbols, TEXTS) == ["b"]
    only = WordList(["ab"], TEXTS)
    (best, *_) = search(np.log(sure[2:3]), texts=TEXTS, words=only, width=1)
    assert best.symbols.tolist() == []


@pytest.mark.parametrize("width", [1, 2, 5, 40])
@pytest.mark.parametrize("counts_words", [False, True])
def test_a_narrow_beam_never_finds_more_probability_than_there_is(width, counts_words):
    log_probs = draw_log_probs(7, 4, seed=width)
    totals = join(sum_paths(log_probs), TEXTS)
    options = {"texts": TEXTS, "width": width, "min_probability": 0.0}
    if counts_words:
        options |= {"language_model": COUNTS.score, "word_bonus": 1.0}
    found = search(log_probs, **options)
    assert 1 <= len(found) <= width
    for candidate in found:
        symbols = tuple(candidate.symbols.tolist())
        assert candidate.log_prob <= totals[symbols] + 1e-9
    if width == 40 and not counts_words:
        best = max(totals, key=totals.get)
        assert tuple(found[0].symbols.tolist()) == best
        assert found[0].log_prob == pytest.approx(totals[best], abs=0.05)


def test_a_beginning_that_was_given_up_comes_again():
    """Its own followers were kept: both find each other, and nothing counts twice."""
    for seed in range(20):
        log_probs = draw_log_probs(7, 3, seed, scale=2.5)
        totals = sum_paths(log_probs)
        beam = PrefixBeam(BeamOptions(width=3, min_probability=0.0))
        for t in range(7):
            beam.read(log_probs[t : t + 1])
            keys = [candidate.symbols.tolist() for candidate in beam.find_best()]
            assert len(keys) == len({tuple(key) for key in keys})
        for candidate in beam.find_best():
            symbols = tuple(candidate.symbols.tolist())
            assert candidate.log_prob <= totals[symbols] + 1e-9


@pytest.mark.parametrize("n", [1, 3])
def test_blocks_of_any_size_are_the_same(n):
    log_probs = draw_log_probs(30, 4, seed=5)
    options = {"texts": TEXTS, "language_model": COUNTS.score, "width": 6}
    expected = search(log_probs, **options)
    beam = PrefixBeam(BeamOptions(**options))
    for start in range(0, 30, n):
        beam.read(log_probs[start : start + n])
        beam.find_best()  # asking changes nothing
    found = beam.find_best()
    assert [c.symbols.tolist() for c in found] == [c.symbols.tolist() for c in expected]
    assert [c.score for c in found] == [c.score for c in expected]


def test_no_frames_say_nothing():
    (best,) = PrefixBeam(BeamOptions()).find_best()
    assert best.symbols.tolist() == [] and best.score == best.log_prob == 0.0


def test_long_recordings_lose_no_digits_and_need_no_more_memory():
    log_probs = np.tile(draw_log_probs(50, 4, seed=1, scale=4.0), (40, 1))
    (best, *_) = search(log_probs, width=4)
    # Each second frame on average says something.
    assert -1e4 < best.log_prob < -100 and len(best.symbols) > 500
    long = np.zeros((40_001, 2))
    long[::2, 0] = long[1::2, 1] = -40.0
    beam = PrefixBeam(BeamOptions(width=2))
    beam.read(long)
    (best, *_) = beam.find_best()
    assert len(best.symbols) == 20_001
    assert best.log_prob == pytest.approx(0.0, abs=1e-3)
    del beam, best  # a chain of that length ends without a stack of that depth


def test_nobody_asks_for_words_that_cannot_be_kept():
    asked = []

    def listen(state, word):
        asked.append(word)
        return log(0.1), state

    probs = np.full((5, 4), 1e-3)
    probs[np.arange(5), [2, 0, 1, 3, 0]] = 1.0  # "a b"
    search(np.log(probs), texts=TEXTS, language_model=listen, width=2)
    assert asked.count("a") == 1 and len(set(asked)) <= 4


def test_the_rarest_symbols_are_left_out():
    probs = np.array([[0.5, 0.3, 0.15, 0.05]])
    options = {"width": 10, "min_probability": 0.0}

    def say(**more):
        found = search(np.log(probs), **(options | more))
        return [candidate.symbols.tolist() for candidate in found]

    assert say() == [[], [1], [2], [3]]
    assert say(most_symbols=2) == [[], [1], [2]]
    assert say(min_probability=0.2) == [[], [1]]


def test_a_blank_of_no_probability():
    with np.errstate(divide="ignore"):
        log_probs = np.log([[0.0, 1.0, 0.0]] * 3)
    (best, *_) = search(log_probs)
    assert best.symbols.tolist() == [1] and best.log_prob == pytest.approx(0.0)
    nothing = np.full((2, 3), -np.inf)
    (best, *_) = search(nothing)
    assert best.symbols.tolist() == [] and best.log_prob < -100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "at least 1. Got 0 and 20"),
        ({"most_symbols": 0}, "Got 16 and 0"),
        ({"weight": -1.0}, "Got -1.0 and 0.0001"),
        ({"weight": np.nan}, "Got nan"),
        ({"min_probability": 1.0}, "less than 1. Got 0.5 and 1.0"),
        ({"word_bonus": np.inf}, "word_bonus must be a number. Got inf"),
        ({"word_bonus": 1.0}, "need texts"),
        ({"language_model": COUNTS.score}, "Got texts=None"),
        ({"words": WordList(["a"], TEXTS)}, "need texts"),
        ({"words": WordList(["a"], TEXTS), "texts": PIECES}, "made for the texts"),
        ({"texts": ("a", "b")}, "that of the blank"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        BeamOptions(**options)
