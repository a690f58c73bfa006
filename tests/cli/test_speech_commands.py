"""The help of the commands that hear, and what other commands do with their models."""

import json

import pytest

from sklearn_slm import load_model
from tests.cli.speech import make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("speech"))


def test_help(run):
    told = " ".join(run("transcribe --help").out.split())
    assert "slm transcribe lecture.slm lecture.wav -o lecture.srt" in told
    assert "arecord" in told
    assert "transcribe" in run("--help").out


def test_evaluate(run, folder):
    model = load_model(folder / "m.slm")
    output = json.loads(run("evaluate m.slm manifest.csv --json").out)
    assert output["n_recordings"] == 12 and 0 < output["wer"] and 0 < output["cer"]
    wer = f"{output['wer']:.2%}"
    assert f"word error rate {wer}" in run("evaluate m.slm manifest.csv").out
    other = json.loads(
        run("evaluate m.slm manifest.csv --audio path --text said --json").out
    )
    assert other["wer"] != output["wer"]
    assert model.beam_size == 4


def test_export(run, folder):
    pytest.importorskip("onnx")
    output = json.loads(run("export live.slm --onnx live.onnx --json").out)
    assert output["onnx"] == ["live.onnx", "live.step.onnx"]
    assert output["bytes"][1] == (folder / "live.step.onnx").stat().st_size
    assert run("export m.slm --onnx m.onnx").out.startswith("m.onnx: ")


def test_quantize(run, folder):
    output = json.loads(run("quantize m.slm small.slm --json").out)
    assert output["dtype"] == "int8" and output["n_words"] == [4, 4]
    text = run("quantize m.slm small.slm --data manifest.csv").out
    assert "rightly written words" in text
    assert (
        load_model(folder / "small.slm").weights_["layer_0.forward.kernel"].dtype
        == "int8"
    )
