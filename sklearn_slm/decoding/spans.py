"""From scores of first and last tokens to the best legal spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["FoundSpans", "ScoredSpan", "find_spans", "fit_temperature"]

# Spans that are compared at a time: 16 MB of scores.
_BLOCK_SPANS = 1 << 21
_TEMPERATURES = np.geomspace(0.5, 4.0, 13)


class FoundSpans(NamedTuple):
    """The best spans of a passage, and how probable it is that there is none.

    Parameters
    ----------
    first, last : ndarray of shape (n_spans,), dtype int64
        First and last token of each, the best span first.
    probability : ndarray of shape (n_spans,), dtype float64
        Their probabilities, falling.
    none : float
        The probability that no span is right.
    """

    first: np.ndarray
    last: np.ndarray
    probability: np.ndarray
    none: float


class ScoredSpan(NamedTuple):
    """The scores of a passage whose right span is known.

    Parameters
    ----------
    start, end : ndarray of shape (n_tokens,), dtype float32
        Log-odds as :func:`find_spans` takes them.
    first, last : int
        First and last token of the right span; -1 and -1 if there is none.
    """

    start: np.ndarray
    end: np.ndarray
    first: int
    last: int


def find_spans(
    start: np.ndarray,
    end: np.ndarray,
    *,
    max_length: int,
    k: int = 1,
    temperature: float = 1.0,
) -> FoundSpans:
    """Find the most probable spans.

    With s(i) and e(j) the log-odds of a first and of a last token against there being no
    answer, a span of tokens i to j has the score s(i) + e(j), and no answer the score 0.
    The softmax of the scores over all legal spans and no answer is the probability. All
    spans of all windows of a passage stand in this one sum (shared normalisation; Clark
    and Gardner, 2018), so that they can be compared.

    Parameters
    ----------
    start, end : ndarray of shape (n_tokens,), dtype float32
        The log-odds.
    max_length : int
        Tokens of the longest legal span.
    k : int, default=1
        How many spans; all legal ones where there are fewer. They may overlap.
    temperature : float, default=1.0
        What scores are divided by before the softmax.

    Returns
    -------
    FoundSpans
        Where scores are equal, the span that begins first comes first, then the shorter.

    Examples
    --------
    >>> import numpy as np
    >>> start, end = np.log([1.0, 8.0, 1.0]), np.log([2.0, 1.0, 4.0])
    >>> found = find_spans(start, end, max_length=2, k=2)
    >>> found.first.tolist(), found.last.tolist()
    ([1, 1], [2, 1])
    >>> (1 / found.probability).round(4).tolist(), round(1 / found.none, 4)
    ([1.5, 6.0], 48.0)
    """
    total = 0.0  # the score of no answer
    best: list[np.ndarray] = [np.zeros(0)]
    spans: list[np.ndarray] = [np.zeros((0, 2), np.int64)]
    for first, scores in _score_blocks(start, end, max_length, temperature):
        total = float(np.logaddexp(total, _sum_logs(scores)))
        places = _find_largest(scores.ravel(), k)
        rows, columns = np.divmod(places, scores.shape[1])
        best.append(scores.ravel()[places])
        spans.append(np.stack([first + rows, first + rows + columns], axis=1))
    values, bounds = np.concatenate(best), np.concatenate(spans)
    order = np.lexsort((bounds[:, 1], bounds[:, 0], -values))[:k]
    # Beyond the last token no span ends.
    order = order[values[order] > -np.inf]
    return FoundSpans(
        bounds[order, 0],
        bounds[order, 1],
        np.exp(values[order] - total),
        float(np.exp(-total)),
    )


def fit_temperature(known: Sequence[ScoredSpan], *, max_length: int) -> float:
    """Return the temperature under which right spans are most probable.

    Parameters
    ----------
    known : sequence of ScoredSpan
        Passages that the scores were not trained on (Guo et al., 2017). Their right spans
        are legal.
    max_length : int
        Tokens of the longest legal span.

    Returns
    -------
    float
        From 0.5 to 4; 1 if nothing is known.
    """
    if not known:
        return 1.0
    likelihood = np.zeros(len(_TEMPERATURES))
    for start, end, first, last in known:
        right = 0.0 if first < 0 else float(start[first]) + float(end[last])
        for i, temperature in enumerate(_TEMPERATURES.tolist()):
            total = 0.0
            for _, scores in _score_blocks(start, end, max_length, temperature):
                total = float(np.logaddexp(total, _sum_logs(scores)))
            likelihood[i] += right / temperature - total
    return float(_TEMPERATURES[likelihood.argmax()])


def _score_blocks(
    start: np.ndarray, end: np.ndarray, max_length: int, temperature: float
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the scores of all spans of one first token after another, many at a time.

    Yields
    ------
    first : int
        The first of the first tokens.
    scores : ndarray of shape (n_first_tokens, longest), dtype float64
        By first token and number of further tokens; minus infinity for no legal span.
    """
    n = len(start)
    longest = min(max_length, n)
    padded = np.concatenate([end, np.full(longest, -np.inf)]).astype(np.float64)
    size = max(_BLOCK_SPANS // max(longest, 1), 1)
    for first in range(0, n, size):
        starts = np.arange(first, min(first + size, n))
        lasts = starts[:, None] + np.arange(longest)
        yield first, (start[starts, None] + padded[lasts]) / temperature


def _sum_logs(scores: np.ndarray) -> float:
    largest = scores.max()
    return float(largest + np.log(np.exp(scores - largest).sum()))


def _find_largest(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the places of the k largest scores, and of all that equal the last one.

    Which of equal ones come first is not left to `partition`.
    """
    if k >= len(scores):
        return np.arange(len(scores))
    if k == 1:
        return np.array([scores.argmax()])
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    return np.flatnonzero(scores >= least)
