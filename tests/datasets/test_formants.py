"""The formant synthesiser."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import find_peaks

from sklearn_slm.datasets import _formants
from sklearn_slm.datasets._formants import (
    RATE,
    WORDS,
    Speaker,
    draw_speaker,
    speak,
)

MAN = Speaker(110.0, 1.0, 1.0, 0.02, 0.2, (1.0, 1.0, 1.0))
CHILD = Speaker(240.0, 1.2, 1.0, 0.02, 0.2, (1.0, 1.0, 1.0))


def say(word, speaker=MAN, seed=0):
    return speak([word], speaker, np.random.default_rng(seed))


def hold(monkeypatch, phone, speaker=MAN):
    """Return a second of one phone."""
    monkeypatch.setitem(WORDS, "held", phone)
    held = replace(_formants._PHONES[phone], milliseconds=1000.0, end=None)
    monkeypatch.setitem(_formants._PHONES, phone, held)
    samples = say("held", speaker)
    middle = len(samples) // 2
    return samples[middle - 4096 : middle + 4096]


def power(samples):
    return np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2


def test_every_word_is_made_of_known_phones():
    assert len(WORDS) == 12
    for phones in WORDS.values():
        assert set(phones.split()) <= set(_formants._PHONES)
    used = {phone for phones in WORDS.values() for phone in phones.split()}
    assert used | {"pause"} == set(_formants._PHONES)


@pytest.mark.parametrize("speaker", [MAN, CHILD], ids=["man", "child"])
def test_pitch(monkeypatch, speaker):
    samples = hold(monkeypatch, "uh", speaker)
    spectrum = np.fft.irfft(power(samples))
    # Not the lag of two periods, which is as good.
    first = int(RATE / speaker.pitch / 1.6)
    found = RATE / (spectrum[first : int(2.5 * first)].argmax() + first)
    assert found == pytest.approx(speaker.pitch, rel=0.15)


@pytest.mark.parametrize("phone", ["uh", "ee", "aw"])
def test_harmonics_are_loudest_at_formants(monkeypatch, phone):
    samples = hold(monkeypatch, phone)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    # A spectrum smoothed over two harmonics.
    envelope = np.convolve(power(samples), np.hanning(129), mode="same")
    formants = _formants._PHONES[phone].formants
    peaks = hertz[find_peaks(envelope * hertz**2)[0]]
    for formant in formants[:2]:
        assert np.abs(peaks - formant).min() < 0.15 * formant


def test_hissing_is_high_and_has_no_pitch(monkeypatch):
    spectrum = power(hold(monkeypatch, "s"))
    hertz = np.fft.rfftfreq(8192, 1 / RATE)
    assert (spectrum @ hertz) / spectrum.sum() == pytest.approx(5800, abs=500)
    assert spectrum[hertz < 2000].sum() < 0.05 * spectrum.sum()


def test_seeds_and_speed():
    np.testing.assert_array_equal(say("six"), say("six"))
    assert len(say("six")) != len(say("six", seed=1))
    slow = Speaker(110.0, 1.0, 2.0, 0.02, 0.2, (1.0, 1.0, 1.0))
    assert len(say("six", slow)) / len(say("six")) == pytest.approx(2, rel=0.1)
    two = speak(["six", "no"], MAN, np.random.default_rng(0))
    assert len(two) > len(say("six")) + 1000


@pytest.mark.parametrize("word", WORDS)
def test_words_begin_and_end_in_silence(word):
    samples = say(word)
    assert samples.dtype == np.float32
    assert np.abs(samples).max() == 1.0
    assert np.abs(samples[:500]).max() < 1e-3
    assert np.abs(samples[-500:]).max() < 1e-3
    assert np.isfinite(samples).all()


def test_speakers_differ():
    random = np.random.default_rng(0)
    speakers = [draw_speaker(random) for _ in range(50)]
    pitches = [speaker.pitch for speaker in speakers]
    tracts = [speaker.tract for speaker in speakers]
    assert min(pitches) < 110 and max(pitches) > 200
    # A high voice comes with a short tract.
    assert np.corrcoef(pitches, tracts)[0, 1] > 0.7
