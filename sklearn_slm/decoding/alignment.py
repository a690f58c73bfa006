"""When each symbol was said: the most probable alignment of symbols with frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .word_list import BLANK, SPACE

__all__ = [
    "SpokenWord",
    "align_symbols",
    "compute_confidence",
    "count_least_frames",
    "group_words",
]

# Paths so many nats behind the best one are given up: those of a long recording are then
# few, wherever they are.
_MOST_BEHIND = 200.0
# Up to so many numbers nothing needs to be given up.
_SMALL = 1 << 20
# What stands for a probability of zero, so that sums stay numbers.
_LEAST = -1e4


class SpokenWord(NamedTuple):
    """A word and when it was said.

    Parameters
    ----------
    text : str
        The word.
    start, end : int
        Its first frame, and the one after its last.
    confidence : float
        Geometric mean of the confidence of its symbols, from 0 to 1.
    """

    text: str
    start: int
    end: int
    confidence: float


def count_least_frames(symbols: Sequence[int] | np.ndarray) -> int:
    """Return the fewest frames in which symbols can be said.

    Each needs one, and a blank must stand between two that are equal.

    Examples
    --------
    >>> count_least_frames([3, 3, 5]), count_least_frames([])
    (4, 0)
    """
    symbols = np.asarray(symbols)
    return len(symbols) + int(np.count_nonzero(symbols[1:] == symbols[:-1]))


def align_symbols(
    log_probs: np.ndarray, symbols: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Find the frames of each symbol on the most probable path (Viterbi, 1967).

    Parameters
    ----------
    log_probs : ndarray of shape (n_frames, n_symbols)
        Natural logarithms of the probabilities; symbol 0 is the blank.
    symbols : array-like of int of shape (n,)
        What was said, without blanks.

    Returns
    -------
    ndarray of shape (n, 2), dtype int64
        The first frame of each symbol, and the one after its last.

    Raises
    ------
    ValueError
        If there are fewer frames than :func:`count_least_frames` says.

    Examples
    --------
    >>> probs = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]])
    >>> align_symbols(np.log(probs), [1, 2]).tolist()
    [[1, 2], [2, 3]]
    """
    symbols, n_frames = np.asarray(symbols, np.int64), len(log_probs)
    if n_frames < count_least_frames(symbols):
        raise ValueError(
            f"{len(symbols)} symbols need at least {count_least_frames(symbols)} frames, "
            f"since equal ones need a blank between them. Got {n_frames} frames."
        )
    if not len(symbols):
        return np.zeros((0, 2), np.int64)
    # What is said, with a blank before, between and after: 2 n + 1 states of a path.
    states = np.full(2 * len(symbols) + 1, BLANK)
    states[1::2] = symbols
    path = None
    if n_frames * len(states) > _SMALL:
        path = _find_path(log_probs, states, _MOST_BEHIND)
    if path is None:
        path = _find_path(log_probs, states, np.inf)
    assert path is not None  # with enough frames there is one
    said = np.flatnonzero(path % 2)
    places = path[said] // 2
    numbers = np.arange(len(symbols))
    first = said[np.searchsorted(places, numbers)]
    last = said[np.searchsorted(places, numbers, "right") - 1]
    return np.stack([first, last + 1], axis=1)


def _find_path(
    log_probs: np.ndarray, states: np.ndarray, most_behind: float
) -> np.ndarray | None:
    """Return the state at each frame; None if all that lead to the end were given up."""
    n_frames, n_states = len(log_probs), len(states)
    # Two steps at once lead over a blank, but not to the same symbol again.
    can_skip = np.zeros(n_states, bool)
    can_skip[2:] = (states[2:] != BLANK) & (states[2:] != states[:-2])
    skip = np.where(can_skip, 0.0, -np.inf)
    scores = np.array(
        [0.0]
    )  # of the states from `first` on; before all frames, the 0th
    first, ways = 0, []
    for t, frame in enumerate(log_probs):
        end = min(first + len(scores) + 2, n_states)
        if not t:
            end = 2  # a path begins with a blank or with the first symbol
        reached = np.full((3, end - first), -np.inf)
        for steps in range(3):
            n = max(min(len(scores), end - first - steps), 0)
            reached[steps, steps : steps + n] = scores[:n]
        reached[2] += skip[first:end]
        way = reached.argmax(axis=0)
        scores = np.maximum(frame[states[first:end]], _LEAST)
        scores = scores + np.take_along_axis(reached, way[None], axis=0)[0]
        scores -= scores.max()
        kept = np.flatnonzero(scores > -most_behind)
        # From too early a state the end is out of reach.
        least = max(first + int(kept[0]), n_states - 2 - 2 * (n_frames - 1 - t))
        begin, stop = least - first, int(kept[-1]) + 1
        ways.append((first, way.astype(np.int8)))
        if begin >= stop:
            return None
        scores, first = scores[begin:stop], least
    if first + len(scores) < n_states - 1:
        return None
    ends = scores[max(n_states - 2 - first, 0) :]
    state = max(n_states - 2, first) + int(ends.argmax())
    path = np.empty(n_frames, np.int64)
    for t in range(n_frames - 1, -1, -1):
        path[t] = state
        first, way = ways[t]
        state -= int(way[state - first])
    return path


def compute_confidence(
    log_probs: np.ndarray, symbols: np.ndarray, frames: np.ndarray
) -> np.ndarray:
    """Return the largest probability of each symbol among its frames.

    Parameters
    ----------
    log_probs, symbols
        As in :func:`align_symbols`.
    frames : ndarray of shape (n, 2), dtype int
        What that function returns.

    Returns
    -------
    ndarray of shape (n,), dtype float64
        From 0 to 1.
    """
    if not len(symbols):
        return np.zeros(0)
    lengths = frames[:, 1] - frames[:, 0]
    begins = np.cumsum(lengths) - lengths
    places = np.arange(lengths.sum()) + np.repeat(frames[:, 0] - begins, lengths)
    own = log_probs[places, np.repeat(symbols, lengths)]
    return np.exp(np.maximum.reduceat(own, begins).astype(np.float64))


def group_words(
    symbols: np.ndarray,
    frames: np.ndarray,
    confidence: np.ndarray,
    texts: Sequence[str],
) -> list[SpokenWord]:
    """Join symbols to words.

    Parameters
    ----------
    symbols : ndarray of shape (n,), dtype int
        What was said, without blanks.
    frames : ndarray of shape (n, 2), dtype int
        The first frame of each, and the one after its last.
    confidence : ndarray of shape (n,)
        From 0 to 1.
    texts : sequence of str of length n_symbols
        What each symbol writes; one that begins a word begins with a space, and may be
        the space alone.

    Returns
    -------
    list of SpokenWord
        The space is no part of a word: neither its frames nor its confidence count.

    Examples
    --------
    >>> frames = np.array([[1, 2], [4, 5], [5, 6], [7, 9]])
    >>> sure = np.array([1.0, 0.25, 0.5, 0.9])
    >>> for word in group_words(np.array([2, 3, 1, 2]), frames, sure, ["", " ", "a", "b"]):
    ...     print(word.text, word.start, word.end, round(word.confidence, 2))
    ab 1 5 0.5
    a 7 9 0.9
    """
    groups: list[list[int]] = []
    begins = True
    for place, symbol in enumerate(np.asarray(symbols).tolist()):
        text = texts[symbol]
        begins = begins or text.startswith(SPACE)
        if text == SPACE:
            continue
        if begins:
            groups.append([])
        groups[-1].append(place)
        begins = False
    words = []
    for group in groups:
        text = "".join(texts[symbols[place]] for place in group).strip(SPACE)
        sure = float(np.exp(np.log(np.maximum(confidence[group], 1e-30)).mean()))
        start, end = int(frames[group[0], 0]), int(frames[group[-1], 1])
        words.append(SpokenWord(text, start, end, sure))
    return words
