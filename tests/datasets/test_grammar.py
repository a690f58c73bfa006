"""The grammar holds combinations out; both readings of a pattern occur."""

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.datasets._corpus import GRAMMARS, draw_corpus
from sklearn_slm.datasets._grammar import (
    Domain,
    Grammar,
    Pattern,
    build_topics,
    draw_texts,
    split_topics,
)

LANGUAGES = ["en", "zh"]
TOY = Grammar(
    patterns=(
        Pattern("{S} is {good}, not {bad}"),
        Pattern("{good} beats {bad}", "rival"),
        Pattern("I will {good}", "plan", negative="never will I {good}", weight=3),
    ),
    domains=(
        Domain(
            name="toy",
            noun="toy",
            aspects={
                "it": (("loud", "quiet"), ("new", "old")),
                "the lid": (("round", "square"), ("new", "old")),
            },
            rivals=("the rest",),
            this="this toy",
            plans=(("stay", "go"),),
            openers=("Hello.",),
        ),
    ),
    generic_pairs=(("good", "bad"),),
    degrees=("",),
    names=("Ann", "Bob", "Cy"),
    days=("Monday",),
    leads=("",),
    closers=("Bye.",),
    separator=" ",
    finish=str,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_occurs_with_both_labels(language):
    for subset in ("train", "test"):
        labels = defaultdict(set)
        for row in draw_corpus(language, subset, np.random.RandomState(0)):
            labels[row.combination[0]].add(row.positive)
        assert set(labels) == set(range(len(GRAMMARS[language].patterns)))
        assert all(signs == {True, False} for signs in labels.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_has_one_opposite(language):
    # With two, train could hold the very sentence that the other pair held out.
    pairs = {t.pair for t in build_topics(GRAMMARS[language]) if "any" in t.fits}
    words = Counter(word for pair in pairs for word in pair)
    assert set(words.values()) == {1}
    for domain in GRAMMARS[language].domains:
        assert all(len(pairs) >= 2 for pairs in domain.aspects.values())


def test_every_pair_is_a_topic_with_what_it_can_be_said_of():
    found = [(t.pair, t.subjects, sorted(t.fits)) for t in build_topics(TOY)]
    assert found == [
        (("good", "bad"), ("it", "the lid"), ["any", "whole"]),
        (("loud", "quiet"), ("it",), ["any", "whole"]),
        (("new", "old"), ("it", "the lid"), ["any", "whole"]),
        (("round", "square"), ("the lid",), ["any"]),
        (("stay", "go"), ("it",), ["plan"]),
        (("this toy", "the rest"), ("it",), ["rival"]),
    ]


def test_one_pair_in_four_of_a_pattern_is_held_out():
    known, held_out = (
        [
            (i, [t.pair[0] for t in topics])
            for i, _, topics in split_topics(TOY, held_out=h)
        ]
        for h in (False, True)
    )
    # Pair j of pattern i is held out where i + j is a multiple of four.
    assert known[0] == (0, ["loud", "new", "round"])
    assert held_out[0] == (0, ["good"])
    assert known[1] == (1, ["this toy"]) and held_out[1] == (1, [])
    # A pattern of weight three has three turns.
    assert known[2:] == [(2, ["stay"])] * 3


def test_both_readings_of_a_toy_sentence():
    grammar = replace(TOY, patterns=TOY.patterns[:1])
    rows = draw_texts(grammar, 8, np.random.RandomState(0), held_out=True, paired=True)
    texts = {row.text: row.positive for row in rows}
    assert len(texts) == 8 and sum(texts.values()) == 4
    assert {row.combination for row in rows} == {(0, ("good", "bad"))}
    for text, positive in texts.items():
        opposite = text.replace("good", "?").replace("bad", "good").replace("?", "bad")
        assert ("is good, not bad" in text) is positive
        assert texts[opposite] is not positive
