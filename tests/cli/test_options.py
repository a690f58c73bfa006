"""Options that commands share."""

import click
import pytest
from click.testing import CliRunner

from sklearn_slm.cli.options import (
    command,
    data_options,
    model_options,
    pair_options,
)


def ask(*options, **arguments):
    """Return what options become."""
    found = {}

    @command("try", "Try.", "slm try\nslm try again")
    @data_options(**arguments)
    @model_options
    def run(**parsed):
        found.update(parsed)

    result = CliRunner().invoke(run, options, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return found, result.output


def test_defaults():
    found, _ = ask()
    assert found == {
        **{"text": "text", "label": "label", "kind": None, "quoted": None},
        **{"trust": (), "runtime": None},
    }
    assert "label" not in ask(label=False)[0]
    assert ask(label_help="Labels.")[0]["label"] is None


def test_values():
    found, _ = ask("--text", "a", "--label", "b", "--input", "tsv", "--quoted")
    assert (found["text"], found["label"], found["kind"]) == ("a", "b", "tsv")
    assert found["quoted"] is True and ask("--unquoted")[0]["quoted"] is False
    found, _ = ask("--trust", "a:b", "--trust", "token_pattern", "--runtime", "numpy")
    assert found["trust"] == ("a:b", "token_pattern") and found["runtime"] == "numpy"
    with pytest.raises(click.BadParameter, match="'xls' is not one of"):
        ask("--input", "xls")


def test_help_has_examples_line_by_line():
    _, output = ask("--help", label_help="Labels.")
    assert "Examples:\n    slm try\n    slm try again\n" in output
    assert "Labels." in output and "Column of the texts.  [default: text]" in output


def test_columns_of_pairs():
    @command("try", "Try.", "slm try")
    @pair_options
    def run(source, target):
        return source, target

    def ask_for(*options):
        return CliRunner().invoke(run, options, standalone_mode=False).return_value

    assert ask_for() == (None, None)
    assert ask_for("--target", "en", "--source", "de") == ("de", "en")
