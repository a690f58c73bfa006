"""Help of every command, and errors told without a traceback."""

import json
import subprocess
import sys

import pytest

from sklearn_slm.cli import main


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("", 2, "Usage"),
        ("fly", 2, "No such command 'fly'"),
        ("train train.csv", 2, "Missing option '--model'"),
        ("train none.csv --model m.slm", 2, "'none.csv' does not exist"),
        ("train train.csv --model no/m.slm", 2, "there is no folder"),
        ("train train.csv --model m.slm --set hiden_size=3", 2, "Did you mean"),
        ("train train.csv --model m.slm --set size", 2, "NAME=VALUE"),
        ("train train.csv --model m.slm --text body", 1, "expected one column 'body'"),
        (
            "train lines.txt --model m.slm",
            1,
            "lines.txt, line 1: plain text has labels",
        ),
        ("train train.csv --model m.slm --set cell=tree", 1, "'cell' parameter"),
        ("predict train.csv", 1, "slm: error: train.csv: not a model"),
        ("predict model.slm test.csv --json --format csv", 2, "--json writes jsonl"),
        ("predict model.slm model.slm", 1, "expected a file name that ends in"),
        ("info model.slm --data test.csv", 2, "--data is for the card"),
    ],
)
def test_what_goes_wrong_is_told_without_a_traceback(run, command, code, message):
    output = run(command, code)
    assert message in output.err + output.out
    assert "Traceback" not in output.err


def test_errors_for_machines(folder, run, monkeypatch):
    assert (
        "not a model"
        in json.loads(run("evaluate train.csv test.csv --json", 1).err)["error"]
    )
    assert json.loads(run("info --json", 2).err)["error"]
    monkeypatch.setenv("SLM_TRACEBACK", "1")
    with pytest.raises(ValueError, match="not a model"):
        main(["info", str(folder / "train.csv")])


@pytest.mark.parametrize("name", sorted(main.__globals__["command_line"].commands))
def test_every_command_has_help_with_examples(name, capsys):
    assert main([name, "--help"]) == 0
    output = capsys.readouterr().out
    assert "Examples:" in output and f"  slm {name}" in output


def test_help_imports_no_science():
    code = """
import sys
from sklearn_slm.cli import main
from sklearn_slm.datasets import read_texts
main(["--help"])
print({"numpy", "scipy", "sklearn", "keras", "jax", "onnx"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
