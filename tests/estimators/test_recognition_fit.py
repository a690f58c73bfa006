"""From recordings to a trained recogniser."""

from types import SimpleNamespace

import numpy as np

from sklearn_slm.decoding.word_model import count_words
from sklearn_slm.estimators import recognition_fit as module
from sklearn_slm.estimators.recognition_data import read_speech
from sklearn_slm.estimators.recognition_fit import (
    choose_epochs,
    choose_search,
    choose_weights,
    describe_recognizer,
)
from sklearn_slm.estimators.transcribing import SpeechSearch
from tests.estimators.speech import RATE, SOUNDS, TEXTS, make_random_recognizer


def test_the_network_follows_the_parameters():
    model = make_random_recognizer(hidden_size=(7, 5), cell="gru", bidirectional=False)
    spec = describe_recognizer(model, model.features_, model._symbols)
    assert spec.encoder.n_components == 36 and spec.encoder.n_tokens is None
    assert spec.encoder.hidden_size == (7, 5) and spec.encoder.cell == "gru"
    assert not spec.encoder.bidirectional
    assert spec.head.n_symbols == 5  # a, b, c, the space and the blank


def test_epochs():
    assert choose_epochs(7, 10**9) == 7
    assert choose_epochs("auto", 250_000) == 40
    assert choose_epochs("auto", 0) == 60 and choose_epochs("auto", 10**8) == 5


def test_weights_with_the_fewest_errors_are_taken(monkeypatch):
    model = make_random_recognizer()
    options, symbols = model.features_, model._symbols
    speech = read_speech(SOUNDS[:4], TEXTS[:4], RATE)
    errors = iter([(0.5, 0.3), (0.4, 0.3), (0.4, 0.2)])
    monkeypatch.setattr(module, "_count_errors", lambda *_: next(errors))
    kept = [
        {name: value + np.float32(i / 10) for name, value in model.weights_.items()}
        for i in range(4)
    ]
    weights, log_probs, wer = choose_weights(
        model.spec_, kept, options, symbols, speech
    )
    # The average of all four, as good in words as that of three and better in letters.
    np.testing.assert_allclose(
        weights["head.bias"], model.weights_["head.bias"] + 0.15, atol=1e-6
    )
    assert wer == 0.4
    monkeypatch.undo()
    model.weights_ = weights
    for own, expected in zip(log_probs, model.predict_symbols(SOUNDS[:4])):
        np.testing.assert_allclose(np.exp(own), expected, atol=1e-6)


def make_unsure():
    """Return a frame that is for "b", a little, and one that says nothing."""
    return np.log([[0.02, 0.01, 0.45, 0.52], [0.9, 0.04, 0.03, 0.03]])


def test_a_language_model_gets_the_weight_that_helps():
    counts = count_words(["a"] * 20 + ["b"])
    search = SpeechSearch(("", " ", "a", "b"), 4, lambda: counts.score)
    chosen = choose_search(search, [make_unsure()] * 3, ["a"] * 3)
    assert chosen == (0.5, 0.5, 0.0)
    # Where the sounds are right and the transcripts are not.
    weight, _, wer = choose_search(search, [make_unsure()] * 3, ["b"] * 3)
    assert weight == 0.0 and wer == 0.0
    # What is given is not chosen.
    assert choose_search(search, [make_unsure()], ["b"], 0.5, 1.0) == (0.5, 1.0, 1.0)
    assert choose_search(search, [make_unsure()], ["b"], None, 1.0)[1] == 1.0


def test_without_a_language_model_nothing_is_chosen():
    search = SpeechSearch(("", " ", "a", "b"), 4)
    rows = [make_unsure()] * 250
    weight, bonus, wer = choose_search(search, rows, ["b", "b", "a"] * 83 + ["b"])
    # A hundred at most, from all over: every third one.
    assert (weight, bonus) == (0.5, 0.5) and wer == 0.0


def test_lines_of_progress(monkeypatch, capsys):
    monkeypatch.setattr(module, "_BETWEEN_LINES", 0.0)
    lines = module._SpeechLines(minutes=60.0)
    progress = {"epoch": 2, "n_epochs": 4, "done": 10, "total": 40, "loss": 3.25}
    lines.report(SimpleNamespace(**progress, seconds=30.0, read=10))
    assert capsys.readouterr().out == (
        "epoch 2/4  25%  loss 3.250  0.50 hours of audio per minute  330 s left\n"
    )
