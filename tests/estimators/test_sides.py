"""Tokens of both sides."""

from dataclasses import replace

import pytest

from sklearn_slm.estimators.sides import (
    SideOptions,
    check_joint,
    check_kinds,
    learn_side,
    learn_sides,
)
from sklearn_slm.estimators.translation_fit import describe_translator
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


def test_a_joint_vocabulary_has_the_tokens_of_both_sides():
    pairs = ["ab cd", "ab"], ["ab xy", "xy"]
    model = make_translator(joint_vocabulary=True)
    source, target = learn_sides(model, pairs)
    assert source is target
    # "cd" is rare on both sides together.
    assert source.vocabulary.tokens == (" ab", " xy")
    assert source.vocabulary.token_counts.tolist() == [3, 2]
    spec = describe_translator(model, source, target)
    assert spec.encoder.bidirectional and not spec.head.decoder.bidirectional
    assert spec.encoder.n_tokens == spec.head.decoder.n_tokens == 4
    # Each side has vectors of its own.
    assert {"embedding", "decoder.embedding"} <= set(spec.weights())


def test_joint_subwords_are_one_model_of_both_sides():
    pairs = ["low lower lowest"] * 9, ["niedrig niedriger"] * 9
    model = make_translator(tokens="subword", joint_vocabulary=True, max_features=40)
    source, target = learn_sides(model, pairs)
    assert source.tokenizer.subwords is target.tokenizer.subwords
    for text in (pairs[0][0], pairs[1][0]):
        assert 1 not in source.encode([text]).values
    alone, _ = learn_sides(model.set_params(joint_vocabulary=False), pairs)
    assert 1 in alone.encode([pairs[1][0]]).values


def test_a_joint_vocabulary_of_two_kinds_is_refused():
    model = make_translator(tokens=("word", "char"), joint_vocabulary=True)
    with pytest.raises(ValueError, match=r"needs the same kind of tokens .*\(.word"):
        check_joint(model)
    check_joint(make_translator(tokens=("word", "word"), joint_vocabulary=True))
    check_joint(make_translator(tokens=("word", "char")))


def test_an_error_says_of_which_side_it_is():
    with pytest.raises(ValueError, match="the tokens of y cannot be learned: empty"):
        learn_sides(make_translator(min_count=1), (["a"], [""]))
    with pytest.raises(ValueError, match="the tokens of X cannot .* min_count=2"):
        learn_sides(make_translator(), (["a"], ["b b"]))
    model = make_translator(tokens="subword")
    with pytest.raises(ValueError, match="the tokens of y cannot be learned: expected"):
        learn_sides(model, (["ab ab"] * 9, ["", " "]))


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
