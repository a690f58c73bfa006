"""Texts in pieces: those of standard input as soon as they have come."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

from ..datasets import iter_texts

__all__ = ["ArrivingLines", "read_pieces", "read_row_pieces"]

_BATCH_SIZE = 512
_BLOCK = 65_536


def read_pieces(
    files: Sequence[str],
    kind: str | None,
    text: str,
    quoted: bool | None,
    batch_size: int | None = None,
) -> Iterator[list[str]]:
    """Yield texts to answer side by side; none waits for lines that are not here.

    Parameters
    ----------
    files : sequence of str
        Files, read one after the other; ``-`` or none is standard input.
    kind : str or None
        What they are; None goes by their names.
    text : str
        Column of the texts.
    quoted : bool or None
        Whether the fields of tables stand in quotes.
    batch_size : int or None, default=None
        Most texts of a piece; None is 512.

    Yields
    ------
    list of str
    """
    for piece in read_row_pieces(files, kind, text, None, quoted, batch_size):
        yield [document for document, _ in piece]


def read_row_pieces(
    files: Sequence[str],
    kind: str | None,
    text: str,
    label: str | None,
    quoted: bool | None,
    batch_size: int | None = None,
) -> Iterator[list[tuple[str, str | None]]]:
    """Yield texts with what stands beside them; see :func:`read_pieces`.

    Parameters
    ----------
    files, kind, text, quoted, batch_size
        As :func:`read_pieces` takes them.
    label : str or None
        The other column; None reads none.

    Yields
    ------
    list of (str, str or None)
    """
    most = batch_size or _BATCH_SIZE
    for file in files or ["-"]:
        arriving = None
        source: Any = file
        if file == "-":
            source = sys.stdin.buffer
            if kind != "parquet":
                source = arriving = ArrivingLines(source)
        piece: list[tuple[str, str | None]] = []
        options: Any = {"kind": kind, "text": text, "label": label, "quoting": quoted}
        for row in iter_texts(source, **options):
            piece.append(row)
            waits = arriving is not None and not arriving.n_waiting
            if waits or len(piece) == most:
                yield piece
                piece = []
        if piece:
            yield piece


class ArrivingLines:
    r"""The lines of an open file, and how many of them have come but were not read.

    Parameters
    ----------
    file : binary file
        Read when no whole line is left; then what is there is taken.

    Attributes
    ----------
    n_waiting : int
        Lines that can be read without waiting for more.

    Examples
    --------
    >>> import io
    >>> lines = ArrivingLines(io.BytesIO(b"one\ntwo\nthree"))
    >>> [(line, lines.n_waiting) for line in lines]
    [(b'one\n', 1), (b'two\n', 0), (b'three', 0)]
    """

    def __init__(self, file: IO[bytes]):
        self._file: Any = file
        self.n_waiting = 0

    def __iter__(self) -> Iterator[bytes]:
        begun: list[bytes] = []
        while block := self._file.read1(_BLOCK):
            first, *others = block.split(b"\n")
            begun.append(first)
            if not others:
                continue
            whole = [b"".join(begun), *others[:-1]]
            begun = [others[-1]]
            for i, line in enumerate(whole, start=1):
                self.n_waiting = len(whole) - i
                yield line + b"\n"
        if last := b"".join(begun):
            yield last
