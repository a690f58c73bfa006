"""An index as arrays, and arrays that are none."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.retrieval import (
    add_entries,
    build_entries,
    pack_entries,
    remove_entries,
    unpack_entries,
)
from tests.retrieval.samples import OWNERS, VECTORS, assert_same_index, make_index


@pytest.mark.parametrize("lexical", [True, False])
def test_an_index_comes_back(lexical):
    index = make_index(lexical)
    assert_same_index(unpack_entries(pack_entries(index)), index)
    changed = add_entries(remove_entries(index, np.array([0])), ["new"], VECTORS[:1])
    assert_same_index(unpack_entries(pack_entries(changed)), changed)


def test_texts_of_all_kinds():
    texts = ["a\x00b", "\ud800", "我", "\n", "é" * 3, "x"]
    index = build_entries(texts, OWNERS, VECTORS)
    assert unpack_entries(pack_entries(index)).texts == tuple(texts)


def change(**fields):
    packed = pack_entries(make_index())
    return replace(packed, **{n: f(getattr(packed, n)) for n, f in fields.items()})


def change_words(**fields):
    return change(
        words=lambda s: replace(s, **{n: f(getattr(s, n)) for n, f in fields.items()})
    )


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (change(letters=lambda v: v.astype(np.int64)), "texts are no bytes"),
        (change(letters=lambda v: v[:-1]), "have other lengths"),
        (change(letters=lambda v: v - v + 0xFF), "not UTF-8"),
        (
            change(lengths=lambda v: v.astype(np.float32)),
            "lengths of texts are float32",
        ),
        (change(lengths=lambda v: v * 0), "a text of its index is empty"),
        (change(lengths=lambda v: v - v + 2**61), "have other lengths"),
        (change(owners=lambda v: v[:-1]), r"owners of texts are int64 of shape \(5,\)"),
        (change(owners=lambda v: v + 1), "entries of its index are not in order"),
        (change(owners=lambda v: v * 2), "entries of its index are not in order"),
        (change(owners=lambda v: v[::-1].copy()), "not in order"),
        (change(vectors=lambda v: v[:-1]), r"of its 6 texts are float32 .*\(5, 4\)"),
        (change(vectors=lambda v: v.astype(np.int8)), "are int8"),
        (change(vectors=lambda v: v[0]), r"shape \(4,\)"),
        (
            change(
                vectors=lambda v: v.astype(np.int8), scale=lambda _: np.ones((6, 2))
            ),
            "scale of its vectors",
        ),
        (change_words(keys=lambda v: v[::-1].copy()), "words are not in order"),
        (change_words(idf=lambda v: v[:-1]), "what it knows of words"),
        (change_words(idf=lambda v: v - 100), "an idf of its words is out of range"),
        (change_words(terms=lambda _: "pieces"), "what it knows of words"),
        (change_words(n_documents=lambda _: -1), "those of no document"),
    ],
)
def test_parts_that_do_not_fit_together(packed, message):
    with pytest.raises(ValueError, match=message):
        unpack_entries(packed)


def test_no_text():
    index = remove_entries(make_index(), np.arange(3))
    with pytest.raises(ValueError, match="empty"):
        unpack_entries(pack_entries(index))
