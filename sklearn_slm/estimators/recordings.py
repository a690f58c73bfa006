"""Recordings in every form that users have them, to the rows that a network reads."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..audio import (
    FeatureOptions,
    Sound,
    as_sound,
    compute_features,
    find_sound,
    resample,
)
from ..runtime.threads import one_blas_thread, run_in_threads
from ..text import Ragged
from .frames import join_frames

__all__ = [
    "READ_AT_ONCE",
    "Heard",
    "Recordings",
    "Take",
    "hear_batches",
    "is_silent",
    "read_recordings",
]

# Within two steps of 16 bits around its mean a recording holds nothing but rounding.
_SILENCE = 4 / 32768
# Rows of a batch, half an hour of them, and recordings that threads read side by side.
_BATCH_ROWS, READ_AT_ONCE = 60_000, 8


class Take(NamedTuple):
    """The samples of one recording.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        At the rate of the model, without silence at both ends if that was cut.
    start : float
        Seconds that were cut at the beginning.
    seconds : float
        Length of the whole recording.
    """

    samples: np.ndarray
    start: float
    seconds: float


class Recordings:
    """Recordings, of which one at a time is read.

    Parameters
    ----------
    items : list
        What :func:`~sklearn_slm.audio.as_sound` reads, and contents of files as bytes.
    rate : int
        Samples per second of arrays, and of what is returned.
    name : str, default="X"
        What the messages call them.
    numbers : sequence of int or None, default=None
        What the messages number them by; None for 0, 1, 2 and so on.
    """

    def __init__(
        self,
        items: list[Any],
        rate: int,
        name: str = "X",
        numbers: Sequence[int] | None = None,
    ):
        self.items, self.rate, self.name = items, rate, name
        self.numbers = range(len(items)) if numbers is None else numbers

    def __len__(self) -> int:
        return len(self.items)

    def take(self, rows: Sequence[int] | np.ndarray) -> Recordings:
        """Return some of them, which keep their numbers."""
        numbers = [int(self.numbers[i]) for i in rows]
        items = [self.items[i] for i in rows]
        return Recordings(items, self.rate, self.name, numbers)

    def describe(self, row: int) -> str:
        """Return what messages call a recording, such as ``X[12]``."""
        return f"{self.name}[{self.numbers[row]}]"

    def read(self, row: int, *, trim: bool = False) -> Take:
        """Read a recording.

        Parameters
        ----------
        row : int
            Its number.
        trim : bool, default=False
            Cut silence off both ends.

        Returns
        -------
        Take

        Raises
        ------
        ValueError, TypeError, ImportError, OSError
            As :func:`~sklearn_slm.audio.as_sound` raises them; the message begins with
            the row.
        """
        item = self.items[row]
        try:
            sound = as_sound(io.BytesIO(item) if _is_content(item) else item, self.rate)
        except _REFUSALS as error:
            kind = next(kind for kind in _REFUSALS if isinstance(error, kind))
            raise kind(f"{self.describe(row)}: {error}") from error
        seconds, start, samples = sound.seconds, 0.0, sound.samples
        if trim:
            first, end = find_sound(samples, sound.rate)
            start, samples = first / sound.rate, samples[first:end]
        return Take(resample(samples, sound.rate, self.rate), start, seconds)


def _is_content(item: Any) -> bool:
    return isinstance(item, (bytes, bytearray))


_REFUSALS = (FileNotFoundError, OSError, ImportError, TypeError, ValueError)


def read_recordings(X: Any, rate: int, name: str = "X") -> Recordings:
    """Return recordings, each of which will be read when it is needed.

    Parameters
    ----------
    X : iterable of str, path, binary file, (rate, samples), ndarray or Sound
        Several recordings.
    rate : int
        Samples per second of arrays that come without a rate.
    name : str, default="X"
        What the messages call them.

    Returns
    -------
    Recordings

    Raises
    ------
    TypeError, ValueError
        If X is one recording, a table, or nothing that has items.
    FileNotFoundError
        If a file is missing: nothing was read then.

    Examples
    --------
    >>> recordings = read_recordings([[0.5, -0.5], (8000, [0.25] * 800)], 16000)
    >>> [len(recordings.read(row).samples) for row in range(2)]
    [2, 1600]
    """
    one = isinstance(X, (str, bytes, os.PathLike, Sound)) or hasattr(X, "read")
    one = one or (isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype.kind in "iuf")
    is_pair = isinstance(X, tuple) and len(X) == 2
    if one or (is_pair and np.isscalar(X[0]) and not isinstance(X[0], str)):
        raise ValueError(
            f"{name} must be several recordings. Got a single one ({type(X).__name__}); "
            f"put it into a list: [{name}]."
        )
    if hasattr(X, "columns"):
        raise TypeError(
            f"{name} must be recordings. Got a table; give its column of paths, such as "
            f"{name}['path']."
        )
    try:
        items = list(X)
    except TypeError:
        raise TypeError(
            f"{name} must be a list of recordings: paths, pairs (rate, samples) or arrays "
            f"of samples. Got {type(X).__name__}."
        ) from None
    if items and np.isscalar(items[0]) and not isinstance(items[0], (str, bytes)):
        raise ValueError(
            f"{name} must be several recordings. Got a list of numbers, which is a single "
            f"one; put it into a list: [{name}]."
        )
    _check_files(items, name)
    # A fit reads some recordings several times, and in several threads.
    items = [item.read() if hasattr(item, "read") else item for item in items]
    return Recordings(items, rate, name)


def _check_files(items: list[Any], name: str) -> None:
    missing = [
        row
        for row, item in enumerate(items)
        if isinstance(item, (str, os.PathLike)) and not os.path.exists(item)
    ]
    if not missing:
        return
    first, n_others = missing[0], len(missing) - 1
    others = f", and {n_others:,} more of {len(items):,} are missing" * bool(n_others)
    raise FileNotFoundError(
        f"{name}[{first}]: there is no file {os.fspath(items[first])!r}{others}. Nothing "
        "was read; correct the paths, or leave these out."
    )


def is_silent(samples: np.ndarray) -> bool:
    """Tell whether a recording holds nothing but zeros, up to the rounding of 16 bits.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        At least one.

    Examples
    --------
    >>> is_silent(np.float32([0.25, 0.25])), is_silent(np.float32([0.25, 0.2505]))
    (True, False)
    """
    return bool(samples.max() - samples.min() <= _SILENCE)


class Heard(NamedTuple):
    """Recordings as rows of features.

    Parameters
    ----------
    frames : Ragged of shape (n_rows, n_inputs), dtype float32
        None of what is silent.
    starts, seconds : ndarray of shape (n_recordings,), dtype float64
        As in :class:`Take`.
    """

    frames: Ragged
    starts: np.ndarray
    seconds: np.ndarray


def hear_batches(
    recordings: Recordings, options: FeatureOptions, *, trim: bool = False
) -> Iterator[Heard]:
    """Read recordings in batches, so that memory does not grow with their number.

    Parameters
    ----------
    recordings : Recordings
        What to read.
    options : FeatureOptions
        What to compute.
    trim : bool, default=False
        Cut silence off both ends of each.

    Yields
    ------
    Heard
        In order, half an hour of sound or one recording at a time.
    """
    heard: list[tuple[np.ndarray, float, float]] = []
    for first in range(0, len(recordings), READ_AT_ONCE):
        rows = range(first, min(first + READ_AT_ONCE, len(recordings)))
        parts: dict[int, tuple[np.ndarray, float, float]] = {}

        def hear(row: int) -> None:
            samples, start, seconds = recordings.read(row, trim=trim)
            frames = np.zeros((0, options.n_inputs), np.float32)
            if not is_silent(samples):
                frames = compute_features(samples, options)
            parts[row] = frames, start, seconds  # noqa: B023

        with one_blas_thread() as allowed:
            run_in_threads(hear, rows, allowed)
        heard += [parts[row] for row in rows]
        if sum(len(frames) for frames, _, _ in heard) >= _BATCH_ROWS:
            yield _join(heard, options)
            heard = []
    if heard:
        yield _join(heard, options)


def _join(
    heard: list[tuple[np.ndarray, float, float]], options: FeatureOptions
) -> Heard:
    frames, starts, seconds = zip(*heard)
    return Heard(
        join_frames(list(frames), options.n_inputs), np.array(starts), np.array(seconds)
    )
