"""WordCounts: how probable a word is after those before it, from counts of n-grams.

Interpolated Kneser-Ney smoothing (Kneser and Ney, 1995; Chen and Goodman, 1999). With
c(hw) the count of an n-gram, which is a context h and a word w, N(h) the number of
different words after the context, and h' the context without its first word::

    p(w | h) = max(c(hw) - D, 0) / c(h) + D N(h) / c(h) * p(w | h')
    D = n1 / (n1 + 2 n2)

n1 and n2 are the numbers of n-grams with a count of 1 and 2, for each length on its own.
The counts of the longest n-grams are those of the text; an n-gram that is shorter counts
in how many longer ones it is the end. Below the single words all are equally probable,
the end of a text and the unknown word among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import log
from typing import NamedTuple

import numpy as np

from ..text import BOUNDARY_ID, FIRST_ID, UNKNOWN_ID

__all__ = ["WordCounts", "count_words"]

WordState = tuple[int, ...]
# An n-gram model of more words is of no use beside one of this length.
_LONGEST = 6
# Where counts of 1 or of 2 are missing, the discount would be 0 or 1.
_DISCOUNTS = 0.1, 0.9


class _Table(NamedTuple):
    """What the n-grams of one length say: parts of the formula of this module.

    Parameters
    ----------
    own : dict
        From an n-gram to ``(c(hw) - D) / c(h)``.
    left : dict
        From a context to ``D N(h) / c(h)``, the probability that is left for the next
        shorter one.
    """

    own: dict[WordState, float]
    left: dict[WordState, float]


@dataclass(frozen=True, eq=False, repr=False)
class WordCounts:
    """An n-gram model of words.

    Parameters
    ----------
    words : tuple of str
        The known words. The id of ``words[i]`` is ``i + 2``: id 0 is the boundary before
        and after a text, id 1 any unknown word.
    ngrams : ndarray of shape (n_ngrams, order), dtype int64
        Different n-grams of ids. Before the first word of a text stand ``order - 1``
        boundaries, after the last one stands one.
    counts : ndarray of shape (n_ngrams,), dtype int64
        How often each comes.

    Raises
    ------
    ValueError
        If the parts do not fit together.

    Examples
    --------
    >>> counts = count_words(["call home", "call me", "call home now"])
    >>> log_prob, state = counts.score(None, "call")
    >>> round(counts.score(state, "home")[0], 2), round(counts.score(state, "now")[0], 2)
    (-0.68, -2.96)
    """

    words: tuple[str, ...]
    ngrams: np.ndarray
    counts: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what no counts can be."""
        shape = np.shape(self.ngrams)
        if len(shape) != 2 or not shape[0] or not 1 <= shape[1] <= _LONGEST:
            raise ValueError(
                "ngrams must be an array of shape (n_ngrams, order), with at least one "
                f"n-gram of 1 to {_LONGEST} words. Got the shape {shape}."
            )
        if np.shape(self.counts) != shape[:1] or np.min(self.counts) < 1:
            raise ValueError(
                f"counts must be {shape[0]} whole numbers, one for each n-gram, of at "
                "least 1."
            )
        lowest, highest = np.min(self.ngrams), np.max(self.ngrams)
        if lowest < 0 or highest >= self.n_ids:
            raise ValueError(
                f"ngrams must hold ids from 0 to {self.n_ids - 1}, since there are "
                f"{len(self.words)} words. Got {lowest} to {highest}."
            )

    def __repr__(self) -> str:
        return (
            f"WordCounts({len(self.words)} words, {len(self.counts)} n-grams of "
            f"{self.order} words)"
        )

    @property
    def order(self) -> int:
        """Words of an n-gram."""
        return self.ngrams.shape[1]

    @property
    def n_ids(self) -> int:
        """Number of words, with the boundary and the unknown one."""
        return len(self.words) + FIRST_ID

    @cached_property
    def index(self) -> dict[str, int]:
        """Word to id."""
        return dict(zip(self.words, count(FIRST_ID)))

    @cached_property
    def _tables(self) -> list[_Table]:
        """One for each length, the single words first."""
        tables = []
        ngrams, counts = self.ngrams.astype(np.int64), self.counts
        while True:
            tables.append(_make_table(ngrams, counts))
            if ngrams.shape[1] == 1:
                return tables[::-1]
            ngrams, counts = np.unique(ngrams[:, 1:], axis=0, return_counts=True)

    def score(
        self, state: WordState | None, word: str | None
    ) -> tuple[float, WordState]:
        """Return how probable a word is, and the state after it.

        Parameters
        ----------
        state : tuple of int or None
            As this method returns it; None at the beginning of a text.
        word : str or None
            The next word; None for the end of the text.

        Returns
        -------
        log_prob : float
            Natural logarithm of its probability. That of a word which is not known is
            the probability of all such words together.
        state : tuple of int
            The last words, as far back as the model looks.
        """
        if state is None:
            state = (BOUNDARY_ID,) * (self.order - 1)
        number = BOUNDARY_ID if word is None else self.index.get(word, UNKNOWN_ID)
        longest = (*state, number)
        probability, begin = 1.0 / self.n_ids, len(longest) - 1
        for table in self._tables:
            ngram = longest[begin:]
            left = table.left.get(ngram[:-1])
            if left is None:
                break  # nor has a longer context been seen
            probability = table.own.get(ngram, 0.0) + left * probability
            begin -= 1
        return log(probability), longest[1:]


def _make_table(ngrams: np.ndarray, counts: np.ndarray) -> _Table:
    n_once, n_twice = (int(np.count_nonzero(counts == n)) for n in (1, 2))
    share = n_once / max(n_once + 2 * n_twice, 1)
    discount = float(np.clip(share, *_DISCOUNTS))
    contexts, places, n_words = np.unique(
        ngrams[:, :-1], axis=0, return_inverse=True, return_counts=True
    )
    places = places.ravel()
    totals = np.bincount(places, counts, len(contexts))
    own = (counts - discount) / totals[places]
    left = discount * n_words / totals
    return _Table(
        dict(zip(map(tuple, ngrams.tolist()), own.tolist())),
        dict(zip(map(tuple, contexts.tolist()), left.tolist())),
    )


def count_words(transcripts: Iterable[str], order: int = 3) -> WordCounts:
    """Count the n-grams of words of texts.

    Parameters
    ----------
    transcripts : iterable of str
        Texts, whose words are separated by white space.
    order : int, default=3
        Words of an n-gram, from 1 to 6.

    Returns
    -------
    WordCounts
        Its words are in alphabetical order.

    Raises
    ------
    ValueError
        If there are no texts, or the order is out of its range.

    Examples
    --------
    >>> count_words(["b a", "b"], order=2).ngrams.tolist()
    [[0, 3], [2, 0], [3, 0], [3, 2]]
    """
    if not 1 <= order <= _LONGEST:
        raise ValueError(f"order must be from 1 to {_LONGEST}. Got {order!r}.")
    if isinstance(transcripts, str):
        raise ValueError("transcripts must be several texts. Got a single string.")
    texts = [text.split() for text in transcripts]
    if not texts:
        raise ValueError("transcripts must hold at least one text. Got none.")
    words = tuple(sorted({word for text in texts for word in text}))
    index = dict(zip(words, count(FIRST_ID)))
    before = [BOUNDARY_ID] * (order - 1)
    ids = [
        number
        for text in texts
        for number in (*before, *(index[word] for word in text), BOUNDARY_ID)
    ]
    lengths = np.array([len(text) + order for text in texts])
    # No n-gram begins so late in its text that it would reach into the next one.
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(ids))
    begins = np.flatnonzero(left >= order)
    windows = np.array(ids, np.int64)[begins[:, None] + np.arange(order)]
    ngrams, counts = np.unique(windows, axis=0, return_counts=True)
    return WordCounts(words, ngrams, counts.astype(np.int64))
