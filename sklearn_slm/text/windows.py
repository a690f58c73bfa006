"""Overlapping windows of a long text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Windows", "cut_windows"]


class Windows(NamedTuple):
    """Windows of a text, each with the tokens that it answers for.

    Parameters
    ----------
    starts, ends : ndarray of shape (n_windows,), dtype int64
        Window ``i`` reads the tokens ``starts[i]:ends[i]``.
    own_starts, own_ends : ndarray of shape (n_windows,), dtype int64
        The tokens of which it tells: each token belongs to the window in which it is
        farthest from an end, so that it is read with the most text on both sides.
    """

    starts: np.ndarray
    ends: np.ndarray
    own_starts: np.ndarray
    own_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)


def cut_windows(n_tokens: int, size: int, step: int) -> Windows:
    """Cut a text into overlapping windows.

    Parameters
    ----------
    n_tokens : int
        Tokens of the text.
    size : int
        Tokens of a window.
    step : int
        Tokens from the beginning of a window to that of the next one, at most `size`.

    Returns
    -------
    Windows
        One, if the text is no longer; none, if it has no token. All have `size` tokens:
        the last one ends where the text does.

    Examples
    --------
    >>> windows = cut_windows(11, 6, 3)
    >>> windows.starts.tolist(), windows.ends.tolist()
    ([0, 3, 5], [6, 9, 11])
    >>> windows.own_starts.tolist(), windows.own_ends.tolist()
    ([0, 4, 7], [4, 7, 11])
    """
    if not n_tokens:
        return Windows(*(np.zeros(0, np.int64) for _ in range(4)))
    starts = np.arange(0, max(n_tokens - size, 0) + step, step, dtype=np.int64)
    starts = np.minimum(starts, max(n_tokens - size, 0))
    ends = np.minimum(starts + size, n_tokens)
    # Halfway through what two neighbours share.
    cuts = (starts[1:] + ends[:-1]) // 2
    return Windows(
        starts,
        ends,
        np.concatenate([[0], cuts]).astype(np.int64),
        np.concatenate([cuts, [n_tokens]]).astype(np.int64),
    )
