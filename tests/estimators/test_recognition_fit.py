"""From recordings to a trained recogniser."""

from types import SimpleNamespace

from sklearn_slm.estimators import recognition_fit as module
from sklearn_slm.estimators.recognition_fit import choose_epochs, describe_recognizer
from tests.estimators.speech import make_random_recognizer


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


def test_lines_of_progress(monkeypatch, capsys):
    monkeypatch.setattr(module, "_BETWEEN_LINES", 0.0)
    lines = module._SpeechLines(minutes=60.0)
    progress = {"epoch": 2, "n_epochs": 4, "done": 10, "total": 40, "loss": 3.25}
    lines.report(SimpleNamespace(**progress, seconds=30.0, read=10))
    assert capsys.readouterr().out == (
        "epoch 2/4  25%  loss 3.250  0.50 hours of audio per minute  6 min left\n"
    )
    longest = progress | {"epoch": 10, "n_epochs": 60, "done": 40, "loss": 123.456}
    lines.report(SimpleNamespace(**longest, seconds=2.5, read=40))
    assert len(capsys.readouterr().out) <= 81  # the end of the line is one
