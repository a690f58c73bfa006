"""Frames of many recordings, end to end: in memory, or in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from typing import IO, Any

import numpy as np

from ..text import Ragged

__all__ = ["FrameStore", "join_frames"]


class FrameStore:
    """Puts frames end to end, recording by recording; a context manager.

    Parameters
    ----------
    n_inputs : int
        Columns of the frames.
    folder : path or None, default=None
        Where a temporary file holds them, which is mapped into memory: what is not in
        use needs none. It has no name, and is gone when nothing refers to it. None holds
        them in memory.

    Examples
    --------
    >>> with FrameStore(3) as store:
    ...     for n_frames in (2, 0, 1):
    ...         store.append(np.ones((n_frames, 3), np.float32))
    ...     frames = store.finish()
    >>> frames.lengths.tolist(), frames.values.shape
    ([2, 0, 1], (3, 3))
    """

    def __init__(self, n_inputs: int, folder: str | os.PathLike[str] | None = None):
        self._n_inputs = n_inputs
        self._lengths: list[int] = []
        self._parts: list[np.ndarray] = []
        self._file: IO[bytes] | None = None
        if folder is not None:
            self._file = tempfile.TemporaryFile(dir=folder)

    def __enter__(self) -> FrameStore:
        return self

    def __exit__(self, *_: Any) -> None:
        # What finish returned keeps its own hold on the content.
        if self._file is not None:
            self._file.close()

    def append(self, frames: np.ndarray) -> None:
        """Put the frames of a recording at the end.

        Parameters
        ----------
        frames : ndarray of shape (n_frames, n_inputs), dtype float32
            Any number of them.
        """
        self._lengths.append(len(frames))
        if self._file is None:
            self._parts.append(frames)
        else:
            self._file.write(frames.tobytes())

    def finish(self) -> Ragged:
        """Return all frames, a row for each recording; those of a file are read-only."""
        offsets = np.concatenate([[0], np.cumsum(self._lengths)]).astype(np.int64)
        shape = int(offsets[-1]), self._n_inputs
        if self._file is None or not shape[0]:
            empty = np.zeros((0, self._n_inputs), np.float32)
            return Ragged(np.concatenate([empty, *self._parts]), offsets)
        self._file.flush()
        values = np.asarray(np.memmap(self._file, np.float32, mode="r", shape=shape))
        return Ragged(values, offsets)


def join_frames(parts: Iterable[np.ndarray], n_inputs: int) -> Ragged:
    """Return arrays of frames end to end, in memory.

    Parameters
    ----------
    parts : iterable of ndarray of shape (n_frames, n_inputs), dtype float32
        One for each recording.
    n_inputs : int
        Their columns, in case there is none.
    """
    with FrameStore(n_inputs) as store:
        for part in parts:
            store.append(part)
        return store.finish()
