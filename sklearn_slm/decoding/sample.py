"""Tokens drawn one after another from log-probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from numbers import Integral, Real

import numpy as np

__all__ = [
    "check_sampling",
    "draw",
    "draw_uniform",
    "filter_log_probs",
    "generate",
]

State = tuple[np.ndarray, ...]
Step = Callable[[State, np.ndarray], tuple[np.ndarray, State]]

# Tokens whose probabilities are summed before one is looked for among them.
_BLOCK = 128
# How often a token is drawn again before all are put in order.
_MOST_DRAWS = 8
# Numbers of each text that are made at a time, when texts are written.
_AHEAD = 64
# Part of a sum of float32 numbers that is rounding, and no reason for one token more.
_SLACK = 1e-7


def filter_log_probs(
    log_probs: np.ndarray,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> np.ndarray:
    """Sharpen or flatten distributions, and leave out what is improbable.

    Parameters
    ----------
    log_probs : ndarray of shape (n, n_tokens), dtype float32
        Natural logarithms of probabilities, up to a constant of each row; ``-inf`` where
        a token is not allowed.
    temperature : float, default=1.0
        Divides the logarithms: below 1 probable tokens become more so. 0 leaves only the
        most probable token of each row, the first one among equals.
    top_k : int, default=0
        Leave only so many tokens, the most probable ones; 0 leaves all.
    top_p : float, default=1.0
        Leave the smallest set of tokens whose probabilities, after temperature and
        `top_k`, sum to at least this (nucleus sampling: Holtzman et al., 2020). Of
        equally probable tokens the first ones stay.

    Returns
    -------
    ndarray of shape (n, n_tokens), dtype float32
        Logarithms, not normalised: the largest of a row is 0, and what is left out is
        ``-inf``.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or no token of a row is allowed.

    Examples
    --------
    >>> log_probs = np.log(np.float32([[0.5, 0.1, 0.25, 0.15]]))
    >>> np.exp(filter_log_probs(log_probs, top_k=3)).round(2).tolist()
    [[1.0, 0.0, 0.5, 0.30000001192092896]]
    >>> np.isfinite(filter_log_probs(log_probs, top_p=0.7)).tolist()
    [[True, False, True, False]]
    """
    check_sampling(temperature, top_k, top_p)
    largest = log_probs.max(axis=1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError(
            "Some text has no token that may come next: all are forbidden, or their "
            "probabilities are NaN. Allow at least one."
        )
    # Before the division, so that no temperature makes all of a row infinite.
    scores = log_probs - largest
    # Beyond its type's largest number all allowed tokens are equally probable anyway.
    divisor = scores.dtype.type(min(temperature, float(np.finfo(scores.dtype).max)))
    if divisor == 0.0:
        top_k = 1
    elif divisor != 1.0:
        with np.errstate(over="ignore"):
            scores /= divisor
    for row in scores if top_k or top_p < 1.0 else ():
        if 0 < top_k < len(row):
            np.copyto(row, -np.inf, where=~_find_largest(row, top_k))
        if top_p < 1.0:
            np.copyto(row, -np.inf, where=~_find_nucleus(np.exp(row), top_p))
    return scores


def check_sampling(temperature: float, top_k: int, top_p: float) -> None:
    """Refuse options that are out of their range; see :func:`filter_log_probs`.

    Raises
    ------
    ValueError
        Naming the first of them.
    """
    if not isinstance(temperature, Real) or not 0.0 <= temperature < np.inf:
        raise ValueError(
            "temperature must be 0 (always the most probable token) or a positive "
            f"number. Got {temperature!r}."
        )
    if not isinstance(top_k, Integral) or isinstance(top_k, bool) or top_k < 0:
        raise ValueError(
            f"top_k must be 0 (all tokens) or a positive whole number. Got {top_k!r}."
        )
    if not isinstance(top_p, Real) or not 0.0 < top_p <= 1.0:
        raise ValueError(
            "top_p must be above 0 and at most 1 (all tokens), such as 0.95. Got "
            f"{top_p!r}."
        )


def _find_largest(scores: np.ndarray, k: int) -> np.ndarray:
    """Return True at the k largest scores, shape (n_tokens,)."""
    # The k-th largest is no smaller than that of the largest ones of blocks: few scores
    # are left to be put in order.
    starts = np.arange(0, len(scores), max(len(scores) // (4 * k), 1))
    largest = np.maximum.reduceat(scores, starts)
    candidates = scores
    if len(largest) >= k:
        candidates = scores[scores >= np.partition(largest, -k)[-k]]
    return _find_first(scores, np.partition(candidates, -k)[-k], k)


def _find_nucleus(powers: np.ndarray, p: float) -> np.ndarray:
    """Return True at the largest powers that sum to a part of all, shape (n_tokens,)."""
    total = powers.sum(dtype=np.float64)
    # All that are smaller sum to less than what may be left out.
    candidates = powers[powers >= (1.0 - p) * total / len(powers)]
    candidates = np.sort(candidates)[::-1]
    sums = candidates.cumsum(dtype=np.float64)
    last = min(int(sums.searchsorted((1.0 - _SLACK) * p * total)), len(sums) - 1)
    return _find_first(powers, candidates[last], last + 1)


def _find_first(values: np.ndarray, lowest: np.floating, n: int) -> np.ndarray:
    """Return True at the n largest values, of which `lowest` is the last."""
    is_kept = values >= lowest
    surplus = np.count_nonzero(is_kept) - n
    if surplus > 0:
        is_kept[np.flatnonzero(values == lowest)[-surplus:]] = False
    return is_kept


def draw(
    log_probs: np.ndarray, uniform: np.ndarray, *, top_p: float = 1.0
) -> np.ndarray:
    """Draw a token of each row.

    Parameters
    ----------
    log_probs : ndarray of shape (n, n_tokens), dtype float32
        Natural logarithms of probabilities, up to a constant of each row; ``-inf`` is
        never drawn, and one token of each row is not.
    uniform : ndarray of shape (n,), dtype float64
        A number in [0, 1) for each row, which alone decides: the token is the first one
        at which the sum of the probabilities exceeds it.
    top_p : float, default=1.0
        Draw from the tokens that :func:`filter_log_probs` would leave. They need not be
        put in order for it: a token that is not among them is drawn again, by a number
        made of the first one.

    Returns
    -------
    ndarray of shape (n,), dtype int32
        A row has the same token whatever other rows there are.

    Examples
    --------
    >>> log_probs = np.log(np.float32([[0.5, 0.25, 0.25]] * 3))
    >>> draw(log_probs, np.array([0.4, 0.6, 0.8])).tolist()
    [0, 1, 2]
    """
    powers = np.exp(log_probs - log_probs.max(axis=1, keepdims=True))
    return _draw_each(powers, uniform, top_p)


def _draw_each(powers: np.ndarray, uniform: np.ndarray, top_p: float) -> np.ndarray:
    """Draw a place of each row with a probability in proportion to its power."""
    ids = np.empty(len(powers), np.int32)
    for row, (own, number) in enumerate(zip(powers, uniform.tolist())):
        ids[row] = _draw_one(own, number, top_p)
    return ids


def _draw_one(powers: np.ndarray, number: float, top_p: float) -> int:
    """Draw a place of one row; see :func:`draw`."""
    if top_p == 1.0:
        return _pick(powers, number)[0]
    for _ in range(_MOST_DRAWS):
        place, total = _pick(powers, number)
        if _is_in_nucleus(powers, place, top_p * total):
            return place
        bits = np.array([number * 2.0**53], np.uint64)
        number = float(draw_uniform(bits, 0)[0])
    # The nucleus is a small part of the whole.
    return _pick(powers * _find_nucleus(powers, top_p), number)[0]


def _pick(powers: np.ndarray, number: float) -> tuple[int, float]:
    """Return the first place at which the sum exceeds a part of the total, and that."""
    # First a block, then a place in it: a sum that runs over all takes longer.
    starts = np.arange(0, len(powers), _BLOCK)
    blocks = np.add.reduceat(powers, starts, dtype=np.float64)
    total = float(blocks.sum())
    block, aim = _find(blocks, number * total)
    first = block * _BLOCK
    return first + _find(powers[first : first + _BLOCK], aim)[0], total


def _is_in_nucleus(powers: np.ndarray, place: int, least: float) -> bool:
    """Tell whether the powers that come before a place, in falling order, sum to less."""
    power = powers[place]
    before = float((powers * (powers > power)).sum(dtype=np.float64))
    # Equal ones come in the order of their places.
    before += float(power) * np.count_nonzero(powers[:place] == power)
    return bool(before < (1.0 - _SLACK) * least)


def _find(values: np.ndarray, aim: float) -> tuple[int, float]:
    """Find the first place at which the sum of values exceeds a number.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Not negative, and not all zero.
    aim : float
        Not negative; if it is not below the sum of all, which rounding can do, the last
        value that is not zero is meant.

    Returns
    -------
    place : int
        Its value is never zero.
    rest : float
        By how much the number exceeds the sum before that place.
    """
    sums = values.cumsum(dtype=np.float64)
    place = int(sums.searchsorted(aim, "right"))
    if place == len(sums):
        place = int(sums.searchsorted(sums[-1], "left"))
    return place, max(aim - float(sums[place] - values[place]), 0.0)


def draw_uniform(seeds: np.ndarray, step: int | np.ndarray) -> np.ndarray:
    """Return one number for each seed, independent from step to step.

    Numbers do not depend on each other, so that rows can leave, or be run elsewhere. They
    are those of splitmix64 (Steele, Lea, Flood, 2014).

    Parameters
    ----------
    seeds : ndarray of shape (n,), dtype uint64
        Where the generator of each row begins.
    step : int or ndarray of int
        Which number of it, from 0; several as an array of shape (n_steps, 1).

    Returns
    -------
    ndarray of shape (n,) or (n_steps, n), dtype float64
        In [0, 1).
    """
    steps = np.atleast_1d(np.asarray(step, np.uint64)) + np.uint64(1)
    mixed = seeds.astype(np.uint64) + steps * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) * 2.0**-53


def generate(
    step: Step,
    state: State,
    log_probs: np.ndarray,
    *,
    seeds: np.ndarray,
    n_tokens: int | None = None,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    forbidden: np.ndarray | None = None,
    end: int | None = None,
    ended: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """Go on with several texts, token by token.

    Parameters
    ----------
    step : callable
        Given the state and ids int32 (n,) of the rows that go on, returns their next
        log-probabilities (n, n_tokens) and state. Whatever else is to decide, such as a
        cache, is wrapped around it.
    state : tuple of ndarray of shape (n, ...)
        Any arrays with a row for each text.
    log_probs : ndarray of shape (n, n_tokens), dtype float32
        Logarithms of the probabilities of the first tokens.
    seeds : ndarray of shape (n,), dtype uint64
        See :func:`draw_uniform`. What a text becomes does not depend on the others, but
        for the rounding of their products side by side.
    n_tokens : int or None, default=None
        Most tokens of each text; None goes on until all have ended.
    temperature, top_k, top_p
        As in :func:`filter_log_probs`.
    forbidden : ndarray of int or None, default=None
        Ids that are never drawn.
    end : int or None, default=None
        The id that ends a text.
    ended : ndarray of shape (n,), dtype bool, or None, default=None
        Read and written after every token: whoever sets a row to True ends that text.

    Yields
    ------
    ndarray of shape (n,), dtype int32
        The next token of each text, -1 where it has ended before. The token `end` itself
        comes once. Memory does not grow with the tokens.

    Raises
    ------
    ValueError
        As :func:`filter_log_probs` does, at the first token.

    Examples
    --------
    A chain in which each token is followed by the next one, and 3 by the end:

    >>> chain = np.log(np.float32([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    ...     + 1e-30)
    >>> def step(state, ids):
    ...     return chain[ids], state
    >>> seeds = np.arange(2, dtype=np.uint64)
    >>> [ids.tolist() for ids in generate(step, (), chain[[1, 2]], seeds=seeds, end=0)]
    [[2, 3], [3, 0], [0, -1]]
    """
    check_sampling(temperature, top_k, top_p)
    n = len(log_probs)
    ended = np.zeros(n, bool) if ended is None else ended
    rows = np.arange(n)
    ids = np.full(n, -1, np.int32)
    for i in count() if n_tokens is None else range(n_tokens):
        going = ~ended[rows]
        if not going.any():
            return
        if not going.all():
            rows, ids = rows[going], ids[going]
            state = tuple(part[going] for part in state)
            log_probs = log_probs[going]
        if i:
            log_probs, state = step(state, ids)
        if forbidden is not None:
            log_probs = log_probs.copy()
            log_probs[:, forbidden] = -np.inf
        scores = filter_log_probs(log_probs, temperature=temperature, top_k=top_k)
        if i % _AHEAD == 0:
            numbers = draw_uniform(seeds, i + np.arange(_AHEAD)[:, None])
        ids = _draw_each(np.exp(scores), numbers[i % _AHEAD, rows], top_p)
        if end is not None:
            ended[rows] = ids == end
        everywhere = np.full(n, -1, np.int32)
        everywhere[rows] = ids
        yield everywhere
