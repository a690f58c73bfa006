"""Offsets point into the original string, whatever was done to the text."""

import unicodedata
from itertools import product

import numpy as np
import pytest

from sklearn_slm.text import Analyzer, align_tokens

ALPHABET = [
    *"abZ İßΣσςéÅ'’.,!3-_",
    "e\u0301",
    "\u0301",
    "a\u0323\u0307",
    "n't",
    "N\u2019T ",
    "<br />",
    "<user>",
    "<a title='x > y'>",
    "<!-- A -->",
    "-->",
    "=",
    "</B>",
    "<",
    "\u200b",
    "\ufeff",
    "\ud800",
    "\u00ad",
    "好",
    "书",
    "กำ",
    "न्दे",
    "\u09c7\u09be",
    "가",
    "\u1100\u1161\u11a8",
    "ﬁ",
    "½",
    "…",
    "\n",
    "\u00a0",
    "🙂",
    "👩\u200d🚀",
]
ANALYZERS = [
    Analyzer(lowercase=lower, strip_accents=accents, **options)
    for lower, accents, options in product(
        (True, False),
        (None, "unicode", "ascii"),
        (
            {},
            {"remove_punctuation": True},
            {"analyzer": "char"},
            {"analyzer": "char", "remove_punctuation": True},
            {"token_pattern": r"(?u)\b(\w)\w*\b|\."},
            {"stop_words": frozenset("ab")},
            {"strip_tags": False},
        ),
    )
]


def random_documents(n, seed=0):
    generator = np.random.RandomState(seed)
    return [
        "".join(ALPHABET[i] for i in generator.randint(len(ALPHABET), size=length))
        for length in generator.randint(0, 30, size=n)
    ]


@pytest.mark.parametrize("analyzer", ANALYZERS, ids=range(len(ANALYZERS)))
def test_tokens_are_those_of_the_analyzer_and_spans_rise(analyzer):
    for document in random_documents(150):
        tokens, offsets = align_tokens(analyzer, document)
        assert tokens == analyzer(document), document
        assert len(offsets) == len(tokens)
        before = 0
        for start, end in offsets:
            assert before <= end <= len(document) and 0 <= start <= end
            before = start


@pytest.mark.parametrize("accents", [None, "unicode"])
def test_what_a_span_holds_gives_its_token(accents):
    analyzer = Analyzer(strip_accents=accents)
    for document in random_documents(300, seed=1):
        for token, (start, end) in zip(*align_tokens(analyzer, document)):
            piece = analyzer.preprocess(document[start:end])
            # The case of sigma depends on what stands beside it.
            assert token.replace("ς", "σ") in piece.replace("ς", "σ")


def test_every_composition_of_this_unicode_is_tracked():
    analyzer = Analyzer(analyzer="char", lowercase=False)
    pairs = [
        unicodedata.normalize("NFD", chr(code))
        for code in range(0x20000)
        if unicodedata.decomposition(chr(code))[:1] not in ("", "<")
    ]
    pairs = [pair for pair in pairs if unicodedata.category(pair[0])[0] != "M"]
    assert len(pairs) > 1400
    for pair in pairs:
        document = f"x{pair}y"
        tokens, offsets = align_tokens(analyzer, document)
        assert tokens == analyzer(document), pair
        assert offsets[0] == (0, 1) and offsets[-1][1] == len(document)


def test_worked_examples():
    document = "<p>Cafe\u0301 d\u2019été</p> ISN\u2019T 3.50 好书"
    tokens, offsets = align_tokens(Analyzer(strip_accents="unicode"), document)
    pieces = [document[start:end] for start, end in offsets]
    assert tokens == ["cafe", "d", "'", "ete", "is", "n't", "3.50", "好", "书"]
    assert pieces == [
        "Cafe\u0301",
        "d",
        "\u2019",
        "été",
        "IS",
        "N\u2019T",
        "3.50",
        "好",
        "书",
    ]


def test_tokens_of_a_callable_are_searched_for():
    analyzer = Analyzer(analyzer=lambda text: [*text.lower().split(), "[end]"])
    document = "Good day, good DAY"
    tokens, offsets = align_tokens(analyzer, document)
    assert tokens == ["good", "day,", "good", "day", "[end]"]
    assert offsets == [(0, 4), (5, 9), (10, 14), (15, 18), (18, 18)]


def test_stop_words_leave_their_place_empty():
    document = "Not THE film"
    analyzer = Analyzer(stop_words=frozenset({"the"}))
    assert align_tokens(analyzer, document) == (["not", "film"], [(0, 3), (8, 12)])
