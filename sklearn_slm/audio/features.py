"""Samples to the rows that a network reads."""

from __future__ import annotations

from math import exp
from typing import NamedTuple

import numpy as np

from .mel import compute_log_mel
from .options import FeatureOptions, count_frames, frame_seconds

__all__ = [
    "FeatureOptions",
    "RunningStatistics",
    "add_deltas",
    "compute_features",
    "compute_log_mel",
    "count_frames",
    "frame_seconds",
    "normalize_running",
    "stack_frames",
    "start_statistics",
]

# Frames on each side that a slope is fitted to.
DELTA_REACH = 2
# Below it a column is as good as constant: logarithms of speech vary by about 2.
_LEAST_VARIANCE = 1e-2
# After so many seconds, a frame counts 1 / e in running statistics.
_MEMORY_SECONDS = 5.0
# The first frames of a stream tell neither its level nor its spread: they are joined by
# so many of a usual one, with the mean and variance that speech has in AN4 and FSDD.
_PRIOR_FRAMES = 50.0
_PRIOR_MEAN, _PRIOR_VARIANCE = -12.0, 12.0
_PRIOR_SLOPE_VARIANCE = 0.5
_BLOCK = 4096


def compute_features(samples: np.ndarray, options: FeatureOptions) -> np.ndarray:
    """Compute the rows of a recording: log-mel, slopes, normalised, stacked.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        At the rate of `options`.
    options : FeatureOptions

    Returns
    -------
    ndarray of shape (n_rows, n_inputs), dtype float32
        ``n_rows = count_frames(n_samples, options)``. Silence alone gives zeros where it
        is normalised as a whole.

    Examples
    --------
    >>> samples = np.random.default_rng(0).normal(size=16000).astype(np.float32)
    >>> rows = compute_features(samples, FeatureOptions())
    >>> rows.shape, abs(round(float(rows[:, 0].mean()), 1))
    ((33, 120), 0.0)
    """
    frames = compute_log_mel(samples, options)
    if options.deltas:
        frames = add_deltas(frames)
    if options.normalize == "utterance" and len(frames):
        frames = _normalize_utterance(frames)
    elif options.normalize == "running":
        frames, _ = normalize_running(frames, start_statistics(options), options)
    return stack_frames(frames, options.n_stack)


def add_deltas(frames: np.ndarray) -> np.ndarray:
    """Append the slope of each column, fitted to five frames.

    ``d[t] = sum_n n (c[t + n] - c[t - n]) / (2 sum_n n^2)`` for n = 1, 2 (Young et al.,
    The HTK Book, 2006, section 5.9); the first and the last frame stand for what is
    beyond them.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_columns), dtype float32

    Returns
    -------
    ndarray of shape (n_frames, 2 * n_columns), dtype float32

    Examples
    --------
    >>> add_deltas(np.float32([[0], [1], [2], [3], [4]]))[2].tolist()
    [2.0, 1.0]
    """
    if not len(frames):
        return np.concatenate([frames, frames], axis=1)
    padded = np.pad(frames, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    return append_slopes(padded)


def append_slopes(padded: np.ndarray) -> np.ndarray:
    """Append slopes to frames that come with `DELTA_REACH` others on each side."""
    n = len(padded) - 2 * DELTA_REACH
    slopes = np.zeros((n, padded.shape[1]), np.float32)
    for i in range(1, DELTA_REACH + 1):
        after = padded[DELTA_REACH + i : DELTA_REACH + i + n]
        before = padded[DELTA_REACH - i : DELTA_REACH - i + n]
        slopes += np.float32(i) * (after - before)
    slopes /= np.float32(2 * sum(i * i for i in range(1, DELTA_REACH + 1)))
    return np.concatenate([padded[DELTA_REACH : DELTA_REACH + n], slopes], axis=1)


def _normalize_utterance(frames: np.ndarray) -> np.ndarray:
    mean = frames.mean(axis=0, dtype=np.float64)
    variance = frames.var(axis=0, dtype=np.float64)
    scale = 1 / np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
    # What float32 leaves of a constant column's mean must not be scaled up.
    return (frames - mean.astype(np.float32)) * scale.astype(np.float32)


class RunningStatistics(NamedTuple):
    """Sums over the frames that came, each decayed by its age, as float64.

    They are kept as the filter keeps them: decayed by one frame already.
    """

    weight: np.ndarray  # of all frames, (1, 1)
    total: np.ndarray  # (1, n_columns)
    squares: np.ndarray  # (1, n_columns)


def start_statistics(options: FeatureOptions) -> RunningStatistics:
    """Return the statistics before the first frame."""
    zeros = np.zeros((1, options.n_columns))
    return RunningStatistics(np.zeros((1, 1)), zeros, zeros)


def normalize_running(
    frames: np.ndarray, statistics: RunningStatistics, options: FeatureOptions
) -> tuple[np.ndarray, RunningStatistics]:
    """Normalise each frame by the mean and variance of it and what came before.

    Frame ``s`` weighs ``exp(-(t - s) * hop / 5 seconds)`` at frame ``t``. Before the first
    one 50 frames are taken to have come, which decay alike: with a mean of -12 and a
    variance of 12, of slopes 0 and 0.5. Without them the first frame would be its own
    mean, and the first word of a recording would be normalised away.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_columns), dtype float32
    statistics : RunningStatistics
        What is known of the frames before.
    options : FeatureOptions

    Returns
    -------
    normalized : ndarray of shape (n_frames, n_columns), dtype float32
    statistics : RunningStatistics
        With these frames. Cut in any way, a recording gives the same bits.
    """
    from scipy.signal import lfilter  # most processes hear nothing

    decay = exp(-options.hop / options.rate / _MEMORY_SECONDS)
    usual_mean, usual_variance = _describe_speech(options)
    normalized = np.empty_like(frames)
    for first in range(0, len(frames), _BLOCK):
        values = frames[first : first + _BLOCK].astype(np.float64)
        parts = np.ones((len(values), 1)), values, np.square(values)
        (weight, total, squares), states = zip(
            *(
                lfilter([1.0], [1.0, -decay], part, axis=0, zi=state)
                for part, state in zip(parts, statistics)
            )
        )
        statistics = RunningStatistics(*states)
        # The weight is (1 - decay^t) / (1 - decay), and tells how far the start is.
        prior = _PRIOR_FRAMES * np.maximum(1.0 - weight * (1.0 - decay), 0.0)
        mean = (total + prior * usual_mean) / (weight + prior)
        spread = squares - 2.0 * mean * total + np.square(mean) * weight
        variance = np.maximum(spread, 0.0) + prior * usual_variance
        variance /= weight + prior
        deviation = np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
        normalized[first : first + _BLOCK] = (values - mean) / deviation
    return normalized, statistics


def _describe_speech(options: FeatureOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the variance of each column in usual speech."""
    is_slope = np.arange(options.n_columns) >= options.n_mels
    variance = np.where(is_slope, _PRIOR_SLOPE_VARIANCE, _PRIOR_VARIANCE)
    return np.where(is_slope, 0.0, _PRIOR_MEAN), variance


def stack_frames(frames: np.ndarray, n_stack: int) -> np.ndarray:
    """Put each `n_stack` frames side by side; the last one fills up the last row.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_columns), dtype float32
    n_stack : int

    Returns
    -------
    ndarray of shape (ceil(n_frames / n_stack), n_stack * n_columns), dtype float32

    Examples
    --------
    >>> stack_frames(np.float32([[1], [2], [3]]), 2).tolist()
    [[1.0, 2.0], [3.0, 3.0]]
    """
    n_frames, n_columns = frames.shape
    missing = -n_frames % n_stack
    if missing:
        frames = np.concatenate([frames, np.repeat(frames[-1:], missing, axis=0)])
    return frames.reshape(-1, n_stack * n_columns)
