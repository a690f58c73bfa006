"""The command ``slm``: its help, its streams, and what becomes of errors.

Only click is imported here: what a command needs comes when it runs, so that ``slm
--help`` answers at once.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from .answer_commands import ANSWER_COMMANDS
from .commands import COMMANDS
from .exit_codes import FAILED, INTERRUPTED, PIPE_CLOSED
from .language_commands import LANGUAGE_COMMANDS
from .output import show_lines
from .speech_commands import SPEECH_COMMANDS
from .train_command import train
from .translation_commands import TRANSLATION_COMMANDS

__all__ = ["command_line", "main"]

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
    """Train, use and ship small models of texts and speech.

    Classifiers, language models, translators, answerers, readers and speech recognisers.

    Data are .csv, .tsv, .jsonl, .txt (plain lines; with labels as in fastText), each
    also as .gz, or .parquet.
    """


for _each in (
    *(train, *COMMANDS, *LANGUAGE_COMMANDS),
    *(*TRANSLATION_COMMANDS, *ANSWER_COMMANDS, *SPEECH_COMMANDS),
):
    command_line.add_command(_each)
