"""Features of a stream, as its samples come."""

from __future__ import annotations

import numpy as np

from .features import (
    DELTA_REACH,
    append_slopes,
    normalize_running,
    stack_frames,
    start_statistics,
)
from .mel import transform_windows
from .options import FeatureOptions, count_windows

__all__ = ["RunningFeatures"]


class RunningFeatures:
    """The rows of `compute_features`, each as soon as its samples are there.

    Blocks of any length give the same bits as the whole recording at once. A row waits
    for all of its samples: `n_stack` frames, and two more frames with `deltas`.

    Parameters
    ----------
    options : FeatureOptions
        With ``normalize="running"`` or None: the statistics of a whole recording are
        not known before its end.

    Raises
    ------
    ValueError
        If ``normalize`` is "utterance".

    Examples
    --------
    >>> options = FeatureOptions(normalize="running")
    >>> running = RunningFeatures(options)
    >>> samples = np.random.default_rng(0).normal(size=16000).astype(np.float32)
    >>> blocks = [running.push(samples[i : i + 4000]) for i in range(0, 16000, 4000)]
    >>> [len(rows) for rows in blocks], len(running.finish())
    ([7, 9, 8, 8], 1)
    """

    def __init__(self, options: FeatureOptions):
        if options.normalize == "utterance":
            raise ValueError(
                "A stream needs normalize='running' or None, got 'utterance', which needs "
                "the whole recording. Train with normalize='running'."
            )
        self.options = options
        self._restart()

    def _restart(self) -> None:
        options = self.options
        self._n_samples = 0
        self._before = np.float32(0.0)
        self._samples = np.empty(0, np.float32)
        # Frames whose slopes, and rows of normalised frames, are not complete yet.
        self._frames = np.empty((0, options.n_mels), np.float32)
        self._n_frames = 0
        self._row = np.empty((0, options.n_columns), np.float32)
        self._statistics = start_statistics(options)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take the next samples; return the rows that they complete.

        Parameters
        ----------
        samples : ndarray of shape (n_samples,), dtype float32
            Of any length.

        Returns
        -------
        ndarray of shape (n_rows, n_inputs), dtype float32
        """
        self._n_samples += len(samples)
        samples = np.asarray(samples, np.float32)
        self._samples = np.concatenate([self._samples, samples])
        frames = self._take_frames()
        return self._take_rows(self._normalize(frames, last=False))

    def finish(self) -> np.ndarray:
        """Return the rows that are left, filled up; then start again.

        Returns
        -------
        ndarray of shape (n_rows, n_inputs), dtype float32
        """
        options = self.options
        n = count_windows(self._n_samples, options) - self._n_frames
        missing = (n - 1) * options.hop + options.window - len(self._samples)
        if n:
            self._samples = np.pad(self._samples, (0, missing))
        frames = self._normalize(self._take_frames(), last=True)
        rows = stack_frames(np.concatenate([self._row, frames]), options.n_stack)
        self._restart()
        return rows

    def _take_frames(self) -> np.ndarray:
        """Transform the frames that are full and drop what no later one needs."""
        frames = transform_windows(self._samples, self._before, self.options)
        if len(frames):
            end = len(frames) * self.options.hop
            self._before, self._samples = self._samples[end - 1], self._samples[end:]
            self._n_frames += len(frames)
        return frames

    def _normalize(self, frames: np.ndarray, last: bool) -> np.ndarray:
        options = self.options
        if options.deltas:
            frames = self._append_slopes(frames, last)
        if options.normalize is None:
            return frames
        frames, self._statistics = normalize_running(frames, self._statistics, options)
        return frames

    def _append_slopes(self, frames: np.ndarray, last: bool) -> np.ndarray:
        """Append slopes to the frames that have two others behind them."""
        if not len(self._frames) and len(frames):
            # Nothing came yet: the first frame stands for what is before it.
            self._frames = np.repeat(frames[:1], DELTA_REACH, axis=0)
        padded = np.concatenate([self._frames, frames])
        if last and len(padded):
            end = np.repeat(padded[-1:], DELTA_REACH, axis=0)
            padded = np.concatenate([padded, end])
        if len(padded) <= 2 * DELTA_REACH:
            self._frames = padded
            return np.empty((0, self.options.n_columns), np.float32)
        self._frames = padded[-2 * DELTA_REACH :]
        return append_slopes(padded)

    def _take_rows(self, frames: np.ndarray) -> np.ndarray:
        """Stack what fills whole rows, and keep the rest."""
        frames = np.concatenate([self._row, frames])
        n = len(frames) // self.options.n_stack * self.options.n_stack
        self._row = frames[n:]
        return stack_frames(frames[:n], self.options.n_stack)
