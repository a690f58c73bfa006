"""Pairs of words, whose shares add up to BM25's score."""

import numpy as np
import pytest

from sklearn_slm.retrieval import build_bm25, fit_bm25, locate_words, match_words

DOCUMENTS = ["open an account at the bank", "the pin of a card, the new pin", ""]
QUERIES = ["the pin the pins", "banks in an account", "nothing", ""]


def split(text):
    return locate_words(text)[0]


@pytest.mark.parametrize("terms", ["words", "pieces"])
@pytest.mark.parametrize("k1", [1.2, 0.0])
def test_shares_add_up_to_the_score(terms, k1):
    statistics = fit_bm25(DOCUMENTS, terms, k1=k1).statistics
    # Documents of the fit and another one.
    documents = [*DOCUMENTS[:2], "an unheard bank account, open"]
    scores = build_bm25(statistics, documents).score(QUERIES)
    for query, row in zip(QUERIES, scores):
        for document, score in zip(documents, row):
            shares = match_words(statistics, split(query), split(document))
            assert shares.shape == (len(split(document)), len(split(query)))
            assert shares.sum() == pytest.approx(score, rel=1e-6, abs=1e-6)
            assert (shares >= 0).all()


def test_equal_words_share_equally():
    statistics = fit_bm25(DOCUMENTS).statistics
    query, document = split("the pin the pins"), split(DOCUMENTS[1])
    shares = match_words(statistics, query, document)
    expected = np.array([[a == b for a in query] for b in document])
    assert np.array_equal(shares > 0, expected)
    assert len(set(shares[expected[:, 1], 1])) == 1
    # By pieces "pins" meets "pin" too, but less than "pin" does.
    pieces = match_words(fit_bm25(DOCUMENTS, "pieces").statistics, query, document)
    at = document.index("pin")
    assert 0 < pieces[at, 3] < pieces[at, 1]


def test_without_words():
    statistics = fit_bm25(DOCUMENTS).statistics
    assert match_words(statistics, [], ["a"]).shape == (1, 0)
    assert match_words(statistics, ["a"], []).shape == (0, 1)
    assert match_words(statistics, [], []).shape == (0, 0)
