"""A small index for the tests of this room."""

import numpy as np

from sklearn_slm.retrieval import build_entries, fit_statistics, visit_scores

TEXTS = [
    "open an account at the bank",
    "how do i open an account",
    "get an account",
    "reset the pin of a card",
    "the bank is closed on sunday",
    "when are you closed",
]
OWNERS = np.array([0, 0, 0, 1, 2, 2])
QUESTIONS = ["i want an account", "lost pin", "closed on sunday", ""]
VECTORS = np.random.RandomState(0).standard_normal((6, 4)).astype(np.float32)
ASKED = np.random.RandomState(1).standard_normal((4, 4)).astype(np.float32)
BLEND = np.array([0.5, 1.0, 0.25], np.float32)


def make_index(lexical=True):
    statistics = None, None
    if lexical:
        statistics = fit_statistics(TEXTS), fit_statistics(TEXTS, "pieces")
    return build_entries(TEXTS, OWNERS, VECTORS, statistics)


def assert_same_index(ours, theirs):
    assert ours.texts == theirs.texts
    assert np.array_equal(ours.owners, theirs.owners)
    assert np.array_equal(ours.vectors, theirs.vectors)
    for name in ("words", "pieces"):
        ours_too, theirs_too = getattr(ours, name), getattr(theirs, name)
        assert (ours_too is None) == (theirs_too is None)
        if ours_too is not None:
            scores = ours_too.score(QUESTIONS), theirs_too.score(QUESTIONS)
            assert np.array_equal(*scores)


def find_largest(scores):
    return np.stack([scores[:, OWNERS == i].max(axis=1) for i in range(3)], axis=1)


def visit_all(index, blend=BLEND, questions=QUESTIONS, asked=ASKED, **others):
    scores = np.full((len(questions), len(index)), np.nan, np.float32)

    def visit(i, of_question):
        scores[i] = of_question

    visit_scores(index, blend, questions, asked, visit, **others)
    return scores
