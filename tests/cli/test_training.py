"""``slm train`` and ``slm demo``: the same file again, Ctrl-C, a score."""

import gzip
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm import load_demo_corpus, load_model
from tests.cli.small import SLM, SMALL, TEXTS

# Few enough tokens for one device: a second one compiles everything again.
LONG = ["--set", "max_iter=250", "--set", "early_stopping=false"]


def test_the_same_data_and_seed_give_the_same_file(folder, run):
    first = (folder / "model.slm").read_bytes()
    for name in ("train.tsv", "train.jsonl.gz", "train.txt"):
        output = run(f"train {name} --model again.slm --json -q " + " ".join(SMALL))
        result = json.loads(output.out)
        assert result["n_texts"] == 120 and result["epochs"] == 1
        assert result["bytes"] == os.path.getsize(folder / "again.slm")
        assert not output.err
        again, model = (
            load_model(folder / "again.slm"),
            load_model(folder / "model.slm"),
        )
        np.testing.assert_array_equal(
            again.predict_proba(TEXTS), model.predict_proba(TEXTS)
        )
    # Nor does a file tell where the state of its training was kept.
    saves = "--checkpoint fit.checkpoint"
    for options in (saves, "--resume-from fit.checkpoint"):
        output = run(f"train train.csv --model again.slm {options} " + " ".join(SMALL))
        assert ("epoch 1/1" in output.err) == (options == saves)
        assert (folder / "again.slm").read_bytes() == first


def test_train_with_vectors_and_validation_data(folder, run):
    words = " ".join(TEXTS).lower().split()
    rows = [f"{word} 0.{i % 7} 0.5 -0.{i % 3}" for i, word in enumerate(words[:40])]
    with gzip.open(folder / "vectors.txt.gz", "wt") as file:
        file.write("\n".join({row.split()[0]: row for row in rows}.values()))
    settings = "--set hidden_size=2 --set max_iter=1 --set adversarial=0"
    output = run(
        f"train train.csv --valid test.csv --vectors vectors.txt.gz --model v.slm {settings}"
    )
    assert "80 texts" not in output.out and "120 texts" in output.out
    assert "epoch 1/1" in output.err
    assert load_model(folder / "v.slm").vectorizer_.n_components == 3
    notes = json.loads(run("info v.slm --json").out)["notes"]
    assert notes["validation_data"] == "test.csv" and notes["n_texts"] == 120


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_interrupted_training_saves_the_best_model(folder):
    child = subprocess.Popen(
        [*SLM, *"train train.csv --model cut.slm".split(), *SMALL, *LONG],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        # All shapes are compiled by then.
        lines = iter(child.stderr.readline, "")
        assert any("  3/250  loss" in line for line in lines)
        child.send_signal(signal.SIGINT)
        errors = child.stderr.read()
    assert child.returncode == 130, errors
    assert "Traceback" not in errors and "interrupted by user" in errors
    assert load_model(folder / "cut.slm").n_iter_ >= 1


def test_demo(folder, run):
    output = run("demo --model demo.slm --texts 150")
    assert "bag of words: " in output.out
    score = output.out.split("sklearn_slm: ")[1].split("%")[0]
    new = load_demo_corpus("en", subset="test")
    assert (
        f"{load_model(folder / 'demo.slm').score(new.data, new.target):.1%}"[:-1]
        == score
    )
    assert "epoch  1/" in output.err
    assert "synthetic" in run("info demo.slm --card").out
