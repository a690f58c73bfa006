"""PrefixBeam: the most probable beginnings of what is said, frame by frame.

Probabilities are kept as they are and not as logarithms, scaled now and then by one
number for all, so that sums of paths are sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .word_list import BLANK, SPACE, WordList, check_texts

__all__ = ["BeamOptions", "Candidate", "LanguageModel", "PrefixBeam"]

LanguageModel = Callable[[Any, str | None], tuple[float, Any]]

# The least probability of a blank: whatever the frames say, some path goes on.
_LEAST = 1e-30
# All probabilities are scaled when the largest one is smaller.
_SMALL = 1e-50


@dataclass(frozen=True)
class BeamOptions:
    """How what was said is searched for.

    Parameters
    ----------
    width, texts, language_model, weight, word_bonus, most_symbols, min_probability
        As in :func:`~.ctc.decode_ctc`.
    words : WordList or None, default=None
        The only words that may be written.

    Raises
    ------
    ValueError
        If one is out of its range, or there are words but no texts of symbols.
    """

    width: int = 16
    texts: tuple[str, ...] | None = None
    language_model: LanguageModel | None = None
    weight: float = 0.5
    word_bonus: float = 0.0
    words: WordList | None = None
    most_symbols: int = 20
    min_probability: float = 1e-4

    def __post_init__(self) -> None:
        """Refuse what no search can use."""
        if self.width < 1 or self.most_symbols < 1:
            raise ValueError(
                "width and most_symbols must be at least 1. Got "
                f"{self.width!r} and {self.most_symbols!r}."
            )
        if not (0.0 <= self.weight < np.inf and 0.0 <= self.min_probability < 1.0):
            raise ValueError(
                "weight must be a number of at least 0, and min_probability be at least "
                f"0 and less than 1. Got {self.weight!r} and {self.min_probability!r}."
            )
        if not np.isfinite(self.word_bonus):
            raise ValueError(f"word_bonus must be a number. Got {self.word_bonus!r}.")
        if self.texts is not None:
            check_texts(self.texts)
        elif self.counts_words or self.words is not None:
            raise ValueError(
                "a language model, a list of words and a bonus for words need texts, "
                "which say what each symbol writes. Got texts=None."
            )
        if self.words is not None and self.words.texts != self.texts:
            raise ValueError(
                "the list of words must be made for the texts of the symbols. Got "
                f"{self.texts!r:.60}, and a list for {self.words.texts!r:.60}."
            )

    @property
    def counts_words(self) -> bool:
        """Whether the score of a text depends on its words."""
        return self.language_model is not None or self.word_bonus != 0.0


class Candidate(NamedTuple):
    """What may have been said.

    Parameters
    ----------
    symbols : ndarray of shape (n,), dtype int32
        Without blanks. A space begins, ends and follows nothing but a word.
    score : float
        Logarithm of the probability, with the scores of words.
    log_prob : float
        Natural logarithm of the probability of the paths that were kept.
    """

    symbols: np.ndarray
    score: float
    log_prob: float


class _Prefix:
    """A beginning: the one before it, and a symbol.

    Nothing points to those that go on, so that what no beginning needs is freed.
    """

    __slots__ = (
        "ending",
        "key",
        "node",
        "parent",
        "parent_key",
        "score",
        "state",
        "symbol",
        "word",
    )

    def __init__(self, parent: _Prefix | None, symbol: int):
        self.parent, self.symbol = parent, symbol
        # Equal for equal beginnings alone, up to the collisions of 64 bits.
        self.parent_key: int = 0 if parent is None else parent.key
        self.key: int = 1 if parent is None else hash((parent.key, symbol))
        self.node = 0  # in the list of words
        self.word = ""  # as far as it is written
        self.state: Any = None  # of the language model, before that word
        self.score = 0.0  # of all words before it
        self.ending: tuple[float, Any] | None = None  # score and state if the word ends


class PrefixBeam:
    """A search that goes on whenever there are more frames.

    Parameters
    ----------
    options : BeamOptions
        How to search.

    Examples
    --------
    >>> beam = PrefixBeam(BeamOptions(width=4))
    >>> beam.read(np.log([[0.6, 0.4]]))
    >>> beam.find_best()[0].symbols.tolist()
    []
    >>> beam.read(np.log([[0.6, 0.4]]))
    >>> best = beam.find_best()[0]
    >>> best.symbols.tolist(), round(float(np.exp(best.log_prob)), 2)
    ([1], 0.64)
    """

    def __init__(self, options: BeamOptions):
        self.options = options
        texts = options.texts or ()
        self._begins_word = np.array([text.startswith(SPACE) for text in texts], bool)
        self._spaces = [i for i, text in enumerate(texts) if text == SPACE]
        self._log_scale = 0.0
        # Probability of the paths of each that end with a blank, and of the others.
        self._blank, self._said = np.ones(1), np.zeros(1)
        self._set([_Prefix(None, -1)])

    def _set(self, prefixes: list[_Prefix]) -> None:
        self._prefixes = prefixes
        self._last = np.array([prefix.symbol for prefix in prefixes])
        keys = np.array([prefix.key for prefix in prefixes])
        parents = np.array([prefix.parent_key for prefix in prefixes])
        # Which ones go on from which others: they can be reached from there as well.
        self._from, self._to = (keys[:, None] == parents).nonzero()
        if self.options.counts_words:
            scores = np.array([prefix.score for prefix in prefixes])
            self._factors = np.exp(scores - scores.max())
        if self.options.words is not None:
            find_next = self.options.words.find_next
            self._next = np.array([find_next(prefix.node) for prefix in prefixes])

    def read(self, log_probs: np.ndarray) -> None:
        """Read frames.

        Parameters
        ----------
        log_probs : ndarray of shape (n_frames, n_symbols)
            Natural logarithms of the probabilities; symbol 0 is the blank.
        """
        probs = np.exp(log_probs.astype(np.float64))
        options = self.options
        chosen = _choose(probs, options.most_symbols, options.min_probability)
        for frame, symbols in zip(probs, chosen):
            self._read_frame(frame, symbols)

    def _read_frame(self, frame: np.ndarray, symbols: np.ndarray) -> None:
        total = self._blank + self._said
        blank = total * max(frame[BLANK], _LEAST)
        said = self._said * frame[self._last]
        if len(symbols):
            after_any = total[:, None] * frame[symbols]
            after_blank = self._blank[:, None] * frame[symbols]
            is_same = self._last[:, None] == symbols
            more = np.where(is_same, after_blank, after_any)
            if self.options.words is not None:
                more[self._next[:, symbols] < 0] = 0.0
            if len(self._to):
                last = self._last[self._to]
                places = symbols.searchsorted(last).clip(max=len(symbols) - 1)
                there = (symbols[places] == last).nonzero()[0]
                reached = self._from[there], places[there]
                said[self._to[there]] += more[reached]
                more[reached] = 0.0
            self._select(blank, said, more, symbols)
        else:
            self._blank, self._said = blank, said
        largest = max(self._blank.max(), self._said.max())
        if largest < _SMALL:
            self._log_scale += float(np.log(largest))
            self._blank, self._said = self._blank / largest, self._said / largest

    def _select(
        self, blank: np.ndarray, said: np.ndarray, more: np.ndarray, symbols: np.ndarray
    ) -> None:
        """Keep the best of the beginnings that stay and of those that are one longer."""
        (n, n_symbols), width = more.shape, self.options.width
        ranks = np.concatenate([blank + said, more.ravel()])
        if self.options.counts_words:
            ranks[:n] *= self._factors
            longer = ranks[n:].reshape(n, n_symbols)
            longer *= self._factors[:, None]
            is_begin = self._begins_word[symbols]
            if is_begin.any():
                self._end_words(ranks[:n], longer, is_begin)
        kept = np.arange(len(ranks))
        if len(ranks) > width:
            kept = np.sort(ranks.argpartition(len(ranks) - width)[-width:])
        kept = kept[ranks[kept] > 0.0]
        n_stay = int(kept.searchsorted(n))
        stay, rest = kept[:n_stay], kept[n_stay:] - n
        self._blank = np.concatenate([blank[stay], np.zeros(len(rest))])
        self._said = np.concatenate([said[stay], more.ravel()[rest]])
        if len(rest) or n_stay < n:
            prefixes, numbers = self._prefixes, symbols.tolist()
            self._set(
                [
                    *(prefixes[place] for place in stay.tolist()),
                    *(
                        self._extend(
                            prefixes[place // n_symbols], numbers[place % n_symbols]
                        )
                        for place in rest.tolist()
                    ),
                ]
            )

    def _end_words(
        self, stay: np.ndarray, longer: np.ndarray, is_begin: np.ndarray
    ) -> None:
        """Multiply what begins a word by the score of the word before it, in place.

        Nobody is asked for the score of a word whose beginnings are too improbable
        whatever it is.
        """
        width, bonus = self.options.width, self.options.word_bonus
        others = np.concatenate([stay, longer[:, ~is_begin].ravel()])
        least = 0.0
        if len(others) >= width:
            least = float(np.partition(others, len(others) - width)[-width])
        highest = longer[:, is_begin].max(axis=1)
        for place in highest.nonzero()[0].tolist():
            prefix, factor = self._prefixes[place], 0.0
            if (
                prefix.ending is not None
                or highest[place] * np.exp(max(bonus, 0.0)) >= least
            ):
                factor = float(np.exp(self._end_word(prefix)[0]))
            longer[place, is_begin] *= factor

    def _end_word(self, prefix: _Prefix) -> tuple[float, Any]:
        """Return the score of the word in which a beginning ends, and the state after."""
        if prefix.ending is None:
            score, state, options = 0.0, prefix.state, self.options
            if prefix.word:
                score = options.word_bonus
                if options.language_model is not None:
                    log_prob, state = options.language_model(state, prefix.word)
                    score += _weigh(options.weight, log_prob)
            prefix.ending = score, state
        return prefix.ending

    def _extend(self, prefix: _Prefix, symbol: int) -> _Prefix:
        """Return a beginning and one symbol more."""
        longer, options = _Prefix(prefix, symbol), self.options
        if options.counts_words:
            assert options.texts is not None  # as the options have checked
            text = options.texts[symbol]
            longer.word, longer.state = prefix.word + text, prefix.state
            longer.score = prefix.score
            if self._begins_word[symbol]:
                score, longer.state = self._end_word(prefix)
                longer.word, longer.score = text[1:], prefix.score + score
        if options.words is not None:
            longer.node = int(options.words.find_next(prefix.node)[symbol])
        return longer

    def find_best(self) -> list[Candidate]:
        """Return what was said if no frame is to come, best first.

        Returns
        -------
        list of Candidate
            At most `width`, at least one. With a list of words, those whose last word is
            unfinished are left out; if all are, they lose that word.
        """
        probs = self._blank + self._said
        log_probs = np.log(np.maximum(probs, np.finfo(float).tiny)) + self._log_scale
        pairs = list(zip(self._prefixes, log_probs.tolist()))
        if self.options.words is not None:
            whole = [pair for pair in pairs if self._is_whole(pair[0])]
            pairs = whole or [(self._cut(prefix), value) for prefix, value in pairs]
        found: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, log_prob in pairs:
            symbols = self._list_symbols(prefix)
            score, before = self._score_words(prefix), found.get(symbols)
            if before is not None:
                # The same words, with a space more or less.
                log_prob = float(np.logaddexp(log_prob, before[1]))
                score = max(score, before[0])
            found[symbols] = score, log_prob
        candidates = [
            Candidate(np.array(symbols, np.int32), score + log_prob, log_prob)
            for symbols, (score, log_prob) in found.items()
        ]
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def _score_words(self, prefix: _Prefix) -> float:
        if not self.options.counts_words:
            return 0.0
        score, state = self._end_word(prefix)
        if self.options.language_model is not None:
            log_prob, _ = self.options.language_model(state, None)
            score += _weigh(self.options.weight, log_prob)
        return prefix.score + score

    def _is_whole(self, prefix: _Prefix) -> bool:
        assert self.options.words is not None  # for mypy
        return not prefix.node or self.options.words.is_word(prefix.node)

    def _cut(self, prefix: _Prefix) -> _Prefix:
        while not self._is_whole(prefix):
            assert prefix.parent is not None  # no word is unfinished where none began
            prefix = prefix.parent
        return prefix

    def _list_symbols(self, prefix: _Prefix) -> tuple[int, ...]:
        """Return the symbols from the beginning, without spaces that part no words."""
        symbols: list[int] = []
        at: _Prefix | None = prefix
        while at is not None and at.parent is not None:
            is_space = at.symbol in self._spaces
            if not (is_space and (not symbols or symbols[-1] in self._spaces)):
                symbols.append(at.symbol)
            at = at.parent
        if symbols and symbols[-1] in self._spaces:
            symbols.pop()
        return tuple(symbols[::-1])


def _weigh(weight: float, log_prob: float) -> float:
    return weight * float(log_prob) if weight else 0.0


def _choose(probs: np.ndarray, most: int, least: float) -> list[np.ndarray]:
    """Return for each frame the symbols that may come next, in order."""
    said = probs[:, 1:]
    is_chosen = said > least
    if most < said.shape[1]:
        best = np.argpartition(-said, most - 1, axis=1)[:, :most]
        is_best = np.zeros(said.shape, bool)
        np.put_along_axis(is_best, best, True, axis=1)
        is_chosen &= is_best
    frames, symbols = is_chosen.nonzero()
    ends = np.cumsum(np.bincount(frames, minlength=len(probs)))
    return np.split(symbols + 1, ends[:-1]) if len(probs) else []
