"""Recordings with transcripts, and the parameters that tell how they are heard."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from ..audio import FeatureOptions
from .base import check_row_count
from .recordings import Recordings, read_recordings
from .transcripts import Symbols, read_transcripts

__all__ = [
    "Speech",
    "SpeechParts",
    "check_augmentation",
    "describe_features",
    "read_parts",
    "read_speech",
    "split_speech",
]

# Fewer recordings are all trained on: what is set aside could not tell epochs apart.
_FEW_RECORDINGS = 200


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


class SpeechParts(NamedTuple):
    """What a fit is given.

    Parameters
    ----------
    train : Speech
        What to train on.
    validation : Speech or None
        What tells the best epoch.
    everything : Speech
        All of X and y, which hold the symbols and words that there are.
    """

    train: Speech
    validation: Speech | None
    everything: Speech

    def normalize(self, symbols: Symbols) -> SpeechParts:
        """Return them with transcripts as the tokenizer of the symbols writes them."""
        tests = self.validation
        return SpeechParts(
            self.train.normalize(symbols),
            None if tests is None else tests.normalize(symbols),
            self.everything.normalize(symbols),
        )


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


def read_parts(
    model: Any, X: Any, y: Any, X_val: Any, y_val: Any, rate: int, seed: int
) -> SpeechParts:
    """Return what a fit is given; a validation set is set aside if none is.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    X, y : iterable
        Recordings and transcripts.
    X_val, y_val : iterable or None
        Those of the validation set, both or none.
    rate : int
        Samples per second of arrays without a rate.
    seed : int
        Seed of what is set aside.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        As :func:`read_speech` and :func:`split_speech`, and if one of X_val and y_val is
        lacking.
    """
    everything = read_speech(X, y, rate)
    if (X_val is None) != (y_val is None):
        lacking = "X_val" if X_val is None else "y_val"
        raise ValueError(f"X_val and y_val belong together. Got no {lacking}.")
    if X_val is None:
        return SpeechParts(*split_speech(model, everything, seed), everything)
    tests = read_speech(X_val, y_val, rate, "X_val and y_val")
    return SpeechParts(everything, tests, everything)


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
