"""Write a file so that it is whole or not there, whatever stands at its path.

A new file is written beside the old one, under another name, and renamed when it is
whole. What a rename would destroy is left what it is: a symbolic link stays, and the
file that it points to is replaced; a device or a pipe is written to.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["name_kind", "replace_file"]

# What a system answers where a file may be written, but not created or renamed beside
# it: mounted alone into a container, or in a folder of somebody else.
_REFUSED = (errno.EACCES, errno.EBUSY, errno.EPERM, errno.EROFS, errno.EXDEV)

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def name_kind(mode: int) -> str | None:
    """Return what something is that is no regular file, None for a regular file.

    Parameters
    ----------
    mode : int
        ``st_mode`` of :func:`os.stat`.

    Examples
    --------
    >>> name_kind(os.stat(os.curdir).st_mode)
    'a folder'
    """
    return next((name for is_kind, name in _KINDS if is_kind(mode)), None)


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Write a file under another name, and put it into its place when it is whole.

    Parameters
    ----------
    path : str or path-like
        An existing file stays as it was if anything fails, or the process ends, before
        the end. The new one has its mode, and its owner where the process may give
        files away; a new file has the mode that the umask leaves. A symbolic link
        stays; its target is replaced, or made if it is not there. Another hard link to
        the file keeps the old content. A pipe or a device is written to as the content
        comes.

    Yields
    ------
    binary file

    Raises
    ------
    OSError
        If the file can neither be replaced nor written to; known before anything is
        written, but for a file that has to be overwritten and then cannot be: the
        message names where its new content is kept.
    ValueError
        If `path` is a socket.

    Warns
    -----
    UserWarning
        If the file had to be overwritten, because nothing can be created or renamed in
        its folder: a failure within that moment would have left it incomplete.
    """
    target = Path(path)
    try:
        old = target.stat()
    except FileNotFoundError:
        old = None
    place = Path(os.path.realpath(target))
    if old is not None and not _can_be_renamed(place, old):
        with _open_special(target, old) as stream:
            yield stream
        return
    temporary, stream, refusal = _open_temporary(place, old)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if old is not None and refusal is None:
                _copy_access(stream, temporary, old)
        if refusal is None:
            refusal = _rename(temporary, place, old)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if refusal is not None:
        _overwrite(place, temporary, refusal)


def _can_be_renamed(place: Path, old: os.stat_result) -> bool:
    """Tell regular files from pipes, devices, and files that were deleted but are open.

    ``/dev/stdout`` may lead to any of them.
    """
    if name_kind(old.st_mode) is not None:
        return False
    try:
        return os.path.samestat(place.stat(), old)
    except FileNotFoundError:
        return False


def _open_special(target: Path, old: os.stat_result) -> IO[bytes]:
    """Open what is there; never create a file, were it gone by now."""
    kind = name_kind(old.st_mode)
    if kind == "a folder":
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if kind == "a socket":
        raise ValueError(
            f"{str(target)!r} is a socket; expected a file, a pipe or a device to write "
            "to. Write to a file, and send that."
        )
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_TRUNC), "wb")


def _open_temporary(
    place: Path, old: os.stat_result | None
) -> tuple[Path, IO[bytes], OSError | None]:
    """Open a new file beside `place`; elsewhere, and say why, if nothing can be made there.

    Raises OSError if `place` cannot be written to either.
    """
    # Short, whatever the name of the file: 255 bytes are the most for a name.
    temporary = place.with_name(f".slm-{os.urandom(8).hex()}.tmp")
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode)
    try:
        # Made with its mode: nobody may open it before that is set.
        stream = open(
            temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)
        )
    except OSError as error:
        if old is None or error.errno not in _REFUSED:
            raise OSError(error.errno, error.strerror, str(place)) from error
        # Tried now, and not when hours were spent on the content.
        os.close(os.open(place, os.O_WRONLY))
        handle, name = tempfile.mkstemp(prefix="slm-")
        return Path(name), os.fdopen(handle, "wb"), error
    return temporary, stream, None


def _copy_access(stream: IO[bytes], temporary: Path, old: os.stat_result) -> None:
    """Give a new file the owner and the mode of the one that it will replace."""
    if hasattr(os, "fchown"):
        with suppress(OSError):
            os.fchown(stream.fileno(), old.st_uid, old.st_gid)
    # The umask took bits from the mode that the file was made with.
    handle = stream.fileno() if os.chmod in os.supports_fd else temporary
    os.chmod(handle, stat.S_IMODE(old.st_mode))


def _rename(temporary: Path, place: Path, old: os.stat_result | None) -> OSError | None:
    """Put a file into its place; return why, if that must be overwritten instead."""
    try:
        os.replace(temporary, place)
    except OSError as error:
        if old is None or error.errno not in _REFUSED:
            raise OSError(error.errno, error.strerror, str(place)) from error
        return error
    return None


def _overwrite(place: Path, temporary: Path, refusal: OSError) -> None:
    """Copy a file over another one, and remove it when that went well."""
    try:
        with open(temporary, "rb") as source, open(place, "r+b") as sink:
            shutil.copyfileobj(source, sink)
            sink.truncate()
            sink.flush()
            os.fsync(sink.fileno())
    except OSError as error:
        problem = f"{error.strerror}; the new content is kept in {str(temporary)!r}"
        raise OSError(error.errno, problem, str(place)) from error
    temporary.unlink()
    warnings.warn(
        f"{str(place)!r} was overwritten, not replaced at one stroke: in its folder no "
        f"file can be made or renamed ({refusal.strerror}). It is whole now; had the "
        "process ended within, it would not be.",
        UserWarning,
        stacklevel=4,
    )
