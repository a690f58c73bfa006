"""Options that several commands share, and how a command is declared.

Only click is imported here, as wherever commands are declared: ``slm --help`` answers at
once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = [
    "audio_option",
    "command",
    "data_options",
    "existing",
    "existing_or_stdin",
    "json_option",
    "model_options",
    "output_option",
    "pair_options",
    "passage_options",
    "question_options",
    "quiet_option",
]

_KINDS = ("csv", "tsv", "jsonl", "txt", "parquet")
_SOURCE_HELP = 'Column of the texts that a translator reads. Default: "source".'
_TARGET_HELP = 'Column of their translations. Default: "target".'
_QUESTION_HELP = (
    'Column of the questions of an answerer or a reader. Default: "question".'
)
_ANSWER_HELP = 'Column of their answers. Default: "answer".'
_PASSAGE_HELP = 'Column of the passages that a reader reads. Default: "passage".'
_RUNTIMES = ("auto", "numpy", "onnxruntime")

existing = click.Path(exists=True, dir_okay=False)
existing_or_stdin = click.Path(exists=True, dir_okay=False, allow_dash=True)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON to stdout.")
output_option = click.option(
    "--output", "-o", type=click.Path(), help="File to write. Default: stdout."
)
audio_option = click.option(
    "--audio",
    help='Column of the paths of recordings, for a recogniser. Default: "path".',
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Nothing on stderr.")


def command(name: str, summary: str, examples: str) -> Callable:
    """Return what makes a command of a function.

    Parameters
    ----------
    name : str
        What users type.
    summary : str
        Its line in the list of all commands.
    examples : str
        Command lines, one a line, for its help.
    """
    epilog = "\b\nExamples:\n" + "\n".join(f"  {e}" for e in examples.splitlines())
    return click.command(name, short_help=summary, epilog=epilog)


def data_options(label: bool = True, label_help: str | None = None) -> Callable:
    """Return the options that say how data are read.

    Parameters
    ----------
    label : bool, default=True
        Whether there is one for the labels.
    label_help : str or None, default=None
        Its help, where it has no default.
    """
    options = [
        click.option(
            "--text", default="text", show_default=True, help="Column of the texts."
        ),
        click.option(
            "--input",
            "kind",
            type=click.Choice(_KINDS),
            help="What the data are, where the name does not say it.",
        ),
        click.option(
            "--quoted/--unquoted",
            default=None,
            help="Whether fields of tables stand in quotes. Default: in CSV, not in TSV.",
        ),
    ]
    if label:
        about: dict[str, Any] = {"default": "label", "show_default": True}
        if label_help is not None:
            about = {}
        help = label_help or "Column of the labels."
        options.insert(1, click.option("--label", help=help, **about))
    return _stack(options)


def pair_options(function: Callable) -> Callable:
    """Add the options that name the columns of pairs of texts."""
    options = [
        click.option("--source", help=_SOURCE_HELP),
        click.option("--target", help=_TARGET_HELP),
    ]
    return _stack(options)(function)


def question_options(function: Callable) -> Callable:
    """Add the options that name the columns of questions, passages and answers."""
    return passage_options(click.option("--answer", help=_ANSWER_HELP)(function))


def passage_options(function: Callable) -> Callable:
    """Add the options that name the columns of questions and passages."""
    options = [
        click.option("--question", help=_QUESTION_HELP),
        click.option("--passage", help=_PASSAGE_HELP),
    ]
    return _stack(options)(function)


def model_options(function: Callable) -> Callable:
    """Add the options that say how a model is read and run."""
    options = [
        click.option(
            "--trust",
            multiple=True,
            metavar="MODULE:NAME",
            help="A function that the model may import, such as its analyzer; or "
            "token_pattern, for any regular expression in it.",
        ),
        click.option(
            "--runtime",
            type=click.Choice(_RUNTIMES),
            help="What runs the network. Default: as the model was fitted.",
        ),
    ]
    return _stack(options)(function)


def _stack(options: list[Callable]) -> Callable:
    def decorate(function: Callable) -> Callable:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
