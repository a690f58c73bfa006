"""Texts come back from their tokens."""

import pickle
import re
import unicodedata
from itertools import product

import numpy as np
import pytest

from sklearn_slm.text import Analyzer, SubwordModel, Tokenizer
from sklearn_slm.text.analyzer import split_characters, split_words
from tests.text.samples import ODD_TEXTS, draw_texts

SUBWORDS = SubwordModel(
    (" ", *"abcdeor", " wo", "rd", " n", "on", "好", "，", " (", "..", "a\u0301"),
    np.linspace(-1, -4, 17, dtype=np.float32),
)
TOKENIZERS = [
    Tokenizer(kind, lowercase, strip_tags=strip_tags, subwords=subwords)
    for (kind, subwords), lowercase, strip_tags in product(
        [("word", None), ("char", None), ("subword", SUBWORDS)],
        (False, True),
        (True, False),
    )
] + [Tokenizer(token_pattern=r"\S+"), Tokenizer(token_pattern=r" ?\w+|\W")]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It isn't.", [" It", " is", "n't", "."]),
        ("x (y) z(y)", [" x", " (", "y", ")", " z", "(", "y", ")"]),
        ('"a" "b"', [' "', "a", '"', ' "', "b", '"']),
        ("我用 Python 写", ["我", "用", " Python", " 写"]),
        ("Python好\n好 Python", [" Python", "好", "\n", "好", " Python"]),
        ("《书》 是 (好)", ["《", "书", "》", " 是", " (", "好", ")"]),
        ("a\r\n \n\n\nb", [" a", "\n", "\n", " b"]),
        ("हिन्दी में", [" हिन्दी", " में"]),
        ("<b>wow</b> <unk>", [" wow", " <", "unk", ">"]),
        ("12:30, 3.50...", [" 12:30", ",", " 3.50", "..."]),
        (" ", []),
    ],
)
def test_words(text, tokens):
    assert Tokenizer().split(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ab  c\n\n\nd", ["a", "b", " ", "c", "\n", "\n", "d"]),
        ("กิน é", ["กิ", "น", " ", "é"]),
        ("x\u0301\u0323 \u0301", ["x\u0323\u0301", " ", "\u0301"]),
    ],
)
def test_characters(text, tokens):
    assert Tokenizer("char").split(text) == tokens


def test_subwords():
    tokenizer = Tokenizer("subword", subwords=SUBWORDS)
    assert tokenizer.split("word (on)\n好， b") == (
        [" wo", "rd", " (", "on", ")", "\n", "好", "，", " ", "b"]
    )


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=range(len(TOKENIZERS)))
def test_every_text_comes_back(tokenizer):
    for text in [*ODD_TEXTS, *draw_texts(1000)]:
        normal = tokenizer.normalize(text)
        tokens = tokenizer.split(text)
        assert tokenizer.join(tokens) == normal, text
        assert tokenizer.normalize(normal) == normal, text
        assert tokenizer.split(normal) == tokens, text
        assert all(tokens)


@pytest.mark.parametrize("lowercase", [False, True])
def test_words_without_their_space_are_those_of_classifiers(lowercase):
    tokenizer, analyzer = Tokenizer(lowercase=lowercase), Analyzer(lowercase=lowercase)
    for text in [*ODD_TEXTS, *draw_texts(1000, seed=1)]:
        tokens = tokenizer.split(text)
        words = [token.removeprefix(" ") for token in tokens if token != "\n"]
        normal = tokenizer.normalize(text)
        assert words == split_words(normal), text
        assert words == analyzer(normal), text
        lowered = analyzer.preprocess(text)
        if "<" not in text and unicodedata.is_normalized("NFC", lowered):
            assert words == analyzer(text), text


def test_characters_are_those_of_classifiers():
    for text in ODD_TEXTS:
        normal = Tokenizer("char").normalize(text)
        characters = Tokenizer("char").split(text)
        assert [c for c in characters if c != "\n"] == [
            c for line in normal.split("\n") for c in split_characters(line)
        ]


def test_lower_case_is_composed_and_final():
    # The first has a small letter of its own with the line below, but no capital.
    tokenizer = Tokenizer(lowercase=True)
    assert tokenizer.normalize("H\u0331") == "\u1e96"
    assert tokenizer.normalize("\u212a\u212bİ") == "kåi\u0307"
    for code in range(0x30000):
        text = f"a{chr(code)}\u0301b"
        normal = tokenizer.normalize(text)
        assert tokenizer.normalize(normal) == normal, hex(code)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 50_000])
def test_nested_tags_leave_none(depth):
    text = "x " + "<a " * depth + "<b>" + " c=1>" * depth + " y < z"
    normal = Tokenizer().normalize(text)
    assert Tokenizer().normalize(normal) == normal
    if depth < 5:
        assert normal == "x y < z"
    else:  # Rather no "<" at all than a time beyond linear.
        assert "<" not in normal and normal.endswith("y z")


@pytest.mark.parametrize(
    ("pattern", "text", "tokens", "joined"),
    [
        (
            r"\S+",
            "<unk> n years (old) ",
            [" <unk>", " n", " years", " (old)"],
            "<unk> n years (old)",
        ),
        (r"\w+", "a-b - c,\nd!", [" a", "b", " c", "\n", " d"], "ab c\nd"),
        (r"\w+", "...a\n--\n我b", [" a", "\n", "\n", "我b"], "a\n\n我b"),
        (r"#(\w+)", "a #b c #d", [" b", " d"], "b d"),
        (r"(a)|b", "a b a", [" a", " a"], "a a"),
        (r"\w*", "a b", [" a", " b"], "a b"),
        (r" ?\w+", "It is", [" It", " is"], "It is"),
        (r" \w+|-", "a - - b", [" -", " -", " b"], "- - b"),
        (r"\w+ \w+", "New York is big", [" New York", " is big"], "New York is big"),
        (r"^\w", "ab\ncd", [" a", "\n", " c"], "a\nc"),
    ],
)
def test_patterns_of_users(pattern, text, tokens, joined):
    tokenizer = Tokenizer(token_pattern=pattern)
    assert tokenizer.split(text) == tokens
    assert tokenizer.join(tokens) == joined


def test_whatever_is_generated_can_be_joined():
    assert Tokenizer().join([]) == ""
    assert Tokenizer().join(["n't", " (", " (", "\n", "\n", " a", "b"]) == (
        "n't ( (\n\nab"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "words"}, "kind must be one of ('word', 'char', 'subword')"),
        ({"kind": "char", "token_pattern": r"\w"}, "Got kind='char'; leave one"),
        ({"token_pattern": "("}, "token_pattern='(' is not a regular expression"),
        ({"token_pattern": "(a)(b)"}, "has 2 groups; give at most one"),
        ({"kind": "subword"}, "kind='subword' needs a SubwordModel"),
        ({"subwords": SUBWORDS}, "and other kinds none. Got kind='word'"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Tokenizer(**options)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=range(len(TOKENIZERS)))
def test_pickled_compared_and_hashed_by_value(tokenizer):
    tokenizer.split("some words")
    loaded = pickle.loads(pickle.dumps(tokenizer))
    assert loaded == tokenizer and hash(loaded) == hash(tokenizer)
    assert loaded.split("a word (on)") == tokenizer.split("a word (on)")
    assert len(set(TOKENIZERS)) == len(TOKENIZERS)
