"""From the probabilities of symbols to texts, words and times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..decoding.alignment import group_words
from ..decoding.ctc import SpokenText, decode_ctc, decode_greedy
from ..decoding.prefixes import BeamOptions, LanguageModel, PrefixBeam
from ..decoding.word_list import WordList

__all__ = [
    "Live",
    "SpeechSearch",
    "TimedWord",
    "find_texts",
    "join_symbols",
    "write_text",
]


class TimedWord(NamedTuple):
    """A word and when it was said.

    Parameters
    ----------
    text : str
        The word.
    start, end : float
        Seconds from the beginning of the recording. The network is trained without
        times: it says when it was sure of the first and the last symbol of a word, which
        can be a little after the sound.
    confidence : float
        From 0 to 1.
    """

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class SpeechSearch:
    """How what was said is searched for.

    Parameters
    ----------
    texts : tuple of str
        What each symbol writes, the blank first.
    width : int, default=1
        Beginnings that are kept. One alone, without language model and list of words,
        takes the most probable symbol of each frame.
    make_scorer : callable or None, default=None
        Returns a language model for one text, as
        :func:`~sklearn_slm.decoding.ctc.decode_ctc` takes it.
    weight, word_bonus : float, default=0.0
        As there.
    words : WordList or None, default=None
        The only words that may be written.
    """

    texts: tuple[str, ...]
    width: int = 1
    make_scorer: Callable[[], LanguageModel] | None = None
    weight: float = 0.0
    word_bonus: float = 0.0
    words: WordList | None = None

    @property
    def is_greedy(self) -> bool:
        """Whether the most probable symbol of each frame is taken."""
        return self.width == 1 and self.make_scorer is None and self.words is None

    @property
    def options(self) -> dict[str, Any]:
        """The parameters of a beam, for one recording."""
        scorer = None if self.make_scorer is None else self.make_scorer()
        return {
            "width": self.width,
            "texts": self.texts,
            "language_model": scorer,
            "weight": self.weight,
            # Without a language model nothing makes long texts improbable.
            "word_bonus": 0.0 if scorer is None else self.word_bonus,
            "words": self.words,
        }


def find_texts(
    log_probs: np.ndarray, search: SpeechSearch, n_best: int = 1
) -> list[SpokenText]:
    """Return what was most probably said, best first.

    Parameters
    ----------
    log_probs : ndarray of shape (n_frames, n_symbols)
        Natural logarithms of the probabilities.
    search : SpeechSearch
        How to search.
    n_best : int, default=1
        Most texts, no two of which are the same; the beam is as wide if it is narrower.
    """
    if not len(log_probs):
        empty = np.zeros(0, np.int32), np.zeros((0, 2), np.int64), np.zeros(0)
        return [SpokenText(*empty, 0.0, 0.0, [])]
    if search.is_greedy and n_best == 1:
        said = decode_greedy(log_probs)
        words = group_words(*said, search.texts)
        best = float(log_probs.max(axis=1).astype(np.float64).sum())
        return [SpokenText(*said, best, best, words)]
    search = replace(search, width=max(search.width, n_best))
    # Other symbols can write the same text: more are asked for than are wanted.
    n_asked = 1 if n_best == 1 else search.width
    found = decode_ctc(log_probs, n_best=n_asked, **search.options)
    different: dict[str, SpokenText] = {}
    for spoken in found:
        different.setdefault(write_text(spoken), spoken)
    return list(different.values())[:n_best]


def write_text(spoken: SpokenText) -> str:
    """Return the words of a text, with spaces between them."""
    return " ".join(word.text for word in spoken.words)


class Live:
    """What was said so far, while the frames of a recording come.

    Parameters
    ----------
    search : SpeechSearch
        How to search.
    """

    def __init__(self, search: SpeechSearch):
        self._texts = search.texts
        self._beam = PrefixBeam(BeamOptions(**search.options))

    def read(self, log_probs: np.ndarray) -> str:
        """Read frames; return what was most probably said up to them.

        Parameters
        ----------
        log_probs : ndarray of shape (n_frames, n_symbols)
            Natural logarithms of the probabilities.
        """
        if len(log_probs):
            self._beam.read(log_probs)
        best = self._beam.find_best()[0]
        return join_symbols(best.symbols.tolist(), self._texts)


def join_symbols(symbols: Iterable[int], texts: tuple[str, ...]) -> str:
    """Return the text of symbols, with one space between words.

    Parameters
    ----------
    symbols : iterable of int
        Without blanks.
    texts : tuple of str
        What each writes.

    Examples
    --------
    >>> join_symbols([1, 2, 1, 1, 3], ("", " ", "a", "b"))
    'a b'
    """
    return " ".join("".join(texts[symbol] for symbol in symbols).split())
