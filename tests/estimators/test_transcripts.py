"""The symbols of transcripts."""

from pathlib import Path

import pytest

from sklearn_slm import SLMSpeechRecognizer
from sklearn_slm.decoding.word_list import check_texts
from sklearn_slm.estimators.transcripts import learn_symbols, read_transcripts

TEXTS = ["turn on the light", "turn off the light", "lights out"]


def learn(texts=TEXTS, **parameters):
    return learn_symbols(SLMSpeechRecognizer(**parameters), texts)


def test_characters():
    symbols = learn()
    assert symbols.texts[0] == "" and " " in symbols.texts
    assert sorted(symbols.texts[1:]) == sorted(set("".join(TEXTS)))
    rows, n_unknown = symbols.encode(["to the", "", "zoo"])
    assert rows.lengths.tolist() == [6, 0, 2] and n_unknown == 1
    assert "".join(symbols.texts[i] for i in rows[0]) == "to the"
    assert "".join(symbols.texts[i] for i in rows[2]) == "oo"
    assert rows.values.dtype == "int32" and rows.values.min() >= 1


def test_lower_case_and_fewer_symbols():
    symbols = learn(["AaB ab", "aB"], lowercase=True)
    assert sorted(symbols.texts) == ["", " ", "a", "b"]
    assert learn(["aab", "a"], max_features=1).texts == ("", "a")


def test_words():
    symbols = learn(units="word")
    assert set(symbols.texts) == {"", *(f" {w}" for t in TEXTS for w in t.split())}
    rows, n_unknown = symbols.encode(["light on", "no light"])
    assert [symbols.texts[i] for i in rows[0]] == [" light", " on"]
    assert [symbols.texts[i] for i in rows[1]] == [" light"] and n_unknown == 1


def test_subwords():
    symbols = learn(units="subword", max_features=30)
    check_texts(symbols.texts)
    rows, n_unknown = symbols.encode(TEXTS)
    assert n_unknown == 0
    for row, text in zip(range(3), TEXTS):
        assert "".join(symbols.texts[i] for i in rows[row]).strip() == text


def test_what_symbols_write_fits_a_beam():
    for units in ("char", "word"):
        check_texts(learn(["naïve  café, isn't it?", "我用 Python"], units=units).texts)


def test_transcripts(tmp_path):
    assert read_transcripts([" a\n b\t", "\u00a0"]) == ["a b", ""]
    path = tmp_path / "texts.txt"
    path.write_text("one two\nthree\n", "utf-8")
    assert read_transcripts(Path(path)) == ["one two", "three"]
    with pytest.raises(ValueError, match="y must be transcripts"):
        read_transcripts(None)
    with pytest.raises(ValueError, match="string object received"):
        read_transcripts("one")
    with pytest.raises(TypeError, match="y"):
        read_transcripts([1])
    with pytest.raises(ValueError, match="2 transcripts, all of which are empty"):
        learn(["", ""])
