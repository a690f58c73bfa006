"""``slm quantize`` and ``slm export``: smaller files, and a refusal to lose too much."""

import json
import os

import pytest

from sklearn_slm import save_model
from tests.cli.small import TEXTS, make_language_model
from tests.estimators.translation import SOURCES, TARGETS, make_random_translator


def test_quantize_and_export(folder, run):
    output = run("quantize model.slm small.slm --data test.csv --max-drop 0.5 --json")
    found = json.loads(output.out)
    assert found["bytes"] == [
        os.path.getsize(folder / name) for name in ("model.slm", "small.slm")
    ]
    assert found["bytes"][1] < found["bytes"][0]
    card = run("info small.slm --card").out
    assert "int8 weights moved accuracy" in card and "train.csv" in card
    run("quantize model.slm less.slm --dtype int4")
    assert "int4" in run("info less.slm").out
    error = run("quantize model.slm s.slm --data test.csv --max-drop -2", 1).err
    assert "more than max_drop=-2" in error
    assert "needs --data" in run("quantize model.slm s.slm --max-drop 0.1", 2).err
    assert not (folder / "s.slm").exists()
    assert "bytes" in run("export model.slm --onnx model.onnx").out
    assert (folder / "model.onnx").stat().st_size > 1000


def test_a_language_model(folder, run):
    save_model(make_language_model(TEXTS[:9]), folder / "language.slm")
    (folder / "texts.txt").write_text("\n".join(TEXTS[:5]) + "\n", "utf-8")
    command = "quantize language.slm tiny.slm --data texts.txt --json"
    result = json.loads(run(command).out)
    assert result["dtype"] == "int8" and result["score"][1] == pytest.approx(
        result["score"][0], abs=0.1
    )
    line = run("quantize language.slm tiny.slm --data texts.txt").out
    assert "mean log-likelihood -" in line
    error = run("quantize language.slm tiny.slm --max-bytes 1000", 1).err
    assert "max_bytes=1,000 is for classifiers" in error
    assert "bytes" in run("export language.slm --onnx step.onnx").out
    assert (folder / "step.onnx").stat().st_size > 1000


def test_a_translator(folder, run):
    model = make_random_translator()
    save_model(model, folder / "words.slm")
    rows = [f"{a}\t{b}" for a, b in zip(SOURCES, TARGETS)]
    (folder / "pairs.tsv").write_text("\n".join(["de\ten", *rows]), "utf-8")
    command = "quantize words.slm less.slm --data pairs.tsv --source de --target en"
    result = json.loads(run(f"{command} --json").out)
    score = model.score(SOURCES, TARGETS)
    assert result["score"][0] == score and result["bytes"][1] < result["bytes"][0]
    assert f", BLEU {100 * score:.2f} to " in run(command).out
    error = run(f"{command} --max-drop -2", 1).err
    assert "of the score, from" in error and "more than max_drop=-2" in error
    error = run("quantize words.slm less.slm --data pairs.tsv", 1).err
    assert "expected one column 'source'" in error
    names = ["words.encoder.onnx", "words.step.onnx"]
    lines = run("export words.slm --onnx words.onnx").out.splitlines()
    sizes = [os.path.getsize(folder / name) for name in names]
    assert lines == [f"{n}: {size:,} bytes" for n, size in zip(names, sizes)]
    found = json.loads(run("export words.slm --onnx words.onnx --json").out)
    assert found == {"onnx": names, "bytes": sizes}
