"""Variants of texts: what changes, and what does not."""

import numpy as np
import pytest

from sklearn_slm.text.augment import (
    KEYBOARD,
    cut_words,
    drop_words,
    misspell_words,
    mix_texts,
    replace_words,
    swap_words,
)

TEXTS = [
    "It wasn't bad, was it? <br />Yes, 3.50!",
    "  two  spaces\tand a tab ",
    "我用Python写程序，很好！",
    "หนังดี",
    "हिन्दी में, ठीक है।",
    "Cafe\u0301 (naïve) it\u2019s",
    "שלום, עולם",
    "...",
    "",
]


def draw(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_give_the_text_again(text):
    pieces = cut_words(text)
    assert pieces.join() == text
    assert len(pieces.gaps) == len(pieces.words) + 1
    assert all(pieces.words)
    for change in (drop_words, swap_words, misspell_words):
        assert change(text, draw(), 0.0) == text
    assert replace_words(text, draw(), 0.0, lambda word: ["x"]) == text


def test_words_are_whole():
    for text, words in [
        (TEXTS[0], ["It", "wasn't", "bad", "was", "it", "Yes", "3.50"]),
        (TEXTS[2], ["我", "用", "Python", "写", "程", "序", "很", "好"]),
        (TEXTS[4], ["हिन्दी", "में", "ठीक", "है"]),
        (TEXTS[5], ["Cafe\u0301", "naïve", "it\u2019s"]),
        ("won't can't I'll", ["won't", "can't", "I'll"]),
    ]:
        assert cut_words(text).words == words


class Hits:
    """Draws that hit the words of these numbers, and the last of what is chosen from."""

    def __init__(self, *hits):
        self.hits = hits

    def random(self, n=None):
        return np.array([0.0 if i in self.hits else 0.9 for i in range(n)])

    def integers(self, n):
        return n - 1


@pytest.mark.parametrize(
    ("text", "hit", "left"),
    [
        ("a b c", 1, "a c"),
        ("a b c", 0, "b c"),
        ("a b c.", 2, "a b."),
        ("a, b c", 1, "a, c"),
        ("a b, c", 1, "a, c"),
        ("a (b c) d", 1, "a (c) d"),
        ("A. So, b", 1, "A. b"),
        ("So, b", 0, "b"),
        ("a (b) c", 1, "a () c"),
        ("我很好。", 1, "我好。"),
        (" a b", 0, " b"),
    ],
)
def test_dropping_closes_the_gap(text, hit, left):
    assert drop_words(text, Hits(hit), 0.5) == left


def test_one_word_stays():
    assert drop_words("a b c", draw(), 1.0) in ("a", "b", "c")
    assert drop_words("word", draw(), 1.0) == "word"


def test_so_many_are_dropped():
    text = " ".join(["word"] * 2000)
    assert drop_words(text, draw(), 0.1).count("word") == pytest.approx(1800, abs=40)


def test_swaps_stay_between_marks_and_move_a_word_once():
    assert swap_words("a b c d", Hits(0), 0.5) == "b a c d"
    assert swap_words("a b c d", Hits(0, 1), 0.5) == "b a c d"
    assert swap_words("a, b c", Hits(0, 2), 0.5) == "a, b c"
    assert swap_words("我很好", Hits(1), 0.5) == "我好很"


def test_replacements_are_written_as_the_words_were():
    find = {"good": ["fine", "great"], "GOOD": ["great"], "Good": ["great"]}
    text = "Good, GOOD and good"
    found = replace_words(text, Hits(0, 1, 2, 3), 0.5, lambda word: find.get(word, []))
    assert found == "Great, GREAT and great"


def test_the_keyboard():
    assert KEYBOARD["s"] == "adewxz"
    assert KEYBOARD["q"] == "aw"
    assert KEYBOARD["m"] == "jkn"
    assert all(key in KEYBOARD[other] for key in KEYBOARD for other in KEYBOARD[key])


def test_slips():
    assert misspell_words("a film 2024", Hits(1, 2), 0.5) == "a filn 2024"
    assert misspell_words("a FILM", Hits(1), 0.5) == "a FILN"
    # Marks stay with their letters; other scripts get exchanges.
    assert misspell_words("привет", Hits(0), 0.5) == "привте"
    assert misspell_words("שלום", Hits(0), 0.5) == "שלםו"
    assert misspell_words("ά\u0323βγ", Hits(0), 0.5) == "ά\u0323γβ"
    assert misspell_words("我很好", Hits(1), 0.5) == "我好很"
    # The last character has no neighbour behind it.
    assert misspell_words("我很好", Hits(2), 0.5) == "我很好"


def test_mixtures_hold_the_beginning_of_one_and_the_end_of_the_other():
    first, second = "one two three four.", "ONE TWO THREE FOUR!"
    found = {mix_texts(first, second, draw(seed)) for seed in range(40)}
    assert found == {
        "one TWO THREE FOUR!",
        "one two THREE FOUR!",
        "one two three FOUR!",
        "one two three four FOUR!",
        "one ONE TWO THREE FOUR!",
    }
    assert mix_texts("我很好", "他不在", draw()) in ("我不在", "我很在", "我很好在")
    assert mix_texts("one", "...", draw()) == "one"
    assert mix_texts("one", "two", draw()) == "one two"
