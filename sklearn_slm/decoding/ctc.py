"""From log-probabilities of symbols at each frame to what was said.

A path has one symbol at each frame, or the blank. What it says is the path without
repetitions, and then without blanks; what is said is as probable as all of its paths
together (connectionist temporal classification: Graves et al., 2006). A beam search over
prefixes keeps, for each beginning of what is said, the probability of its paths that end
with a blank and of those that do not, since the same symbol again is a repetition only
after the latter (Hannun et al., 2014). Beginnings are compared, and at last all that was
said, by ::

    log p + weight * log p_words + word_bonus * number of words
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .alignment import SpokenWord, align_symbols, compute_confidence, group_words
from .prefixes import BeamOptions, Candidate, LanguageModel, PrefixBeam
from .word_list import BLANK, WordList, check_texts

__all__ = ["SpokenSymbols", "SpokenText", "decode_ctc", "decode_greedy"]


class SpokenSymbols(NamedTuple):
    """What was said, symbol by symbol.

    Parameters
    ----------
    symbols : ndarray of shape (n,), dtype int32
        Without blanks.
    frames : ndarray of shape (n, 2), dtype int64
        The first frame of each symbol, and the one after its last.
    confidence : ndarray of shape (n,), dtype float64
        The largest probability of each among its frames.
    """

    symbols: np.ndarray
    frames: np.ndarray
    confidence: np.ndarray


class SpokenText(NamedTuple):
    """What may have been said.

    Parameters
    ----------
    symbols, frames, confidence
        As in :class:`SpokenSymbols`, on the most probable path of these symbols.
    score : float
        What it was chosen by.
    log_prob : float
        Natural logarithm of the probability of its paths that were kept; all of its
        paths, if the beam is wide enough.
    words : list of SpokenWord
        If `texts` were given.
    """

    symbols: np.ndarray
    frames: np.ndarray
    confidence: np.ndarray
    score: float
    log_prob: float
    words: list[SpokenWord]


def decode_greedy(log_probs: np.ndarray) -> SpokenSymbols:
    """Return what the path of the most probable symbol at each frame says.

    Parameters
    ----------
    log_probs : ndarray of shape (n_frames, n_symbols)
        Natural logarithms of the probabilities; symbol 0 is the blank.

    Returns
    -------
    SpokenSymbols

    Raises
    ------
    ValueError
        If it is not such an array, or holds a NaN.

    Examples
    --------
    >>> probs = np.array([[0.6, 0.4], [0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    >>> said = decode_greedy(np.log(probs))
    >>> said.symbols.tolist(), said.frames.tolist(), said.confidence.round(2).tolist()
    ([1, 1], [[1, 3], [4, 5]], [0.9, 0.6])
    """
    _check(log_probs)
    path = log_probs.argmax(axis=1)
    begins = np.flatnonzero(np.diff(path, prepend=-1))
    ends = np.append(begins[1:], len(path))
    is_said = path[begins] != BLANK
    symbols = path[begins[is_said]]
    frames = np.stack([begins[is_said], ends[is_said]], axis=1)
    confidence = compute_confidence(log_probs, symbols, frames)
    return SpokenSymbols(symbols.astype(np.int32), frames, confidence)


def decode_ctc(
    log_probs: np.ndarray,
    *,
    width: int = 16,
    n_best: int = 1,
    texts: Sequence[str] | None = None,
    language_model: LanguageModel | None = None,
    weight: float = 0.5,
    word_bonus: float = 0.0,
    words: WordList | Iterable[str] | None = None,
    most_symbols: int = 20,
    min_probability: float = 1e-4,
) -> list[SpokenText]:
    """Find what was most probably said in a recording.

    Parameters
    ----------
    log_probs : ndarray of shape (n_frames, n_symbols)
        Natural logarithms of the probabilities; symbol 0 is the blank. The probabilities
        of a frame need not sum to one.
    width : int, default=16
        Beginnings that are kept.
    n_best : int, default=1
        Most texts to return, `width` at most.
    texts : sequence of str of length n_symbols or None, default=None
        What each symbol writes: a character, a piece of a word, a word. The text of one
        that begins a word begins with a space, and may be the space alone. That of the
        blank is ``""``. None: there are no words.
    language_model : callable or None, default=None
        Given a state and the next word, returns the natural logarithm of the word's
        probability, 0 at most, and the state after it. The state is None at the
        beginning; the word is None at the end of a text. It is called where a word ends,
        such as ``WordCounts.score``.
    weight : float, default=0.5
        What its logarithms are multiplied by.
    word_bonus : float, default=0.0
        Added to the score for each word, since the more words a text has, the less
        probable it is to a language model.
    words : WordList or iterable of str or None, default=None
        The only words that may be written. Prepare a :class:`~.word_list.WordList` where
        many recordings are decoded.
    most_symbols : int, default=20
        With how many symbols a beginning may go on at a frame: the most probable ones.
    min_probability : float, default=1e-4
        The least probability with which a symbol goes on.

    Returns
    -------
    list of SpokenText
        The best ones, best first; at least one. With a list of words, texts whose last
        word is unfinished are left out; if all are, they lose that word.

    Raises
    ------
    ValueError
        If a parameter is out of its range, `log_probs` is no such array or holds a NaN,
        or there are words but no texts of symbols.

    Examples
    --------
    Blank, blank is the most probable path, but "a" has three paths:

    >>> probs = np.array([[0.6, 0.4], [0.6, 0.4]])
    >>> (best,) = decode_ctc(np.log(probs), texts=["", "a"])
    >>> best.words[0].text, round(float(np.exp(best.log_prob)), 2)
    ('a', 0.64)
    """
    log_probs = np.asarray(log_probs)
    _check(log_probs)
    if not 1 <= n_best <= width:
        raise ValueError(
            f"n_best must be from 1 to width, which is {width}: a beam finds no more "
            f"texts than it is wide. Got {n_best!r}."
        )
    if texts is not None:
        check_texts(texts, log_probs.shape[1])
        if words is not None and not isinstance(words, WordList):
            words = WordList(words, texts)
    options = BeamOptions(
        width,
        None if texts is None else tuple(texts),
        language_model,
        weight,
        word_bonus,
        words,  # type: ignore[arg-type]
        most_symbols,
        min_probability,
    )
    beam = PrefixBeam(options)
    beam.read(log_probs)
    return [
        _describe(log_probs, candidate, options.texts)
        for candidate in beam.find_best()[:n_best]
    ]


def _check(log_probs: np.ndarray) -> None:
    if log_probs.ndim != 2 or log_probs.shape[1] < 2:
        raise ValueError(
            "log_probs must be an array of shape (n_frames, n_symbols), of at least two "
            f"symbols, the blank first. Got the shape {log_probs.shape}."
        )
    if np.isnan(log_probs).any() or (log_probs > 1e-3).any():
        raise ValueError(
            "log_probs must hold natural logarithms of probabilities, which are at most "
            "0. Got NaN or larger numbers; take the log-softmax of logits."
        )


def _describe(
    log_probs: np.ndarray, candidate: Candidate, texts: Sequence[str] | None
) -> SpokenText:
    symbols = candidate.symbols
    frames = align_symbols(log_probs, symbols)
    confidence = compute_confidence(log_probs, symbols, frames)
    words = [] if texts is None else group_words(symbols, frames, confidence, texts)
    return SpokenText(
        symbols, frames, confidence, candidate.score, candidate.log_prob, words
    )
