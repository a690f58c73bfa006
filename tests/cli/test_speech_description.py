"""``slm info`` of a recogniser."""

import json

import pytest

from tests.cli.speech import make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("description"))


def test_facts(run, folder):
    facts = json.loads(run("info m.slm --json").out)
    assert facts["kind"] == "speech recognizer"
    assert facts["features"]["rate"] == 8000 and facts["n_symbols"] == 4
    assert facts["units"] == "char" and facts["validation_wer"] is None


def test_a_table(run, folder):
    lines = dict(
        line.split("  ", 1)
        for line in run("info live.slm").out.splitlines()
        if "  " in line
    )
    rows = {name.strip(): value.strip() for name, value in lines.items()}
    assert rows["network"] == "LSTM of 6, 5 units in one direction, CTC"
    assert rows["symbols"] == "4 characters"
    assert rows["sound"].startswith("8,000 samples a second, 12 mel filters, 3 frames")


def test_a_card(run, folder):
    card = run("info m.slm --card --data manifest.csv").out
    assert card.startswith("# m\n\nA speech recogniser, made with sklearn_slm")
    assert "12 recordings: manifest.csv." in card
    assert "- Test (manifest.csv, 12 recordings): word error rate" in card
    assert "slm transcribe m.slm recording.wav" in card
    assert "It needs the whole recording" in card
    assert "It writes while it hears" in run("info live.slm --card").out
    assert "None was measured." in run("info live.slm --card").out
