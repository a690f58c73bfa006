"""What commands write: text that is safe to show, JSON, and files."""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

__all__ = [
    "as_json",
    "check_output",
    "replace_surrogates",
    "save",
    "show",
    "show_in_markdown",
    "show_lines",
    "tell_epochs",
]

_SURROGATES = re.compile("[\ud800-\udfff]")
# Labels, notes and file names come from anywhere, and a terminal obeys what it is shown:
# control characters, line ends, direction marks and overrides. Joiners stay, which
# Persian, Hindi and emoji need.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb]"
)


def show(text: str) -> str:
    r"""Return a text as it may stand in a line on a terminal.

    Examples
    --------
    >>> print(show("good\x1b[2J\r\nbad"))
    good\x1b[2J\r\nbad
    """
    return _UNSAFE.sub(
        lambda match: match[0].encode("unicode_escape").decode(),
        replace_surrogates(text),
    )


def show_lines(text: str) -> str:
    """Return a text of several lines as it may stand on a terminal."""
    return "\n".join(map(show, text.split("\n")))


def show_in_markdown(text: str) -> str:
    r"""Return a text as it may stand in a table or a line of Markdown.

    Examples
    --------
    >>> print(show_in_markdown("a|b\n<script>"))
    a\|b\n&lt;script>
    """
    return show(text).replace("|", r"\|").replace("<", "&lt;")


def replace_surrogates(text: str) -> str:
    """Return a text that UTF-8 can hold: halves of characters become U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def as_json(value: Any) -> str:
    r"""Return JSON in one line, in UTF-8 where that is safe to show.

    Examples
    --------
    >>> print(as_json({"好": "\ud800\x9b"}))
    {"好": "\ud800\u009b"}
    """
    text = json.dumps(value, ensure_ascii=False)
    for unsafe in (_SURROGATES, _UNSAFE):
        text = unsafe.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text


class _TrialError(Exception):
    """Ends the trial of a file before it takes its place."""


def check_output(path: str) -> None:
    """Refuse a file that cannot be written before hours are spent on its content.

    The one way to know is to try. What was there stays as it was; a pipe or a device is
    left alone, because its reader would see the trial.
    """
    from ..embeddings.files import replace_file

    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"{path}: there is no folder {str(folder)!r}.")
    try:
        if os.path.exists(path):
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode):
                raise click.UsageError(f"{path} is a folder; name a file in it.")
            if stat.S_ISSOCK(mode):
                raise click.UsageError(f"{path} is a socket; name a file.")
            if not stat.S_ISREG(mode):
                return
        with replace_file(path) as stream:
            stream.write(bytes(4096))  # a full disk takes names, and no content
            stream.flush()
            raise _TrialError
    except _TrialError:
        return
    except OSError as error:
        problem = f"cannot be written ({error.strerror}). Name another file"
        raise OSError(error.errno, problem, path) from None


def save(model: Any, path: str, notes: Any) -> None:
    """Save a model, elsewhere if its own place fails: it may have taken hours.

    Raises
    ------
    OSError
        If its own place fails; the message tells where the model is.
    """
    from ..estimators.saving import save_model

    try:
        save_model(model, path, notes=notes)
        return
    except OSError as error:
        problem, number = error.strerror or str(error), error.errno
    for folder in (os.curdir, tempfile.gettempdir()):
        # A name that nobody has, in a folder that may be the one that failed.
        rescued = os.path.join(
            os.path.abspath(folder), f"rescued-{uuid4().hex[:8]}.slm"
        )
        try:
            save_model(model, rescued, notes=notes)
        except OSError:
            continue
        raise OSError(number, f"{problem}. The model was saved as {rescued}", path)
    raise OSError(number, f"{problem}. The model could not be saved elsewhere", path)


def tell_epochs(n: int) -> str:
    """Return a number of epochs in words.

    Examples
    --------
    >>> tell_epochs(1), tell_epochs(12)
    ('1 epoch', '12 epochs')
    """
    return f"{n} epoch{'' if n == 1 else 's'}"
