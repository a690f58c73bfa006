"""``slm quantize`` and ``slm export``: smaller files, and a refusal to lose too much."""

import json
import os


def test_quantize_and_export(folder, run):
    output = run("quantize model.slm small.slm --data test.csv --max-drop 0.5 --json")
    found = json.loads(output.out)
    assert found["bytes"] == [
        os.path.getsize(folder / name) for name in ("model.slm", "small.slm")
    ]
    assert found["bytes"][1] < found["bytes"][0]
    card = run("info small.slm --card").out
    assert "int8 weights moved accuracy" in card and "train.csv" in card
    error = run("quantize model.slm s.slm --data test.csv --max-drop -2", 1).err
    assert "more than max_drop=-2" in error
    assert "needs --data" in run("quantize model.slm s.slm --max-drop 0.1", 2).err
    assert not (folder / "s.slm").exists()
    assert "bytes" in run("export model.slm --onnx model.onnx").out
    assert (folder / "model.onnx").stat().st_size > 1000
