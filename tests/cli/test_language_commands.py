"""Commands of language models: all are listed, and serving needs no Keras."""

import subprocess
import sys

from sklearn_slm import save_model
from sklearn_slm.cli.language_commands import LANGUAGE_COMMANDS
from sklearn_slm.cli.main import command_line
from tests.cli.small import TEXTS, make_language_model


def test_they_are_listed():
    names = [command.name for command in LANGUAGE_COMMANDS]
    assert names == ["generate", "score"]
    assert all(command_line.commands[name].short_help for name in names)


def test_writing_and_scoring_import_no_keras(tmp_path):
    save_model(make_language_model(TEXTS[:9]), tmp_path / "lm.slm")
    (tmp_path / "texts.txt").write_text("a film\n")
    code = f"""
import os, sys
from sklearn_slm.cli import main
os.chdir({str(tmp_path)!r})
for command in ("generate lm.slm film", "score lm.slm texts.txt", "info lm.slm"):
    assert main(command.split()) == 0, command
print({{"keras", "jax", "torch", "tensorflow", "matplotlib"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
