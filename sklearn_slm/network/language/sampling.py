"""A sample of the tokens in place of all of them, for softmaxes over many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .windows import Window

__all__ = ["Sample", "choose_sample_size", "draw_sample"]

# From so many tokens on, sampling reaches a given perplexity sooner
# (docs/benchmarks/language_model.md).
_FEWEST_TOKENS = 10_000
_SMALLEST, _LARGEST = 512, 8192
# Rows that a step touches are rounded up to this, so that few shapes are compiled.
_ROUND = 1024


class Sample(NamedTuple):
    """The rows of the table that a step touches, and windows in terms of them.

    Parameters
    ----------
    rows : ndarray of shape (n_rows,), dtype int32
        Tokens whose vectors the step reads; behind them the number of all tokens, which
        none has, to fill up.
    parts : list of Window
        Windows whose ids and targets are places in `rows`.
    candidates : ndarray of shape (n_candidates,), dtype int32
        Places of the tokens that the softmax runs over.
    correction : ndarray of shape (n_candidates,), dtype float32
        Added to their logits: the logarithm of how many tokens each stands for.
    """

    rows: np.ndarray
    parts: list[Window]
    candidates: np.ndarray
    correction: np.ndarray


def choose_sample_size(softmax: str, n_tokens: int) -> int:
    """Return how many tokens a softmax in training runs over; 0 for all.

    Parameters
    ----------
    softmax : {"auto", "full", "sampled"}
        The parameter of the estimator.
    n_tokens : int
        Rows of the table.

    Examples
    --------
    >>> choose_sample_size("auto", 9_000), choose_sample_size("auto", 20_000)
    (0, 4000)
    """
    if softmax == "full" or (softmax == "auto" and n_tokens < _FEWEST_TOKENS):
        return 0
    size = min(max(n_tokens // 5, _SMALLEST), _LARGEST)
    return size if size < n_tokens else 0


def draw_sample(
    parts: Sequence[Window],
    n_tokens: int,
    size: int,
    random_state: np.random.Generator,
) -> Sample:
    """Draw the tokens that a softmax runs over, beside the right one.

    The first half are the most frequent tokens, which are always in. The others are drawn
    evenly from the rest, without repetition, and stand for all of it: the sum of their
    powers, multiplied by the share that was drawn, has the right mean.

    Parameters
    ----------
    parts : sequence of Window
        What the step reads.
    n_tokens : int
        Rows of the table, most frequent first.
    size : int
        Tokens to draw, fewer than there are.
    random_state : Generator
        Source of the sample.

    Returns
    -------
    Sample
    """
    n_sure = size // 2
    n_rest, n_drawn = n_tokens - n_sure, size - n_sure
    drawn = n_sure + random_state.choice(n_rest, n_drawn, replace=False, shuffle=False)
    candidates = np.concatenate([np.arange(n_sure), drawn])
    correction = np.zeros(size, np.float32)
    correction[n_sure:] = np.log(n_rest / n_drawn)
    read = [np.concatenate([part.ids.ravel(), part.targets.ravel()]) for part in parts]
    distinct, places = np.unique(
        np.concatenate([candidates, *read]), return_inverse=True
    )
    most = size + sum(part.ids.size + part.targets.size for part in parts)
    rows = np.full(-(-most // _ROUND) * _ROUND, n_tokens, np.int32)
    rows[: len(distinct)] = distinct
    places = places.astype(np.int32)
    moved, first = [], size
    for part in parts:
        n = part.ids.size
        ids, targets = places[first : first + n], places[first + n : first + 2 * n]
        shape = part.ids.shape
        moved.append(
            part._replace(ids=ids.reshape(shape), targets=targets.reshape(shape))
        )
        first += 2 * n
    return Sample(rows, moved, places[:size], correction)
