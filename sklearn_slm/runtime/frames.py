"""Recordings read in batches, the long ones in windows, by any reader of a network.

A network of two directions needs all of a recording before it can say anything, and the
states of all its frames. But it forgets: what is said at a frame depends on those a few
seconds around it. A long recording is cut into windows, each of which is read with what
comes before and after it, and memory does not grow with its length.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..text import Ragged
from .packing import split_batches
from .threads import one_blas_thread, run_in_threads

__all__ = ["LONGEST", "run_frames"]

# Frames of a window, and what is read before and after it: with frames of 30 ms one and a
# half minutes, and six seconds.
LONGEST, _AROUND = 3_000, 200


class _Windows(NamedTuple):
    """Pieces of recordings, at least one of each that is not empty.

    Parameters
    ----------
    begin, end : ndarray of shape (n_windows,)
        What is read, as places among the frames of all recordings.
    first, last : ndarray of shape (n_windows,)
        What is kept of it.
    """

    begin: np.ndarray
    end: np.ndarray
    first: np.ndarray
    last: np.ndarray


def run_frames(
    run: Callable[[Ragged], np.ndarray],
    frames: Ragged,
    n_symbols: int,
    *,
    n_threads: int | None,
    most_recordings: int,
    most_frames: int,
) -> Ragged:
    """Cut recordings into batches of similar length and run each in a thread.

    Parameters
    ----------
    run : callable
        From recordings, longest first, to the log-probabilities (n_frames, n_symbols) of
        all their frames.
    frames : Ragged of shape (n_frames, n_inputs)
        The recordings.
    n_symbols : int
        Number of symbols.
    n_threads : int or None
        As in :meth:`~.network.PreparedNetwork.run`.
    most_recordings, most_frames : int
        Bounds of a batch, padding counted.

    Returns
    -------
    Ragged of shape (n_frames, n_symbols), dtype float32
        In the order of the recordings. The same recordings in any order make the same
        batches, and so the same results.
    """
    windows = _cut(frames.offsets)
    lengths = windows.end - windows.begin
    order = _order(frames.values, windows)
    log_probs = np.empty((len(frames.values), n_symbols), np.float32)

    def run_batch(rows: np.ndarray) -> None:
        parts = [
            frames.values[begin:end]
            for begin, end in zip(windows.begin[rows], windows.end[rows])
        ]
        offsets = np.concatenate([[0], np.cumsum(lengths[rows])]).astype(np.int64)
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        found = run(Ragged(values, offsets))
        for i, row in enumerate(rows.tolist()):
            first, last = windows.first[row], windows.last[row]
            start = offsets[i] + first - windows.begin[row]
            log_probs[first:last] = found[start : start + last - first]

    batches = split_batches(lengths[order], most_recordings, most_frames)
    with one_blas_thread() as allowed:
        run_in_threads(
            run_batch,
            [order[batch] for batch in batches],
            allowed if n_threads is None else n_threads,
        )
    return Ragged(log_probs, frames.offsets)


def _cut(offsets: np.ndarray) -> _Windows:
    """Cut recordings into windows of nearly equal length."""
    lengths = np.diff(offsets)
    n_windows = -(-lengths // LONGEST)
    row = np.repeat(np.arange(len(lengths)), n_windows)
    number = np.arange(len(row)) - np.repeat(
        np.cumsum(n_windows) - n_windows, n_windows
    )
    size = -(-lengths[row] // np.maximum(n_windows[row], 1))
    start, stop = offsets[row], offsets[row + 1]
    first = start + number * size
    last = np.minimum(first + size, stop)
    begin, end = np.maximum(first - _AROUND, start), np.minimum(last + _AROUND, stop)
    return _Windows(begin, end, first, last)


def _order(values: np.ndarray, windows: _Windows) -> np.ndarray:
    """Return the windows longest first, and those of one length by their content.

    The place of a row in a matrix product may decide its last bit.
    """
    sums = [
        zlib.crc32(np.ascontiguousarray(values[begin:end]))  # type: ignore[arg-type]
        for begin, end in zip(windows.begin, windows.end)
    ]
    return np.lexsort((sums, windows.begin - windows.end))
