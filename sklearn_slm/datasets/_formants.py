"""A formant synthesiser for a dozen English words.

Source and filter, as Klatt (1980, Software for a cascade/parallel formant synthesizer,
JASA 67): glottal pulses go through a cascade of resonances, which are the formants, and
noise through one resonance beside it. The filter changes every 8 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, rfft
from scipy.ndimage import uniform_filter1d

__all__ = ["RATE", "WORDS", "Speaker", "draw_speaker", "speak"]

RATE = 16000
_HOP = 128  # samples from one filter to the next
_N_FFT = 512  # two hops, and room for what the filter rings
_OPEN = 0.6  # part of a period in which the glottis is open
_BANDWIDTHS = (60.0, 90.0, 150.0, 220.0, 280.0)
_UPPER_FORMANTS = (3500.0, 4500.0)


@dataclass(frozen=True)
class _Phone:
    """What the vocal tract does for a while."""

    milliseconds: float
    formants: tuple[float, float, float]  # hertz, of a man
    voice: float = 1.0
    noise: float = 0.0
    centre: float = 4000.0  # of the noise, hertz
    width: float = 2000.0
    end: tuple[float, float, float] | None = None  # formants that a diphthong goes to


_PHONES = {
    "pause": _Phone(120, (500, 1500, 2500), voice=0.0),
    "closure": _Phone(55, (350, 1700, 2600), voice=0.0),
    # Vowels; those of a man are near to what Peterson and Barney (1952) measured.
    "ee": _Phone(130, (280, 2250, 2950)),
    "i": _Phone(110, (390, 1980, 2550)),
    "e": _Phone(130, (540, 1830, 2480)),
    "uh": _Phone(130, (640, 1190, 2400)),
    "er": _Phone(70, (500, 1450, 2450), voice=0.8),
    "aw": _Phone(150, (560, 850, 2420)),
    "oo": _Phone(190, (310, 950, 2250)),
    "ay": _Phone(200, (500, 1850, 2500), end=(320, 2200, 2800)),
    "eye": _Phone(230, (720, 1180, 2450), end=(360, 2050, 2600)),
    "oh": _Phone(220, (540, 1000, 2400), end=(360, 800, 2300)),
    # Sonorants.
    "w": _Phone(70, (300, 650, 2200), voice=0.5),
    "y": _Phone(70, (270, 2200, 2950), voice=0.5),
    "r": _Phone(80, (330, 1150, 1600), voice=0.6),
    "n": _Phone(90, (270, 1550, 2550), voice=0.35),
    # Fricatives and what follows on a closure.
    "f": _Phone(
        110, (350, 1100, 2300), voice=0.0, noise=0.035, centre=5500, width=6000
    ),
    "v": _Phone(70, (300, 1100, 2300), 0.3, noise=0.03, centre=5500, width=6000),
    "th": _Phone(110, (330, 1400, 2550), 0.0, noise=0.03, centre=6500, width=3500),
    "s": _Phone(130, (330, 1600, 2600), 0.0, noise=0.14, centre=5800, width=1400),
    "z": _Phone(90, (280, 1600, 2600), 0.3, noise=0.08, centre=5800, width=1400),
    "t": _Phone(40, (350, 1750, 2650), 0.0, noise=0.15, centre=4000, width=2500),
    "k": _Phone(45, (350, 1950, 2450), 0.0, noise=0.18, centre=2100, width=700),
}
WORDS = {
    "zero": "z ee r oh",
    "one": "w uh n",
    "two": "closure t oo",
    "three": "th r ee",
    "four": "f aw r",
    "five": "f eye v",
    "six": "s i closure k s",
    "seven": "s e v er n",
    "eight": "ay closure t",
    "nine": "n eye n",
    "yes": "y e s",
    "no": "n oh",
}


@dataclass(frozen=True)
class Speaker:
    """A voice.

    Parameters
    ----------
    pitch : float
        Mean fundamental frequency, in hertz.
    tract : float
        Factor of all formants: 1 is a man, and a shorter vocal tract has more.
    slowness : float
        Factor of all durations.
    breath : float
        Noise in the voice, as part of its pulses.
    tilt : float
        From 0, a bright voice, to below 1, a dull one.
    accent : tuple of float
        Factors of the first three formants, this speaker's way to say a vowel.
    """

    pitch: float
    tract: float
    slowness: float
    breath: float
    tilt: float
    accent: tuple[float, float, float]


def draw_speaker(random: np.random.Generator) -> Speaker:
    """Draw a voice, deep or high, with a vocal tract that goes with it."""
    height = random.uniform()
    accent = random.normal(1.0, 0.03, size=3)
    return Speaker(
        pitch=float(90 * 2.6**height * random.uniform(0.92, 1.08)),
        tract=float(0.95 + 0.25 * height + random.uniform(-0.04, 0.04)),
        slowness=float(random.uniform(0.8, 1.25)),
        breath=float(random.uniform(0.01, 0.08)),
        tilt=float(random.uniform(0.0, 0.5)),
        accent=(float(accent[0]), float(accent[1]), float(accent[2])),
    )


def speak(
    words: list[str], speaker: Speaker, random: np.random.Generator
) -> np.ndarray:
    """Say words one after another.

    Parameters
    ----------
    words : list of str
        Among `WORDS`.
    speaker : Speaker
    random : numpy.random.Generator
        Draws pauses, durations, the melody and all noise.

    Returns
    -------
    ndarray of shape (n_samples,), dtype float32
        At 16,000 samples per second, with silence around; the largest magnitude is 1.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> samples = speak(["nine"], draw_speaker(random), random)
    >>> 0.4 < len(samples) / 16000 < 1.4, float(abs(samples).max())
    (True, 1.0)
    """
    names = ["pause"]
    for word in words:
        names += [*WORDS[word].split(), "pause"]
    phones = [_PHONES[name] for name in names]
    tracks = _draw_tracks(phones, speaker, random)
    n_samples = (len(tracks.voice) + 1) * _HOP
    pulses = _make_pulses(n_samples, speaker, random)
    noise = random.standard_normal(n_samples, dtype=np.float32)
    pulses += np.float32(speaker.breath) * noise
    samples = _filter(pulses, noise, tracks, speaker)
    return samples / np.abs(samples).max()


@dataclass(frozen=True)
class _Tracks:
    """What changes from hop to hop."""

    formants: np.ndarray  # (n_hops, 3)
    voice: np.ndarray  # (n_hops,), and so are those that follow
    noise: np.ndarray
    centre: np.ndarray
    width: np.ndarray


def _draw_tracks(
    phones: list[_Phone], speaker: Speaker, random: np.random.Generator
) -> _Tracks:
    """Let each phone last a while, and let one melt into the next."""
    hop = 1000 * _HOP / RATE
    seconds = np.array([phone.milliseconds for phone in phones]) * speaker.slowness
    lengths = np.maximum(
        seconds * random.uniform(0.8, 1.25, len(phones)) / hop + 0.5, 1
    ).astype(int)
    which = np.repeat(np.arange(len(phones)), lengths)
    starts = np.cumsum(lengths) - lengths
    progress = (np.arange(len(which)) - starts[which]) / lengths[which]
    first = np.array([phone.formants for phone in phones])
    last = np.array([phone.end or phone.formants for phone in phones])
    spoken = random.normal(1.0, 0.03, first.shape) * speaker.accent * speaker.tract
    formants = first[which] + progress[:, np.newaxis] * (last - first)[which]
    loudness = random.uniform(0.85, 1.15, len(phones))

    def spread(name: str) -> np.ndarray:
        return np.array([getattr(phone, name) for phone in phones], float)[which]

    return _Tracks(
        # Formants move within 40 ms; a sound sets in within 24 ms.
        formants=uniform_filter1d(formants * spoken[which], 5, axis=0, mode="nearest"),
        voice=uniform_filter1d(spread("voice") * loudness[which], 3, mode="nearest"),
        noise=uniform_filter1d(spread("noise") * loudness[which], 3, mode="nearest"),
        centre=spread("centre") * np.sqrt(speaker.tract),
        width=spread("width"),
    )


def _make_pulses(
    n_samples: int, speaker: Speaker, random: np.random.Generator
) -> np.ndarray:
    """Return the derivative of the glottal flow ``u^2 - u^3`` (Klatt and Klatt, 1990)."""
    knots = np.arange(0, n_samples + 4000, 4000)
    melody = random.normal(0.0, 0.06, len(knots)) + np.linspace(0.08, -0.08, len(knots))
    pitch = speaker.pitch * (1 + np.interp(np.arange(n_samples), knots, melody))
    phase = np.cumsum(pitch / RATE) % 1.0 / _OPEN
    pulses = np.where(phase < 1, 2 * phase - 3 * np.square(phase), 0.0)
    return pulses.astype(np.float32)


def _filter(
    pulses: np.ndarray, noise: np.ndarray, tracks: _Tracks, speaker: Speaker
) -> np.ndarray:
    """Filter overlapping pieces, each by what the tract does there, and add them up."""
    upper = np.multiply(_UPPER_FORMANTS, speaker.tract)
    n_hops = len(tracks.voice)
    tract = np.ones((n_hops, 1))
    for i, bandwidth in enumerate(_BANDWIDTHS):
        frequency = tracks.formants[:, i] if i < 3 else np.full(n_hops, upper[i - 3])
        tract = _multiply(tract, _make_resonance(frequency, np.full(n_hops, bandwidth)))
    # A gain of 1 at 0 Hz.
    voiced = (tracks.voice * tract.sum(axis=1))[:, np.newaxis] * (1 - speaker.tilt)
    tract = _multiply(tract, np.tile([1.0, -speaker.tilt], (n_hops, 1)))
    narrow = _make_resonance(np.minimum(tracks.centre, 0.45 * RATE), tracks.width)
    # A gain of about 1 at its frequency, and of 0 at 0 Hz.
    radius = np.sqrt(narrow[:, 2])
    unvoiced = (tracks.noise * (1 - radius))[:, np.newaxis]
    spectrum = _transform(pulses, n_hops) * (
        voiced / rfft(tract.astype(np.float32), _N_FFT, axis=1)
    ).astype(np.complex64)
    differences = np.diff(noise, prepend=np.float32(0.0))
    spectrum += _transform(differences, n_hops) * (
        unvoiced / rfft(narrow.astype(np.float32), _N_FFT, axis=1)
    ).astype(np.complex64)
    pieces = irfft(spectrum, _N_FFT, axis=1).reshape(n_hops, -1, _HOP)
    samples = np.zeros((n_hops + pieces.shape[1] - 1, _HOP), np.float32)
    for i in range(pieces.shape[1]):
        samples[i : i + n_hops] += pieces[:, i]
    return samples.ravel()


def _transform(samples: np.ndarray, n_hops: int) -> np.ndarray:
    """Return the spectra of pieces of two hops, which add up to all samples."""
    fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * _HOP, dtype=np.float32) / _HOP)
    pieces = np.lib.stride_tricks.sliding_window_view(samples, 2 * _HOP)[::_HOP]
    return rfft(pieces[:n_hops] * fade, _N_FFT, axis=1)


def _make_resonance(frequency: np.ndarray, bandwidth: np.ndarray) -> np.ndarray:
    """Return the denominators ``1 - 2 r cos(w) / z + r^2 / z^2``, a row for each hop."""
    radius = np.exp(-np.pi * bandwidth / RATE)
    middle = -2 * radius * np.cos(2 * np.pi * frequency / RATE)
    return np.stack([np.ones_like(radius), middle, np.square(radius)], axis=1)


def _multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Multiply polynomials row by row."""
    product = np.zeros((len(left), left.shape[1] + right.shape[1] - 1))
    for i in range(right.shape[1]):
        product[:, i : i + left.shape[1]] += left * right[:, i : i + 1]
    return product
