"""TokenSequences: documents as ragged rows of token ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from .ragged import Ragged
from .vocabulary import FIRST_ID, UNKNOWN_ID, Vocabulary

__all__ = ["TokenSequences", "encode_documents"]


@dataclass(frozen=True, eq=False, repr=False)
class TokenSequences:
    """Documents as token ids, end to end, with the word vectors they index.

    It behaves as an array of shape (n_documents, longest, n_components): it has
    ``shape`` and ``len``, is indexed along the first axis by slice, integer array or
    mask, and becomes dense only by ``np.asarray``. Selecting documents copies their
    ids and shares the vectors. scikit-learn's splitters take it as it is.

    Parameters
    ----------
    ids : ndarray of shape (n_tokens_in_all_documents,), dtype int32
        Token ids: 1 is unknown, known tokens begin at 2.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``, as the rows of CSR.
    vectors : ndarray of shape (n_tokens, n_components), dtype float32
        Row ``r`` is the vector of id ``r + 2``.
    vocabulary : Vocabulary
        The tokens that the ids stand for.
    columns : ndarray of shape (n_documents, n_columns), dtype float32, or None, \
default=None
        What came with the documents in other columns of a table, as numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_slm import GloveTfidfVectorizer
    >>> texts = ["a cat sat", "a dog", "the cat saw the dog"]
    >>> X = GloveTfidfVectorizer(n_components=4, random_state=0).fit_transform(texts)
    >>> X.shape, X[1:].shape
    ((3, 5, 4), (2, 5, 4))
    >>> np.asarray(X[[1]]).shape
    (1, 2, 4)
    """

    ids: np.ndarray
    offsets: np.ndarray
    vectors: np.ndarray
    vocabulary: Vocabulary
    columns: np.ndarray | None = None

    ndim = 3
    dtype = np.dtype(np.float32)

    @property
    def texts(self) -> Ragged:
        """The ids as ragged rows."""
        return Ragged(self.ids, self.offsets)

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each document, shape (n_documents,), dtype int64."""
        return np.diff(self.offsets)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Documents, tokens of the longest one, components of a vector."""
        longest = int(self.lengths.max()) if len(self) else 0
        return len(self), longest, self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, key: Any) -> TokenSequences | np.ndarray:
        """Select documents; an integer gives the ids of one document."""
        if isinstance(key, tuple):
            if len(key) != 2 or (key[1] is not Ellipsis and key[1] != slice(None)):
                raise IndexError(
                    "TokenSequences are indexed by document only, as in X[rows]; "
                    f"got {key!r}. Use np.asarray(X) for a dense array."
                )
            key = key[0]
        if isinstance(key, (int, np.integer)):
            row = range(len(self))[key]
            return self.ids[self.offsets[row] : self.offsets[row + 1]]
        if not isinstance(key, slice):
            key = np.asarray(key)
            key = key if key.size else key.astype(np.intp)
        rows = np.arange(len(self))[key]
        texts = self.texts.take(rows)
        columns = None if self.columns is None else self.columns[rows]
        return TokenSequences(
            texts.values, texts.offsets, self.vectors, self.vocabulary, columns
        )

    def __array__(
        self, dtype: np.dtype | None = None, copy: bool | None = None
    ) -> np.ndarray:
        """Return the padded vectors, float32, zeros for padding and unknown tokens."""
        if copy is False:
            raise ValueError("a dense array of TokenSequences is always a new one.")
        table = np.vstack(
            [np.zeros((FIRST_ID, self.shape[2]), np.float32), self.vectors]
        )
        dense = table[self.texts.pad(self.shape[1])]
        return dense if dtype is None else dense.astype(dtype)

    def __repr__(self) -> str:
        n_documents, longest, n_components = self.shape
        return (
            f"<TokenSequences: {n_documents} documents, {len(self.ids)} tokens, longest "
            f"{longest}, vectors {len(self.vectors)} x {n_components}>"
        )


def encode_documents(
    documents: Iterable[str],
    analyzer: Callable[[str], Sequence[str]],
    vocabulary: Vocabulary,
    max_length: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split documents into tokens and encode them.

    Parameters
    ----------
    documents : iterable of str
        Raw texts.
    analyzer : callable
        From a text to its tokens.
    vocabulary : Vocabulary
        The known tokens.
    max_length : int or None, default=None
        Keep the first ``max_length`` tokens of each document.

    Returns
    -------
    ids : ndarray of shape (n_tokens_in_all_documents,), dtype int32
        Token ids, 1 where unknown.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Where each document begins.
    """
    get = vocabulary.index.get
    rows = [
        np.fromiter(map(get, tokens, repeat(UNKNOWN_ID)), np.int32, len(tokens))
        for tokens in (analyzer(document)[:max_length] for document in documents)
    ]
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return np.concatenate([np.zeros(0, np.int32), *rows]), offsets
