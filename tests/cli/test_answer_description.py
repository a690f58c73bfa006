"""``slm info``, ``evaluate``, ``quantize`` and ``export`` of an answerer."""

import json
import os

import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.cli.answer_pairs import format_scores
from tests.cli.answers import make_folder
from tests.estimators.answers import ANSWERS, QUESTIONS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("describe"))


def test_lines_for_people(run):
    lines = run("info m.slm").out.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines)
    assert told["file"].endswith(" bytes, answerer")
    assert told["network"] == (
        "LSTM of 8 units in both directions, max pooling, word vectors of 6, vectors of "
        "texts of 8"
    )
    assert told["answers"] == "4, vectors float32" and told["questions"] == "36 known"
    assert told["blend"] == "network 0.6, words 0.4, pieces 0.15"
    assert told["training"] == (
        "1 epoch, validation accuracy 0.7500 (words alone 0.5000)"
    )
    lines = run("info plain.slm").out.splitlines()
    assert ["training", "1", "epoch"] in [line.split() for line in lines]


def test_facts_for_machines(folder, run):
    model = load_model(folder / "m.slm")
    found = json.loads(run("info m.slm --json").out)
    assert found["kind"] == "answerer" and found["n_answers"] == 4
    assert found["n_parameters"] == sum(w.size for w in model.weights_.values())
    assert found["n_known_questions"] == 36 and found["blend"] == [0.6, 0.4, 0.15]
    assert found["network"]["head"] == {"n_outputs": 8, "pooling": "max"}


def test_a_card(run):
    card = run("info m.slm --card --data dev.tsv").out
    for heading in ("Data", "Scores", "Sizes", "Limits", "Use"):
        assert f"\n## {heading}\n" in card
    assert card.startswith("# m\n\nAn answerer of 4 answers, made with sklearn_slm ")
    assert "36 questions with answers: faq.tsv." in card
    assert (
        "- Validation (dev.tsv), which chose epoch and blend weights: accuracy 0.7500 "
        "(words alone 0.5000)\n" in card
    )
    assert "- int8 weights moved first answers right from 0.7500 to 0.7000" in card
    assert "    slm answer m.slm questions.txt" in card
    scores = json.loads(run("evaluate m.slm dev.tsv --json").out)
    assert f"- Test (dev.tsv, 6 questions): {format_scores(scores)}" in card
    line = run("evaluate m.slm dev.tsv").out
    assert line.startswith("6 questions, ") and format_scores(scores) in line
    assert "None was measured." in run("info plain.slm --card").out
    columns = "--question asked"
    assert "--question" in run(f"info m.slm --card --data dev.tsv {columns}", 1).err


@pytest.mark.parametrize("notes", [None, ["a"], 7, {"quantization": "x"}])
def test_notes_of_any_form(folder, run, notes):
    save_model(load_model(folder / "plain.slm"), folder / "notes.slm", notes=notes)
    for options in ("", " --json", " --card"):
        assert "answer" in run("info notes.slm" + options).out


def test_smaller_copies_and_onnx(folder, run):
    command = "quantize m.slm small.slm --data faq.tsv"
    found = json.loads(run(f"{command} --json").out)
    score = load_model(folder / "m.slm").score(QUESTIONS, ANSWERS)
    assert found["score"][0] == score and found["bytes"][1] < found["bytes"][0]
    assert f", first answers right {score:.4f} to " in run(command).out
    assert "more than max_drop=-2" in run(f"{command} --max-drop -2", 1).err
    assert "vectors int8" in run("info small.slm").out
    line = run("export m.slm --onnx m.onnx").out
    assert line == f"m.onnx: {os.path.getsize(folder / 'm.onnx'):,} bytes\n"
