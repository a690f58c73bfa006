"""From questions and passages to a trained reader."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_slm.decoding.spans import find_spans
from sklearn_slm.estimators.reader_fit import (
    describe_reader,
    read_reading_task,
    train_reader,
)
from sklearn_slm.estimators.reading_data import read_reading_set
from sklearn_slm.estimators.reading_texts import score_readings
from sklearn_slm.network.sequences import train as training
from sklearn_slm.network.sequences.train import TrainedSequences
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import SpanHead
from sklearn_slm.text import UNKNOWN_ID
from tests.cli.small import TEXTS, make_language_model
from tests.estimators.readings import ANSWERS, NEW, PAIRS, make_reader
from tests.networks import draw_weights

SEEDS = [0, 1, 2, 3]


def read(model, pairs=PAIRS, answers=ANSWERS, tests=None):
    tests = tests and read_reading_set(*tests)
    return read_reading_task(model, read_reading_set(pairs, answers), tests, SEEDS)


def test_texts_become_examples():
    task, vectorizer = read(make_reader())
    inputs = task.train.inputs
    assert len(task.train) == 18 and set(inputs) == {"ids", "second", "features"}
    index = vectorizer.vocabulary_.index
    first = [index[t] for t in "anna was born in rome in 1900 .".split()]
    assert inputs["second"][0].tolist() == first
    assert inputs["features"].offsets.tolist() == inputs["second"].offsets.tolist()
    # "who was born there": the second and third token are the same.
    assert inputs["features"][0][:, 0].tolist() == [0, 1, 1, 0, 0, 0, 0, 0]
    assert task.train.targets["spans"][:3].tolist() == [[0, 0], [4, 4], [6, 6]]
    assert task.train.targets["spans"].dtype == np.int32
    assert task.validation is None and not task.knows_none
    # Each passage is a document, and so is each distinct question.
    assert vectorizer.vocabulary_.n_documents == 6 + 3


def test_words_of_a_validation_set_are_new():
    answers = ["Gwen", None, "1871"]
    task, _ = read(make_reader(), tests=(NEW, answers))
    assert task.validation.inputs["second"][0][0] == UNKNOWN_ID
    assert task.validation.targets["spans"].tolist() == [[0, 0], [-1, -1], [6, 6]]
    assert task.places.tolist() == [[0, 0], [-1, -1], [6, 6]]
    assert not task.knows_none  # of what is trained on
    assert read(make_reader(), PAIRS[:2], ["Anna", None])[0].knows_none


def test_windows_that_do_not_answer_are_read_too():
    task, _ = read(make_reader(negative_rate=1.0))
    spans = task.train.targets["spans"]
    # Every passage that BM25 finds may hold the answer as well.
    n_wrong = int((spans[:, 0] < 0).sum())
    assert len(spans) == 18 + n_wrong and n_wrong > 12


def test_the_network():
    model = make_reader(hidden_size=(5, 4), cell="gru", n_units=3)
    task, _ = read(model)
    spec = describe_reader(model, task.vectors)
    assert spec.head == SpanHead(3, n_features=7)
    assert spec.encoder.hidden_size == (5, 4) and spec.encoder.cell == "gru"
    assert spec.encoder.n_components == 6


@pytest.fixture
def fake(monkeypatch):
    """Return what training was told; it gives random weights."""
    told = {}

    def train(spec, start, examples, options, **others):
        told.update(others, start=start, options=options, n=len(examples))
        weights = draw_weights(spec) | dict(start)
        return TrainedSequences([(1.0, weights)], [], False, False)

    monkeypatch.setattr(training, "train_sequences", train)
    return told


def test_training_is_told_what_the_parameters_say(fake):
    model = make_reader(max_iter=7, batch_size=5, learning_rate=0.5)
    task, _ = read(model)
    fitted = train_reader(model, describe_reader(model, task.vectors), task, SEEDS)
    assert fake["epochs"] == 7 and fake["n"] == 18 and fake["validation"] is None
    assert fake["options"].batch_size == 5 and fake["options"].learning_rate == 0.5
    assert np.array_equal(fake["start"]["embedding"][2:], task.vectors.vectors)
    assert fitted.f1 is None and fitted.temperature == 1.0


def test_a_validation_set_is_measured(fake):
    model = make_reader(max_answer_length=2)
    tests = NEW, [["Gwen"], ["Bonn", "in Bonn"], ["1871"]]
    task, _ = read(model, tests=tests)
    spec = describe_reader(model, task.vectors)
    fitted = train_reader(model, spec, task, SEEDS)
    network = prepare_network(spec, fitted.weights)
    readings, right = task.held_out.readings, tests[1]
    hits = 0
    for row, scored in score_readings(network, task.reader, readings):
        found = find_spans(scored.start, scored.end, max_length=2)
        starts, ends = scored.passage.starts, scored.passage.ends
        answer = scored.passage.text[starts[found.first[0]] : ends[found.last[0]]]
        hits += answer.rstrip(".") in right[row]
    assert fitted.exact_match == pytest.approx(hits / 3)
    assert fitted.exact_match <= fitted.f1 <= 1
    assert 0.5 <= fitted.temperature <= 4


def test_weights_of_a_language_model(fake):
    language = make_language_model(TEXTS[:8])
    model = make_reader(vectorizer=None, pretrained=language)
    assert clone(model).pretrained is language
    with pytest.raises(ValueError, match="hidden_size=5 contradicts"):
        clone(model).set_params(hidden_size=5).fit(PAIRS, ANSWERS)
    task, _ = read(model, [("two", text) for text in TEXTS[:8]], [None] * 8)
    spec = describe_reader(model, task.vectors)
    assert spec.encoder.hidden_size == (3,)
    train_reader(model, spec, task, SEEDS)
    kernel = fake["start"]["layer_0.forward.kernel"]
    assert np.array_equal(kernel, language.weights_["layer_0.forward.kernel"])
