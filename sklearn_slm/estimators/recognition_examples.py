"""What a network is trained on: recordings at several speeds, and their symbols."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..audio import (
    FeatureCache,
    FeatureOptions,
    add_noise,
    change_speed,
    compute_at_speed,
    compute_features,
    count_frames,
    frame_seconds,
)
from ..decoding.alignment import count_least_frames
from ..network.examples import Examples
from ..runtime.threads import one_blas_thread, run_in_threads
from ..text import Ragged
from .frames import FrameStore
from .recognition_data import Speech
from .recordings import READ_AT_ONCE, Recordings, is_silent
from .transcripts import Symbols

__all__ = ["make_examples"]

# Part of the variants that have noise, and the other recordings that babble is made of.
_NOISY, _VOICES = 0.5, 4


def make_examples(
    speech: Speech,
    symbols: Symbols,
    options: FeatureOptions,
    *,
    trim: bool = False,
    speeds: Sequence[float] = (1.0,),
    noise_db: tuple[float, float] | None = None,
    seed: int = 0,
    cache: FeatureCache | None = None,
) -> tuple[Examples, float]:
    """Return what a network reads and is to write.

    Parameters
    ----------
    speech : Speech
        Recordings and transcripts.
    symbols : Symbols
        What transcripts are split into.
    options : FeatureOptions
        What is computed of samples.
    trim : bool, default=False
        Cut silence off both ends.
    speeds : sequence of float, default=(1.0,)
        Each recording is there at each of them, but where it would be too short for
        its transcript.
    noise_db : (float, float) or None, default=None
        Half of all variants have noise, white or babble of other recordings, of a ratio
        from this range.
    seed : int, default=0
        Seed of the noise.
    cache : FeatureCache or None, default=None
        Where features without noise are looked for and kept. The frames are then in a
        file of its folder, and not in memory; they are the same.

    Returns
    -------
    examples : Examples
        With ``"frames"`` and ``"symbols"``.
    seconds : float
        Length of the recordings as they are.

    Raises
    ------
    ValueError
        If a transcript is too long for its recording, or nothing is left.

    Warns
    -----
    UserWarning
        If transcripts hold what is no symbol, or silence has a transcript.
    """
    recordings = speech.recordings
    said, n_unknown = symbols.encode(speech.transcripts)
    compute = compute_at_speed if cache is None else cache.compute
    heard: dict[int, list[np.ndarray]] = {}
    lengths = np.zeros(len(recordings))
    unheard: list[int] = []

    def read(row: int) -> None:
        samples, _, lengths[row] = recordings.read(row, trim=trim)
        if is_silent(samples):
            unheard.append(row)
            return
        least = count_least_frames(said[row])
        _check_length(speech, row, len(said[row]), least, len(samples), options)
        variants = []
        for i, speed in enumerate(speeds):
            noise = None
            if noise_db is not None:
                random = np.random.default_rng([seed, recordings.numbers[row], i])
                noise = _draw_noise(recordings, row, noise_db, random)
            if noise is None:
                frames = compute(samples, options, speed)
            else:
                moved = change_speed(samples, options.rate, speed)
                frames = compute_features(add_noise(moved, random, *noise), options)
            if len(frames) >= max(least, 1):
                variants.append(frames)
        heard[row] = variants

    rows: list[int] = []
    # Without a file nothing is gained by waiting for the others.
    step = max(len(recordings), 1) if cache is None else READ_AT_ONCE
    folder = None if cache is None else cache.folder
    with FrameStore(options.n_inputs, folder) as store, one_blas_thread() as allowed:
        for first in range(0, len(recordings), step):
            last = min(first + step, len(recordings))
            run_in_threads(read, range(first, last), allowed)
            for row in sorted(heard):
                variants = heard.pop(row)
                rows += [row] * len(variants)
                for variant in variants:
                    store.append(variant)
        frames = store.finish()
    _warn_of_silence(speech, sorted(unheard))
    if n_unknown:
        warnings.warn(
            f"{n_unknown:,} of {len(recordings):,} transcripts of {recordings.name} hold "
            "what is no symbol of the model; it is left out of them.",
            stacklevel=4,
        )
    if not rows:
        raise ValueError(
            f"{recordings.name} holds no recording with sound, but at least one is needed."
        )
    weight = np.ones(len(rows), np.float32)
    targets = {"symbols": _take(said, np.array(rows))}
    return Examples({"frames": frames}, targets, weight), float(lengths.sum())


def _take(said: Ragged, rows: np.ndarray) -> Ragged:
    taken = said.take(rows)
    return Ragged(taken.values.astype(np.int32), taken.offsets)


def _check_length(
    speech: Speech,
    row: int,
    n_symbols: int,
    least: int,
    n_samples: int,
    options: FeatureOptions,
) -> None:
    """Refuse a transcript for which a recording has too few frames."""
    n_frames = count_frames(n_samples, options)
    if n_frames >= least:
        return
    raise ValueError(
        f"{speech.recordings.describe(row)}: its transcript "
        f"{speech.transcripts[row]!r:.60} has {n_symbols} symbols, which need at least "
        f"{least} frames (one each, and one between equal ones), but its "
        f"{n_samples / options.rate:.2f} seconds are {n_frames} frames of "
        f"{1000 * frame_seconds(options):.0f} ms. Check that the transcript belongs to the "
        f"recording, or set a lower n_stack (now {options.n_stack})."
    )


class _Noise(NamedTuple):
    """What :func:`~sklearn_slm.audio.add_noise` adds."""

    decibels: float
    kind: str
    voices: Sequence[np.ndarray]


def _draw_noise(
    recordings: Recordings,
    row: int,
    noise_db: tuple[float, float],
    random: np.random.Generator,
) -> _Noise | None:
    """Return the noise of a variant; None if it has none."""
    is_noisy, is_babble = random.random(2) < (_NOISY, 0.5)
    level = random.uniform(*noise_db)
    others = random.integers(len(recordings), size=_VOICES)
    if not is_noisy:
        return None
    voices: list[np.ndarray] = []
    if is_babble:
        voices = [recordings.read(i).samples for i in others.tolist() if i != row]
        voices = [voice for voice in voices if not is_silent(voice)]
    return _Noise(level, "babble" if voices else "white", voices)


def _warn_of_silence(speech: Speech, unheard: list[int]) -> None:
    rows = [row for row in unheard if speech.transcripts[row]]
    if rows:
        others = f" and {len(rows) - 1:,} others" * (len(rows) > 1)
        warnings.warn(
            f"{speech.recordings.describe(rows[0])}{others}: a transcript, but no sound; "
            "left out.",
            stacklevel=4,
        )
