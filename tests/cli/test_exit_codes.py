"""The code that a shell sees."""

import signal
import subprocess
import sys

import pytest

from sklearn_slm.cli import exit_codes, main
from tests.cli.small import SLM, run_process


def test_a_closed_pipe_and_empty_lines(folder):
    lines = (folder / "lines.txt").read_text()
    done = run_process(folder, "predict", "model.slm", "--format", "txt", input=lines)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 6
    child = subprocess.Popen(
        [*SLM, "predict", "model.slm", *["test.csv"] * 200],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout.readline() == "label,probability\n"
        child.stdout.close()
        errors = child.stderr.read()
    assert child.returncode == 141
    assert not errors


def test_help_lists_every_code(capsys):
    assert main(["--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    told = {line.split()[0] for line in lines[lines.index("Exit codes:") + 1 :] if line}
    codes = {str(getattr(exit_codes, name)) for name in exit_codes.__all__}
    assert told >= codes | {"0", "2"}


@pytest.mark.skipif(sys.platform == "win32", reason="has other signals")
def test_codes_of_signals_are_those_of_a_shell():
    assert exit_codes.INTERRUPTED == 128 + signal.SIGINT
    assert exit_codes.PIPE_CLOSED == 128 + signal.SIGPIPE
