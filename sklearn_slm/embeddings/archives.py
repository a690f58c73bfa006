"""Unpack and pack gzip, bzip2, xz and zip files, within bounds of memory."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from .foreign import refuse_foreign_members

__all__ = ["compress", "decompress", "is_zip", "open_zip", "refuse_damage"]

# What xz may take to unpack; its presets need 65 MiB at most, a hostile file 4 GiB.
MAX_MEMORY = 1 << 28
# How liblzma says that it would take more.
_TOO_LARGE = "Memory usage limit exceeded"
_CHUNK_BYTES = 1 << 16
_ZIP_METHODS = {
    zipfile.ZIP_STORED: "stored",
    zipfile.ZIP_DEFLATED: "deflated",
    zipfile.ZIP_BZIP2: "bzip2",
    zipfile.ZIP_LZMA: "lzma",
}


def decompress(raw: io.BufferedReader) -> IO[bytes]:
    """Return the unpacked stream of a gzip, bzip2 or xz file; itself if it is neither.

    Parameters
    ----------
    raw : binary file
        At its start; known by its first bytes.

    Returns
    -------
    binary file
        ``read(n)`` returns ``n`` bytes but at the end. Read under
        :func:`refuse_damage`.
    """
    start = raw.peek(10)
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw, mode="rb"))
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast(IO[bytes], _Unpacked(raw, _make_xz_decompressor))
    if start.startswith(b"BZh") and start[4:10] == b"1AY&SY":
        return cast(IO[bytes], _Unpacked(raw, bz2.BZ2Decompressor))
    return raw


def is_zip(start: bytes) -> bool:
    """Tell a zip archive by its first bytes."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def open_zip(
    raw: io.BufferedReader, name: str, member: str | None
) -> tuple[IO[bytes], str]:
    """Open one file of a zip archive.

    Parameters
    ----------
    raw : binary file
        The archive; must be seekable.
    name : str
        What messages call it.
    member : str or None
        The file in it; may be left out when there is only one.

    Returns
    -------
    stream : binary file
        Read under :func:`refuse_damage`.
    name : str
        That of the archive, and of the file in it.

    Raises
    ------
    ValueError
        If there is no such file, or it cannot be unpacked.
    """
    with refuse_damage(name):
        archive = zipfile.ZipFile(raw)
    info = _choose_member(archive.infolist(), name, member)
    name = f"{name}/{info.filename}"
    if info.flag_bits & 1:
        raise ValueError(
            f"{name!r} is encrypted. Unpack it with its password first, and give the "
            "file that comes out."
        )
    if info.compress_type not in _ZIP_METHODS:
        raise ValueError(
            f"{name!r} is compressed by method {info.compress_type} of zip; expected one "
            f"of {', '.join(_ZIP_METHODS.values())}. Unpack it with the program that "
            "packed it, and give the file that comes out."
        )
    with refuse_damage(name):
        if info.compress_type == zipfile.ZIP_LZMA:
            _check_lzma_member(raw, info)
        return archive.open(info), name


@contextmanager
def refuse_damage(name: str) -> Iterator[None]:
    """Turn what the standard library raises for broken archives into ValueError.

    Parameters
    ----------
    name : str
        What messages call the archive.

    Raises
    ------
    ValueError
        Says that the archive is damaged or needs too much memory.
    """
    try:
        yield
    except OSError as error:
        # With another number the disk failed, and not the archive.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise _describe_damage(name, error) from error
    except (
        EOFError,
        IndexError,
        OverflowError,
        RuntimeError,
        ValueError,
        lzma.LZMAError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise _describe_damage(name, error) from error


@contextmanager
def compress(raw: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Pack what is written into a stream as the ending of its path says.

    Parameters
    ----------
    raw : binary file
        Takes the packed bytes.
    path : Path
        Ends in ``.gz``, ``.bz2``, ``.xz`` or ``.zip``; else nothing is packed.

    Yields
    ------
    binary file
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        # No name and no time in the header: equal vectors give equal files.
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream:
            yield cast(IO[bytes], stream)
    elif suffix in (".bz2", ".xz"):
        packed = (bz2.BZ2File if suffix == ".bz2" else lzma.LZMAFile)(raw, "wb")
        with packed as stream:
            yield cast(IO[bytes], stream)
    elif suffix == ".zip":
        info = zipfile.ZipInfo(path.stem)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with zipfile.ZipFile(raw, "w") as archive:
            with archive.open(info, "w", force_zip64=True) as stream:
                yield stream
    else:
        yield raw


class _Unpacked(io.RawIOBase):
    """The content of a bzip2 or xz file, of one stream or of several in a row.

    ``lzma.LZMAFile`` would do, but sets no bound to the memory that a file asks for.
    """

    def __init__(self, raw: io.BufferedReader, make: Callable[[], Any]) -> None:
        self._raw, self._make = raw, make
        self._decompressor = make()

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, fewer at the end alone."""
        pieces = []
        while size:
            packed = self._next_stream() if self._decompressor.eof else self._more()
            if packed is None:
                break
            piece = self._decompressor.decompress(packed, size)
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _more(self) -> bytes:
        if not self._decompressor.needs_input:
            return b""
        packed = self._raw.read(_CHUNK_BYTES)
        if not packed:
            raise EOFError("it breaks off before its end")
        return packed

    def _next_stream(self) -> bytes | None:
        packed = self._decompressor.unused_data.lstrip(b"\0")
        # Streams may be padded with zeros.
        while not packed:
            packed = self._raw.read(_CHUNK_BYTES)
            if not packed:
                return None
            packed = packed.lstrip(b"\0")
        self._decompressor = self._make()
        return packed


def _make_xz_decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_MEMORY)


def _check_lzma_member(raw: io.BufferedReader, info: zipfile.ZipInfo) -> None:
    """Refuse a dictionary that would take too much memory; zipfile sets no bound."""
    raw.seek(info.header_offset + 26)
    n_name, n_extra = struct.unpack("<HH", raw.read(4))
    # Two bytes of version, two of length, one of parameters.
    raw.seek(n_name + n_extra + 5, io.SEEK_CUR)
    (n_bytes,) = struct.unpack("<I", raw.read(4))
    if n_bytes > MAX_MEMORY:
        raise lzma.LZMAError(_TOO_LARGE)


def _choose_member(
    infos: list[zipfile.ZipInfo], name: str, member: str | None
) -> zipfile.ZipInfo:
    files = {
        info.filename: info
        for info in infos
        if not info.filename.endswith("/") and not info.filename.startswith("__MACOSX/")
    }
    refuse_foreign_members(list(files), name)
    if member is None and len(files) == 1:
        return next(iter(files.values()))
    if member is not None and member in files:
        return files[member]
    wanted = "more than one file" if member is None else f"no file {member!r}"
    if not files:
        raise ValueError(f"The zip archive {name!r} holds no file.")
    raise ValueError(
        f"The zip archive {name!r} holds {wanted}. Name one of its files with member=: "
        f"{', '.join(map(repr, list(files)[:20]))}."
    )


def _describe_damage(name: str, error: Exception) -> ValueError:
    if str(error) == _TOO_LARGE:
        return ValueError(
            f"{name!r} takes more than {MAX_MEMORY >> 20} MiB of memory to unpack. If "
            "you trust it, unpack it yourself, and pack it again with a preset of xz."
        )
    return ValueError(
        f"{name!r} is a damaged or incomplete archive ({error}). Download or copy it "
        "again, and compare its size or checksum with the source's."
    )
