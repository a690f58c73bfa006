"""Rows that go out as they come: where to, their fields, how many there were."""

from __future__ import annotations

import csv
import io
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import click

__all__ = ["Progress", "join_fields", "open_output"]

Item = TypeVar("Item")
_SECONDS_BETWEEN_REPORTS = 0.5


@contextmanager
def open_output(path: str | None) -> Iterator[IO[str]]:
    """Open a file that takes its name when it is whole, or stdout.

    Parameters
    ----------
    path : str or None
        The file; None is stdout.

    Yields
    ------
    text file
        It writes line ends as they are.
    """
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(newline="")
        yield sys.stdout
        return
    from ..embeddings.files import open_for_writing

    with open_for_writing(path) as raw:
        stream = io.TextIOWrapper(raw, "utf-8", newline="")
        yield stream
        stream.detach()  # flushes, and leaves the closing to its owner


def join_fields(fields: Sequence[str], form: str) -> str:
    r"""Return the line of a table, with its end.

    Parameters
    ----------
    fields : sequence of str
        What stands in it.
    form : {"csv", "tsv"}
        TSV is read without quoting: what would end a field becomes a space.

    Examples
    --------
    >>> join_fields(["a,b", "c\td"], "csv"), join_fields(["a,b", "c\td"], "tsv")
    ('"a,b",c\td\n', 'a,b\tc d\n')
    """
    if form == "tsv":
        return "\t".join(re.sub(r"[\t\r\n]", " ", f) for f in fields) + "\n"
    line = io.StringIO()
    # A field is quoted if it holds a character of the line end: both of them.
    csv.writer(line, lineterminator="\r\n").writerow(fields)
    return line.getvalue().removesuffix("\r\n") + "\n"


class Progress:
    """Tells stderr how many texts were answered: on a terminal all along.

    Parameters
    ----------
    quiet : bool
        Whether it tells nothing.
    """

    def __init__(self, quiet: bool):
        self.quiet, self.live = quiet, sys.stderr.isatty() and not quiet
        self.n, self.began = 0, time.perf_counter()
        self.reported = self.began

    def __enter__(self) -> Progress:
        return self

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """Count texts, or what stands for them, as they go by."""
        for item in items:
            yield item
            self.count()

    def count(self) -> None:
        """Count one text."""
        self.n += 1
        if self.live:
            now = time.perf_counter()
            if now - self.reported > _SECONDS_BETWEEN_REPORTS:
                self.reported = now
                click.echo(f"\r{self._line()}", err=True, nl=False)

    def __exit__(self, kind: Any, *_: Any) -> None:
        if not self.quiet and kind is not BrokenPipeError:
            click.echo(("\r" if self.live else "") + self._line(), err=True)

    def _line(self) -> str:
        seconds = time.perf_counter() - self.began
        return f"{self.n:,} texts, {seconds:.1f} s, {self.n / seconds:,.0f} a second"
