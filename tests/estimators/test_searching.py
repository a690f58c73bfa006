"""Translations of a network that is made up: what it says is known."""

from typing import NamedTuple

import numpy as np
import pytest

from sklearn_slm.estimators.searching import (
    SearchOptions,
    Sources,
    draw_translations,
    translate,
)
from sklearn_slm.estimators.sides import Side
from sklearn_slm.text import Tokenizer, learn_vocabulary

NOTHING = -50.0


class Memory(NamedTuple):
    ids: np.ndarray
    lengths: np.ndarray


class CopyNetwork:
    """Writes the ids that it reads, then the end, and looks at each in its turn."""

    def __init__(self, n_tokens):
        self.n_tokens = n_tokens

    def read_sources(self, texts):
        ids = texts.pad(int(texts.lengths.max()))
        return Memory(ids, texts.lengths), (np.zeros((len(texts), 1), np.float32),)

    def decode_step(self, memory, state, ids):
        width = len(ids) // len(memory.ids)
        text = np.repeat(np.arange(len(memory.ids)), width)
        at = state[0][:, 0].astype(int)
        inside = at < memory.lengths[text]
        place = np.minimum(at, memory.lengths[text] - 1)
        token = np.where(inside, memory.ids[text, place], 0)
        rows = np.arange(len(ids))
        log_probs = np.full((len(ids), self.n_tokens), NOTHING, np.float32)
        # What comes second is the token after it.
        log_probs[rows, (token + 1) % self.n_tokens] = np.log(np.float32(0.25))
        log_probs[rows, token] = np.log(np.float32(0.75))
        attention = np.zeros((len(ids), memory.ids.shape[1]), np.float32)
        attention[rows, place] = 1.0
        return log_probs, attention, (state[0] + 1,)


def make_side(tokens, kind="word", **options):
    tokenizer = Tokenizer(kind, strip_tags=False, **options)
    # All as frequent: ids in the order of the alphabet.
    return Side(tokenizer, learn_vocabulary([[token] for token in sorted(tokens)])[0])


def run(texts, source, target, network=None, **options):
    network = network or CopyNetwork(len(target.vocabulary) + 2)
    return translate(network, source, target, texts, SearchOptions(**options))


ENGLISH = make_side([" cat", " dog", " mat"])
GERMAN = make_side([" Hund", " Katze", " Matte"])


def test_tokens_become_tokens():
    rows = run(["dog cat", "", "mat"], ENGLISH, GERMAN)
    assert [row[0].text for row in rows] == ["Katze Hund", "", "Matte"]
    first, empty = rows[0][0], rows[1][0]
    assert first.tokens == [" Katze", " Hund"]
    assert first.attention.tolist() == [[1, 0], [0, 1]]
    assert first.score == pytest.approx(3 * np.log(0.75) / (8 / 6))
    assert empty.score == 0.0 and empty.attention.shape == (0, 0)
    assert run([], ENGLISH, GERMAN) == []


def test_an_unknown_token_is_copied():
    (row,) = run(["Xerxes dog Yvonne"], ENGLISH, GERMAN)
    assert row[0].text == "Xerxes Katze Yvonne"
    chinese = make_side(["我", "猫", "狗"])
    assert run(["Zoe cat Zoe"], ENGLISH, chinese)[0][0].text == "Zoe我Zoe"
    assert run(["我龙猫"], chinese, GERMAN)[0][0].text == "Hund 龙 Matte"
    letters = make_side("abc", "char")
    assert run(["a龙Жb"], letters, letters)[0][0].text == "a龙Жb"


def test_each_unknown_token_is_copied_once_before_one_is_again():
    class Blind(CopyNetwork):
        def decode_step(self, memory, state, ids):
            log_probs, attention, state = super().decode_step(memory, state, ids)
            attention[:] = 1.0 / attention.shape[1]
            return log_probs, attention, state

    (row,) = run(["A dog B A"], ENGLISH, GERMAN, Blind(5))
    assert row[0].text == "A Katze B A"


def test_nothing_unknown_is_written_without_something_to_copy():
    class Unsure(CopyNetwork):
        def decode_step(self, memory, state, ids):
            log_probs, attention, state = super().decode_step(memory, state, ids)
            log_probs[:, 1] = np.log(np.float32(0.9))
            return log_probs, attention, state

    for width in (1, 3):
        (row,) = run(["dog"], ENGLISH, GERMAN, Unsure(5), width=width)
        assert row[0].text == "Katze"


def test_a_translation_has_a_greatest_length():
    class Endless(CopyNetwork):
        def decode_step(self, memory, state, ids):
            _, attention, after = super().decode_step(memory, state, ids)
            log_probs = np.full((len(ids), self.n_tokens), NOTHING, np.float32)
            own = [2 + int("0120210011220102"[int(t)]) for t in state[0][:, 0] % 16]
            log_probs[np.arange(len(ids)), own] = 0.0
            return log_probs, attention, after

    for ratio, n in ((2.0, 16), (0.5, 11), (0.0, 10)):
        (row,) = run(
            ["dog cat mat"], ENGLISH, GERMAN, Endless(5), max_length_ratio=ratio
        )
        assert len(row[0].tokens) == n
        assert row[0].text.startswith("Hund Katze Matte Hund Matte")


def test_the_best_are_different_texts():
    (row,) = run(["dog cat"], ENGLISH, GERMAN, width=4, n_best=4)
    assert row[0].text == "Katze Hund" and len(row) > 1
    assert len({t.text for t in row}) == len(row)
    scores = [t.score for t in row]
    assert scores == sorted(scores, reverse=True)
    # "aa" can be one token or two.
    letters = make_side(["a", "aa"], "char")
    (row,) = run(["a"], letters, letters, width=6, n_best=6)
    assert len({t.text for t in row}) == len(row)


def test_drawn_translations_depend_on_their_seeds_alone():
    texts = ["dog cat mat", "", "Zoe cat", "mat"] * 3
    seeds = np.arange(len(texts), dtype=np.uint64)
    network = CopyNetwork(5)

    def draw(texts, seeds, **sampling):
        drawn = draw_translations(
            network, ENGLISH, GERMAN, texts, seeds, max_length_ratio=2.0, **sampling
        )
        return [t.text for t in drawn]

    written = draw(texts, seeds)
    assert draw(texts[::-1], seeds[::-1])[::-1] == written
    assert len(set(written[::4])) > 1 and written[1] == ""
    greedy = draw(texts, seeds, temperature=0.0)
    assert greedy == ["Katze Hund Matte", "", "Zoe Hund", "Matte"] * 3


def test_sources_are_split_once():
    sources = Sources.of(ENGLISH, ["dog Zoe", "", "cat"])
    assert sources.tokens == [[" dog", " Zoe"], [], [" cat"]]
    assert sources.ids.values.tolist() == [3, 1, 2]
    assert sources.ids.values.dtype == np.int32
    assert sources.ids.offsets.tolist() == [0, 2, 2, 3]
