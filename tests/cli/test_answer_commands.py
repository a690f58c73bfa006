"""Commands of answerers and readers: they are listed, and serving needs no Keras."""

import subprocess
import sys

import pytest

from sklearn_slm.cli.answer_commands import ANSWER_COMMANDS
from sklearn_slm.cli.main import command_line
from tests.cli import readings
from tests.cli.answers import make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("commands"))
    (folder / "read").mkdir()
    readings.make_folder(folder / "read")
    return folder


def test_they_are_listed():
    assert [command.name for command in ANSWER_COMMANDS] == ["answer"]
    assert command_line.commands["answer"].short_help


def test_other_commands_refuse_an_answerer_and_say_what_takes_it(run):
    for command in ("predict m.slm faq.tsv", "translate m.slm faq.tsv"):
        error = " ".join(run(command, 2).err.split())
        assert "m.slm holds an answerer; this command needs a " in error
        for name in ("answer", "evaluate", "info"):
            assert f"slm {name} " in error


def test_answering_imports_no_keras(folder):
    code = f"""
import os, sys
from sklearn_slm import load_model
from sklearn_slm.cli import main
os.chdir({str(folder)!r})
load_model("read/r.slm").predict([("who", "Anna was born.")])
assert not {{"keras", "jax", "onnx"}} & set(sys.modules), "of a reader"
for command in (
    "answer m.slm faq.tsv --text question",
    "evaluate m.slm faq.tsv",
    "info m.slm --card --data dev.tsv",
    "quantize m.slm small.slm --data dev.tsv --max-drop 0.5",
    "answer read/r.slm read/lines.txt",
    "evaluate read/r.slm read/births.tsv",
):
    assert main(command.split()) == 0, command
print({{"keras", "jax", "torch", "tensorflow", "matplotlib", "usearch"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
