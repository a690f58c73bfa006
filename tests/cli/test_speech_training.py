"""``slm train --task speech``."""

import json

import pytest

from sklearn_slm import load_model
from tests.cli.speech import make_folder

SMALL = (
    "--task speech --hidden-size 4 --max-iter 1 --set sample_rate=8000 --set n_mels=8 "
    "--set speeds=1.0 --set batch_size=12 --set runtime=numpy"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("training"))


def test_train(run, folder):
    options = "--tokens word --valid manifest.csv --model new.slm"
    output = run(f"train manifest.csv {SMALL} {options}")
    told = "new.slm: "
    assert output.out.startswith(told) and "12 recordings, " in output.out
    assert "validation word error rate" in output.out
    assert "hours" not in output.out and "epoch 1/1" in output.err
    model = load_model(folder / "new.slm")
    assert model.units == "word" and model.hidden_size == 4
    assert model.features_.n_mels == 8


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"train manifest.csv {SMALL} --label said --model x.slm", "--label is for"),
        (
            "train manifest.csv --audio path --model x.slm",
            "--audio is for --task speech",
        ),
        (
            f"train manifest.csv {SMALL} --set bidirektional=0 --model x.slm",
            "Did you mean",
        ),
    ],
)
def test_what_is_not_understood(run, folder, command, message):
    output = run(command, 2)
    assert message in " ".join(output.err.split()) and not (folder / "x.slm").exists()


def test_what_is_no_checkpoint(run, folder):
    options = "--resume-from manifest.csv --model x.slm"
    output = run(f"train manifest.csv {SMALL} {options}", 1)
    assert "manifest.csv: not a model" in output.err


def test_a_missing_recording(run, folder):
    (folder / "lost.csv").write_text("path,text\nwav/0.wav,a\nlost.wav,b\n", "utf-8")
    output = run(f"train lost.csv {SMALL} --model x.slm --json", 1)
    message = json.loads(output.err.splitlines()[-1])["error"]
    assert message.startswith("X[1]: there is no file") and "lost.wav" in message
