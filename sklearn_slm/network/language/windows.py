"""A stream of documents, read in windows by several rows side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...text import BOUNDARY_ID, Ragged

__all__ = ["Stream", "Window", "Windows"]


@dataclass(frozen=True)
class Stream:
    """Documents to model, of which each is read as a boundary, its label, its tokens.

    Parameters
    ----------
    texts : Ragged
        Token ids of the documents, int32, without boundaries.
    labels : ndarray of shape (n_documents,), dtype int32, or None, default=None
        The token that stands for the label of each document, if there are labels.
    is_independent : bool, default=True
        Whether the state begins anew with each document. If not, the documents follow
        each other in their order, as the lines of a book.
    rows : ndarray of shape (n,), dtype int, or None, default=None
        Which of the documents; None for all. Their ids are not copied: they may lie in a
        file that is larger than the memory.
    """

    texts: Ragged
    labels: np.ndarray | None = None
    is_independent: bool = True
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.texts if self.rows is None else self.rows)

    @property
    def documents(self) -> np.ndarray:
        """Which documents, shape (n,)."""
        return np.arange(len(self)) if self.rows is None else self.rows

    @property
    def n_before(self) -> int:
        """Tokens that are read before those of a document: boundary and label."""
        return 1 if self.labels is None else 2

    @property
    def lengths(self) -> np.ndarray:
        """Tokens to predict of each document, its boundary included."""
        lengths = self.texts.lengths
        return (lengths if self.rows is None else lengths[self.rows]) + self.n_before

    @property
    def n_tokens(self) -> int:
        """Tokens to predict of all documents."""
        return int(self.lengths.sum())


class Window(NamedTuple):
    """What a step reads, time first.

    Parameters
    ----------
    ids, targets : ndarray of shape (steps, n_rows), dtype int32
        Tokens, and the tokens that follow them.
    weight : ndarray of shape (steps, n_rows), dtype float32
        0 behind the end of the stream, else 1.
    carry : ndarray of shape (steps, n_rows, 1), dtype float32
        0 where the state begins anew before a token, else 1.
    """

    ids: np.ndarray
    targets: np.ndarray
    weight: np.ndarray
    carry: np.ndarray

    def halve(self) -> list[Window]:
        """Return its rows in two halves; in one if there is one row."""
        n_rows = self.ids.shape[1]
        middle = (n_rows + 1) // 2
        halves = [slice(0, middle), slice(middle, None)][: min(n_rows, 2)]
        return [Window(*(part[:, half] for part in self)) for half in halves]


@dataclass(frozen=True)
class Windows:
    """The windows of one epoch after another.

    The stream is cut into as many parts of one length as there are rows, which are read
    side by side. Only where each document begins is kept in memory.

    Parameters
    ----------
    stream : Stream
        What is read.
    n_rows : int
        Rows side by side.
    steps : int
        Tokens of a row in a window.
    backward : bool, default=False
        Whether each document is read from its last token to its first.
    keeps_whole : bool, default=False
        Whether a row begins where a document does, so that none is read in two parts of
        which the second knows nothing of the first. Rows are then of different lengths.

    Examples
    --------
    >>> texts = Ragged(np.array([5, 6, 7], np.int32), np.array([0, 2, 3]))
    >>> (window,) = Windows(Stream(texts), n_rows=1, steps=5).read()
    >>> window.ids[:, 0].tolist(), window.targets[:, 0].tolist()
    ([0, 5, 6, 0, 7], [5, 6, 0, 7, 0])
    """

    stream: Stream
    n_rows: int
    steps: int
    backward: bool = False
    keeps_whole: bool = False

    @property
    def row_length(self) -> int:
        """Tokens of a row, of the longest one."""
        if not self.keeps_whole:
            return -(-self.stream.n_tokens // self.n_rows)
        return int(np.diff(self._cut(self._find_starts())).max())

    def __len__(self) -> int:
        return -(-self.row_length // self.steps)

    def _find_starts(self, lengths: np.ndarray | None = None) -> np.ndarray:
        """Return where each document begins in the stream, and where the last one ends."""
        lengths = self.stream.lengths if lengths is None else lengths
        starts = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        return starts

    def _cut(self, starts: np.ndarray) -> np.ndarray:
        """Return where each row begins in the stream, and where the last one ends."""
        ideal = -(-int(starts[-1]) // self.n_rows) * np.arange(self.n_rows + 1)
        if self.keeps_whole:
            ideal = starts[np.minimum(np.searchsorted(starts, ideal), len(starts) - 1)]
        return np.minimum(ideal, starts[-1])

    def read(self, order: np.ndarray | None = None, first: int = 0) -> Iterator[Window]:
        """Yield the windows of an epoch.

        Parameters
        ----------
        order : ndarray of shape (n_documents,), dtype int, or None, default=None
            Order of the documents; None leaves them as they are.
        first : int, default=0
            Number of the window to begin with.

        Yields
        ------
        Window
        """
        lengths, documents = self.stream.lengths, self.stream.documents
        if order is not None:
            lengths, documents = lengths[order], documents[order]
        starts = self._find_starts(lengths)
        rows = self._cut(starts)
        n_windows = -(-int(np.diff(rows).max()) // self.steps)
        for i in range(first, n_windows):
            within = (np.arange(self.steps + 1) + i * self.steps)[:, None]
            positions = rows[:-1] + within
            ids = self._look_up(positions, documents, starts)
            weight = (positions[:-1] < rows[1:]).astype(np.float32)
            carry = np.ones((self.steps, self.n_rows, 1), np.float32)
            if self.stream.is_independent:
                carry[ids[:-1] == BOUNDARY_ID] = 0.0
            yield Window(ids[:-1], ids[1:], weight, carry)

    def _look_up(
        self, positions: np.ndarray, documents: np.ndarray, starts: np.ndarray
    ) -> np.ndarray:
        """Return the tokens at these positions of the stream."""
        texts, labels = self.stream.texts, self.stream.labels
        place = np.searchsorted(starts[1:], positions, "right")
        is_inside = place < len(documents)
        place = np.minimum(place, len(documents) - 1)
        within, document = positions - starts[place], documents[place]
        n_before = self.stream.n_before
        is_token = is_inside & (within >= n_before)
        if self.backward:
            source = texts.offsets[document + 1] - 1 - (within - n_before)
        else:
            source = texts.offsets[document] + within - n_before
        ids = np.full(positions.shape, BOUNDARY_ID, np.int32)
        ids[is_token] = texts.values[source[is_token]]
        if labels is not None:
            is_label = is_inside & (within == 1)
            ids[is_label] = labels[document[is_label]]
        return ids
