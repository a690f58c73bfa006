"""Recordings and transcripts out of tables."""

import json

import click
import pytest

from sklearn_slm import load_model
from sklearn_slm.cli.speech_manifest import (
    format_rates,
    measure_recordings,
    read_manifest,
)
from tests.cli.speech import make_folder
from tests.estimators.speech import TEXTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("manifest"))


def test_paths_begin_in_the_folder_of_the_table(folder):
    table = str(folder / "manifest.csv")
    paths, transcripts = read_manifest([table, table], None, None, "text", None)
    assert transcripts == [*TEXTS, *TEXTS]
    assert paths[1] == folder / "wav" / "1.wav" and paths[1].is_file()
    row = {"file": str(folder / "wav" / "0.wav"), "said": "one"}
    lines = folder / "lines.jsonl"
    lines.write_text(json.dumps(row) + "\n", "utf-8")
    found = read_manifest([str(lines)], None, "file", "said", None)
    assert found == ([folder / "wav" / "0.wav"], ["one"])


def test_what_is_no_manifest(folder):
    plain = folder / "plain.txt"
    plain.write_text("one\n", "utf-8")
    for file in (str(plain), "-"):
        with pytest.raises(click.UsageError, match="plain text has no columns"):
            read_manifest([file], None, None, "text", None)
    table = str(folder / "manifest.csv")
    with pytest.raises(ValueError, match="--audio"):
        read_manifest([table], None, "audio", "text", None)
    with pytest.raises(ValueError, match="--text"):
        read_manifest([table], None, None, "words", None)
    empty = folder / "empty.csv"
    empty.write_text("path,text\n", "utf-8")
    with pytest.raises(ValueError, match="there is no recording in it"):
        read_manifest([str(empty)], None, None, "text", None)


def test_scores(folder):
    model = load_model(folder / "m.slm")
    table = str(folder / "manifest.csv")
    paths, transcripts = read_manifest([table], None, None, "text", None)
    scores = measure_recordings(model, paths, transcripts)
    assert scores["wer"] == pytest.approx(1 - model.score(paths, transcripts))
    assert scores["n_recordings"] == 12 and scores["seconds_per_recording"] > 0
    told = format_rates({"wer": 0.125, "cer": 0.0333})
    assert told == "word error rate 12.50%, character error rate 3.33%"
