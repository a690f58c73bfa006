"""Documents of any source, tokens of any kind, labels, and what is set aside."""

from pathlib import Path

import numpy as np
import pytest

from sklearn_slm.estimators.corpora import (
    build_tokenizer,
    encode_labels,
    iterate_documents,
    limit_tokens,
    read_corpus,
    read_more,
    split_corpus,
)
from sklearn_slm.text import UNKNOWN_ID
from tests.estimators.language import LABELS, TEXTS, fit_model, make_model


def test_documents_of_any_source(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("one\ntwo three\n", "utf-8")
    for X in (["one", "two three"], np.array(["one", "two three"]), path):
        assert list(iterate_documents(X)) == ["one", "two three"]
    assert list(iterate_documents(iter(TEXTS * 60))) == TEXTS * 60
    seen = []

    def count():
        for i in range(5000):
            seen.append(i)
            yield f"text {i}"

    documents = iterate_documents(count())
    next(documents)
    assert len(seen) == 1000
    with pytest.raises(FileNotFoundError):
        list(iterate_documents(Path("no such file")))
    with pytest.raises(TypeError, match=r"X\[1500\]"):
        list(iterate_documents(iter(["a"] * 1500 + [3])))


def test_tokens_and_counts():
    corpus = read_corpus(make_model(), ["b b a a a c"], None)
    assert corpus.vocabulary.tokens == (" a", " b")
    assert corpus.stream.texts[0].tolist() == [3, 3, 2, 2, 2, 1]
    corpus = read_corpus(
        make_model(max_features=3, min_count=1), ["b b a a a c c"], None
    )
    assert corpus.vocabulary.tokens == (" a", " b", " c")
    lower = read_corpus(make_model(lowercase=True), ["A a b B"], None)
    assert lower.vocabulary.tokens == (" a", " b")
    pattern = make_model(token_pattern=r"\S+", min_count=1)
    assert " <unk>" in read_corpus(pattern, ["<unk> n."], None).vocabulary.tokens


def test_how_many_tokens():
    assert [
        limit_tokens(make_model(tokens=t)) for t in ("word", "char", "subword")
    ] == [
        20_000,
        8_000,
        8_000,
    ]
    assert limit_tokens(make_model(max_features=None)) is None
    assert limit_tokens(make_model(max_features=7)) == 7


def test_subwords_of_an_iterator_lose_no_text(monkeypatch):
    pytest.importorskip("sentencepiece")
    from sklearn_slm.estimators import corpora

    monkeypatch.setattr(corpora, "_SUBWORD_CHARACTERS", 100)
    model = make_model(tokens="subword", max_features=30)
    tokenizer, documents = build_tokenizer(model, iter(TEXTS))
    assert tokenizer.kind == "subword" and list(documents) == TEXTS


def test_labels_become_the_last_tokens():
    corpus = read_corpus(make_model(), TEXTS, LABELS)
    assert corpus.classes.tolist() == ["calm", "loud"]
    first = 2 + len(corpus.vocabulary)
    assert corpus.stream.labels[:3].tolist() == [first, first + 1, first]
    with pytest.raises(ValueError, match="same number of rows"):
        read_corpus(make_model(), TEXTS, LABELS[1:])
    classes, tokens = encode_labels([3, 1, 3], None, 10)
    assert classes.tolist() == [1, 3] and tokens.tolist() == [11, 10, 11]
    with pytest.raises(
        ValueError, match=r"knows no label 2; it was fitted with \[1, 3\]"
    ):
        encode_labels([2], classes, 10)
    with pytest.raises(ValueError, match="one label for each document"):
        encode_labels([[1, 2]], None, 10)


def test_more_documents_have_the_tokens_of_the_model():
    model = fit_model()
    corpus = read_more(model, ["one xylophone"], None)
    known = model.vocabulary_.index[" one"]
    assert corpus.stream.texts[0].tolist() == [known, 1]
    with pytest.raises(ValueError, match="X_val holds no document"):
        read_more(model, iter([]), None, name="X_val")


@pytest.mark.parametrize("documents", ["independent", "stream"])
def test_what_is_set_aside(documents):
    model = make_model(
        documents=documents, early_stopping=True, validation_fraction=0.25
    )
    stream = read_corpus(model, TEXTS, LABELS).stream
    train, validation = split_corpus(model, stream, seed=0)
    assert (len(train), len(validation)) == (30, 10)
    both = np.concatenate([train.rows, validation.rows])
    assert sorted(both.tolist()) == list(range(40))
    is_tail = validation.rows.tolist() == list(range(30, 40))
    assert is_tail == (documents == "stream")
    assert train.n_tokens + validation.n_tokens == stream.n_tokens
    assert train.texts is stream.texts


def test_few_documents_are_all_trained_on():
    model = make_model()
    stream = read_corpus(model, TEXTS, None).stream
    assert split_corpus(model, stream, 0) == (stream, None)
    many = read_corpus(model, TEXTS * 3, None).stream
    assert len(split_corpus(model, many, 0)[1]) == 6
    assert split_corpus(make_model(early_stopping=False), many, 0)[1] is None


def test_no_piece_of_a_word_is_unknown():
    pytest.importorskip("sentencepiece", reason="the extra subword installs it")
    model = make_model(tokens="subword", max_features=30, min_count=5)
    corpus = read_corpus(model, TEXTS, None)
    assert (corpus.stream.texts.values != UNKNOWN_ID).all()
    # Each character that the texts hold is known, also where it stands alone.
    for character in set("".join(TEXTS)) - {" "}:
        pieces = corpus.tokenizer.split(character * 3)
        assert all(piece in corpus.vocabulary.index for piece in pieces)


def test_too_few_pieces_for_the_characters():
    pytest.importorskip("sentencepiece", reason="the extra subword installs it")
    with pytest.raises(ValueError, match="max_features=3 leaves no room for pieces"):
        read_corpus(make_model(tokens="subword", max_features=3), TEXTS, None)
