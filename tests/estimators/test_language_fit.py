"""The network that parameters ask for, epochs, and lines of progress."""

import numpy as np
import pytest

from sklearn_slm.estimators import language_fit
from sklearn_slm.estimators.corpora import read_corpus
from sklearn_slm.estimators.language_fit import (
    choose_epochs,
    describe_language,
    format_progress,
)
from sklearn_slm.network.language.train import Progress
from tests.estimators.language import LABELS, TEXTS, make_model


def test_the_network_of_parameters():
    model = make_model(hidden_size=(6, 4), cell="gru", candidate_activation="sigmoid")
    spec = describe_language(model, read_corpus(model, TEXTS, LABELS))
    encoder = spec.encoder
    assert (encoder.n_components, encoder.hidden_size) == (4, (6, 4))
    assert (encoder.cell, encoder.candidate_activation) == ("gru", "sigmoid")
    # Seven tokens, padding, unknown, two labels.
    assert encoder.n_tokens == 11 and spec.head.n_labels == 2
    assert "head.kernel" not in spec.weights()
    model.set_params(n_components=3, bidirectional=True)
    spec = describe_language(model, read_corpus(model, TEXTS, None))
    assert spec.weights()["head.kernel"].shape == (4, 3)
    assert not spec.encoder.bidirectional


@pytest.mark.parametrize(
    ("max_iter", "n_tokens", "expected"),
    [("auto", 10, 30), ("auto", 1_000_000, 10), ("auto", 10**9, 1), (7, 10, 7)],
)
def test_epochs(max_iter, n_tokens, expected):
    assert choose_epochs(max_iter, n_tokens) == expected


def test_a_line_within_an_epoch():
    progress = Progress(
        epoch=2,
        n_epochs=5,
        done=2_500,
        total=10_000,
        loss=np.log(150.0),
        seconds=2.0,
        read=2_000,
    )
    line = format_progress(progress)
    # 3.75 epochs of 10,000 tokens are left, at 1,000 a second.
    expected = "epoch 2/5  25%  loss 5.011  perplexity 150.0  1,000 tokens/s  38 s left"
    assert line == expected


def test_a_line_fits_a_terminal_of_80_columns():
    # What a network of 30,000 tokens knows before the first step.
    longest = Progress(
        epoch=10,
        n_epochs=30,
        done=10**8,
        total=10**8,
        loss=np.log(30_000.0),
        seconds=5.0,
        read=2_000_000,
    )
    line = format_progress(longest)
    assert "perplexity 30,000  400,000 tokens/s  83 min left" in line
    assert len(line) <= 80


def test_lines_come_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(language_fit, "_BETWEEN_LINES", 0.0)
    make_model(max_iter=1, verbose=1).fit(TEXTS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5 and "tokens/s" in lines[0]
    assert lines[-1].startswith("epoch 1/1  loss")
