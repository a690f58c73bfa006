"""Commands of fitted models: all are listed, and import what they need when they run."""

import subprocess
import sys

from sklearn_slm.cli.commands import COMMANDS
from sklearn_slm.cli.main import command_line


def test_they_are_listed():
    names = [command.name for command in COMMANDS]
    assert names == ["demo", "evaluate", "export", "info", "predict", "quantize"]
    assert all(command_line.commands[name].short_help for name in names)


def test_declaring_commands_imports_no_science():
    code = """
import sys
import sklearn_slm.cli.commands, sklearn_slm.cli.language_commands
import sklearn_slm.cli.train_command, sklearn_slm.cli.translation_commands
print({"numpy", "scipy", "sklearn", "keras", "jax"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
