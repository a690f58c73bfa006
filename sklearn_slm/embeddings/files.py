"""Open vector files: packed or not, limited in size, written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from .archives import compress, decompress, is_zip, open_zip, refuse_damage
from .foreign import refuse_foreign
from .replacing import name_kind, replace_file

__all__ = ["open_for_reading", "open_for_writing"]

# A row fits many times: what a file holds is found by looking at its first buffer.
BUFFER_BYTES = 1 << 18


@contextmanager
def open_for_reading(
    path: str | os.PathLike[str], *, member: str | None = None, max_bytes: int = 1 << 34
) -> Iterator[tuple[io.BufferedReader, str]]:
    """Open a plain, gzip, bzip2, xz or zip file, known by its first bytes.

    Parameters
    ----------
    path : str or path-like
        A regular file. Pipes are refused: an estimator reads its vectors in every fit,
        and from a pipe nothing would come the second time.
    member : str or None, default=None
        The file to read inside a zip archive; may be left out when there is only one.
    max_bytes : int, default=2**34
        The most bytes that may come out of a compressed file.

    Yields
    ------
    stream : binary file
        Raises ValueError where the archive is broken or larger than `max_bytes`.
    name : str
        What messages call it: the path, and the member of a zip archive.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no regular file, is empty, a zip archive without exactly one fitting
        member, or of a kind that is known to hold something else than rows of words
        and numbers.
    """
    name = os.fspath(path)
    _check_file(path, name)
    with ExitStack() as stack:
        raw: io.BufferedReader = io.BufferedReader(io.FileIO(path), BUFFER_BYTES)
        stack.enter_context(raw)
        start = raw.peek()
        if not start:
            raise ValueError(f"{name!r} is empty; expected word vectors in it.")
        if is_zip(start):
            stream, name = open_zip(raw, name, member)
        elif member is not None:
            raise ValueError(
                f"member={member!r} was asked for, but {name!r} is no zip archive; leave "
                "member out."
            )
        else:
            stream = decompress(raw)
        if stream is not raw:
            stack.enter_context(stream)
            raw = io.BufferedReader(_Limited(stream, name, max_bytes), BUFFER_BYTES)
            stack.enter_context(raw)
        refuse_foreign(raw.peek(), name)
        yield raw, name


@contextmanager
def open_for_writing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that takes its name only when it is complete.

    Parameters
    ----------
    path : str or path-like
        Compressed if it ends in ``.gz``, ``.bz2``, ``.xz`` or ``.zip``. An existing file
        is replaced at the end, and stays as it was if anything fails before; links,
        pipes and devices as in :func:`replace_file`.

    Yields
    ------
    binary file
    """
    target = Path(path)
    with replace_file(target) as raw, compress(raw, target) as stream:
        yield stream


def _check_file(path: str | os.PathLike[str], name: str) -> None:
    """Refuse what is no regular file before it is opened: a pipe could block forever."""
    try:
        kind = name_kind(os.stat(path).st_mode)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {name!r} (looked in {os.getcwd()!r}). Check the path "
            "and download the vectors first if they are not there yet."
        ) from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ValueError(
            f"{name!r} is a symbolic link that leads back to itself; expected one file "
            "of word vectors. Point the link at the file."
        ) from error
    if kind == "a folder":
        raise ValueError(
            f"{name!r} is a directory; expected one file of word vectors in it."
        )
    if kind is not None:
        raise ValueError(
            f"{name!r} is {kind}; expected a file of word vectors, which can be read "
            "more than once. Write what comes out of it to a file, and give that; "
            "gzip, bzip2, xz and zip files are read as they are."
        )


class _Limited(io.RawIOBase):
    """A stream that refuses to give out more than so many bytes."""

    def __init__(self, stream: IO[bytes], name: str, max_bytes: int) -> None:
        self._stream = stream
        self._name = name
        self._max_bytes = max_bytes
        self._left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with refuse_damage(self._name):
            data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(
                f"{self._name!r} decompresses to more than {self._max_bytes:,} bytes. If "
                "you trust the file, raise max_bytes."
            )
        buffer[: len(data)] = data
        return len(data)
