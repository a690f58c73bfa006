"""Open vector files: compressed or not, limited in size, written whole or not at all."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

__all__ = ["open_for_reading", "open_for_writing", "replace_file"]

# A row fits many times: what a file holds is found by looking at its first buffer.
BUFFER_BYTES = 1 << 18

_BROKEN = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile)


@contextmanager
def open_for_reading(
    path: str | os.PathLike[str], *, member: str | None = None, max_bytes: int = 1 << 34
) -> Iterator[tuple[io.BufferedReader, str]]:
    """Open a plain, gzip, xz or zip file, known by its first bytes and not by its name.

    Parameters
    ----------
    path : str or path-like
        The file.
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
        If it is a directory, empty or a zip archive without exactly one fitting member.
    """
    name = os.fspath(path)
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(open(path, "rb", buffering=BUFFER_BYTES))
        except FileNotFoundError:
            raise FileNotFoundError(
                f"There is no file {name!r} (looked in {os.getcwd()!r}). Check the path "
                "and download the vectors first if they are not there yet."
            ) from None
        except (IsADirectoryError, PermissionError) as error:
            if not Path(path).is_dir():
                raise
            raise ValueError(
                f"{name!r} is a directory; expected one file of word vectors in it."
            ) from error
        magic = raw.read(6)
        if not magic:
            raise ValueError(f"{name!r} is empty; expected word vectors in it.")
        raw.seek(0)
        if member is not None and not magic.startswith(b"PK"):
            raise ValueError(
                f"member={member!r} was asked for, but {name!r} is no zip archive; leave "
                "member out."
            )
        try:
            opened = _decompress(raw, magic, name, member)  # type: ignore[arg-type]
        except _BROKEN as error:
            raise ValueError(_describe_broken(name, error)) from error
        stream, name = opened
        if stream is raw:
            yield raw, name  # type: ignore[misc]
            return
        stack.enter_context(stream)
        limited = io.BufferedReader(_Limited(stream, name, max_bytes), BUFFER_BYTES)
        yield stack.enter_context(limited), name  # type: ignore[arg-type]


@contextmanager
def open_for_writing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that takes its name only when it is complete.

    Parameters
    ----------
    path : str or path-like
        Compressed if it ends in ``.gz``, ``.xz`` or ``.zip``. An existing file is replaced
        at the end, and stays as it was if anything fails before.

    Yields
    ------
    binary file
    """
    target = Path(path)
    with replace_file(target) as raw, _compress(raw, target) as stream:
        yield stream


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Write a file under another name, and put it into its place when it is whole.

    Parameters
    ----------
    path : str or path-like
        An existing file stays as it was if anything fails, or the process ends, before.

    Yields
    ------
    binary file
    """
    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        os.chmod(temporary, _usual_mode(target))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


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
        try:
            data = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise ValueError(_describe_broken(self._name, error)) from error
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(
                f"{self._name!r} decompresses to more than {self._max_bytes:,} bytes. If "
                "you trust the file, raise max_bytes."
            )
        buffer[: len(data)] = data
        return len(data)


def _decompress(
    raw: io.BufferedReader, magic: bytes, name: str, member: str | None
) -> tuple[IO[bytes], str]:
    """Return the decompressed stream and its name; the stream itself if it is plain."""
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw, mode="rb")), name
    if magic.startswith(b"\xfd7zXZ\x00"):
        return cast(IO[bytes], lzma.LZMAFile(raw, "rb")), name
    if magic.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        archive = zipfile.ZipFile(raw)
        chosen = _choose_member(archive, name, member)
        return archive.open(chosen), f"{name}/{chosen}"
    return raw, name


def _choose_member(archive: zipfile.ZipFile, name: str, member: str | None) -> str:
    files = [
        info.filename
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if member is None and len(files) == 1:
        return files[0]
    if member in files:
        return cast(str, member)  # type: ignore[redundant-cast]
    wanted = "more than one file" if member is None else f"no file {member!r}"
    if not files:
        raise ValueError(f"The zip archive {name!r} holds no file.")
    raise ValueError(
        f"The zip archive {name!r} holds {wanted}. Name one of its files with member=: "
        f"{', '.join(map(repr, files[:20]))}."
    )


def _describe_broken(name: str, error: BaseException) -> str:
    return (
        f"{name!r} is a damaged or incomplete archive ({error}). Download or copy it "
        "again, and compare its size or checksum with the source's."
    )


@contextmanager
def _compress(raw: IO[bytes], target: Path) -> Iterator[IO[bytes]]:
    suffix = target.suffix.lower()
    if suffix == ".gz":
        # No name and no time in the header: equal vectors give equal files.
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream:
            yield cast(IO[bytes], stream)
    elif suffix == ".xz":
        with lzma.LZMAFile(raw, "wb") as stream:
            yield cast(IO[bytes], stream)
    elif suffix == ".zip":
        info = zipfile.ZipInfo(target.stem)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with zipfile.ZipFile(raw, "w") as archive:
            with archive.open(info, "w", force_zip64=True) as stream:
                yield stream
    else:
        yield raw


def _usual_mode(target: Path) -> int:
    """Return the mode of the file that is replaced, or that a new file would have."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
