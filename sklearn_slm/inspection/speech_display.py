"""SpeechDisplay: what a recogniser heard, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..audio import (
    Sound,
    as_sound,
    compute_log_mel,
    find_sound,
    frame_seconds,
    resample,
)
from ..unwrap import split_model
from .fonts import choose_fonts, import_pyplot

__all__ = ["HeardRecording", "SpeechDisplay"]

_SIZE = (9.0, 5.2)
_RATIOS = (1.0, 1.3, 1.3)
# A symbol is named where it is more probable than this.
_NAMED = 0.3
# Share of the width of a picture that a character takes, in small letters and in usual
# ones, and of the height that a line of small ones does, where 1 is a probability of 1.
_SMALL_WIDTH, _WIDTH, _LINE = 0.0105, 0.0125, 0.13
_SOUND, _SYMBOL, _BLANK, _WORD = "#52606d", "#6a3d9a", "#c3c9cf", "#e7def0"


@dataclass(frozen=True, eq=False)
class HeardRecording:
    """A recording, and what a recogniser made of it.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        At `rate`.
    rate : int
        Samples per second.
    log_mel : ndarray of shape (n_frames, n_mels), dtype float32
        Logarithms of the energy of the mel filters.
    hop : float
        Seconds from one of these frames to the next.
    probabilities : ndarray of shape (n_rows, n_symbols), dtype float32
        Probability of each symbol at each row that the network read.
    step : float
        Seconds from one row to the next.
    start : float
        Where the first row begins, in seconds.
    symbols : tuple of str
        What each symbol writes; the blank, symbol 0, writes nothing.
    words : sequence of TimedWord
        ``text``, ``start``, ``end`` and ``confidence``.
    """

    samples: np.ndarray
    rate: int
    log_mel: np.ndarray
    hop: float
    probabilities: np.ndarray
    step: float
    start: float
    symbols: tuple[str, ...]
    words: Sequence[Any]


class SpeechDisplay:
    """Waveform, log-mel values, probabilities of symbols and words of recordings.

    It is best made by :meth:`from_estimator`.

    Parameters
    ----------
    recordings : HeardRecording or sequence of HeardRecording
        What to draw.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes
        Three axes, from top to bottom, after :meth:`plot`.
    figure_ : matplotlib.figure.Figure
        The figure, after :meth:`plot`.

    Examples
    --------
    >>> from sklearn_slm import SLMSpeechRecognizer, SpeechDisplay, load_demo_speech
    >>> speech = load_demo_speech(n_samples=24, max_words=1, sample_rate=8000)
    >>> model = SLMSpeechRecognizer(
    ...     24, units="word", sample_rate=8000, n_mels=16, speeds=1.0, n_masks=0,
    ...     dropout=0.0, batch_size=4, max_iter=25, learning_rate=0.02, random_state=0,
    ... ).fit(speech.data, speech.target)
    >>> display = SpeechDisplay.from_estimator(model, speech.data[:1]).plot()
    >>> [text.get_text() for text in display.axes_[0].texts] == speech.target[:1]
    True
    """

    def __init__(self, recordings: HeardRecording | Sequence[HeardRecording]):
        if isinstance(recordings, HeardRecording):
            recordings = [recordings]
        self.recordings = list(recordings)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Iterable[Any]) -> SpeechDisplay:
        """Recognise recordings; nothing is drawn before it is asked for.

        Parameters
        ----------
        estimator : SLMSpeechRecognizer, Pipeline that ends in one, or a search
            The fitted model.
        X : iterable of str, path, (rate, samples), ndarray or binary file
            A few recordings, as the model takes them.

        Returns
        -------
        SpeechDisplay
            The display.

        Raises
        ------
        TypeError
            If the model ends in another estimator.
        """
        model = split_model(estimator)[1]
        if not hasattr(model, "predict_symbols"):
            raise TypeError(
                "expected a fitted SLMSpeechRecognizer, or a Pipeline or a search that "
                f"ends in one, got {type(model).__name__}."
            )
        rate = model.features_.rate if hasattr(model, "features_") else None
        sounds = [as_sound(recording, rate) for recording in X]
        found = zip(sounds, model.predict_symbols(sounds), model.predict_words(sounds))
        return cls([_hear(model, *parts) for parts in found])

    def plot(self, index: int = 0, *, axes: Any = None) -> SpeechDisplay:
        """Draw one recording.

        Parameters
        ----------
        index : int, default=0
            Which one.
        axes : sequence of three matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        SpeechDisplay
            The display itself.

        Warns
        -----
        UserWarning
            If no installed font has some of the characters.
        """
        pyplot = import_pyplot()
        one = self.recordings[index]
        if axes is None:
            _, axes = pyplot.subplots(
                3,
                figsize=_SIZE,
                sharex=True,
                layout="constrained",
                height_ratios=_RATIOS,
            )
        top, middle, bottom = axes
        seconds = len(one.samples) / one.rate
        _draw_sound(top, one)
        _draw_filters(middle, one)
        _draw_symbols(bottom, one)
        for ax in (top, middle, bottom):
            ax.set_xlim(0.0, seconds)
            ax.spines[["top", "right"]].set_visible(False)
        bottom.set_xlabel("seconds")
        self.axes_, self.figure_ = np.array([top, middle, bottom]), top.figure
        return self


def _hear(
    model: Any, sound: Sound, probabilities: np.ndarray, words: Sequence[Any]
) -> HeardRecording:
    options, start = model.features_, 0.0
    if model.trim:
        start = find_sound(sound.samples, sound.rate)[0] / sound.rate
    samples = resample(sound.samples, sound.rate, options.rate)
    return HeardRecording(
        samples=samples,
        rate=options.rate,
        log_mel=compute_log_mel(samples, replace(options, deltas=False)),
        hop=options.hop / options.rate,
        probabilities=probabilities,
        step=frame_seconds(options),
        start=start,
        symbols=model.symbols_,
        words=words,
    )


def _draw_sound(ax: Any, one: HeardRecording) -> None:
    """Draw the waveform, and the words above it."""
    times = np.arange(len(one.samples)) / one.rate
    ax.plot(times, one.samples, color=_SOUND, linewidth=0.5)
    peak = max(float(np.abs(one.samples).max(initial=0.0)), 1e-3)
    ax.set_ylabel("sound")
    ax.set_yticks([])
    fonts = choose_fonts([word.text for word in one.words])
    labels = [(word.start, 0.0, word.text) for word in one.words]
    lines = _find_room(labels, _WIDTH * len(one.samples) / one.rate, 1.0)
    ax.set_ylim(-1.1 * peak, (1.7 + 0.4 * max(lines, default=0.0)) * peak)
    for word, line in zip(one.words, lines):
        ax.axvspan(word.start, word.end, color=_WORD, linewidth=0.0, zorder=0)
        ax.text(
            word.start,
            (1.6 + 0.4 * line) * peak,
            word.text,
            va="top",
            fontfamily=fonts,
            parse_math=False,
        )


def _draw_filters(ax: Any, one: HeardRecording) -> None:
    """Draw the log-mel values, low frequencies below."""
    n_frames, n_mels = one.log_mel.shape
    extent = (0.0, n_frames * one.hop, 0.5, n_mels + 0.5)
    ax.imshow(one.log_mel.T, origin="lower", aspect="auto", extent=extent, cmap="magma")
    # What the last frame leaves over is as dark as silence.
    ax.set_facecolor("black")
    ax.set_ylabel("mel filter")


def _draw_symbols(ax: Any, one: HeardRecording) -> None:
    """Draw how probable symbols are, and name them at their peaks."""
    probs = one.probabilities
    times = one.start + (np.arange(len(probs)) + 0.5) * one.step
    ax.set(ylim=(0.0, 1.2), ylabel="probability", yticks=[0.0, 0.5, 1.0])
    if not len(probs):
        return
    ax.plot(times, probs[:, 0], color=_BLANK, label="blank")
    shown = np.flatnonzero(probs.max(axis=0) > _NAMED)
    shown = shown[shown > 0]
    names = {i: one.symbols[i].strip(" ") or "\u2423" for i in shown.tolist()}
    fonts = choose_fonts(list(names.values()))
    labels = []
    for i in shown.tolist():
        ax.plot(times, probs[:, i], color=_SYMBOL, linewidth=1.0)
        labels += [
            (times[row], probs[row, i] + 0.03, names[i])
            for row in _find_peaks(probs[:, i])
        ]
    labels.sort()
    width = _SMALL_WIDTH * len(one.samples) / one.rate
    heights = _find_room(labels, width, _LINE, is_centred=True)
    ax.set_ylim(0.0, max([1.2, *(height + _LINE for height in heights)]))
    for (time, _, name), height in zip(labels, heights):
        ax.text(
            time,
            height,
            name,
            ha="center",
            va="bottom",
            color=_SYMBOL,
            fontsize="small",
            fontfamily=fonts,
            parse_math=False,
        )
    # Above the axes, where it hides nothing.
    ax.legend(
        frameon=False,
        fontsize="small",
        handlelength=1.2,
        borderaxespad=0.0,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
    )


def _find_room(
    labels: Sequence[tuple[float, float, str]],
    width: float,
    line: float,
    *,
    is_centred: bool = False,
) -> list[float]:
    """Return heights at which labels do not cover each other: their own, or some lines up.

    A label is its time, its height and its text; `width` is that of a character.
    """
    placed: list[tuple[float, float, float]] = []
    for time, height, text in labels:
        length = width * len(text)
        left = time - length / 2 if is_centred else time
        near = [
            top for first, last, top in placed if first < left + length and left < last
        ]
        while any(abs(height - top) < 0.95 * line for top in near):
            height += line
        placed.append((left, left + length, height))
    return [height for _, _, height in placed]


def _find_peaks(values: np.ndarray) -> list[int]:
    """Return the highest row of each stretch in which a symbol is named."""
    edges = np.flatnonzero(np.diff(values > _NAMED, prepend=False, append=False))
    pairs = zip(edges[::2], edges[1::2])
    return [int(first + values[first:end].argmax()) for first, end in pairs]
