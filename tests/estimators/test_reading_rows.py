"""The windows that are trained on."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer
from sklearn_slm.estimators.reading_data import read_reading_set
from sklearn_slm.estimators.reading_rows import Negatives, draw_negatives, make_rows
from sklearn_slm.estimators.reading_texts import make_reader

WORDS = "a b c d e f g h i j"
VECTORIZER = GloveTfidfVectorizer(2, max_iter=1).fit([WORDS, "red green blue"])


def build(vectorizer=VECTORIZER, window=4, step=2):
    model = SimpleNamespace(window=window, step=step)
    return make_reader(model, vectorizer, vectorizer.vocabulary_)


def read(pairs, answers, negatives=None, **options):
    asked = read_reading_set(pairs, answers)
    if negatives is None:
        negatives = draw_negatives(asked, 0.0, 0)
    rows = make_rows(build(**options), asked, negatives)
    tokens = VECTORIZER.vocabulary_.decode
    return ["".join(t or "?" for t in tokens(w)) for w in rows.windows.windows], rows


def test_all_windows_with_a_whole_answer():
    windows, rows = read([("x", WORDS)], ["d e"])
    # Of abcd, cdef, efgh and ghij.
    assert windows == ["cdef"] and rows.spans == [(1, 2)]
    assert rows.places.tolist() == [[3, 4]]
    windows, rows = read([("x", WORDS)], ["c"])
    assert windows == ["abcd", "cdef"] and rows.spans == [(2, 2), (0, 0)]
    assert rows.windows.features[1].shape == (4, 7)


def test_answers_longer_than_what_windows_share():
    with pytest.warns(UserWarning, match="1 answers are too long for a window of 4"):
        windows, rows = read([("x", WORDS), ("x", WORDS)], ["b c d e", "a"])
    assert windows == ["abcd"] and rows.places.tolist() == [[1, 4], [0, 0]]


def test_a_passage_that_does_not_answer():
    windows, rows = read([("x", WORDS)], [None])
    assert windows == ["abcd", "cdef"] and rows.spans == [(-1, -1)] * 2


def test_windows_without_the_answer():
    pairs = [("x", WORDS), ("a x", "red green"), ("x", "blue")]
    drawn = np.array([True, True, False])
    negatives = Negatives(drawn, np.array([-1, 0, -1]), np.array([0.99, 0.3, 0.0]))
    windows, rows = read(pairs, ["d e", "red", "blue"], negatives)
    # The last of abcd and ghij, which have nothing of d e ("efgh" has); the second of
    # four of the other passage.
    assert windows == ["cdef", "ghij", "redgreen", "cdef", "blue"]
    assert rows.spans == [(1, 2), (-1, -1), (0, 0), (-1, -1), (0, 0)]
    assert rows.windows.features[3][:, 0].tolist() == [
        0,
        0,
        0,
        0,
    ]  # x and a are not there


def test_passages_that_share_words_are_drawn():
    pairs = [("red sun", "red day"), ("red moon", "red night"), ("sea", "blue sea")]
    asked = read_reading_set(pairs, ["day", "red", "blue"])
    drawn = draw_negatives(asked, 1.0, 0)
    # The second one's answer stands in the first passage.
    assert drawn.is_drawn.all() and drawn.others[0] == 1
    assert drawn.others[1] == 2 and drawn.others[2] in (0, 1)
    assert not draw_negatives(asked, 0.0, 0).is_drawn.any()
    again = draw_negatives(asked, 0.5, 3)
    assert again.is_drawn.tolist() == draw_negatives(asked, 0.5, 3).is_drawn.tolist()
    alone = read_reading_set(pairs[:1], ["day"])
    assert draw_negatives(alone, 1.0, 0).others.tolist() == [-1]


def test_of_several_places_the_one_near_the_question():
    text = "cat a b c d e f g h i j dog cat"
    _, rows = read([("dog", text)], ["cat"], window=20, step=10)
    assert rows.places.tolist() == [[12, 12]]
    # A whole word comes before a part of one, wherever it stands.
    _, rows = read([("dog", "cats dog x x x cat")], ["cat"])
    assert rows.places.tolist() == [[5, 5]]
    _, rows = read([("x", "cat, cat")], ["cat"])
    assert rows.places.tolist() == [[0, 0]]


def test_answers_that_the_vectorizer_leaves_out():
    bare = GloveTfidfVectorizer(2, max_iter=1, remove_punctuation=True).fit([WORDS])
    with pytest.raises(ValueError, match=r"answer y\[1\], '\?!', has no token of its"):
        read([("x", "a b"), ("x", "a ?!")], ["a", "?!"], vectorizer=bare)
    with pytest.raises(ValueError, match="no passage has a token"):
        read([("x", " ")], [None])
