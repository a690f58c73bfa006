"""What the guide says of ten scripts."""

import unicodedata
from itertools import pairwise

import pytest

from sklearn_slm import GloveTfidfVectorizer, load_model, save_model
from sklearn_slm.text import Analyzer, align_tokens
from sklearn_slm.text.augment import cut_words

# A text of each script, and its tokens. Marks, digits and other scripts are among them.
SCRIPTS = {
    "Arabic": (
        "الكِتَابُ جَدِيدٌ، أليس كذلك؟ نعم ١٢",
        ["الكِتَابُ", "جَدِيدٌ", "،", "أليس", "كذلك", "؟", "نعم", "١٢"],
    ),
    "Devanagari": (
        "हिन्दी अच्छी है। क्‍यों नहीं?",
        ["हिन्दी", "अच्छी", "है", "।", "क्‍यों", "नहीं", "?"],
    ),
    "Hebrew": (
        "שָׁלוֹם עולם, בית־ספר ו-Python",
        ["שָׁלוֹם", "עולם", ",", "בית", "־", "ספר", "ו", "-", "python"],
    ),
    "Greek": (
        "Ο Οδυσσεύς έφυγε· ΓΙΑΤΊ;",
        ["ο", "οδυσσεύς", "έφυγε", "·", "γιατί", ";"],
    ),
    "Cyrillic": (
        "Ёж и йод: їжа, ўсё!",
        ["ёж", "и", "йод", ":", "їжа", ",", "ўсё", "!"],
    ),
    "Hangul": (
        "날씨가 좋아요, 그렇죠?",
        ["날씨가", "좋아요", ",", "그렇죠", "?"],
    ),
    "Thai": (
        "ฝนตก ๒ วัน",
        ["ฝ", "น", "ต", "ก", "๒", "วั", "น"],
    ),
    "Khmer": (
        "ខ្ញុំ\u200bស្រឡាញ់។",
        ["ខ្ញុំ", "ស្រ", "ឡា", "ញ់", "។"],
    ),
    "Chinese": (
        "今天不错，用Python 3。",
        ["今", "天", "不", "错", "，", "用", "python", "3", "。"],
    ),
    "Japanese": (
        "東京タワーが、いい!",
        ["東", "京", "タ", "ワ", "ー", "が", "、", "い", "い", "!"],
    ),
}
ALL = pytest.mark.parametrize("script", SCRIPTS)


@ALL
def test_tokens(script):
    text, tokens = SCRIPTS[script]
    assert Analyzer()(text) == tokens


@ALL
def test_decomposed_text_has_the_same_tokens(script):
    text, tokens = SCRIPTS[script]
    assert Analyzer()(unicodedata.normalize("NFD", text)) == [
        unicodedata.normalize("NFC", token) for token in tokens
    ]


@ALL
def test_every_token_is_found_in_the_text_that_it_came_from(script):
    text = unicodedata.normalize("NFD", SCRIPTS[script][0])
    tokens, offsets = align_tokens(Analyzer(), text)
    assert [
        unicodedata.normalize("NFC", text[start:end]).lower() for start, end in offsets
    ] == tokens
    assert all(a[1] <= b[0] for a, b in pairwise(offsets))
    # Nothing but spaces and what is no text is left over.
    left = "".join(text[a[1] : b[0]] for a, b in pairwise(offsets))
    assert not left.replace("\u200b", "").strip()


@ALL
def test_no_token_begins_with_a_mark(script):
    text = unicodedata.normalize("NFD", SCRIPTS[script][0])
    for analyzer in (Analyzer(), Analyzer("char")):
        for token in analyzer(text):
            assert unicodedata.category(token[0])[0] != "M"
    assert cut_words(text).join() == text


@ALL
def test_direction_marks_are_no_text(script):
    text, tokens = SCRIPTS[script]
    for mark in "\u061c\u200e\u200f\u202b\u2067\u2069":
        assert Analyzer()(mark + text.replace(" ", f"{mark} ") + mark) == tokens


def test_right_to_left_text_is_read_in_the_order_in_which_it_is_spoken():
    text = "\u202bהמחיר 20 ש״ח\u202c"
    tokens, offsets = align_tokens(Analyzer(), text)
    # The mark of an abbreviation is a token, as other punctuation is.
    assert tokens == ["המחיר", "20", "ש", "״", "ח"]
    assert [start for start, _ in offsets] == sorted(start for start, _ in offsets)


def test_accents_that_are_removed_and_signs_that_stay():
    for text, bare in [
        ("έφυγε", "εφυγε"),
        ("йод ёж", "иод еж"),
        ("हिन्दी", "हिन्दी"),
        ("ฝนวัน", "ฝนวัน"),
        ("がぎ", "がぎ"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("한국", "한국"),
    ]:
        analyzer = Analyzer(strip_accents="unicode")
        assert analyzer.preprocess(text) == unicodedata.normalize("NFC", bare)


def test_a_file_keeps_the_words_of_all_scripts(tmp_path):
    texts = [text for text, _ in SCRIPTS.values()]
    vectorizer = GloveTfidfVectorizer(2, max_iter=1, random_state=0).fit(texts)
    save_model(vectorizer, tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    assert loaded.vocabulary_.tokens == vectorizer.vocabulary_.tokens
    for text, tokens in SCRIPTS.values():
        ids = loaded.transform([text]).ids.tolist()
        found = loaded.vocabulary_.decode(ids)
        assert found == [unicodedata.normalize("NFC", token) for token in tokens]
