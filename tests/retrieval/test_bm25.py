"""BM25, by the formula in a plain loop."""

import math

import numpy as np
import pytest

from sklearn_slm.retrieval import (
    TermStatistics,
    build_bm25,
    fit_bm25,
    fit_statistics,
)

DOCUMENTS = [
    "open an account at the bank",
    "close an account",
    "the bank is open on monday and on sunday",
    "",
    "reset the pin of a card, a new pin comes by post",
]
QUERIES = ["open account", "the pin the pin", "nothing known", "", "monday card bank"]


def score_slowly(query, document, documents, k1=1.2, b=0.75):
    split = [d.replace(",", "").split() for d in documents]
    words, mean = document.replace(",", "").split(), np.mean([len(d) for d in split])
    score = 0.0
    for term in query.split():
        n = sum(term in d for d in split)
        idf = math.log(1 + (len(split) - n + 0.5) / (n + 0.5))
        tf = words.count(term)
        if tf:
            score += idf * tf / (tf + k1 * (1 - b + b * len(words) / mean))
    return score


@pytest.mark.parametrize(("k1", "b"), [(1.2, 0.75), (2.0, 0.0), (0.0, 1.0)])
def test_scores_are_those_of_the_formula(k1, b):
    bm25 = fit_bm25(DOCUMENTS, k1=k1, b=b)
    # A document without terms would be divided 0 by 0 without k1.
    rows = [0, 1, 2, 4]
    expected = [
        [score_slowly(q, DOCUMENTS[i], DOCUMENTS, k1, b) for i in rows] for q in QUERIES
    ]
    scores = bm25.score(QUERIES)
    np.testing.assert_allclose(scores[:, rows], expected, rtol=1e-6)
    assert scores.dtype == np.float32 and (scores[:, 3] == 0).all()


def test_a_score_does_not_depend_on_other_queries():
    bm25 = fit_bm25(DOCUMENTS, "pieces")
    together = bm25.score(QUERIES)
    for query, row in zip(QUERIES, together):
        assert np.array_equal(bm25.score([query])[0], row)
    assert together[0, 0] > together[0, 4] and bm25.score(["accounts"])[0, 1] > 0


def test_frequent_terms_can_be_left_out():
    bm25 = fit_bm25(DOCUMENTS)
    # "open" is in two documents, "an" as well, "the" in three.
    few = bm25.score(["the open monday"], most_documents=2)
    assert np.array_equal(few, bm25.score(["open monday"]))
    assert not bm25.score(["the"], most_documents=2).any()
    assert np.array_equal(bm25.score(QUERIES, most_documents=5), bm25.score(QUERIES))


@pytest.mark.parametrize("block", [None, 1, 3])
def test_search(block):
    bm25 = fit_bm25(DOCUMENTS)
    scores, rows = bm25.search(QUERIES, k=2, block=block)
    assert rows.tolist() == [[0, 1], [4, 0], [0, 1], [0, 1], [2, 4]]
    assert np.array_equal(scores, np.take_along_axis(bm25.score(QUERIES), rows, 1))
    # More than there are: all of them.
    assert bm25.search(QUERIES, k=99, block=block)[1].shape == (5, 5)
    assert bm25.search([], k=2)[1].shape == (0, 2)
    with pytest.raises(ValueError, match=r"k must be a whole number .* Got 0"):
        bm25.search(QUERIES, k=0)


def test_documents_come_and_go():
    bm25 = fit_bm25(DOCUMENTS)
    more = ["an unheard account", "the bank"]
    added = bm25.add(more)
    # Statistics are those of the fit; a new word is in no document of it.
    built = build_bm25(bm25.statistics, DOCUMENTS + more)
    asked = [*QUERIES, "unheard bank"]
    assert np.array_equal(added.score(asked), built.score(asked))
    assert np.array_equal(added.score(QUERIES)[:, :5], bm25.score(QUERIES))
    idf = math.log(1 + (5 + 0.5) / 0.5)
    norm = 1.2 * (0.25 + 0.75 * 3 / bm25.statistics.mean_length)
    assert added.score(["unheard"])[0, 5] == pytest.approx(idf / (1 + norm))
    left = added.remove([0, 5, 0])
    rows = [1, 2, 3, 4, 6]
    assert np.array_equal(left.score(asked), built.score(asked)[:, rows])
    assert len(left.keys) < len(added.keys) and left.n_documents == 5
    assert bm25.n_documents == 5 and added.n_documents == 7
    assert bm25.remove(range(5)).score(QUERIES).shape == (5, 0)


def test_no_document_and_no_term():
    for documents in ([], ["", "?"]):
        bm25 = fit_bm25(documents)
        assert (bm25.score(QUERIES) == np.zeros((5, len(documents)))).all()
        assert bm25.search(QUERIES, 3)[1].shape == (5, len(documents))
        assert bm25.add(["open"]).score(["open"])[0, -1] > 0


def test_statistics():
    statistics = fit_statistics(["a b", "a"], k1=1.0)
    assert statistics.n_documents == 2 and statistics.mean_length == 1.5
    expected = sorted([math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5)])
    np.testing.assert_allclose(np.sort(statistics.idf), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="terms must be one of"):
        fit_statistics(["a"], "lines")
    for wrong in ({"k1": -1.0}, {"b": 1.5}, {"mean_length": 0.0}, {"k1": np.inf}):
        given = {**vars(statistics), **wrong}
        with pytest.raises(ValueError, match="k1 must be at least 0"):
            TermStatistics(**given)
