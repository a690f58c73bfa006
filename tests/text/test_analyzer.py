import copy
import pickle
import threading
from enum import Enum

import numpy as np
import pytest

from sklearn_slm import WordVectors, train_glove
from sklearn_slm.text import Analyzer, align_tokens, compile_pattern
from sklearn_slm.text.analyzer import clean_text, split_words, strip_accents


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Not bad, and NOT dull!", ["not", "bad", ",", "and", "not", "dull", "!"]),
        ("I don't; it's 3.50 at 12:30", "i do n't ; it 's 3.50 at 12:30".split()),
        ("wo n't he 'll", ["wo", "n't", "he", "'ll"]),
        ("It\u2019s fine", ["it", "'s", "fine"]),
        ("wait... what?!", ["wait", "...", "what", "?", "!"]),
        ("state-of-the-art", "state - of - the - art".split()),
        ("1,000 v2 3rd 4.", ["1,000", "v2", "3rd", "4", "."]),
        ("a_b #tag @me 5%", ["a_b", "#", "tag", "@", "me", "5", "%"]),
        ("", []),
        (" \t\n ", []),
        # Scripts without spaces give characters, also beside Latin words.
        ("我用Python 3写程序。", "我 用 python 3 写 程 序 。".split()),
        ("东京スカイツリー", list("东京スカイツリー")),
        ("กินข้าว", ["กิ", "น", "ข้", "า", "ว"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        # Scripts with spaces stay whole, vowel signs and accents included.
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("Cafe\u0301 naïve", ["café", "naïve"]),
        ("привет, мир", ["привет", ",", "мир"]),
        ("good 👍🏽!", ["good", "👍", "🏽", "!"]),
    ],
)
def test_words_numbers_and_marks(text, tokens):
    assert Analyzer()(text) == tokens


def test_ascii_and_general_patterns_agree():
    text = "It's 12:30; don't say 3.5% of a_b's... n't 'tis (x-y)!"
    assert split_words(text + " é") == [*split_words(text), "é"]


def test_cleaning_blanks_markup_and_what_is_no_text():
    assert Analyzer()("one<br /><br />two</p>") == ["one", "two"]
    assert Analyzer()("a < b > c") == ["a", "<", "b", ">", "c"]
    assert Analyzer()("<PERSON> said") == ["<", "person", ">", "said"]
    assert Analyzer(strip_tags=False)("<b>x") == ["<", "b", ">", "x"]
    assert Analyzer()("a\x00b\u200bc\ufeffd\ud800e\ufffdf") == list("abcdef")
    assert clean_text("e\u0301") == "é"


def test_options_are_independent():
    text = "The café, the Bar!"
    assert Analyzer(lowercase=False)(text) == ["The", "café", ",", "the", "Bar", "!"]
    assert Analyzer(strip_accents="unicode")("Café") == ["cafe"]
    assert Analyzer(remove_punctuation=True)(text) == ["the", "café", "the", "bar"]
    assert Analyzer(stop_words=frozenset({"the"}))(text) == ["café", ",", "bar", "!"]
    assert Analyzer(token_pattern=r"[a-z]+")(text) == ["the", "caf", "the", "bar"]
    assert Analyzer(token_pattern=r"([a-z])[a-z]*,")("ab, cd,") == ["a", "c"]


def test_patterns_of_users_are_compiled_and_have_one_group_at_most():
    assert compile_pattern(r"(a)(?:b)").groups == 1
    with pytest.raises(ValueError, match=r"token_pattern='\(' is not a regular expr"):
        compile_pattern("(")
    with pytest.raises(ValueError, match=r"has 2 groups; give at most one"):
        compile_pattern("(a)(b)")


def test_characters():
    assert Analyzer("char")("Ab  c!") == ["a", "b", " ", "c", "!"]
    assert Analyzer("char", remove_punctuation=True)("a-b。中") == ["a", "b", "中"]
    assert Analyzer("char")(" กิน ") == ["กิ", "น"]


def test_a_callable_receives_the_raw_document():
    assert Analyzer(str.split)("Two  Words!") == ["Two", "Words!"]


Word = Enum("Word", {"GOOD": "good", "DAY": "day"}, type=str)


@pytest.mark.parametrize(
    "returned",
    [
        ["good", "day"],
        ("good", "day"),
        iter(["good", "day"]),
        (word for word in ("good", "day")),
        map(str.lower, ["GOOD", "day"]),
        {"good": 1, "day": 2}.keys(),
        np.array(["good", "day"]),
        np.array(["good", "day"], object),
        list(Word),
        Word,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_analyzer_returns_is_consumed_as_plain_strings(returned):
    tokens = Analyzer(lambda document: returned)("...")
    assert tokens == ["good", "day"] and type(tokens) is list
    assert {type(token) for token in tokens} == {str}


def split_nothing(text):
    text.split()


@pytest.mark.parametrize(
    ("analyzer", "message"),
    [
        (split_nothing, r"split_nothing must return .*, but None came\. Does .*return"),
        (
            str.lower,
            r"builtins:str.lower must .* str 'a b' came\. To .* text.split\(\)",
        ),
        (
            str.encode,
            r"builtins:str.encode must return a list of str.* bytes b'a b' came",
        ),
        (len, "builtins:len must return .* but int 3 came"),
        (lambda text: [1], r"lambda.* token 0 is int 1\. Return .*\[str\(token\)"),
        (lambda text: iter(["a", None]), "lambda.* token 1 is None"),
        (lambda text: [["a"]], "token 0 is list"),
        (lambda text: np.zeros((1, 2)), "token 0 is ndarray"),
        (lambda text: np.array("a"), "must return .* but ndarray .* came"),
    ],
)
def test_an_analyzer_that_returns_no_tokens_is_named(analyzer, message):
    vectors = WordVectors(["a"], [[1.0]])
    for call in (
        lambda: Analyzer(analyzer)("a b"),
        lambda: align_tokens(Analyzer(analyzer), "a b"),
        lambda: vectors.coverage(["a b"], analyzer),
        lambda: train_glove(["a b"], analyzer=analyzer),
    ):
        with pytest.raises(TypeError, match=message):
            call()


def test_an_error_inside_of_an_analyzer_is_its_own():
    def fail(text):
        yield from text
        raise TypeError("no noun")

    with pytest.raises(TypeError, match="^no noun$"):
        Analyzer(fail)("ab")


def test_accents_of_other_scripts_stay():
    assert strip_accents("Ångström") == "Angstrom"
    assert strip_accents("हिन्दी กิน") == "हिन्दी กิน"
    assert strip_accents("naïve 中", "ascii") == "naive "


def test_pickles_and_compares_by_value():
    analyzer = Analyzer(stop_words=frozenset({"a"}), token_pattern=r"\w")
    assert pickle.loads(pickle.dumps(analyzer)) == analyzer


class Locked:
    def __init__(self):
        self.lock = threading.RLock()

    def split(self, text):
        return text.split()


def test_copies_share_a_callable_whose_owner_cannot_be_copied():
    analyzer = Analyzer(Locked().split)
    assert copy.deepcopy(analyzer).analyzer is analyzer.analyzer
    assert copy.copy(analyzer) == analyzer
    with pytest.raises(pickle.PicklingError, match=r"RLock.*no module has it under"):
        pickle.dumps(analyzer)
