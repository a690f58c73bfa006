"""Shares of the score: they add up to it, and are those of the formula."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_slm import GloveTfidfVectorizer
from sklearn_slm.estimators.answer_aligning import _place_words
from sklearn_slm.retrieval.terms import count_terms
from tests.estimators.answers import (
    ANSWERS,
    DISTINCT,
    QUESTIONS,
    make_answerer,
    make_random_answerer,
)

MODEL = make_random_answerer()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"pooling": "attention"},
        {"pooling": "mean", "hidden_size": (5, 4), "cell": "gru"},
        {"pooling": "last", "bidirectional": False, "lexical": False},
        {"vectorizer": GloveTfidfVectorizer(n_components=6, analyzer="char")},
        {"vectorizer": GloveTfidfVectorizer(n_components=6, max_length=2)},
    ],
)
def test_shares_add_up_to_the_score(parameters):
    model = make_random_answerer(**parameters)
    asked = ["is the Office  open?", "stolen card, unheard pin", "", "a pin"]
    texts = ["We are open: the office.", DISTINCT[3], "a pin", ""]
    found = model.align(asked, texts)
    for question, text, one in zip(asked, texts, found):
        assert (one.source, one.target) == (question, text)
        assert one.score == pytest.approx(model.rank(question, [text])[0], abs=1e-5)
        shape = len(one.target_tokens), len(one.source_tokens)
        for part in (one.network, one.words, one.pieces, one.values):
            assert part.shape == shape
        assert one.words.min(initial=0) >= 0 <= one.pieces.min(initial=0)
    assert found[2].values.size == found[3].values.size == 0
    assert model.align([], []) == model.align([]) == []


def test_the_network_is_shared_out_by_max_pooling():
    model = make_random_answerer(lexical=False)
    model.weights_ = dict(model.weights_)
    model.weights_["head.bias"] = np.zeros(8, np.float32)
    (one,) = model.align(["my secret pin"], ["any machine"])
    # Without a bias all of the product goes through pairs of tokens.
    vectors = model.transform(["my secret pin", "any machine"])
    product = model.blend_[0] * (vectors[0] @ vectors[1])
    assert one.network.sum() == pytest.approx(product, rel=1e-4)
    assert one.rest == pytest.approx(0, abs=1e-9)
    # A text of one token has all of its vector there.
    (alone,) = model.align(["pin"], ["machine"])
    assert alone.network.shape == (1, 1)
    # Any two texts of one token each: their product is what their pair adds.
    assert alone.network[0, 0] == pytest.approx(alone.score, rel=1e-6)


def test_words_that_are_shared_stand_at_their_places():
    (one,) = MODEL.align(["is the OFFICE open?"], ["Open: our office."])
    assert [one.source[a:b] for a, b in one.source_offsets] == [
        "is",
        "the",
        "OFFICE",
        "open",
        "?",
    ]
    assert one.source_tokens == ["is", "the", "office", "open", "?"]
    i, j = one.target_tokens.index("office"), one.source_tokens.index("office")
    rows, columns = np.nonzero(one.words)
    pairs = {
        (one.source_tokens[c], one.target_tokens[r]) for r, c in zip(rows, columns)
    }
    assert pairs == {("office", "office"), ("open", "open")}
    statistics = MODEL.index_.words.statistics
    (idf,) = statistics.find_idf(count_terms(["office"]).keys)
    norm = statistics.k1 * (
        1 - statistics.b + statistics.b * 3 / statistics.mean_length
    )
    assert one.words[i, j] == pytest.approx(
        MODEL.blend_[1] * idf / (1 + norm), rel=1e-6
    )
    assert one.link(2)[0][2] >= one.link(2)[1][2] == np.sort(one.values, axis=None)[-2]
    assert len(one.link(99)) == one.values.size
    assert one.largest == np.abs(one.values).max()
    # Letters of words: the shares of a word are cut by their numbers of characters.
    placed = _place_words([(0, 4), (5, 7), (8, 9)], [(0, 1), (1, 4), (5, 7)])
    assert placed.tolist() == [[0.25, 0.75, 0], [0, 0, 1], [0, 0, 0]]


def test_the_text_by_which_an_answer_was_found():
    question = QUESTIONS[4].upper()
    (one,) = MODEL.align([question])
    # A known question, which is the question itself.
    assert one.target == QUESTIONS[4] and MODEL.predict([question]) == [ANSWERS[4]]
    alone = make_random_answerer(match_questions=False)
    (one,) = alone.align([question])
    assert [one.target] == alone.predict([question])


def test_what_cannot_be_aligned():
    with pytest.raises(ValueError, match="same number of rows, but have 2 and 1"):
        MODEL.align(["a", "b"], ["c"])
    with pytest.raises(ValueError, match="string object received"):
        MODEL.align("a")
    with pytest.raises(NotFittedError):
        make_answerer().align(["a"])
