"""Commands of translators: they are listed, and serving needs no Keras."""

import subprocess
import sys

from sklearn_slm import save_model
from sklearn_slm.cli.main import command_line
from sklearn_slm.cli.translation_commands import TRANSLATION_COMMANDS
from tests.estimators.translation import make_random_translator


def test_they_are_listed():
    assert [command.name for command in TRANSLATION_COMMANDS] == ["translate"]
    assert command_line.commands["translate"].short_help


def test_translating_imports_no_keras(tmp_path):
    save_model(make_random_translator(), tmp_path / "m.slm")
    (tmp_path / "pairs.tsv").write_text("source\ttarget\none two\teins zwei\n")
    code = f"""
import os, sys
from sklearn_slm.cli import main
os.chdir({str(tmp_path)!r})
for command in (
    "translate m.slm pairs.tsv --text source",
    "evaluate m.slm pairs.tsv",
    "info m.slm",
    "quantize m.slm small.slm",
):
    assert main(command.split()) == 0, command
print({{"keras", "jax", "torch", "tensorflow", "matplotlib"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
