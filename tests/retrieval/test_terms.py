"""Terms of texts."""

import re

import numpy as np
import pytest

from sklearn_slm.retrieval.terms import TERMS, count_terms, iterate_terms

TEXTS = [
    "The pin, the PIN",
    "",
    "pins",
    "?!",
    "我用 pin",
    "d\u0301 \ud800 a" + "b" * 300,
]


def list_pieces(text):
    words = re.findall(r"\w+", text.lower())
    padded = [f" {word} " for word in words]
    return [
        w[i : i + n] for w in padded for n in (3, 4, 5) for i in range(len(w) - n + 1)
    ]


def test_words_are_counted():
    keys, counts = count_terms(TEXTS)
    assert (np.diff(keys) > 0).all() and keys.dtype == np.int64
    assert keys.min() >= 0 and keys.max() < 2**61
    # the, pin, pins, two Chinese characters, two odd words
    assert counts.shape == (6, 7) and counts.dtype == np.float32
    assert counts.sum(axis=1).tolist() == [4, 0, 1, 0, 3, 2]
    assert sorted(counts.toarray()[0].tolist()) == [0, 0, 0, 0, 0, 2, 2]


def test_pieces_are_those_of_a_loop():
    texts = ["reset the pins", "pin", "", "a spin", "banana bananas"]
    keys, counts = count_terms(texts, "pieces")
    expected = [list_pieces(text) for text in texts]
    distinct = sorted({piece for row in expected for piece in row})
    assert len(keys) == len(distinct)
    assert counts.sum(axis=1).tolist() == [len(row) for row in expected]
    # Each piece of one text alone: the same key wherever it stands.
    rows = counts.toarray()
    for i, own in enumerate(expected):
        for j, other in enumerate(expected):
            wanted = sum(own.count(p) * other.count(p) for p in distinct)
            assert rows[i] @ rows[j] == wanted


@pytest.mark.parametrize("kind", TERMS)
def test_keys_do_not_depend_on_other_texts(kind):
    keys, counts = count_terms(TEXTS, kind)
    for i, text in enumerate(TEXTS):
        alone, own = count_terms([text], kind)
        row = counts.toarray()[i]
        assert alone.tolist() == keys[row > 0].tolist()
        assert own.toarray()[0].tolist() == row[row > 0].tolist()


@pytest.mark.parametrize("kind", TERMS)
def test_no_text(kind):
    for texts in ([], [""], ["?"]):
        keys, counts = count_terms(texts, kind)
        assert len(keys) == 0 and counts.shape == (len(texts), 0)


def test_short_texts_have_keys_of_their_own():
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [a + b + c for a in letters for b in letters for c in letters]
    assert len(count_terms([" ".join(words)]).keys) == len(words)


@pytest.mark.parametrize("kind", ["words", "pieces"])
def test_terms_of_texts_one_by_one(kind):
    texts = ["the pin, the PIN", "", "a pinned card", "?"]
    found = count_terms(texts, kind)
    rows = list(iterate_terms(texts, kind))
    assert len(rows) == 4 and len(rows[1][0]) == len(rows[3][0]) == 0
    for (keys, counts), row in zip(rows, found.counts.toarray()):
        assert keys.dtype == np.int64
        assert keys.tolist() == found.keys[row > 0].tolist()
        assert counts.tolist() == row[row > 0].tolist()
    assert list(iterate_terms([], kind)) == []
