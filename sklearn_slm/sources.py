"""Open data files and pipes, unpack them and decode their lines."""

from __future__ import annotations

import codecs
import errno
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

__all__ = ["decode_lines", "open_source"]

_ERRORS = {
    errno.EISDIR: "a folder. Name the files in it",
    errno.ELOOP: "a symbolic link that leads back to itself. Name the file itself",
    errno.ENXIO: "a socket. Write what it sends into a file or a pipe",
    errno.EOPNOTSUPP: "a socket. Write what it sends into a file or a pipe",
}
# First bytes of what is no UTF-8 text, and what to do.
_ICONV = "Convert it: iconv -f {0} -t UTF-8 old > new"
_OTHER_CONTENT = {
    codecs.BOM_UTF32_LE: ("UTF-32", _ICONV.format("UTF-32")),
    codecs.BOM_UTF16_LE: ("UTF-16", _ICONV.format("UTF-16")),
    codecs.BOM_UTF16_BE: ("UTF-16", _ICONV.format("UTF-16")),
    b"\x1f\x8b": ("a gzip file", "Add .gz to its name, or unpack it with gzip -d"),
    b"\xfd7zXZ": ("an xz file", "Unpack it with xz -d"),
    b"PK\x03\x04": ("a zip archive or a spreadsheet", "Unpack it or save it as CSV"),
    b"PAR1\x15": ("a Parquet file", "Pass kind='parquet' (slm: --input parquet)"),
}


@contextmanager
def open_source(source: Any, name: str, packed: bool) -> Iterator[IO[bytes]]:
    """Open a path, unpacked where it is a gzip file; leave open files as they are.

    Parameters
    ----------
    source : Path or open binary file
        A pipe is read as it comes. Only what was opened here is closed.
    name : str
        What messages call it.
    packed : bool
        Whether it is a gzip file.

    Yields
    ------
    binary file

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the path leads to a folder, to a socket or back to itself.
    """
    if not isinstance(source, Path):
        yield source
        return
    with ExitStack() as stack:
        try:
            file: IO[bytes] = stack.enter_context(source.open("rb"))
        except OSError as error:
            # Windows calls a folder a file without permission.
            code = errno.EISDIR if source.is_dir() else error.errno
            if code not in _ERRORS:
                raise
            raise ValueError(
                f"{name}: expected a file or a pipe, got {_ERRORS[code]}."
            ) from error
        if packed:
            file = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file)))
        yield file


def decode_lines(file: Iterable[bytes], name: str) -> Iterator[str]:
    """Decode lines one by one, so that an error can name its line."""
    number = 0
    try:
        for number, line in enumerate(file, start=1):
            if number == 1:
                _check_first_line(line, name)
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name}, line {number}: expected UTF-8, got the byte "
            f"0x{error.object[error.start]:02x} at position {error.start}. Save the "
            "file as UTF-8, or convert it: iconv -f ENCODING -t UTF-8 old > new"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{name}: expected a gzip file, but unpacking it failed at line "
            f"{number + 1} ({error}). Copy or download the file again, or take .gz off "
            "its name if it is not packed."
        ) from error


def _check_first_line(line: bytes | str, name: str) -> None:
    """Refuse what the first bytes show to be no lines of UTF-8."""
    if isinstance(line, str):
        raise TypeError(
            f"{name}: expected a file opened in binary mode, got one that gives "
            f"{type(line).__name__}. Open it with mode 'rb'."
        )
    for magic, (content, advice) in _OTHER_CONTENT.items():
        if line.startswith(magic):
            raise ValueError(
                f"{name}, line 1: expected UTF-8 text, got {content}. {advice}."
            )
    # UTF-16 without a mark: every second byte of what was ASCII is 0.
    if b"\0" in line[:2] and line.count(b"\0") > len(line) // 3:
        encoding = "UTF-16BE" if line.startswith(b"\0") else "UTF-16LE"
        raise ValueError(
            f"{name}, line 1: expected UTF-8 text, got {encoding}. "
            f"{_ICONV.format(encoding)}."
        )
    if not line.endswith(b"\n") and b"\r" in line.removesuffix(b"\r"):
        raise ValueError(
            f"{name}, line 1: expected lines that end with a line feed, got carriage "
            "returns alone, as old Macs wrote. To end lines with a line feed: tr '\\r' "
            "'\\n' < old > new"
        )
