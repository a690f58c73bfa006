"""``slm info`` of a language model: lines, JSON, a model card."""

import json

import pytest

from sklearn_slm import load_model, save_model
from tests.cli.small import LABELS, TEXTS, make_language_model


@pytest.fixture(scope="module")
def folder(language_folder):
    model = make_language_model(
        TEXTS[:50],
        LABELS[:50],
        tokens="char",
        lowercase=True,
        cache_size=500,
        documents="stream",
        cell="gru",
    )
    save_model(
        model, language_folder / "labels.slm", notes={"classes": {"negative": 9}}
    )
    return language_folder


def test_lines_for_people(folder, run):
    model = load_model(folder / "lm.slm")
    lines = run("info lm.slm").out.splitlines()
    n_known = len(model.vocabulary_)
    told = dict(line.split(maxsplit=1) for line in lines)
    assert told["file"].endswith(" bytes, language model")
    assert told["network"] == "LSTM of 4 units, token vectors of 4"
    n_parameters = sum(weight.size for weight in model.weights_.values())
    assert told["parameters"] == f"{n_parameters:,}, float32"
    assert told["tokens"] == f"{n_known} words and marks"
    assert told["documents"] == "independent: each text begins anew"
    assert told["training"].startswith("2 epochs, validation perplexity ")
    assert told["data"] == '["texts.txt"]'
    lines = run("info labels.slm").out.splitlines()
    assert any(line.endswith(" characters in lower case") for line in lines)
    assert any(line.split() == ["neural", "cache", "500", "tokens"] for line in lines)
    assert any(line.endswith("2: negative, positive") for line in lines)


def test_facts_for_machines(folder, run):
    model = load_model(folder / "lm.slm")
    found = json.loads(run("info lm.slm --json").out)
    assert found["kind"] == "language model"
    assert found["n_tokens"] == len(model.vocabulary_)
    assert found["network"]["head"] == {"n_labels": 0}
    assert found["classes"] == [] and found["epochs"] == 2
    assert found["notes"]["validation_perplexity"] == found["validation_perplexity"]
    assert not found["bidirectional"]


def test_a_model_of_both_directions(folder, run):
    model = make_language_model(TEXTS[:20])
    save_model(model, folder / "one.slm")
    others = {k: v for k, v in model.weights_.items() if k != "embedding"}
    model.backward_weights_ = others
    save_model(model, folder / "two.slm")
    one, two = (json.loads(run(f"info {n}.slm --json").out) for n in ("one", "two"))
    added = sum(weight.size for weight in others.values())
    assert two["n_parameters"] == one["n_parameters"] + added and two["bidirectional"]
    assert "beside a second one from the end" in run("info two.slm").out


def test_a_card(folder, run):
    card = run("info lm.slm --card --data new.txt").out
    for heading in ("Data", "Scores", "Sizes", "Limits", "Use"):
        assert f"\n## {heading}\n" in card
    assert "200 texts: texts.txt." in card
    scores = json.loads(run("score lm.slm new.txt --json").out)["perplexity"]
    assert (
        f"- Test (new.txt, 7 texts): perplexity {scores['token']:,.2f} per token, "
        f"{scores['word']:,.2f} per word, {scores['byte']:,.3f} per byte" in card
    )
    assert "    slm generate lm.slm" in card and "## Labels" not in card
    card = run("info labels.slm --card").out
    assert "| negative | 9 |" in card and "| positive | not recorded |" in card
    assert "Not recorded in the file." in card and "None was measured." in card
    facts = json.loads(run("info lm.slm --card --data new.txt --json").out)
    assert facts["test"]["data"] == ["new.txt"] and facts["test"]["n_texts"] == 7
    assert "slm score with a language model" in run("info lm.slm --data new.txt", 2).err


@pytest.mark.parametrize("notes", [None, ["a"], 7, {"classes": ["a"], "n_texts": "x"}])
def test_notes_of_any_form(folder, run, notes):
    save_model(load_model(folder / "labels.slm"), folder / "notes.slm", notes=notes)
    for options in ("", " --json", " --card"):
        assert "positive" in run("info notes.slm" + options).out
