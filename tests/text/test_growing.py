"""New words behind those that are known."""

import numpy as np

from sklearn_slm.text import learn_vocabulary
from sklearn_slm.text.growing import grow_vocabulary

KNOWN = learn_vocabulary([["a", "b", "a"], ["b"]])[0]
NEW = [["x", "y", "a", "x"], ["x", "z"], ["y"]]


def test_counts_are_those_of_one_corpus():
    grown = grow_vocabulary(KNOWN, NEW)
    assert grown.tokens == (*KNOWN.tokens, "x", "y", "z")
    whole = learn_vocabulary([["a", "b", "a"], ["b"], *NEW])[0]
    for name in ("token_counts", "document_counts"):
        of_whole = dict(zip(whole.tokens, getattr(whole, name)))
        expected = [of_whole[token] for token in grown.tokens]
        assert getattr(grown, name).tolist() == expected
        assert getattr(grown, name).dtype == np.int64
    assert (grown.n_documents, grown.corpus_size) == (5, 11)
    assert (whole.n_documents, whole.corpus_size) == (5, 11)
    # The one before is as it was.
    assert KNOWN.tokens == ("a", "b") and KNOWN.n_documents == 2


def test_bounds_choose_who_enters():
    def enter(**bounds):
        return grow_vocabulary(KNOWN, NEW, **bounds).tokens[2:]

    assert enter(min_df=2) == enter(min_df=0.5) == ("x", "y")
    assert enter(max_df=1) == enter(max_df=0.4) == ("z",)
    assert enter(max_features=3) == ("x",)
    assert enter(max_features=1) == ()


def test_no_document_and_no_new_word():
    assert grow_vocabulary(KNOWN, []) == KNOWN
    same = grow_vocabulary(KNOWN, [["b"], []])
    assert same.tokens == KNOWN.tokens and same.token_counts.tolist() == [2, 3]
    assert same.n_documents == 4
