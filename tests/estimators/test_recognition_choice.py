"""What is chosen on a validation set."""

import numpy as np

from sklearn_slm.decoding.word_model import count_words
from sklearn_slm.estimators import recognition_choice as module
from sklearn_slm.estimators.recognition_choice import (
    choose_search,
    choose_weights,
    settle_search,
)
from sklearn_slm.estimators.recognition_data import read_speech
from sklearn_slm.estimators.transcribing import SpeechSearch
from tests.estimators.speech import RATE, SOUNDS, TEXTS, make_random_recognizer


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


def test_how_a_model_searches(monkeypatch, capsys):
    model = make_random_recognizer(language_weight=0.25, verbose=1)
    settle = (model, model._symbols, model.word_counts_)
    # Nothing to choose on.
    assert settle_search(*settle, None, None) == (0.25, 0.5, None)
    assert capsys.readouterr().out == ""
    log_probs = [np.log(probs) for probs in model.predict_symbols(SOUNDS)]
    weight, bonus, wer = settle_search(*settle, (log_probs, TEXTS), 0.9)
    assert weight == 0.25 and bonus in module._BONUSES and wer > 0.0
    assert f"{wer:.2%} (language_weight 0.25, word_bonus {bonus:g})" in (
        capsys.readouterr().out
    )

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "choose_search", stop)
    assert settle_search(*settle, (log_probs, TEXTS), 0.9) == (0.25, 0.5, 0.9)
