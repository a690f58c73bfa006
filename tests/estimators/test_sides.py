"""Tokens of both sides."""

from dataclasses import replace

import pytest

from sklearn_slm.estimators.sides import (
    SideOptions,
    check_kinds,
    learn_side,
    learn_sides,
)
from tests.estimators.translation import make_translator


def test_both_sides_have_their_kind_of_tokens():
    assert check_kinds(make_translator(tokens="char")) == ("char", "char")
    assert check_kinds(make_translator(tokens=["word", "char"])) == ("word", "char")
    for tokens in (("word",), ("word", "bpe"), (1, 2), "bpe"):
        with pytest.raises(ValueError, match="a pair of these for source and target"):
            check_kinds(make_translator(tokens=tokens))
    model = make_translator(tokens=("word", "char"), min_count=1)
    source, target = learn_sides(model, (["ab cd"], ["ab cd"]))
    assert set(source.vocabulary.tokens) == {" ab", " cd"}
    assert set(target.vocabulary.tokens) == {"a", "b", "c", "d", " "}


def test_a_rare_subword_is_made_of_shorter_ones():
    texts = ["low lower lowest", "new newer newest"] * 6
    texts += ["wideness kindness darkness", "x"]
    options = SideOptions("subword", 40, min_count=4)
    whole, side = (
        learn_side(replace(options, min_count=1), texts),
        learn_side(options, texts),
    )
    assert {"ness", "es", "k", "x"} <= set(whole.vocabulary.tokens)
    # Of the parts of "ness" some are frequent; "k" and "x" are rare letters.
    assert not {"ness", "k", "x"} & set(side.vocabulary.tokens)
    count = dict(zip(side.vocabulary.tokens, side.vocabulary.token_counts.tolist()))
    assert count["n"] == 4 and count["es"] == 15
    # Rare as a piece, and frequent as a letter.
    assert count["w"] == 1
    assert side.tokenizer.split("wideness")[-3:] == ["n", "es", "s"]


def test_a_side_of_rare_characters_alone_is_refused():
    options = SideOptions("subword", 40, min_count=9)
    with pytest.raises(ValueError, match="no character of the 2 texts .* min_count=9"):
        learn_side(options, ["ab", "ba"])


@pytest.mark.parametrize("kind", ["word", "char", "subword"])
def test_tokens_are_joined_to_the_text_again(kind):
    texts = [
        'He said: "It isn\'t (yet) HERE," at 3:15 p.m. -- $5.00!',
        "我用 Python 写程序。你呢？",
        "猫がいる。すごい！",
        "สวัสดีครับ โลก",
        "Łódź, naïve cafe\u0301 … “q”",
        "a\nb\n\nc",
        "<b>x</b> &amp; <y> z",
        "\u2581 \ufffd\t\u200b x",
        "👩‍👩‍👧 🇩🇪 1,000.5",
    ]
    side = learn_side(SideOptions(kind, 300, min_count=1), texts * 3)
    for text in [*texts, "Ж" + texts[1], ""]:
        joined = side.tokenizer.join(side.tokenizer.split(text))
        assert joined == side.tokenizer.normalize(text)
    assert side.tokenizer.normalize(texts[0]) == texts[0]
