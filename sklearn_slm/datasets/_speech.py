"""Hand over synthetic speech as scikit-learn does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ..audio import add_noise, resample
from ._corpus import SUBSETS, _check_generator
from ._formants import RATE, WORDS, draw_speaker, speak

__all__ = ["load_demo_speech"]

RATES = (8000, 16000)
N_SPEAKERS = {"train": 12, "test": 6}

DESCR = """\
Demonstration speech: synthetic digits, yes and no
--------------------------------------------------

Every recording is SYNTHETIC: made by a formant synthesiser that is part of sklearn_slm,
not spoken by people. It serves to try an installation, to teach and to test. A score on
it says nothing about real speech.

:Recordings: {n_samples} of up to {max_words} words each, {rate} samples per second
:Words: {words}
:Speakers: {n_train} for training, {n_test} others for testing

Voices differ in pitch, length of the vocal tract, speed, breath, brightness and vowels;
recordings in melody, durations, pauses, loudness and background noise (20 to 40 dB below
the speech).
"""


@overload
def load_demo_speech(
    *,
    subset: str = ...,
    n_samples: int = ...,
    max_words: int = ...,
    sample_rate: int = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...
@overload
def load_demo_speech(
    *,
    subset: str = ...,
    n_samples: int = ...,
    max_words: int = ...,
    sample_rate: int = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[True],
) -> tuple[list[np.ndarray], list[str]]: ...
def load_demo_speech(
    *,
    subset: str = "train",
    n_samples: int = 200,
    max_words: int = 3,
    sample_rate: int = RATE,
    random_state: int | np.random.RandomState | None = 0,
    return_X_y: bool = False,
) -> Bunch | tuple[list[np.ndarray], list[str]]:
    """Load short synthetic recordings of digits, yes and no.

    The recordings are synthetic. A formant synthesiser in this package makes them, so
    that demonstrations and tests need no download. Scores on them do not carry over to
    real speech.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        Recordings of 12 speakers, of 6 others, or the former followed by the latter.
    n_samples : int, default=200
        Recordings of each part. Fewer of them are the first ones of more.
    max_words : int, default=3
        A recording holds one word up to so many. Each of the twelve words is said as
        often as the others, give or take one.
    sample_rate : {8000, 16000}, default=16000
        Samples per second.
    random_state : int, RandomState instance or None, default=0
        An int makes the same recordings each time. None makes fresh ones. NumPy's global
        generator is neither read nor moved.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    speech : Bunch
        With ``data`` (list of float32 arrays of shape (n,), from -1 to 1), ``target``
        (list of str, the words with spaces between), ``sample_rate`` (int), ``speaker``
        (array of str, such as "train-03"), ``words`` (the vocabulary, sorted) and
        ``DESCR`` (str).
    (data, target) : tuple if ``return_X_y=True``

    Raises
    ------
    ValueError
        If a parameter is not one of the accepted values.

    Examples
    --------
    >>> from sklearn_slm.datasets import load_demo_speech
    >>> speech = load_demo_speech(n_samples=20)
    >>> len(speech.data), speech.sample_rate, len(speech.words)
    (20, 16000, 12)
    """
    if not isinstance(subset, str) or subset not in SUBSETS:
        raise ValueError(f"subset must be one of {list(SUBSETS)}, got {subset!r}.")
    for name, value in (("n_samples", n_samples), ("max_words", max_words)):
        if not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{name} must be a positive whole number, got {value!r}.")
    if sample_rate not in RATES:
        raise ValueError(f"sample_rate must be one of {RATES}, got {sample_rate!r}.")
    # Both seeds are drawn whatever the subset, so that "all" is train then test.
    seeds = _check_generator(random_state).randint(np.iinfo(np.int32).max, size=2)
    data, target, speakers = [], [], []
    for part, seed in zip(N_SPEAKERS, seeds):
        if subset not in (part, "all"):
            continue
        random = np.random.default_rng(seed)
        for samples, text, speaker in _speak_part(part, n_samples, max_words, random):
            data.append(resample(samples, RATE, sample_rate))
            target.append(text)
            speakers.append(speaker)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        sample_rate=int(sample_rate),
        speaker=np.array(speakers),
        words=sorted(WORDS),
        DESCR=DESCR.format(
            n_samples=len(data),
            max_words=max_words,
            rate=sample_rate,
            words=", ".join(WORDS),
            n_train=N_SPEAKERS["train"],
            n_test=N_SPEAKERS["test"],
        ),
    )


def _speak_part(
    part: str, n_samples: int, max_words: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, str, str]]:
    """Yield recordings of the speakers of one part, with transcript and speaker."""
    speakers = [draw_speaker(random) for _ in range(N_SPEAKERS[part])]
    deck: list[str] = []
    for _ in range(n_samples):
        n_words = int(random.integers(1, max_words + 1))
        while len(deck) < n_words:
            deck += random.permutation(list(WORDS)).tolist()
        words, deck = deck[:n_words], deck[n_words:]
        who = int(random.integers(len(speakers)))
        samples = speak(words, speakers[who], random)
        level, snr = random.uniform(0.1, 0.6), random.uniform(20, 40)
        noisy = add_noise(samples * np.float32(level), random, snr)
        yield noisy, " ".join(words), f"{part}-{who:02d}"
