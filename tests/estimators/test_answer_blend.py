"""The index of an answerer, and its blend weights."""

import numpy as np
import pytest

from sklearn_slm.estimators.answer_blend import blend_questions, index_questions
from sklearn_slm.estimators.answer_data import read_questions
from sklearn_slm.retrieval import USUAL_BLEND
from tests.estimators.answers import ANSWERS, DISTINCT, QUESTIONS

DATA = read_questions(QUESTIONS, ANSWERS)
N = len(QUESTIONS)


def make_vectors(good, seed=0):
    """Return vectors by which the right answer is the best, or those of noise."""
    random = np.random.RandomState(seed)
    answers = 3 * np.eye(4, dtype=np.float32)
    questions = random.standard_normal((N, 4)).astype(np.float32)
    return questions + good * answers[DATA.rows], answers


def test_each_question_comes_once_for_each_answer():
    data = read_questions(
        ["a", "b", "A ", "a", "b"], ["x", "x", "x", "y", "x"], answers=["z"]
    )
    vectors = np.arange(10.0).reshape(5, 2), np.arange(10.0, 16.0).reshape(3, 2)
    index = index_questions(data, vectors, np.arange(5))
    assert index.texts == ("x", "a", "b", "y", "a", "z")
    assert index.owners.tolist() == [0, 0, 0, 1, 1, 2]
    assert index.vectors[:, 0].tolist() == [10, 0, 2, 12, 6, 14]
    assert index.words.n_documents == index.pieces.n_documents == 6
    bare = index_questions(data, vectors, np.arange(0), lexical=False)
    assert bare.texts == ("x", "y", "z") and bare.words is bare.pieces is None


def test_a_network_that_knows_counts_and_one_that_does_not_does_not():
    held_out, known = np.arange(0, N, 3), np.flatnonzero(np.arange(N) % 3)
    knows = blend_questions(DATA, make_vectors(3.0), known, held_out)
    guesses = blend_questions(DATA, make_vectors(0.0), known, held_out)
    assert knows.accuracy == 1.0 and knows.blend[0] > guesses.blend[0]
    # The other questions of an answer have its words.
    assert guesses.accuracy >= guesses.lexical_accuracy == 1.0
    alone = blend_questions(DATA, make_vectors(3.0), known, held_out, lexical=False)
    assert alone.lexical_accuracy is None and alone.blend[1:].tolist() == [0, 0]


def test_answers_of_one_question_are_found_by_their_own_text():
    data = read_questions(
        [f"q{i} w{i}" for i in range(8)], [f"answer w{i}" for i in range(8)]
    )
    vectors = np.zeros((8, 2), np.float32), np.zeros((8, 2), np.float32)
    fitted = blend_questions(data, vectors, np.arange(4), np.arange(4, 8))
    assert fitted.accuracy == fitted.lexical_accuracy == 1.0


def test_many_answers_read_few_questions(monkeypatch):
    from sklearn_slm.estimators import answer_blend

    rows = []
    monkeypatch.setattr(answer_blend, "_MOST_SCORES", 10)
    monkeypatch.setattr(answer_blend, "_LEAST_QUESTIONS", 5)

    def compute(index, questions, vectors):
        rows.extend(questions)
        return [np.zeros((len(questions), len(index)), np.float32), None, None]

    monkeypatch.setattr(answer_blend, "compute_fields", compute)
    fitted = blend_questions(DATA, make_vectors(3.0), np.arange(0), np.arange(N))
    # From all over the set.
    assert rows == QUESTIONS[::8] and len(set(rows)) == 5
    assert fitted.blend[0] == pytest.approx(USUAL_BLEND[0])
    assert len(DISTINCT) == 4
