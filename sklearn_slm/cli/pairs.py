"""Pairs of texts out of two columns of files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import click

from .inputs import iterate_rows

__all__ = ["PairColumns", "is_plain", "read_columns"]


class PairColumns(NamedTuple):
    """What the two texts of a pair are called.

    Parameters
    ----------
    first, second : str
        Columns, and options that name others: ``"source"`` and ``--source``.
    model : str
        Who needs the pairs, for the messages.
    pair : str
        What a pair is.
    """

    first: str
    second: str
    model: str
    pair: str

    def name_options(self, message: str) -> str:
        """Return a message on texts and labels in the words of this pair."""
        words = {
            "the parameter 'text'": f"--{self.first}",
            "the parameter 'label'": f"--{self.second}",
            "expected a label, a string or a finite number": "expected a text, a string",
        }
        for word, meant in words.items():
            message = message.replace(word, meant)
        return message


def read_columns(
    about: PairColumns,
    files: Sequence[str],
    kind: str | None,
    first: str | None,
    second: str | None,
    quoted: bool | None,
) -> tuple[list[str], list[str]]:
    """Return the texts of two columns of files.

    Parameters
    ----------
    about : PairColumns
        What the columns are called.
    files : sequence of str
        Tables, JSON lines or Parquet files, read one after the other.
    kind : str or None
        What they are; None goes by their names.
    first, second : str or None
        Columns, where they have other names.
    quoted : bool or None
        Whether the fields of tables stand in quotes.

    Returns
    -------
    firsts, seconds : list of str
        As many of each, at least one.

    Raises
    ------
    click.UsageError
        If a file is plain text, which has no columns.
    ValueError
        If a row cannot be read or its second text is blank, or if there is none.
    """
    columns = first or about.first, second or about.second
    firsts: list[str] = []
    seconds: list[str] = []
    for file in files:
        if is_plain(file, kind):
            raise click.UsageError(
                f"{file}: plain text has no columns, and {about.model} needs a "
                f"{about.pair} in each row. Give a table with a header, JSON lines or "
                f"Parquet, with --{about.first} and --{about.second} for its columns; for "
                "standard input, and files of other names, say what they are with --input "
                "tsv."
            )
        try:
            for own, other in iterate_rows([file], kind, *columns, quoted):
                firsts.append(own)
                seconds.append(str(other))
        except ValueError as error:
            raise ValueError(about.name_options(str(error))) from None
    if not firsts:
        raise ValueError(f"{', '.join(files)}: there is no {about.pair} in it.")
    return firsts, seconds


def is_plain(file: str, kind: str | None) -> bool:
    """Tell whether a file is read as plain lines.

    Parameters
    ----------
    file : str
        The file; ``-`` is standard input.
    kind : str or None
        What it is; None goes by its name.
    """
    if kind is not None:
        return kind == "txt"
    name = os.path.basename(file).lower().removesuffix(".gz")
    return file == "-" or name.endswith(".txt") or not os.path.isfile(file)
