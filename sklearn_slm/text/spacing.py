r"""Spaces and line breaks of a text that tokens can be joined to again.

Three pure functions: bring white space to a normal form, put the space before the first
word of each line that a word in the middle has, and take it away again.
"""

from __future__ import annotations

import re

from .analyzer import _UNSPACED

__all__ = ["close_lines", "is_unspaced", "normalize_spaces", "open_lines"]

# Before these no space is understood: letters of scripts that write none, and the
# punctuation and full-width forms that stand among them.
_START = re.compile(f"[{_UNSPACED}\u3001-\u303f\u30fb\uff01-\uff65\uffe0-\uffe6]")
_BLANK_LINES = re.compile("\n{3,}")


def normalize_spaces(text: str) -> str:
    r"""Bring white space to a normal form.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        Each run of spaces, of whatever kind, is one ``" "``. Every line break is ``"\n"``,
        and no more than two of them follow one another: a new line, or a blank line.
        Nothing of both stands at the ends of the text or beside a line break.

    Examples
    --------
    >>> normalize_spaces(" It \t is.\r\n\n\nAnd so\u00a0on. ")
    'It is.\n\nAnd so on.'
    """
    lines = text.splitlines()
    if len(lines) < 2:
        return " ".join(text.split())
    text = "\n".join([" ".join(line.split()) for line in lines])
    return _BLANK_LINES.sub("\n\n", text).strip("\n")


def is_unspaced(text: str) -> bool:
    """Tell whether no space is understood before a text.

    Parameters
    ----------
    text : str
        Only its first character counts.

    Returns
    -------
    bool
        True for Chinese, Japanese, Thai, Lao, Khmer and Burmese letters and for
        punctuation of East Asia.

    Examples
    --------
    >>> is_unspaced("我用 Python"), is_unspaced("Python 好")
    (True, False)
    """
    return _START.match(text) is not None


def open_lines(text: str) -> str:
    r"""Put a space before the first word of each line, as within a line.

    Parameters
    ----------
    text : str
        As :func:`normalize_spaces` returns it.

    Returns
    -------
    str
        The text; lines that are blank or that :func:`is_unspaced` are as they were.

    Examples
    --------
    >>> open_lines("It is.\nSo it is.\n我用 Python")
    ' It is.\n So it is.\n我用 Python'
    """
    return "\n".join(
        [
            f" {line}" if line and not is_unspaced(line) else line
            for line in text.split("\n")
        ]
    )


def close_lines(text: str) -> str:
    r"""Undo :func:`open_lines`.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        The text without the first space of each line that begins with one.

    Examples
    --------
    >>> close_lines(" It is.\n So it is.")
    'It is.\nSo it is.'
    """
    return text.removeprefix(" ").replace("\n ", "\n")
