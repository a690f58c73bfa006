"""Texts that hold given words: made probable while they are written, then chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..text import UNKNOWN_ID
from ..text.spacing import is_unspaced

__all__ = ["Keywords", "choose_texts"]

# What is added at the last token to the logarithm of the probability of a keyword: as
# much as lies between a common word and a rare one.
_LARGEST_BONUS = 10.0


class Keywords:
    """Makes keywords more probable from token to token until they come.

    Parameters
    ----------
    words : sequence of ndarray of int
        Token ids of each keyword. One with an unknown token is left alone: it cannot be
        written.
    space : int or None, default=None
        The token of a space alone. A keyword that begins with it waits for one.
    """

    def __init__(self, words: Sequence[np.ndarray], space: int | None = None):
        self.space = space
        self.words = [
            word.tolist() for word in words if len(word) and UNKNOWN_ID not in word
        ]

    def wrap(
        self, step: Callable, state: tuple, log_probs: np.ndarray, n_tokens: int
    ) -> tuple[Callable, tuple, np.ndarray]:
        """Return a step that prefers keywords, with the state and the first tokens' row.

        Parameters
        ----------
        step, state, log_probs
            As :func:`~sklearn_slm.decoding.sample.generate` takes them.
        n_tokens : int
            Most tokens of a text: the bonus is greatest at the last one.
        """
        if not self.words:
            return step, state, log_probs
        n = len(log_probs)
        # How many tokens of each keyword were just written; -1 when all have come.
        progress = np.zeros((n, len(self.words)), np.int64)
        done = np.zeros((n, 1), np.int64)

        def prefer(log_probs: np.ndarray, progress: np.ndarray, done: int) -> Any:
            raised = log_probs.copy()
            bonus = _LARGEST_BONUS * (done + 1) / n_tokens
            for k, word in enumerate(self.words):
                for row in np.flatnonzero(progress[:, k] >= 0):
                    at = int(progress[row, k])
                    begins = int(word[0] == self.space)
                    if at == begins:
                        raised[row, word[at]] += bonus
                    elif at > begins:
                        # A word that has begun is finished.
                        raised[row, word[at]] += 2 * _LARGEST_BONUS
            return raised

        def step_on(state: tuple, ids: np.ndarray) -> tuple:
            *inner, progress, done = state
            log_probs, inner = step(tuple(inner), ids)
            progress = progress.copy()
            for k, word in enumerate(self.words):
                for row in np.flatnonzero(progress[:, k] >= 0):
                    at = int(progress[row, k])
                    at = at + 1 if ids[row] == word[at] else int(ids[row] == word[0])
                    progress[row, k] = -1 if at == len(word) else at
            done = done + 1
            raised = prefer(log_probs, progress, int(done[0, 0]))
            return raised, (*inner, progress, done)

        return step_on, (*state, progress, done), prefer(log_probs, progress, 0)


def choose_texts(
    texts: Sequence[str],
    scores: Sequence[float] | np.ndarray,
    words: Sequence[str],
    n: int,
    start: int = 0,
) -> list[str]:
    """Return the n texts that hold most of the words, the best of these by score.

    Parameters
    ----------
    texts : sequence of str
        What to choose from.
    scores : sequence of float
        The score of each text, the higher the better.
    words : sequence of str
        Words as they stand in texts.
    n : int
        Texts to return, in the order in which they came.
    start : int, default=0
        Where to look from: behind a prompt, whose words did not come.

    Examples
    --------
    >>> choose_texts(["a b", "a c", "b c"], [0.5, 0.1, 0.9], ["a", "c"], 1)
    ['a c']
    """
    patterns = [_find_whole(word) for word in words]
    held = [sum(bool(p.search(text, start)) for p in patterns) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: (-held[i], -scores[i], i))
    return [texts[i] for i in sorted(order[:n])]


def _find_whole(word: str) -> re.Pattern[str]:
    """Return a pattern of a word that is no part of another.

    In scripts without spaces nothing tells where a word ends.
    """
    before, after = (
        r"(?<!\w)" if word[:1].isalnum() and not is_unspaced(word[0]) else "",
        r"(?!\w)" if word[-1:].isalnum() and not is_unspaced(word[-1]) else "",
    )
    return re.compile(before + re.escape(word) + after)
