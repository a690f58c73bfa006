"""From questions to a trained answerer."""

import numpy as np
import pytest

from sklearn_slm import SLMLanguageModel
from sklearn_slm.estimators.answer_data import read_questions
from sklearn_slm.estimators.answer_examples import encode_texts
from sklearn_slm.estimators.answer_fit import (
    describe_answerer,
    read_task,
    train_answerer,
)
from sklearn_slm.network.sequences import train as training
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import PairHead
from sklearn_slm.text import UNKNOWN_ID
from tests.estimators.answers import ANSWERS, QUESTIONS, make_answerer
from tests.networks import draw_weights

SEEDS = [0, 1, 2, 3]


def test_texts_are_read():
    model = make_answerer(early_stopping=True, validation_fraction=0.25)
    data = read_questions(QUESTIONS, ANSWERS, ["one answer more"])
    task, vectorizer = read_task(model, data, None, SEEDS)
    assert len(task.questions) == 36 and len(task.answers) == 5
    assert len(task.held_out) == 9 and task.known.tolist() == list(range(36))
    again = vectorizer.transform(QUESTIONS + data.answers).texts
    values = np.concatenate([task.questions.values, task.answers.values])
    assert np.array_equal(again.values, values)


def test_words_of_a_validation_set_are_new():
    model = make_answerer()
    tests = read_questions(["an unheard question", "pin"], [ANSWERS[-1], "unheard"])
    task, _ = read_task(model, read_questions(QUESTIONS, ANSWERS), tests, SEEDS)
    assert task.data.rows.tolist()[36:] == [3, 4] and len(task.answers) == 5
    assert task.answers[4].tolist() == [UNKNOWN_ID]
    assert task.train.tolist() == task.known.tolist() == list(range(36))
    assert task.held_out.tolist() == [36, 37] and len(task.questions) == 38
    assert task.questions[36][1] == UNKNOWN_ID != task.questions[37][0]


def test_the_network():
    model = make_answerer(hidden_size=(5, 4), cell="gru", pooling="mean")
    data = read_questions(QUESTIONS, ANSWERS)
    task, _ = read_task(model, data, None, SEEDS)
    spec = describe_answerer(model, task.vectors)
    assert spec.head == PairHead(8, pooling="mean")
    assert spec.encoder.hidden_size == (5, 4) and spec.encoder.cell == "gru"
    assert spec.encoder.n_components == 6
    network = prepare_network(spec, draw_weights(spec))
    vectors = encode_texts(network, task.questions.take(np.array([0, 1])))
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-5) and vectors.shape == (2, 8)
    nothing = task.questions.slice(0, 0)
    assert encode_texts(network, nothing).shape == (0, 8)


def test_what_training_is_given(monkeypatch):
    given = {}

    def train(spec, start, examples, options, **others):
        given.update(others, examples=examples, start=start, options=options)
        weights = draw_weights(spec)
        return training.TrainedSequences([(1.0, weights)], [], False, False)

    monkeypatch.setattr(training, "train_sequences", train)
    model = make_answerer(n_negatives=2, max_iter="auto", early_stopping=True)
    data = read_questions([*QUESTIONS, "\u200b"], [*ANSWERS, ANSWERS[0]])
    task, _ = read_task(model, data, None, SEEDS)
    spec = describe_answerer(model, task.vectors)
    fitted = train_answerer(model, spec, task, SEEDS)
    examples, validation = given["examples"], given["validation"]
    # A question without a token is not trained on.
    n_read = len(examples) + len(validation)
    assert n_read == 36 and examples.inputs["ids"].lengths.min() > 0
    assert examples.inputs["negatives"].shape == (len(examples), 2)
    assert len(examples.inputs["second"]) == 4
    right = examples.targets["answers"]
    assert right.dtype == np.int32 and right.max() == 3
    assert (examples.inputs["negatives"] != right[:, None]).all()
    assert given["epochs"] == 50 and given["seeds"] == (0, 1)
    assert given["start"]["embedding"].shape[1] == 6
    assert len(fitted.entries.texts) == 4 + 37 and fitted.accuracy is not None
    assert not fitted.entries.vectors[fitted.entries.texts.index("\u200b")].any()
    model.set_params(n_negatives=0, lexical=False, match_questions=False)
    fitted = train_answerer(model, spec, task, SEEDS)
    assert "negatives" not in given["examples"].inputs
    assert fitted.entries.words is None and len(fitted.entries.texts) == 4
    assert fitted.blend.dtype == np.float32


def test_nothing_to_train_on():
    model = make_answerer()
    data = read_questions(["\u200b", "b"], ["x", "\u200b"], ["more"])
    task, _ = read_task(model, data, None, SEEDS)
    spec = describe_answerer(model, task.vectors)
    with pytest.raises(ValueError, match="no pair of question and answer has a token"):
        train_answerer(model, spec, task, SEEDS)


def test_a_language_model_gives_the_first_weights(monkeypatch):
    given = {}

    def train(spec, start, *_, **__):
        given.update(start)
        return training.TrainedSequences([(1.0, draw_weights(spec))], [], False, False)

    monkeypatch.setattr(training, "train_sequences", train)
    language = SLMLanguageModel(4, max_iter=1, random_state=0).fit(QUESTIONS + ANSWERS)
    model = make_answerer(hidden_size=4, vectorizer=None, pretrained=language)
    task, _ = read_task(model, read_questions(QUESTIONS, ANSWERS), None, SEEDS)
    spec = describe_answerer(model, task.vectors)
    assert spec.encoder.n_components == 4
    train_answerer(model, spec, task, SEEDS)
    kernel = language.weights_["layer_0.forward.kernel"]
    assert np.array_equal(given["layer_0.forward.kernel"], kernel)
