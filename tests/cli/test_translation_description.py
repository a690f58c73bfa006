"""``slm info`` of a translator: lines, JSON, a model card."""

import json

import pytest

from sklearn_slm import save_model
from sklearn_slm.cli.translation_pairs import format_scores
from tests.estimators.translation import SOURCES, TARGETS, make_random_translator


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("describe")
    model = make_random_translator(lowercase=True)
    notes = {"data": ["pairs.tsv"], "n_texts": 40, "validation_data": "dev.tsv"}
    save_model(model, folder / "plain.slm", notes=notes)
    model.validation_bleu_, model.best_validation_score_ = 31.5, -1.0
    model.validation_scores_ = [-1.0]
    notes |= {"quantization": {"dtype": "int8", "score": [0.315, 0.31]}}
    save_model(model, folder / "m.slm", notes=notes)
    rows = [f"{a}\t{b}" for a, b in zip(SOURCES[:6], TARGETS)]
    (folder / "test.tsv").write_text("\n".join(["de\ten", *rows]), "utf-8")
    return folder


def test_lines_for_people(run):
    lines = run("info m.slm").out.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines)
    assert told["file"].endswith(" bytes, translator")
    assert told["network"] == (
        "LSTM of 16 units that reads in both directions, another that writes with "
        "attention, token vectors of 16"
    )
    assert told["source"] == told["target"] == "7 words and marks in lower case"
    assert told["beam"] == "3"
    assert told["training"] == (
        "1 epoch, validation perplexity 2.72 per token, validation BLEU 31.50 (greedy)"
    )
    lines = run("info plain.slm").out.splitlines()
    assert ["training", "1", "epoch"] in [line.split() for line in lines]


def test_facts_for_machines(run):
    model = make_random_translator()
    found = json.loads(run("info m.slm --json").out)
    assert found["kind"] == "translator"
    assert found["n_parameters"] == sum(w.size for w in model.weights_.values())
    assert found["source"] == {"tokens": "word", "n_tokens": 7, "lowercase": True}
    assert found["network"]["head"]["decoder"]["n_tokens"] == 9
    assert found["validation_bleu"] == 31.5


def test_a_card(run):
    columns = "--source de --target en"
    card = run(f"info m.slm --card --data test.tsv {columns}").out
    for heading in ("Data", "Scores", "Sizes", "Limits", "Use"):
        assert f"\n## {heading}\n" in card
    assert card.startswith("# m\n\nA translator, made with sklearn_slm ")
    assert "40 pairs of texts: pairs.tsv." in card
    assert "- Validation (dev.tsv), which chose the weights: validation perplex" in card
    assert "- int8 weights moved BLEU from 31.50 to 31.00" in card
    assert "It reads 7 words and marks, and writes 7 words and marks." in card
    assert "    slm translate m.slm texts.txt" in card
    scores = json.loads(run(f"evaluate m.slm test.tsv {columns} --json").out)
    assert f"- Test (test.tsv, 6 pairs): {format_scores(scores)}" in card
    line = run(f"evaluate m.slm test.tsv {columns}").out
    assert line.startswith("6 pairs, ") and format_scores(scores) in line
    assert "None was measured." in run("info plain.slm --card").out
    assert (
        "expected one column 'source'"
        in run("info m.slm --card --data test.tsv", 1).err
    )


@pytest.mark.parametrize(
    "notes", [None, ["a"], 7, {"quantization": "x", "n_texts": "x"}]
)
def test_notes_of_any_form(folder, run, notes):
    save_model(make_random_translator(), folder / "notes.slm", notes=notes)
    for options in ("", " --json", " --card"):
        assert "word" in run("info notes.slm" + options).out
