"""What a recogniser is trained on: recordings at several speeds, and their symbols."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from ..audio import (
    FeatureOptions,
    add_noise,
    change_speed,
    compute_features,
    count_frames,
    frame_seconds,
)
from ..decoding.alignment import count_least_frames
from ..network.examples import Examples
from ..runtime.threads import one_blas_thread, run_in_threads
from ..text import Ragged
from .base import check_row_count
from .recordings import Recordings, is_silent, join_frames, read_recordings
from .transcripts import Symbols, read_transcripts

__all__ = [
    "Speech",
    "check_augmentation",
    "describe_features",
    "make_examples",
    "read_speech",
    "split_speech",
]

# Fewer recordings are all trained on: what is set aside could not tell epochs apart.
_FEW_RECORDINGS = 200
# Part of the variants that have noise, and the other recordings that babble is made of.
_NOISY, _VOICES = 0.5, 4


class Speech(NamedTuple):
    """Recordings and what was said in each.

    Parameters
    ----------
    recordings : Recordings
        They are read when they are needed.
    transcripts : list of str
        As many.
    """

    recordings: Recordings
    transcripts: list[str]

    def take(self, rows: np.ndarray) -> Speech:
        """Return those of these numbers, in this order."""
        texts = [self.transcripts[i] for i in rows]
        return Speech(self.recordings.take(rows), texts)

    def normalize(self, symbols: Symbols) -> Speech:
        """Return it with transcripts as the tokenizer of the symbols writes them."""
        texts = [symbols.tokenizer.normalize(text) for text in self.transcripts]
        return Speech(self.recordings, texts)


def read_speech(X: Any, y: Any, rate: int, names: str = "X and y") -> Speech:
    """Return recordings and transcripts.

    Parameters
    ----------
    X : iterable
        Recordings: see :func:`~.recordings.read_recordings`.
    y : iterable of str or path-like
        Transcripts.
    rate : int
        Samples per second of arrays without a rate.
    names : str, default="X and y"
        What the messages call them.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        If they are no such, none, or not as many of each.
    """
    of_sounds, of_texts = names.split(" and ")
    recordings = read_recordings(X, rate, of_sounds)
    speech = Speech(recordings, read_transcripts(y, of_texts))
    check_row_count(recordings, speech.transcripts, names)
    if not len(recordings):
        raise ValueError(f"{names} hold no recording, but at least one is needed.")
    return speech


def describe_features(model: Any) -> FeatureOptions:
    """Return the features that a recogniser's parameters ask for.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    """
    normalize = model.normalize
    if normalize == "auto":
        normalize = "utterance" if model.bidirectional else "running"
    return FeatureOptions(
        rate=int(model.sample_rate),
        n_mels=int(model.n_mels),
        n_stack=int(model.n_stack),
        deltas=bool(model.deltas),
        normalize=normalize,
    )


def check_augmentation(
    model: Any,
) -> tuple[tuple[float, ...], tuple[float, float] | None]:
    """Return the speeds and the range of noise; refuse others.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters ``speeds`` and ``noise_db`` are read.
    """
    speeds, noise = model.speeds, model.noise_db
    speeds = (speeds,) if isinstance(speeds, Real) else tuple(speeds)
    right = all(
        isinstance(speed, Real) and 0.1 <= float(speed) <= 10 for speed in speeds
    )
    if not speeds or not right:
        raise ValueError(
            f"The 'speeds' parameter of {type(model).__name__} must be factors from 0.1 to "
            f"10, such as (0.9, 1.0, 1.1). Got {model.speeds!r} instead."
        )
    levels = None
    if noise is not None:
        right = len(noise) == 2 and all(isinstance(level, Real) for level in noise)
        if right:
            levels = float(noise[0]), float(noise[1])
        if levels is None or not -50 <= levels[0] <= levels[1] <= 200:
            raise ValueError(
                f"The 'noise_db' parameter of {type(model).__name__} must be None or the "
                "lowest and the highest ratio of speech to noise in decibels, such as "
                f"(5, 30). Got {model.noise_db!r} instead."
            )
    return tuple(float(speed) for speed in speeds), levels


def split_speech(model: Any, speech: Speech, seed: int) -> tuple[Speech, Speech | None]:
    """Set recordings aside as a validation set, as ``early_stopping`` asks.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    speech : Speech
        All recordings.
    seed : int
        Seed of the choice.
    """
    n, wants = len(speech.recordings), model.early_stopping
    if not wants or (wants == "auto" and n < _FEW_RECORDINGS):
        return speech, None
    n_held_out = max(1, round(n * model.validation_fraction))
    if n_held_out >= n:
        raise ValueError(
            f"no recording is left to train on: X holds {n}, of which "
            f"validation_fraction={model.validation_fraction} sets {n_held_out} aside. "
            "Set early_stopping=False or give more recordings."
        )
    order = np.random.RandomState(seed).permutation(n)
    rows = np.sort(order[:-n_held_out]), np.sort(order[-n_held_out:])
    return speech.take(rows[0]), speech.take(rows[1])


class _Variant(NamedTuple):
    """A recording as it is trained on."""

    row: int
    frames: np.ndarray


def make_examples(
    speech: Speech,
    symbols: Symbols,
    options: FeatureOptions,
    *,
    trim: bool = False,
    speeds: Sequence[float] = (1.0,),
    noise_db: tuple[float, float] | None = None,
    seed: int = 0,
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
    found: dict[int, list[_Variant]] = {}
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
            heard = samples
            if speed != 1.0:
                heard = change_speed(samples, options.rate, speed)
            if noise_db is not None:
                random = np.random.default_rng([seed, recordings.numbers[row], i])
                heard = _add_noise(recordings, row, heard, noise_db, random)
            if count_frames(len(heard), options) >= max(least, 1):
                variants.append(_Variant(row, compute_features(heard, options)))
        found[row] = variants

    with one_blas_thread() as allowed:
        run_in_threads(read, range(len(recordings)), allowed)
    names = recordings.name, "transcripts"
    _warn_of_silence(speech, sorted(unheard))
    if n_unknown:
        warnings.warn(
            f"{n_unknown:,} of {len(recordings):,} {names[1]} of {names[0]} hold what is "
            "no symbol of the model; it is left out of them.",
            stacklevel=4,
        )
    variants = [variant for row in sorted(found) for variant in found[row]]
    if not variants:
        raise ValueError(
            f"{recordings.name} holds no recording with sound, but at least one is needed."
        )
    rows = np.array([variant.row for variant in variants])
    frames = join_frames([variant.frames for variant in variants], options.n_inputs)
    weight = np.ones(len(rows), np.float32)
    examples = Examples({"frames": frames}, {"symbols": _take(said, rows)}, weight)
    return examples, float(lengths.sum())


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


def _add_noise(
    recordings: Recordings,
    row: int,
    samples: np.ndarray,
    noise_db: tuple[float, float],
    random: np.random.Generator,
) -> np.ndarray:
    is_noisy, is_babble = random.random(2) < (_NOISY, 0.5)
    level = random.uniform(*noise_db)
    others = random.integers(len(recordings), size=_VOICES)
    if not is_noisy:
        return samples
    if is_babble:
        voices = [recordings.read(i).samples for i in others.tolist() if i != row]
        voices = [voice for voice in voices if not is_silent(voice)]
        if voices:
            return add_noise(samples, random, level, "babble", voices)
    return add_noise(samples, random, level)


def _warn_of_silence(speech: Speech, unheard: list[int]) -> None:
    rows = [row for row in unheard if speech.transcripts[row]]
    if rows:
        others = f" and {len(rows) - 1:,} others" * (len(rows) > 1)
        warnings.warn(
            f"{speech.recordings.describe(rows[0])}{others}: a transcript, but no sound; "
            "left out.",
            stacklevel=4,
        )
