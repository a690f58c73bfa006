"""Options and help of every command, and what becomes of errors.

Only click is imported here: what a command needs comes when it runs, so that ``slm
--help`` answers at once.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from .exit_codes import FAILED, INTERRUPTED, PIPE_CLOSED
from .output import show_lines

__all__ = ["command_line", "main"]

KINDS = ("csv", "tsv", "jsonl", "txt", "parquet")
RUNTIMES = ("auto", "numpy", "onnxruntime")

_EPILOG = """\b
Exit codes:
  0    done
  1    failed: the data, the model or the system; the message says what to do
  2    the command was not understood
  130  interrupted (Ctrl-C); a model in training is saved as good as it was
  141  the reader of the output went away
\b
SLM_TRACEBACK=1 shows where an error came from."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    args : sequence of str or None, default=None
        Arguments after the name of the program; None takes those of the process.

    Returns
    -------
    int
        The exit code.
    """
    args = list(sys.argv[1:] if args is None else args)
    as_json = "--json" in args
    with _utf8_streams(), warnings.catch_warnings():
        # What users should know, and not what libraries tell their own developers.
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: _tell("warning", str(message))
        try:
            result = command_line.main(args, prog_name="slm", standalone_mode=False)
            sys.stdout.flush()
            return result if isinstance(result, int) else 0
        except click.ClickException as error:
            if as_json:
                _tell("error", error.format_message(), as_json)
            else:
                message = io.StringIO()
                error.show(message)
                click.echo(show_lines(message.getvalue()), err=True, nl=False)
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            _tell("error", "interrupted", as_json)
            return INTERRUPTED
        except (_PipeClosedError, BrokenPipeError):
            # Python would complain at exit about what it can no longer write.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return PIPE_CLOSED
        except Exception as error:
            if os.environ.get("SLM_TRACEBACK"):
                raise
            _tell("error", _describe(error), as_json)
            return FAILED


def _describe(error: Exception) -> str:
    """Return the message of an error that is meant for people, or its name as well."""
    expected = isinstance(error, (ValueError, TypeError, OSError, ImportError))
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'output'}: {error.strerror}"
    if expected and str(error):
        return str(error)
    return f"{type(error).__name__}: {error} (SLM_TRACEBACK=1 shows where)"


def _tell(kind: str, message: str, as_json: bool = False) -> None:
    text = f"slm: {kind}: {show_lines(message)}"
    click.echo(json.dumps({kind: message}) if as_json else text, err=True)


@contextmanager
def _utf8_streams() -> Iterator[None]:
    """Write UTF-8 whatever the locale says: classes are of any language."""
    streams = [s for s in (sys.stdout, sys.stderr) if isinstance(s, io.TextIOWrapper)]
    before = [(s, s.encoding, s.errors) for s in streams]
    for stream in streams:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        yield
    finally:
        for stream, encoding, errors in before:
            with suppress(OSError, ValueError):
                stream.reconfigure(encoding=encoding, errors=errors)


def _data_options(label: bool = True) -> Callable:
    """Return the options that say how data are read."""
    options = [
        click.option(
            "--text", default="text", show_default=True, help="Column of the texts."
        ),
        click.option(
            "--input",
            "kind",
            type=click.Choice(KINDS),
            help="What the data are, where the name does not say it.",
        ),
        click.option(
            "--quoted/--unquoted",
            default=None,
            help="Whether fields of tables stand in quotes. Default: in CSV, not in TSV.",
        ),
    ]
    if label:
        options.insert(
            1,
            click.option(
                "--label",
                default="label",
                show_default=True,
                help="Column of the labels.",
            ),
        )
    return _stack(options)


def _model_options(function: Callable) -> Callable:
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
            type=click.Choice(RUNTIMES),
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


_existing = click.Path(exists=True, dir_okay=False)
_existing_or_stdin = click.Path(exists=True, dir_okay=False, allow_dash=True)
_json_option = click.option("--json", "as_json", is_flag=True, help="JSON to stdout.")
_quiet_option = click.option("--quiet", "-q", is_flag=True, help="Nothing on stderr.")


class _PipeClosedError(Exception):
    """The reader of stdout went away; click would make an exit code of its own of it."""


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _PipeClosedError from None


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog=_EPILOG,
)
@click.version_option(package_name="sklearn_slm", prog_name="slm")
def command_line() -> None:
    """Train, use and ship small text classifiers.

    Data are .csv, .tsv, .jsonl, .txt (plain lines; with labels as in fastText), each
    also as .gz, or .parquet.
    """


def _command(name: str, summary: str, examples: str) -> Callable:
    epilog = "\b\nExamples:\n" + "\n".join(f"  {e}" for e in examples.splitlines())
    return command_line.command(name, short_help=summary, epilog=epilog)


@_command(
    "train",
    "Fit a classifier and save it.",
    """slm train data.csv --model out.slm
slm train a.csv b.jsonl --text body --label topic --valid dev.csv --model out.slm
slm train data.csv --set hidden_size=128 --set vectorizer__min_df=2 --model out.slm
slm train data.csv --vectors glove.6B.100d.txt.gz --model out.slm""",
)
@click.argument("data", nargs=-1, required=True, type=_existing_or_stdin)
@click.option("--model", required=True, type=click.Path(), help="File to write.")
@_data_options()
@click.option("--valid", type=_existing, help="Validation data; else a tenth is taken.")
@click.option(
    "--vectors", type=_existing, help="Word vectors, a GloVe or word2vec file."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of SLMTextClassifier, or of its vectorizer as vectorizer__NAME.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Same seed, same file."
)
@_json_option
@_quiet_option
def _train(**options: Any) -> int:
    """Fit a classifier on labelled texts and save it."""
    from .training import train

    return train(**options)


@_command(
    "evaluate",
    "Compare answers with labels.",
    """slm evaluate model.slm test.csv
slm evaluate model.slm test.jsonl --text body --label topic --json""",
)
@click.argument("model", type=_existing)
@click.argument("data", nargs=-1, required=True, type=_existing_or_stdin)
@_data_options()
@_model_options
@_json_option
def _evaluate(**options: Any) -> None:
    """Compare a model's answers with labels: accuracy, F1, log loss, each class."""
    from .evaluation import evaluate

    evaluate(**options)


@_command(
    "predict",
    "Label texts of files or stdin.",
    """slm predict model.slm texts.csv -o answers.csv
slm predict model.slm texts.jsonl.gz --probabilities --json > answers.jsonl
cat lines.txt | slm predict model.slm | head
echo "not bad at all" | slm predict model.slm --format txt""",
)
@click.argument("model", type=_existing)
@click.argument("files", nargs=-1, type=_existing_or_stdin)
@_data_options(label=False)
@click.option(
    "--output", "-o", type=click.Path(), help="File to write. Default: stdout."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("csv", "tsv", "jsonl", "txt")),
    help="What to write; txt is labels alone; tsv has no quotes, so tabs and line breaks in "
    "fields become spaces. Default: by the name of --output, or csv.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="Those of all classes, not of the label alone.",
)
@click.option("--with-text", is_flag=True, help="Repeat each text.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Texts read ahead; 1 answers each at once. Default: 512, for a terminal 1.",
)
@_model_options
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@_quiet_option
def _predict(**options: Any) -> None:
    """Label texts of files or stdin, in order, as they come.

    Standard input is plain lines unless --input says otherwise.
    """
    from .prediction import predict

    predict(**options)


@_command(
    "info",
    "Tell what a model is; --card writes a card.",
    """slm info model.slm
slm info model.slm --card --data test.csv > MODEL_CARD.md""",
)
@click.argument("model", type=_existing)
@click.option("--card", is_flag=True, help="A model card in Markdown.")
@click.option("--data", multiple=True, type=_existing, help="Data to test the card on.")
@_data_options()
@_model_options
@_json_option
def _info(**options: Any) -> None:
    """Tell what a model is: network, words, classes, sizes, scores."""
    from .description import show_info

    show_info(**options)


@_command(
    "export", "Write the network as ONNX.", "slm export model.slm --onnx model.onnx"
)
@click.argument("model", type=_existing)
@click.option("--onnx", required=True, type=click.Path(), help="File to write.")
@_model_options
@_json_option
def _export(**options: Any) -> None:
    """Write the network for another runtime, with its vocabulary and classes."""
    from .conversion import export

    export(**options)


@_command(
    "quantize",
    "Write a smaller copy.",
    """slm quantize model.slm small.slm
slm quantize model.slm small.slm --data dev.csv --max-drop 0.003
slm quantize model.slm small.slm --max-bytes 2000000 --data dev.csv""",
)
@click.argument("model", type=_existing)
@click.argument("output", type=click.Path())
@click.option(
    "--dtype",
    type=click.Choice(("int8", "float16")),
    default="int8",
    show_default=True,
    help="Type of the weights.",
)
@click.option("--data", multiple=True, type=_existing, help="Data to measure on.")
@click.option("--max-drop", type=float, help="Refuse to lose more accuracy, as 0.003.")
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    help="Drop the rarest words beyond this size.",
)
@_data_options()
@_model_options
@_json_option
def _quantize(**options: Any) -> None:
    """Write a smaller copy of a model."""
    from .conversion import quantize_file

    quantize_file(**options)


@_command(
    "demo",
    "Fit on the embedded corpus.",
    "slm demo\nslm demo --language zh --model demo.slm",
)
@click.option(
    "--language",
    type=click.Choice(("en", "zh")),
    default="en",
    show_default=True,
    help="Of the texts.",
)
@click.option("--model", type=click.Path(), help="Keep the model in this file.")
@click.option(
    "--texts",
    "n_texts",
    type=click.IntRange(20, 4000),
    help="Learn from fewer texts, for a quick look. Default: all 4,000.",
)
@_quiet_option
def _demo(**options: Any) -> None:
    """Fit a small model on the embedded corpus, beside a bag of words."""
    from .training import demonstrate

    demonstrate(**options)
