"""``slm train --task language-model``: one file, checkpoints, labels, Ctrl-C."""

import json
import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm import SLMLanguageModel, load_model
from sklearn_slm.cli.language_training import compute_perplexity
from tests.cli.small import LABELS, SLM, SMALL_LANGUAGE, TEXTS

SMALL = " ".join(SMALL_LANGUAGE)


@pytest.fixture(scope="module")
def folder(language_folder):
    return language_folder


def assert_same_weights(one, other):
    assert one.vocabulary_.tokens == other.vocabulary_.tokens
    for name, weight in one.weights_.items():
        np.testing.assert_array_equal(other.weights_[name], weight)


def test_a_resumed_training_ends_with_the_same_weights(folder, run):
    output = run(
        f"train texts.txt --model again.slm --resume-from lm.checkpoint {SMALL} --json"
    )
    first, again = load_model(folder / "lm.slm"), load_model(folder / "again.slm")
    assert_same_weights(first, again)
    # The last checkpoint is that of the whole training.
    assert "epoch" not in output.err
    result = json.loads(output.out)
    assert result == {
        "model": "again.slm",
        "bytes": os.path.getsize(folder / "again.slm"),
        "n_texts": 200,
        "n_tokens": first.vocabulary_.corpus_size,
        "n_known_tokens": len(first.vocabulary_),
        "n_classes": 0,
        "epochs": 2,
        "validation_perplexity": math.exp(-first.best_validation_score_),
    }
    # The model tells nothing of paths on the machine that trained it.
    assert first.checkpoint is None and first.verbose == 0
    error = run(
        f"train texts.txt --model no.slm --resume-from lm.checkpoint {SMALL} --seed 1",
        1,
    ).err
    assert "it was written by a fit with other random_state. Set them" in error
    assert not (folder / "no.slm").exists()


def test_the_command_trains_as_python_does(folder, run):
    rows = zip(TEXTS, LABELS)
    lines = [json.dumps({"body": text, "topic": label}) for text, label in rows]
    (folder / "rows.jsonl").write_text("\n".join(lines[:120]))
    (folder / "valid.jsonl").write_text("\n".join(lines[120:140]))
    output = run(
        "train rows.jsonl --valid valid.jsonl --text body --label topic --model y.slm "
        "--task language-model --hidden-size 4 --max-iter 1 --tokens char -q "
        "--set runtime=numpy"
    )
    found = load_model(folder / "y.slm")
    expected = SLMLanguageModel(
        4, max_iter=1, tokens="char", runtime="numpy", random_state=0
    ).fit(TEXTS[:120], LABELS[:120], X_val=(TEXTS[120:140], LABELS[120:140]))
    assert_same_weights(expected, found)
    assert found.classes_.tolist() == ["negative", "positive"]
    assert not output.err
    assert "120 texts of 2 labels" in output.out
    score = math.exp(-expected.best_validation_score_)
    assert f"1 epoch, validation perplexity {score:,.1f}" in output.out
    notes = json.loads(run("info y.slm --json").out)["notes"]
    assert notes == {
        "data": ["rows.jsonl"],
        "n_texts": 120,
        "n_tokens": found.vocabulary_.corpus_size,
        "validation_data": "valid.jsonl",
        "validation_perplexity": score,
        "classes": {"negative": 56, "positive": 64},
    }


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("texts.txt --checkpoint no/c", 2, "no folder"),
        ("texts.txt --set hiden_size=3", 2, "Did you mean 'hidden_size'?"),
        ("texts.txt --set cell=tree", 1, "'cell' parameter"),
        ("texts.txt --label topic", 1, "plain text has labels"),
        ("texts.txt --resume-from lm.slm", 1, "it holds no checkpoint"),
        ("empty.txt", 1, "empty vocabulary"),
        ("one.txt", 1, "one token alone"),
    ],
)
def test_what_goes_wrong(folder, run, command, code, message):
    (folder / "empty.txt").write_text("")
    (folder / "one.txt").write_text("no no no\n")
    output = run(f"train {command} --task language-model --model no.slm", code)
    assert message in output.err
    assert not (folder / "no.slm").exists()


def test_the_perplexity_of_a_validation_set():
    model = SLMLanguageModel()
    model.best_validation_score_ = None
    assert compute_perplexity(model) is None
    model.best_validation_score_ = -math.log(20)
    assert compute_perplexity(model) == pytest.approx(20)
    model.best_validation_score_ = -1e9
    assert math.isfinite(compute_perplexity(model))


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_interrupted_training_saves_the_best_model(folder):
    command = (
        "train - --input txt --task language-model --hidden-size 4 --model cut.slm"
    )
    with (folder / "texts.txt").open("rb") as texts:
        child = subprocess.Popen(
            [*SLM, *command.split(), "--max-iter", "100000"],
            cwd=folder,
            stdin=texts,
            stderr=subprocess.PIPE,
            text=True,
        )
    with child:
        lines = iter(child.stderr.readline, "")
        assert any("  3/100000  loss" in line for line in lines)
        child.send_signal(signal.SIGINT)
        errors = child.stderr.read()
    assert child.returncode == 130, errors
    assert "Traceback" not in errors and "interrupted by user" in errors
    assert load_model(folder / "cut.slm").n_iter_ >= 3
