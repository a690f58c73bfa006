"""Second texts of first ones: the most probable, found by a beam, or drawn.

A beam keeps the `width` most probable beginnings of each text (hypotheses), goes on with
all of them side by side, and sets aside those that end. What has ended is compared by ::

    score = log p / ((5 + n) / 6)^alpha
            + beta * sum over s of log min(1, sum over t of a(t, s))

with n predictions, that of the boundary counted, and their attention a(t) to the token s
of the first text (Wu et al., 2016): a long text is not worse for being long, and what was
never looked at is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..text import BOUNDARY_ID
from .candidates import find_best, find_repeated, forbid, leave_the_end
from .sample import generate

__all__ = ["Hypothesis", "Step", "beam_search", "sample_translations"]

State = tuple[np.ndarray, ...]
Memory = tuple[np.ndarray, ...]  # of whatever type of tuple
Step = Callable[[Any, State, np.ndarray], tuple[np.ndarray, np.ndarray, State]]

# Least attention that a token is taken to have had.
_LEAST = 1e-6


class Hypothesis(NamedTuple):
    """A second text.

    Parameters
    ----------
    ids : ndarray of shape (n,), dtype int32
        Its tokens, without boundaries.
    score : float
        What it was chosen by.
    log_prob : float
        Natural logarithm of its probability, that of its end included.
    attention : ndarray of shape (n, length), dtype float32
        The weight of each token of the first text when each token was written.
    """

    ids: np.ndarray
    score: float
    log_prob: float
    attention: np.ndarray


class _Ended(NamedTuple):
    """A hypothesis that ended after its ids, as a row of that step."""

    score: float
    log_prob: float
    ids: np.ndarray
    row: int


def beam_search(
    step: Step,
    memory: Memory,
    state: State,
    lengths: np.ndarray,
    *,
    max_lengths: ArrayLike,
    width: int = 5,
    n_best: int = 1,
    length_penalty: float = 1.0,
    coverage_penalty: float = 0.0,
    no_repeat: int = 4,
    forbidden: Sequence[ArrayLike] | None = None,
) -> list[list[Hypothesis]]:
    """Find the best second texts of several first ones.

    A text leaves the batch when none of its hypotheses can become better than the best
    `n_best` that have ended; once `width` of them have, when none would be better if it
    ended at the next step.

    Parameters
    ----------
    step : callable
        Given memory, state and ids int32 (n,), the same number of rows for each text side
        by side, returns log-probabilities (n, n_tokens), attention (n, steps) and the next
        state, as ``decode_step`` of a network does.
    memory : tuple of ndarray of shape (n_texts, ...)
        What is looked at; `step` gets a tuple of the same type.
    state : tuple of ndarray of shape (n_texts, ...)
        Where the second texts begin.
    lengths : ndarray of shape (n_texts,), dtype int
        Tokens of the first texts.
    max_lengths : array-like of int of shape (n_texts,)
        Most tokens of each second text, which is made to end there; 0 for an empty one.
    width : int, default=5
        Hypotheses that are kept; 1 takes the most probable token each time (greedy).
    n_best : int, default=1
        Most texts to return, `width` at most.
    length_penalty, coverage_penalty : float, default=1.0 and 0.0
        Alpha and beta of the score.
    no_repeat : int, default=4
        Tokens of the n-grams that never come a third time in a text; 0 allows all.
    forbidden : sequence of array-like of int or None, default=None
        For each text the ids that are never written.

    Returns
    -------
    list of list of Hypothesis
        For each text the best ones, best first; at least one. Of equal scores, that which
        ended first comes first. Nothing depends on the other texts, but for the rounding
        of their products side by side.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or no token may come next.

    Examples
    --------
    After the boundary 2 is more probable than 1, but 1 surely ends the text:

    >>> table = np.log(np.float32([[0, 0.4, 0.6], [1, 0, 0], [0.3, 0.35, 0.35]]) + 1e-30)
    >>> def step(memory, state, ids):
    ...     return table[ids], np.ones((len(ids), 1), np.float32), state
    >>> one = np.array([1])
    >>> for width in (1, 2):
    ...     ((best,),) = beam_search(step, (), (), one, max_lengths=one, width=width)
    ...     print(best.ids.tolist(), round(best.log_prob, 2))
    [2] -1.71
    [1] -0.92
    """
    _check_options(width, n_best, length_penalty, coverage_penalty, no_repeat)
    max_lengths = np.asarray(max_lengths)
    texts = np.arange(len(lengths))  # those that go on
    ended: list[list[_Ended]] = [[] for _ in texts]
    trail: list[tuple[np.ndarray, np.ndarray]] = []  # attention, and next rows' parents
    # A row for each hypothesis; a text has one at first.
    ids, log_prob = np.full(len(texts), BOUNDARY_ID, np.int32), np.zeros(len(texts))
    history = np.zeros((len(texts), 0), np.int32)
    covered = np.zeros((len(texts), 1), np.float32)
    for t in count():
        if not len(texts):
            break
        log_probs, attention, state = step(memory, state, ids)
        covered = covered + attention
        totals = log_probs + log_prob.astype(np.float32)[:, None]
        if forbidden is not None:
            forbid(totals, texts, forbidden)
        if no_repeat:
            totals[find_repeated(history, no_repeat)] = -np.inf
        leave_the_end(totals, max_lengths[texts] <= t)
        rows, tokens, largest = find_best(totals, len(texts), 2 * width)
        # Sums of many float32 numbers would lose digits.
        exact = log_prob[rows] + log_probs[rows, tokens]
        exact[np.isneginf(largest)] = -np.inf
        is_end = tokens == BOUNDARY_ID
        for i, rank in np.argwhere(is_end & (exact > -np.inf)).tolist():
            if rank >= width:
                continue
            row, value = int(rows[i, rank]), float(exact[i, rank])
            score = value / _divisor(t + 1, length_penalty)
            if coverage_penalty:
                looked = covered[row, : lengths[texts[i]]].clip(_LEAST, 1.0)
                score += coverage_penalty * float(np.log(looked).sum(dtype=np.float64))
            ended[texts[i]].append(_Ended(score, value, history[row], row))
        # At most one of the followers of a hypothesis ends it: enough others are left.
        exact[is_end] = -np.inf
        kept = np.argsort(is_end, axis=1, kind="stable")[:, :width]
        rows, tokens, exact = (
            np.take_along_axis(values, kept, axis=1) for values in (rows, tokens, exact)
        )
        # What the best of the others can still become: longer ones are divided by more.
        longest = np.maximum(max_lengths[texts] + 1, t + 2)
        best = exact.max(axis=1)
        next_score, last_score = (
            (best / _divisor(n, length_penalty)).tolist() for n in (t + 2, longest)
        )
        going = np.array(
            [
                not _is_done(ended[text], width, n_best, *scores)
                for text, *scores in zip(texts.tolist(), next_score, last_score)
            ]
        )
        if not going.all():
            texts, memory = texts[going], _take(memory, going)
        rows = rows[going].ravel()
        ids = tokens[going].ravel().astype(np.int32)
        log_prob, state = exact[going].ravel(), _take(state, rows)
        history = np.concatenate([history[rows], ids[:, None]], axis=1)
        covered = covered[rows]
        trail.append((attention, rows))
    return [
        [_trace(one, trail, n) for one in sorted(own, key=_fall)[:n_best]]
        for own, n in zip(ended, np.asarray(lengths).tolist())
    ]


def _check_options(
    width: int, n_best: int, length: float, coverage: float, no_repeat: int
) -> None:
    if width < 1:
        raise ValueError(f"width must be at least 1, which is greedy. Got {width!r}.")
    if not 1 <= n_best <= width:
        raise ValueError(
            f"n_best must be from 1 to width, which is {width}: a beam finds no more "
            f"texts than it is wide. Got {n_best!r}."
        )
    for name, value in (("length_penalty", length), ("coverage_penalty", coverage)):
        if not 0.0 <= value < np.inf:
            raise ValueError(f"{name} must be a number of at least 0. Got {value!r}.")
    _check_no_repeat(no_repeat)


def _check_no_repeat(no_repeat: int) -> None:
    if no_repeat < 0:
        raise ValueError(
            "no_repeat must be 0 (anything may recur) or the number of tokens that may "
            f"not come a third time. Got {no_repeat!r}."
        )


def _take(parts: Any, rows: np.ndarray) -> Any:
    """Return some rows of all arrays, in a tuple of the same type."""
    return _make_like(parts, (part[rows] for part in parts))


def _make_like(parts: tuple, values: Iterable[np.ndarray]) -> Any:
    return getattr(type(parts), "_make", tuple)(values)


def _divisor(n: Any, alpha: float) -> Any:
    return ((5.0 + n) / 6.0) ** alpha


def _fall(one: _Ended) -> float:
    return -one.score


def _is_done(
    ended: list[_Ended], width: int, n_best: int, next_score: float, last_score: float
) -> bool:
    """Tell whether a text needs no more steps.

    Parameters
    ----------
    ended : list of _Ended
        Its hypotheses that have ended.
    width, n_best : int
        As in :func:`beam_search`.
    next_score, last_score : float
        The score of the best other one if it surely ended at the next step, or at the
        greatest length; ``-inf`` if there is none.
    """
    if last_score == -np.inf:
        if not ended:
            raise ValueError(
                "Some text has no token that may come next: all are forbidden, or their "
                "probabilities are NaN. Allow at least one."
            )
        return True
    if len(ended) < n_best:
        return False
    worst = -sorted(map(_fall, ended))[n_best - 1]
    return worst >= (next_score if len(ended) >= width else last_score)


def _trace(
    one: _Ended, trail: list[tuple[np.ndarray, np.ndarray]], length: int
) -> Hypothesis:
    """Follow a hypothesis back to its beginning."""
    attention = np.empty((len(one.ids), length), np.float32)
    row = one.row
    for t in range(len(one.ids) - 1, -1, -1):
        weights, parents = trail[t]
        row = int(parents[row])
        attention[t] = weights[row, :length]
    return Hypothesis(one.ids, one.score, one.log_prob, attention)


def sample_translations(
    step: Step,
    memory: Memory,
    state: State,
    lengths: np.ndarray,
    *,
    max_lengths: ArrayLike,
    seeds: np.ndarray,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    no_repeat: int = 4,
    forbidden: Sequence[ArrayLike] | None = None,
) -> list[Hypothesis]:
    """Draw one second text for each first one.

    Parameters
    ----------
    step, memory, state, lengths, max_lengths, no_repeat, forbidden
        As in :func:`beam_search`.
    seeds : ndarray of shape (n_texts,), dtype uint64
        See :func:`~.sample.draw_uniform`. What a text becomes does not depend on the
        others, but for the rounding of their products side by side.
    temperature, top_k, top_p
        As in :func:`~.sample.filter_log_probs`.

    Returns
    -------
    list of Hypothesis
        `log_prob`, and `score` too, is that of the network, whatever the temperature; the
        end of a text that was cut at its greatest length is not in it.

    Raises
    ------
    ValueError
        As :func:`beam_search` and :func:`~.sample.filter_log_probs` do.

    Examples
    --------
    A chain in which 1 comes first, then 2, and then the end:

    >>> table = np.log(np.float32([[0, 1, 0], [0, 0, 1], [1, 0, 0]]) + 1e-30)
    >>> def step(memory, state, ids):
    ...     return table[ids], np.ones((len(ids), 1), np.float32), state
    >>> (drawn,) = sample_translations(
    ...     step, (), (), np.array([1]), max_lengths=[9], seeds=np.array([7], np.uint64))
    >>> drawn.ids.tolist(), drawn.log_prob
    ([1, 2], 0.0)
    """
    _check_no_repeat(no_repeat)
    limits, n_looked = np.asarray(max_lengths), len(memory)
    log_prob = np.zeros(len(lengths))
    ids: list[list[int]] = [[] for _ in limits]
    looked: list[list[np.ndarray]] = [[] for _ in limits]
    rows = np.flatnonzero(limits > 0)
    latest = rows, np.zeros((0, 0)), np.zeros((0, 0))

    def read(parts: State, read_ids: np.ndarray) -> tuple[np.ndarray, State]:
        """Step with a state in which all stands that has a row for each text."""
        nonlocal latest
        rows, history = parts[0], np.concatenate([parts[1], read_ids[:, None]], axis=1)
        own, state = parts[2 : 2 + n_looked], parts[2 + n_looked :]
        log_probs, attention, state = step(_make_like(memory, own), state, read_ids)
        latest = rows, log_probs, attention
        allowed = log_probs.copy()
        if forbidden is not None:
            forbid(allowed, rows, forbidden)
        if no_repeat:
            allowed[find_repeated(history, no_repeat)] = -np.inf
        return allowed, (rows, history, *own, *state)

    if len(rows):
        history = np.zeros((len(rows), 0), np.int32)
        parts = (rows, history, *_take(memory, rows), *_take(state, rows))
        first, begun = read(parts, np.full(len(rows), BOUNDARY_ID, np.int32))
        ended = np.zeros(len(rows), bool)
        drawn = generate(
            read,
            begun,
            first,
            seeds=np.asarray(seeds)[rows],
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            end=BOUNDARY_ID,
            ended=ended,
        )
        for t, tokens in enumerate(drawn):
            going, log_probs, attention = latest
            tokens = tokens[tokens >= 0]
            log_prob[going] += log_probs[np.arange(len(tokens)), tokens]
            for row, token, weights in zip(going.tolist(), tokens.tolist(), attention):
                if token != BOUNDARY_ID:
                    ids[row].append(token)
                    looked[row].append(weights[: lengths[row]])
            ended |= limits[rows] <= t + 1
    return [
        Hypothesis(
            np.array(tokens, np.int32),
            float(value),
            float(value),
            np.array(weights, np.float32).reshape(len(tokens), length),
        )
        for tokens, value, weights, length in zip(
            ids, log_prob, looked, np.asarray(lengths).tolist()
        )
    ]
