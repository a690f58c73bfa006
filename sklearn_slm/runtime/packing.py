"""Where tokens lie when documents run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["Packing", "split_batches"]


@dataclass(frozen=True)
class Packing:
    """Order of tokens: the first tokens of all documents, then the second ones, ...

    Documents are sorted by falling length, so those that go on at step t are the
    first ``active[t]`` ones, packed from ``starts[t]``. "Flat" is the other order:
    document by document.

    Parameters
    ----------
    lengths : ndarray of shape (n_documents,)
        Tokens of each document, never rising.
    active : ndarray of shape (n_steps,)
        Documents that have a token at each step.
    starts : ndarray of shape (n_steps + 1,)
        Packed position at which each step begins.
    first : ndarray of shape (n_documents,)
        Flat position of each document's first token.
    flat : ndarray of shape (n_tokens,)
        Packed position to flat position.
    mirror : ndarray of shape (n_tokens,)
        Packed position of token t to that of token ``length - 1 - t``.
    """

    lengths: np.ndarray
    active: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    flat: np.ndarray
    mirror: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """Document of each packed token, shape (n_tokens,)."""
        steps = np.repeat(self.starts[:-1], self.active)
        return np.arange(self.starts[-1]) - steps

    @property
    def previous(self) -> np.ndarray:
        """Packed position of the token before each, for those from the second step on."""
        before = np.repeat(self.starts[:-2], self.active[1:])
        return before + self.rows[self.starts[1] :]

    @classmethod
    def of(cls, lengths: np.ndarray) -> Packing:
        """Pack documents of these lengths, sorted by falling length.

        Examples
        --------
        >>> packing = Packing.of(np.array([3, 1]))
        >>> packing.flat.tolist(), packing.mirror.tolist()
        ([0, 3, 1, 2], [3, 1, 2, 0])
        """
        steps = np.arange(lengths[0])
        if len(lengths) == 1:
            return cls(
                lengths=lengths,
                active=np.ones_like(steps),
                starts=np.arange(lengths[0] + 1),
                first=np.zeros(1, np.int64),
                flat=steps,
                mirror=steps[::-1],
            )
        active = len(lengths) - np.searchsorted(lengths[::-1], steps, "right")
        starts = np.zeros(len(steps) + 1, np.int64)
        np.cumsum(active, out=starts[1:])
        first = np.zeros(len(lengths), np.int64)
        np.cumsum(lengths[:-1], out=first[1:])
        step = np.repeat(steps, active)
        row = np.arange(starts[-1]) - starts[step]
        return cls(
            lengths=lengths,
            active=active,
            starts=starts,
            first=first,
            flat=first[row] + step,
            mirror=starts[lengths[row] - 1 - step] + row,
        )


def split_batches(
    lengths: np.ndarray, most_documents: int, most_tokens: int
) -> Iterator[slice]:
    """Cut documents, sorted by falling length, into runs of bounded size.

    Parameters
    ----------
    lengths : ndarray of shape (n_documents,)
        Tokens of each document, never rising.
    most_documents, most_tokens : int
        Bounds of a run, padding counted; a longer document is a run of its own.

    Yields
    ------
    slice
        Places of the documents.

    Examples
    --------
    >>> list(split_batches(np.array([9, 4, 2, 1]), 2, 8))
    [slice(0, 1, None), slice(1, 3, None), slice(3, 4, None)]
    """
    start = 0
    while start < len(lengths):
        room = most_tokens // max(int(lengths[start]), 1)
        end = min(start + max(1, min(most_documents, room)), len(lengths))
        yield slice(start, end)
        start = end
