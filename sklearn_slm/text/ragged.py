"""Ragged: rows of different lengths, end to end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Ragged"]


@dataclass(frozen=True, eq=False)
class Ragged:
    """Rows of different lengths, such as texts of token ids or recordings of frames.

    Padding never is a part of it: it exists inside one batch alone.

    Parameters
    ----------
    values : ndarray of shape (n_values, ...)
        The rows, end to end.
    offsets : ndarray of shape (n_rows + 1,), dtype int64
        Row ``i`` is ``values[offsets[i]:offsets[i + 1]]``, as the rows of CSR.

    Examples
    --------
    >>> rows = Ragged(np.array([5, 6, 7]), np.array([0, 1, 1, 3]))
    >>> len(rows), rows.lengths.tolist(), rows[2].tolist()
    (3, [1, 0, 2], [6, 7])
    >>> rows.take(np.array([2, 0])).pad(2).tolist()
    [[6, 7], [5, 0]]
    """

    values: np.ndarray
    offsets: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Values of each row, shape (n_rows,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def slice(self, first: int, last: int) -> Ragged:
        """Return rows ``first:last``; their values are not copied."""
        offsets = self.offsets[first : last + 1]
        return Ragged(self.values[offsets[0] : offsets[-1]], offsets - offsets[0])

    def take(self, rows: np.ndarray) -> Ragged:
        """Select rows.

        Parameters
        ----------
        rows : ndarray of shape (n,), dtype int
            Which, in this order.
        """
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        shift = np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(self.values[np.arange(offsets[-1]) + shift], offsets)

    def cut(self, width: int, random: np.random.Generator) -> Ragged:
        """Return rows with a random stretch in place of each that is too long.

        Parameters
        ----------
        width : int
            Most values of a row.
        random : Generator
            Draws where the stretches begin.

        Examples
        --------
        >>> rows = Ragged(np.arange(2, 9), np.array([0, 2, 7]))
        >>> cut = rows.cut(3, np.random.default_rng(0))
        >>> cut[0].tolist(), cut[1].tolist()
        ([2, 3], [6, 7, 8])
        """
        lengths = np.minimum(self.lengths, width)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        starts = self.offsets[:-1] + random.integers(0, self.lengths - lengths + 1)
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return Ragged(self.values[places], offsets)

    def join(self, other: Ragged) -> Ragged:
        """Return these rows and then those of another."""
        return Ragged(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.offsets, self.offsets[-1] + other.offsets[1:]]),
        )

    def pad(self, width: int) -> np.ndarray:
        """Return the rows as one array, padded on the right with zeros.

        Parameters
        ----------
        width : int
            Values of a padded row; longer rows are cut.

        Returns
        -------
        ndarray of shape (n_rows, width, ...)
        """
        lengths = np.minimum(self.lengths, width)
        shape = (len(lengths), width, *self.values.shape[1:])
        padded = np.zeros(shape, self.values.dtype)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        kept = np.arange(lengths.sum()) + np.repeat(self.offsets[:-1] - starts, lengths)
        padded[np.arange(width) < lengths[:, None]] = self.values[kept]
        return padded
