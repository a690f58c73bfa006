"""Pieces of words: those of sentencepiece, without sentencepiece."""

import itertools
import pickle

import numpy as np
import pytest

from sklearn_slm import load_demo_corpus
from sklearn_slm.text import SubwordModel, Tokenizer, subword_training, subwords
from sklearn_slm.text.spacing import open_lines
from tests.text.samples import ODD_TEXTS, draw_texts

pytest.importorskip("sentencepiece")

TEXTS = {
    "en": load_demo_corpus("en").data[:600],
    "zh": load_demo_corpus("zh").data[:600],
}
TEXTS["mixed"] = [f"{a} {b}" for a, b in zip(TEXTS["en"], TEXTS["zh"])]


def make_model(**scores):
    pieces = tuple(piece.replace("_", " ") for piece in scores)
    return SubwordModel(pieces, np.array([*scores.values()], np.float32))


def find_best(model, word):
    """Return the largest score over all ways to cut a word."""
    table = dict(zip(model.pieces, model.scores.tolist()))
    unknown = min(table.values()) - 10

    def score(piece):
        return table.get(piece, unknown if len(piece) == 1 else -np.inf)

    return max(
        sum(score(word[i:j]) for i, j in itertools.pairwise([0, *cuts, len(word)]))
        for n in range(len(word))
        for cuts in itertools.combinations(range(1, len(word)), n)
    ), score


@pytest.fixture(scope="module", params=TEXTS)
def trained(request):
    """Return texts, and the processor of the library that was trained on them."""
    texts = [*map(Tokenizer().normalize, TEXTS[request.param])]
    lines = [open_lines(text) for text in texts]
    return texts, subword_training._train(lines, 700, 0.998)


def test_worked_by_hand():
    model = make_model(_un=-1.0, like=-1.5, ly=-2.0, l=-3.0, li=-1.0, ke=-1.0, y=-2.0)
    # like + ly: -3.5; li + ke + ly: -4; like + l + y: -6.5.
    assert model.encode_word(" unlikely") == (" un", "like", "ly")
    assert model.encode_word("like") == ("like",)
    # A character that no piece has costs ten beyond the least likely piece.
    assert model.encode_word("lix?") == ("li", "x", "?")
    assert model.encode_word("") == ()
    assert model.encode(" unlike\nly") == [" un", "like", "\n", " ", "ly"]


def test_no_way_to_cut_a_word_is_more_likely():
    random = np.random.RandomState(0)
    pieces = {"".join(random.choice([*"abc"], n)) for n in (1, 1, 2, 2, 2, 3, 3, 4)}
    model = make_model(**{piece: -5 * random.rand() for piece in sorted(pieces)})
    for _ in range(100):
        word = "".join(random.choice([*"abcd"], random.randint(1, 10)))
        best, score = find_best(model, word)
        found = model.encode_word(word)
        assert "".join(found) == word
        assert sum(map(score, found)) == pytest.approx(best)


def test_pieces_are_those_of_the_library(trained):
    texts, processor = trained
    model = subword_training._read(processor)
    assert len(model) == processor.get_piece_size() - 1
    new = ["A zebra's 3,000 Xylophones!", "好呀 ok龘龘 x", "été 😀😀 a"]
    for text in [*texts, *new]:
        found, known = model.encode(text), set(model.pieces)
        merged = []
        # The library makes one piece of unknown characters that follow each other.
        for is_known, group in itertools.groupby(found, known.__contains__):
            run = list(group)
            merged += run if is_known else ["".join(run)]
        expected = processor.encode(open_lines(text), out_type=str)
        assert merged == [piece.replace("\u2581", " ") for piece in expected], text
        assert all(len(piece) == 1 for piece in found if piece not in known)


def test_words_cut_into_runs_give_the_same(trained):
    texts, processor = trained
    model, whole = subword_training._read(processor), subword_training._read(processor)
    assert model._general_pattern is not subwords._WORD
    vars(whole)["_general_pattern"] = subwords._WORD
    for text in map(Tokenizer().normalize, [*texts, *ODD_TEXTS, *draw_texts(300)]):
        assert model.encode(text) == whole.encode(text), text


@pytest.mark.parametrize(
    ("piece", "text", "tokens"),
    [
        ("a,b", "a,b", [" ", "a,b"]),
        ("a1", "xa1", [" ", "x", "a1"]),
        ("\u0301!", "a\u0301!", [" ", "a", "\u0301!"]),
        ("\u0301b", "?\u0301b", [" ", "?", "\u0301b"]),
    ],
)
def test_pieces_of_letters_and_others_are_found_too(piece, text, tokens):
    assert make_model(**{piece: -1.0}).encode(text) == tokens


def test_the_cache_is_bounded_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(subwords, "_MOST_CACHED_WORDS", 5)
    model = make_model(a=-1.0, ab=-1.5, b=-1.0)
    words = ["".join(letters) for letters in itertools.product("ab", repeat=4)] * 2
    for word in [*words, "b" * 1000]:
        assert model.encode_word(word) == model._search(word)
        assert len(model._cache) <= 5 and len(model._cache._older) <= 5
    assert "b" * 1000 not in model._cache


@pytest.mark.parametrize(
    ("pieces", "scores", "message"),
    [
        ((), [], "at least one piece"),
        (("",), [0], "1 to 100 characters. Got '' with 0"),
        (("a" * 101,), [0], "with 101"),
        (("a b",), [0], "a space at its beginning alone"),
        (("a\n",), [0], "no line break"),
        (("a", "a"), [0, 0], "must be distinct. Got 1 of 2"),
        (("a",), [0, 0], r"float32 of shape \(1,\), .* Got float32 of shape \(2,\)"),
        (("a",), [np.nan], "scores must be finite"),
    ],
)
def test_what_is_no_model(pieces, scores, message):
    with pytest.raises(ValueError, match=message):
        SubwordModel(pieces, np.array(scores, np.float32))
    with pytest.raises(ValueError, match="Got float64"):
        SubwordModel(("a",), np.zeros(1))


def test_pickled_without_its_cache_and_compared_by_value():
    model = make_model(a=-1.0, ab=-1.5)
    small = pickle.dumps(model)
    model.encode("aab ab")
    assert pickle.dumps(model) == small
    loaded = pickle.loads(small)
    assert loaded == model and hash(loaded) == hash(model)
    assert loaded.encode("aab") == model.encode("aab")
    assert model != make_model(a=-1.0, ab=-1.6) and model != "a"
    assert repr(model) == "SubwordModel(n_pieces=2)"
