"""What an answerer's network is trained on, and wrong answers that it finds itself."""

import numpy as np
import pytest

from sklearn_slm.estimators.answer_data import mine_by_vectors, read_questions
from sklearn_slm.estimators.answer_examples import (
    encode_texts,
    make_examples,
    make_miner,
    start_negatives,
)
from sklearn_slm.estimators.answer_fit import describe_answerer, read_task
from sklearn_slm.runtime import prepare_network
from tests.estimators.answers import ANSWERS, QUESTIONS, make_answerer
from tests.networks import draw_weights

SEEDS = [0, 1, 2, 3]


def test_wrong_answers_are_near_and_new():
    data = read_questions(["a", "b", "A", "c"], ["x", "y", "z", "y"], ["w", "v"])
    answers = np.eye(5, dtype=np.float32)
    asked = np.float32([[5, 4, 3, 2, 1], [1, 2, 3, 4, 5], [1, 1, 1, 1, 1]])
    known = np.int32([[1], [-1], [0]])
    rows = np.array([0, 1, 3])
    # Answers are x, y, z, w, v; those of "a" are x and z, in any spelling of it.
    found = mine_by_vectors(data, rows, np.arange(5), (asked, answers), 2, known)
    assert found.tolist() == [[3, 4], [4, 3], [2, 3]] and found.dtype == np.int32
    among, given = np.array([1, 2, 4]), (asked[:1], answers[[1, 2, 4]])
    found = mine_by_vectors(data, rows[:1], among, given, 4, known[:1])
    assert found.tolist() == [[4, -1, -1, -1]]


def test_the_network_finds_its_own_wrong_answers():
    model = make_answerer()
    data = read_questions([*QUESTIONS, "\u200b"], [*ANSWERS, ANSWERS[0]], ["\u200b"])
    task, _ = read_task(model, data, None, SEEDS)
    spec = describe_answerer(model, task.vectors)
    assert start_negatives(task, 0, 0) is None
    negatives = start_negatives(task, 1, 2)
    assert negatives.shape == (37, 3) and (negatives[:, 1:] == -1).all()
    train = make_examples(task, task.train, negatives)
    assert len(train) == 36
    weights = draw_weights(spec, 3, 0.5)
    again = make_miner(spec, task, train, 2)(weights)
    found = again.inputs["negatives"]
    assert found.dtype == np.int32 and np.array_equal(found[:, 0], negatives[:36, 0])
    right = again.targets["answers"]
    assert (found != right[:, None]).all()
    network = prepare_network(spec, weights)
    questions = encode_texts(network, train.inputs["ids"])
    products = questions @ encode_texts(network, task.answers).T
    # The answer without a token is nobody's, however near zeros are.
    assert (found < 4).all() and not encode_texts(network, task.answers)[4].any()
    products[:, 4] = -np.inf
    for i, row in enumerate(found):
        left_out = [right[i], row[0]] if row[0] >= 0 else [right[i]]
        products[i, left_out] = -np.inf
        # Three wrong ones at most, of which BM25 may have found one before.
        n = int(min(np.isfinite(products[i]).sum(), 2))
        assert row[1 : 1 + n].tolist() == np.argsort(-products[i])[:n].tolist()
        assert (row[1 + n :] == -1).all()
    assert (found[:, 1] >= 0).mean() > 0.5


def test_mined_answers_are_trained_on(monkeypatch):
    given = []
    from sklearn_slm.network.sequences import answers, train

    read = answers.AnswerBatches._read_half

    def spy(self, rows, *others):
        given.append(self.examples.inputs["negatives"])
        return read(self, rows, *others)

    monkeypatch.setattr(answers.AnswerBatches, "_read_half", spy)
    assert train.READERS["pairs"] is answers.AnswerBatches
    model = make_answerer(n_negatives=0, n_mined=1, max_iter=2)
    model.fit(QUESTIONS, ANSWERS)
    assert (given[0] == -1).all() and (given[-1] >= 0).all()
    # The second epoch trains on other examples than the first, and on no right answer.
    assert (given[-1][:, 0] != read_questions(QUESTIONS, ANSWERS).rows).all()
    again = make_answerer(n_negatives=0, n_mined=1, max_iter=2, n_jobs=1)
    again.fit(QUESTIONS, ANSWERS)
    for name, weight in model.weights_.items():
        np.testing.assert_array_equal(again.weights_[name], weight)
    with pytest.raises(ValueError, match="'n_mined' parameter"):
        make_answerer(n_mined=-1).fit(QUESTIONS, ANSWERS)
