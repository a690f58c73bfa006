"""Find out what a file of word vectors holds, and read its rows."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMATS", "Layout", "RowReader", "find_layout", "read_rows"]

FORMATS = ("glove", "word2vec", "word2vec-binary")
# No row of text is as long (300 components take 4 kB); a decompression bomb is.
MAX_LINE = 1 << 20
# Many times what published vectors have; a header of a few bytes can ask for any number.
MAX_COMPONENTS = 1 << 16
# Rows whose numbers are parsed in one call.
BATCH_ROWS = 1024
# Rows that vote on the number of columns of a file without a header.
VOTING_ROWS = 64
# More digits are no count of anything.
_MAX_DIGITS = 18


@dataclass(frozen=True)
class Layout:
    """What a file holds; `n_words` is None where no header says it."""

    n_components: int
    n_words: int | None = None
    binary: bool = False


@dataclass
class RowReader:
    """A stream, what to call it, and the line that was read last."""

    stream: io.BufferedReader
    name: str
    line: int = 0

    def read_line(self) -> bytes:
        """Return the next line with its end, and nothing after the last one."""
        self.line += 1
        line = self.stream.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            raise self.error(
                f"is longer than {MAX_LINE:,} bytes",
                "This is no text file of word vectors; if its rows are binary, give "
                "format='word2vec-binary'",
            )
        return line

    def error(self, problem: str, remedy: str, line: int | None = None) -> ValueError:
        """Make the error that names file and line."""
        at = self.line if line is None else line
        return ValueError(f"{self.name!r}, line {at}, {problem}. {remedy}.")


def find_layout(reader: RowReader, format: str) -> Layout:
    """Read the header, if there is one, and leave the stream at the first row.

    Parameters
    ----------
    reader : RowReader
        At the start of the file.
    format : str
        One of `FORMATS` or ``"auto"``.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        If the format asks for a header and there is none, or the vectors have more than
        `MAX_COMPONENTS` components.
    """
    layout = _find_layout(reader, format)
    if layout.n_components > MAX_COMPONENTS:
        raise reader.error(
            f"asks for {layout.n_components:,} components; expected at most "
            f"{MAX_COMPONENTS:,}",
            "Correct the header; if it is none, give format='glove'",
            1,
        )
    return layout


def _find_layout(reader: RowReader, format: str) -> Layout:
    if reader.stream.peek(3).startswith(b"\xef\xbb\xbf"):
        reader.stream.read(3)
    start = reader.stream.peek()
    header = None if format == "glove" else _parse_header(start)
    if header is None:
        if format.startswith("word2vec"):
            raise ValueError(
                f"{reader.name!r}, line 1, is no word2vec header: expected the number of "
                f"words and that of components, got {_show(start)}. If the file has no "
                "header, give format='glove'."
            )
        return Layout(_vote(start))
    n_words, n_components, length = header
    if format == "word2vec-binary":
        binary = True
    else:
        rows = start[length:]
        if n_components == 1 and format == "auto" and _vote(rows) != 1:
            return Layout(_vote(start))
        binary = format == "auto" and not _is_text(rows, n_components)
    reader.read_line()
    return Layout(n_components, n_words, binary)


def read_rows(
    reader: RowReader, layout: Layout, keep: Callable[[bytes, int], bool]
) -> Iterator[NDArray[np.float32]]:
    """Read the rest of the file.

    Parameters
    ----------
    reader : RowReader
        At the first row.
    layout : Layout
        What rows look like.
    keep : callable
        Told each word in turn and its line (in a binary file its row), says whether to
        keep it.

    Yields
    ------
    vectors : ndarray of float32, shape (n_rows, n_components)
        Those of some kept words, finite.

    Raises
    ------
    ValueError
        If a row does not fit the layout or a number is none; names file and line.
    """
    read_batches = _read_binary if layout.binary else _read_text
    for tokens, lines, vectors in read_batches(reader, layout, keep):
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            at = int(np.argmin(finite))
            raise reader.error(
                f"the vector of {_show(tokens[at])} holds NaN or infinity",
                "Every value must be finite; remove the line or write the vectors again",
                lines[at],
            )
        yield vectors


def _read_text(
    reader: RowReader, layout: Layout, keep: Callable[[bytes, int], bool]
) -> Iterator[tuple[list[bytes], list[int], NDArray[np.float32]]]:
    n_components = layout.n_components
    n_rows = 0
    tokens: list[bytes] = []
    lines: list[int] = []
    texts: list[bytes] = []
    while line := reader.read_line():
        line = line.rstrip(b" \t\r\n")
        if not line:
            continue
        n_rows += 1
        if line.count(b" ") == n_components:
            token, _, text = line.partition(b" ")
        else:
            token, text = _split_uneven(line, reader, layout)
        if keep(token, reader.line):
            tokens.append(token)
            lines.append(reader.line)
            texts.append(text)
            if len(texts) == BATCH_ROWS:
                yield tokens, lines, _parse_numbers(texts, lines, reader, n_components)
                tokens, lines, texts = [], [], []
    if texts:
        yield tokens, lines, _parse_numbers(texts, lines, reader, n_components)
    if layout.n_words is not None and n_rows != layout.n_words:
        raise reader.error(
            f"the file ends after {n_rows} rows, but its header promises {layout.n_words}",
            "Download or copy it again; if all rows are there, correct the header",
            reader.line - 1,
        )


def _read_binary(
    reader: RowReader, layout: Layout, keep: Callable[[bytes, int], bool]
) -> Iterator[tuple[list[bytes], list[int], NDArray[np.float32]]]:
    n_bytes = 4 * layout.n_components
    tokens: list[bytes] = []
    lines: list[int] = []
    texts: list[bytes] = []
    buffer, at = b"", 0
    for row in range(1, (layout.n_words or 0) + 1):
        n_searched = 0
        while (space := buffer.find(b" ", at + n_searched)) < 0:
            # Newlines are dropped as they come, however many there are.
            begun = buffer[at:].lstrip(b"\n")
            n_searched = len(begun)
            chunk = reader.stream.read1() if n_searched < MAX_LINE else b""
            if not chunk:
                raise _describe_broken_row(reader, layout, row)
            buffer, at = begun + chunk, 0
        # Some writers end a row with a newline and some do not.
        token = buffer[at:space].lstrip(b"\n")
        start, at = space + 1, space + 1 + n_bytes
        if at > len(buffer):
            # All that the row lacks at once: its bytes are copied once, however many.
            missing = at - len(buffer)
            buffer, start, at = buffer[start:] + reader.stream.read(missing), 0, n_bytes
            if len(buffer) < n_bytes:
                raise _describe_broken_row(reader, layout, row)
        if keep(token, row):
            tokens.append(token)
            lines.append(row)
            texts.append(buffer[start:at])
            if len(texts) == BATCH_ROWS:
                yield tokens, lines, _parse_bytes(texts, layout.n_components)
                tokens, lines, texts = [], [], []
    if texts:
        yield tokens, lines, _parse_bytes(texts, layout.n_components)
    if (buffer[at:] + reader.stream.read(2)).strip(b"\r\n"):
        raise ValueError(
            f"{reader.name!r} continues after the {layout.n_words} rows that its header "
            "promises. Download it again, or correct the header."
        )


def _describe_broken_row(reader: RowReader, layout: Layout, row: int) -> ValueError:
    return ValueError(
        f"{reader.name!r} breaks off in row {row} of the {layout.n_words} that its header "
        "promises. Download or copy it again; if its rows are text, give "
        "format='word2vec'."
    )


def _split_uneven(
    line: bytes, reader: RowReader, layout: Layout
) -> tuple[bytes, bytes]:
    """Split a row that has not exactly one space for each number.

    Where a header says how many numbers there are, what stands before them is the word,
    digits or not. A number too many in a file without one is more likely an error.
    """
    n_components = layout.n_components
    # Runs of spaces and tabs between numbers, as other programs write them.
    fields = line.replace(b"\t", b" ").rsplit(b" ")
    token_fields = len(fields) - n_components
    if b"" in fields[1:] or b"\t" in line:
        fields = fields[:1] + [piece for piece in fields[1:] if piece]
        token_fields = len(fields) - n_components
    remedy = (
        "Every row must be a word and its numbers, separated by single spaces; remove the "
        "line or download the file again"
    )
    if token_fields < 1:
        raise reader.error(
            f"has {len(fields) - 1} numbers, but {n_components} were expected", remedy
        )
    if layout.n_words is None and token_fields > 1:
        n_numbers = sum(1 for _ in _trailing_numbers(fields[1:]))
        if n_numbers != n_components:
            raise reader.error(
                f"has {n_numbers} numbers, but {n_components} were expected",
                f"{remedy}. If words hold spaces and digits, put a header before the first "
                "line: the number of words and that of components",
            )
    return b" ".join(fields[:token_fields]), b" ".join(fields[token_fields:])


def _parse_numbers(
    texts: list[bytes], lines: list[int], reader: RowReader, n_components: int
) -> NDArray[np.float32]:
    """Parse rows of numbers at once; look for the bad one only when that fails."""
    try:
        decoded = [text.decode("latin-1") for text in texts]
        numbers = np.loadtxt(decoded, np.float32, comments=None, ndmin=2)
        return numbers.reshape(len(texts), n_components)
    except ValueError as error:
        for text, line in zip(texts, lines, strict=True):
            # Not split(): it knows more kinds of space than there are between numbers.
            fields = filter(None, text.replace(b"\t", b" ").split(b" "))
            bad = next((piece for piece in fields if not _is_number(piece)), None)
            if bad is not None:
                raise reader.error(
                    f"has {_show(bad)} where a number should be",
                    "Every row must be a word and its numbers; remove the line, or read "
                    "only the words you want with tokens=",
                    line,
                ) from None
        problem = (
            f"or one of the {len(lines) - 1} kept before it, has no readable numbers"
        )
        raise reader.error(problem, f"NumPy says: {error}", lines[-1]) from error


def _parse_bytes(rows: list[bytes], n_components: int) -> NDArray[np.float32]:
    table = np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(rows), n_components)
    return table.astype(np.float32, copy=False)


def _parse_header(start: bytes) -> tuple[int, int, int] | None:
    """Return words, components and the header's length in bytes, if this is a header."""
    line, end, _ = start.partition(b"\n")
    fields = line.split()
    if len(fields) != 2 or not all(
        piece.isdigit() and len(piece) <= _MAX_DIGITS for piece in fields
    ):
        return None
    n_words, n_components = map(int, fields)
    return (n_words, n_components, len(line) + len(end)) if n_components else None


def _vote(start: bytes) -> int:
    """Return how many numbers most of the first rows have; the first row wins a tie."""
    lines = start.split(b"\n")
    whole = lines[: max(1, len(lines) - 1)][:VOTING_ROWS]
    sizes = [len(line.split()) - 1 for line in whole if line.strip()]
    return max(1, Counter(sizes).most_common(1)[0][0]) if sizes else 1


def _is_text(rows: bytes, n_components: int) -> bool:
    """Tell text from binary rows by what follows the first word."""
    fields = rows.partition(b"\n")[0].split()
    if len(fields) > n_components and all(map(_is_number, fields[-n_components:])):
        return True
    values = rows.partition(b" ")[2][: 4 * n_components]
    return all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in values)


def _trailing_numbers(fields: list[bytes]) -> Iterator[bytes]:
    for piece in reversed(fields):
        if not _is_number(piece):
            return
        yield piece


def _is_number(piece: bytes) -> bool:
    try:
        float(piece)
    except ValueError:
        return False
    # Python's, but nobody else's.
    return b"_" not in piece


def _show(text: bytes) -> str:
    """Quote the beginning of some bytes."""
    line = text.partition(b"\n")[0].rstrip(b"\r")
    shown = line[:40].decode("utf-8", "backslashreplace")
    return repr(shown + ("..." if len(line) > 40 else ""))
