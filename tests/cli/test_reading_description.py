"""``slm info``, ``evaluate``, ``quantize`` and ``export`` of a reader."""

import json
import os

import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.cli.reading_pairs import format_scores
from tests.cli.readings import RIGHT, make_folder
from tests.estimators.readings import PAIRS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("describe"))
    model = load_model(folder / "r.slm")
    model.validation_exact_match_, model.validation_f1_ = 0.5, 0.625
    model.knows_none_ = False
    save_model(model, folder / "sure.slm", notes={"validation_data": "dev.tsv"})
    return folder


def test_lines_for_people(run):
    lines = run("info r.slm").out.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines)
    assert told["file"].endswith(" bytes, reader")
    assert told["network"] == (
        "LSTM of 6 units in both directions, attention from passage to question, a layer "
        "of 6 units over both, word vectors of 6"
    )
    assert told["passages"] == "windows of 256 tokens"
    assert told["answers"] == "of at most 20 tokens, or that there is none"
    assert told["training"] == "1 epoch"
    out = run("info sure.slm").out
    assert "tokens, always one\n" in out
    assert "1 epoch, validation exact match 0.5000, F1 0.6250\n" in out


def test_facts_for_machines(folder, run):
    model = load_model(folder / "r.slm")
    found = json.loads(run("info r.slm --json").out)
    assert found["kind"] == "reader" and found["n_words"] == len(model.vocabulary_)
    assert found["n_parameters"] == sum(w.size for w in model.weights_.values())
    assert found["knows_none"] is True and found["temperature"] == 1.0
    assert found["network"]["head"] == {"n_units": 6, "n_features": 7}


def test_a_card(run):
    card = run("info r.slm --card --data dev.tsv").out
    for heading in ("Data", "Scores", "Sizes", "Limits", "Use"):
        assert f"\n## {heading}\n" in card
    start = (
        "# r\n\nA reader, which answers with words of a passage, made with sklearn_slm "
    )
    assert card.startswith(start)
    assert "18 questions with passages and answers: births.tsv." in card
    assert "- int8 weights moved F1 from 0.7500 to 0.7000" in card
    assert "Where the passage does not answer it says so" in card
    assert "    slm answer r.slm questions_with_passages.tsv" in card
    scores = json.loads(run("evaluate r.slm dev.tsv --json").out)
    assert f"- Test (dev.tsv, 6 questions): {format_scores(scores)}" in card
    line = run("evaluate r.slm dev.tsv").out
    assert line.startswith("6 questions, ") and format_scores(scores) in line
    card = run("info sure.slm --card").out
    assert "It was trained on passages that answer, and always finds words" in card
    assert (
        "- Validation (dev.tsv), which chose epoch and temperature: exact match 0.5000, F1 "
        "0.6250" in card
    )
    columns = "--passage context"
    assert "--passage" in run(f"evaluate r.slm dev.tsv {columns}", 1).err


def test_smaller_copies_and_onnx(folder, run):
    command = "quantize r.slm small.slm --data births.tsv"
    found = json.loads(run(f"{command} --json").out)
    score = load_model(folder / "r.slm").score(PAIRS, RIGHT)
    assert found["score"][0] == score and found["bytes"][1] < found["bytes"][0]
    assert f", F1 {score:.4f} to " in run(command).out
    assert "more than max_drop=-2" in run(f"{command} --max-drop -2", 1).err
    assert "int8" in run("info small.slm").out
    names = ["r.encoder.onnx", "r.spans.onnx"]
    lines = run("export r.slm --onnx r.onnx").out.splitlines()
    sizes = [os.path.getsize(folder / name) for name in names]
    assert lines == [f"{n}: {size:,} bytes" for n, size in zip(names, sizes)]


def test_other_commands_refuse_a_reader_and_say_what_takes_it(run):
    for command in ("predict r.slm births.tsv", "translate r.slm births.tsv"):
        error = " ".join(run(command, 2).err.split())
        assert "r.slm holds a reader; this command needs a " in error
        for name in ("answer", "evaluate", "info"):
            assert f"slm {name} " in error
