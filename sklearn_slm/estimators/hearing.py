"""What was said so far, while blocks of samples come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import gcd
from typing import Any

import numpy as np

from ..audio import FeatureOptions, RunningFeatures, as_sound, resample
from ..runtime.stepping import start_state
from .transcribing import Live, SpeechSearch

__all__ = ["RunningResampler", "hear_live"]

# Samples, at the lower of two rates, that a resampled one depends on, on each side.
_REACH = 16


class RunningResampler:
    """Resamples a stream, with the result of the whole recording at once.

    Parameters
    ----------
    rate, target : int
        Samples per second, before and after.

    Examples
    --------
    >>> samples = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    >>> running = RunningResampler(8000, 16000)
    >>> parts = [running.push(samples[:300]), running.push(samples[300:]), running.finish()]
    >>> bool(np.allclose(np.concatenate(parts), resample(samples, 8000, 16000), atol=1e-6))
    True
    """

    def __init__(self, rate: int, target: int):
        self._rates = rate, target
        divisor = gcd(rate, target)
        self._up, self._down = target // divisor, rate // divisor
        margin = _REACH * max(self._up, self._down) // self._up + 1
        # Whole multiples of `down` samples become whole multiples of `up`.
        self._margin = -(-margin // self._down) * self._down
        self._samples = np.zeros(0, np.float32)
        self._before = 0  # samples that are kept for those after them

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take the next samples; return those that depend on no later ones.

        Parameters
        ----------
        samples : ndarray of shape (n,), dtype float32
            Of any length.

        Returns
        -------
        ndarray of shape (n_ready,), dtype float32
        """
        if self._up == self._down:
            return samples
        self._samples = np.concatenate([self._samples, samples])
        n_new = len(self._samples) - self._before - self._margin
        n_ready = max(n_new, 0) // self._down * self._down
        if not n_ready:
            return np.zeros(0, np.float32)
        end = self._before + n_ready
        ready = self._resample()[self._place(self._before) : self._place(end)]
        kept = max(end - self._margin, 0)
        self._samples, self._before = self._samples[kept:], end - kept
        return ready

    def finish(self) -> np.ndarray:
        """Return the samples that are left."""
        rest = self._resample()[self._place(self._before) :]
        self._samples, self._before = np.zeros(0, np.float32), 0
        return rest

    def _place(self, place: int) -> int:
        return place // self._down * self._up

    def _resample(self) -> np.ndarray:
        return resample(self._samples, *self._rates)


def hear_live(
    network: Any,
    options: FeatureOptions,
    search: SpeechSearch,
    blocks: Iterable[Any],
    rate: int | None = None,
) -> Iterator[str]:
    """Yield what was said so far, after each block.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        One whose encoder reads in one direction.
    options : FeatureOptions
        What it reads.
    search : SpeechSearch
        How to search.
    blocks : iterable of ndarray
        The next samples of one recording, of any number, as
        :func:`~sklearn_slm.audio.as_sound` takes them. Empty ones are passed over.
    rate : int or None, default=None
        Their samples per second; None for those of the model.

    Yields
    ------
    str
        After each block, and after the end.
    """
    features = RunningFeatures(options)
    resampler = RunningResampler(rate or options.rate, options.rate)
    live, state = Live(search), start_state(network.spec.encoder, 1)

    def read(rows: np.ndarray) -> str:
        nonlocal state
        if not len(rows):
            return text
        log_probs, state = network.hear(state, rows)
        return live.read(log_probs)

    text = ""
    for number, block in enumerate(blocks):
        if np.size(block):
            try:
                sound = as_sound(np.asarray(block), rate or options.rate)
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"block {number}: {error}") from error
            text = read(features.push(resampler.push(sound.samples)))
        yield text
    rest = [features.push(resampler.finish()), features.finish()]
    for rows in rest:
        text = read(rows)
    yield text
