"""Vocabulary: tokens, their ids and what the corpus says of them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

__all__ = [
    "BOUNDARY_ID",
    "FIRST_ID",
    "PADDING_ID",
    "UNKNOWN_ID",
    "Vocabulary",
    "count_documents",
    "count_tokens",
    "learn_vocabulary",
    "prune_tokens",
    "renumber",
    "select_tokens",
]

PADDING_ID = 0
# What is outside of documents is padding in a batch, and a boundary in a stream of them.
BOUNDARY_ID = PADDING_ID
UNKNOWN_ID = 1
FIRST_ID = 2

# Ids counted and renumbered at a time, so that little is copied.
_BLOCK = 1 << 20


@dataclass(frozen=True, eq=False, repr=False)
class Vocabulary:
    """The known tokens, most frequent first, and their counts in the corpus.

    The id of ``tokens[i]`` is ``i + 2``: id 0 is padding, id 1 any unknown token.

    Parameters
    ----------
    tokens : tuple of str
        Distinct tokens.
    token_counts : ndarray of shape (n_tokens,), dtype int64
        Occurrences of each token in the corpus.
    document_counts : ndarray of shape (n_tokens,), dtype int64
        Documents that contain each token.
    n_documents : int
        Documents in the corpus.
    corpus_size : int
        Tokens in the corpus, those that were pruned included.

    Examples
    --------
    >>> vocabulary, ids, offsets = learn_vocabulary([["a", "b", "a"], ["b", "a"]])
    >>> vocabulary.tokens, vocabulary.token_counts.tolist()
    (('a', 'b'), [3, 2])
    >>> vocabulary.encode(["b", "c"]).tolist()
    [3, 1]
    >>> vocabulary.decode([3, 1])
    ['b', None]
    """

    tokens: tuple[str, ...]
    token_counts: np.ndarray
    document_counts: np.ndarray
    n_documents: int
    corpus_size: int

    @cached_property
    def index(self) -> dict[str, int]:
        """Token to id."""
        return dict(zip(self.tokens, count(FIRST_ID)))

    def encode(self, tokens: Iterable[str]) -> np.ndarray:
        """Return the ids of tokens, shape (n,), dtype int32; 1 where unknown."""
        get = self.index.get
        return np.fromiter((get(t, UNKNOWN_ID) for t in tokens), dtype=np.int32)

    def decode(self, ids: Iterable[int]) -> list[str | None]:
        """Return the tokens of ids; None for padding and unknown."""
        return [self.tokens[i - FIRST_ID] if i >= FIRST_ID else None for i in ids]

    def extend(self, tokens: Iterable[str]) -> Vocabulary:
        """Return the vocabulary with words behind it that the corpus does not have.

        Parameters
        ----------
        tokens : iterable of str
            New tokens; their counts are 0.

        Returns
        -------
        Vocabulary
            The ids of the former tokens are as they were.

        Examples
        --------
        >>> vocabulary = learn_vocabulary([["a", "b", "a"]])[0].extend(["c"])
        >>> vocabulary.tokens, vocabulary.token_counts.tolist()
        (('a', 'b', 'c'), [2, 1, 0])
        """
        added = tuple(tokens)
        none = np.zeros(len(added), np.int64)
        return replace(
            self,
            tokens=self.tokens + added,
            token_counts=np.concatenate([self.token_counts, none]),
            document_counts=np.concatenate([self.document_counts, none]),
        )

    def keep_first(self, n: int) -> Vocabulary:
        """Return the n most frequent tokens; the others become unknown."""
        return replace(
            self,
            tokens=self.tokens[:n],
            token_counts=self.token_counts[:n],
            document_counts=self.document_counts[:n],
        )

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.index

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return self is other or self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def __repr__(self) -> str:
        return f"Vocabulary(n_tokens={len(self)}, n_documents={self.n_documents})"

    def __getstate__(self) -> dict:
        # The index is derived; without it a pickle is half as large.
        return {k: v for k, v in self.__dict__.items() if k != "index"}


def learn_vocabulary(
    documents: Iterable[Sequence[str]],
    *,
    min_df: float = 1,
    max_df: float = 1.0,
    max_features: int | None = None,
) -> tuple[Vocabulary, np.ndarray, np.ndarray]:
    """Learn the vocabulary of tokenised documents and encode them, in one pass.

    Tokens are ordered by falling count, equal ones alphabetically, so the order of
    the documents does not matter.

    Parameters
    ----------
    documents : iterable of sequences of str
        The tokens of each document.
    min_df, max_df : int or float, default=1 and 1.0
        Keep tokens found in at least ``min_df`` and at most ``max_df`` documents; an
        int counts documents, a float is a proportion of them.
    max_features : int or None, default=None
        Keep only the most frequent tokens.

    Returns
    -------
    vocabulary : Vocabulary
        The kept tokens.
    ids : ndarray of shape (corpus_size,), dtype int32
        The documents end to end; pruned tokens are unknown (1).
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    ValueError
        If no token is left.
    """
    seen: defaultdict[str, int] = defaultdict(count().__next__)
    # One growing buffer of four bytes a token: a stream may be far larger as text.
    buffer, ends = array("i"), array("q", [0])
    for tokens in documents:
        buffer.extend(map(seen.__getitem__, tokens))
        ends.append(len(buffer))
    ids, offsets = np.frombuffer(buffer, np.int32), np.frombuffer(ends, np.int64)
    n_documents = len(offsets) - 1
    names = list(seen)
    token_counts = count_tokens(ids, len(names))
    document_counts = count_documents(ids, offsets, len(names))
    kept = prune_tokens(
        names,
        token_counts,
        document_counts,
        n_documents,
        min_df=min_df,
        max_df=max_df,
        max_features=max_features,
    )
    new_id = np.full(len(names), UNKNOWN_ID, np.int32)
    new_id[kept] = np.arange(FIRST_ID, FIRST_ID + len(kept))
    renumber(ids, new_id)
    vocabulary = Vocabulary(
        tokens=tuple(names[i] for i in kept),
        token_counts=token_counts[kept],
        document_counts=document_counts[kept],
        n_documents=n_documents,
        corpus_size=len(ids),
    )
    return vocabulary, ids, offsets


def count_tokens(ids: np.ndarray, n_tokens: int) -> np.ndarray:
    """Count tokens.

    Parameters
    ----------
    ids : ndarray of shape (n,), dtype int32
        Tokens as numbers below `n_tokens`. They may be in a file: only a part of them is
        copied at a time.
    n_tokens : int
        Number of different tokens.

    Returns
    -------
    ndarray of shape (n_tokens,), dtype int64

    Examples
    --------
    >>> count_tokens(np.array([0, 2, 0]), 3)
    array([2, 0, 1])
    """
    counts = np.zeros(n_tokens, np.int64)
    for start in range(0, len(ids), _BLOCK):
        counts += np.bincount(ids[start : start + _BLOCK], minlength=n_tokens)
    return counts


def count_documents(ids: np.ndarray, offsets: np.ndarray, n_tokens: int) -> np.ndarray:
    """Count the documents that have each token.

    Parameters
    ----------
    ids : ndarray of shape (n,), dtype int32
        The documents end to end, as for :func:`count_tokens`.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Where each document begins.
    n_tokens : int
        Number of different tokens.

    Returns
    -------
    ndarray of shape (n_tokens,), dtype int64

    Examples
    --------
    >>> count_documents(np.array([0, 1, 0, 1]), np.array([0, 3, 4]), 2)
    array([1, 2])
    """
    document_counts = np.zeros(n_tokens, np.int64)
    # The document in which each token was last counted: one may reach over many blocks.
    counted_in = np.full(n_tokens, -1, np.int64)
    for start in range(0, len(ids), _BLOCK):
        block = ids[start : start + _BLOCK]
        stop = start + len(block)
        first = int(np.searchsorted(offsets, start, "right")) - 1
        last = int(np.searchsorted(offsets, stop, "left"))
        lengths = np.diff(np.clip(offsets[first : last + 1], start, stop))
        numbers = np.repeat(np.arange(first, last), lengths)
        pairs = np.sort(numbers * n_tokens + block)
        pairs = pairs[
            np.diff(pairs, prepend=-1) > 0
        ]  # np.unique takes five times longer
        documents, tokens = np.divmod(pairs, n_tokens)
        new = counted_in[tokens] != documents
        document_counts += np.bincount(tokens[new], minlength=n_tokens)
        open_still = tokens[documents == last - 1]
        counted_in[open_still] = last - 1
    return document_counts


def prune_tokens(
    names: Sequence[str],
    token_counts: np.ndarray,
    document_counts: np.ndarray,
    n_documents: int,
    *,
    min_df: float,
    max_df: float,
    max_features: int | None,
) -> np.ndarray:
    """Choose the tokens of a vocabulary by the documents that have them.

    Parameters
    ----------
    names : sequence of str
        All tokens.
    token_counts, document_counts : ndarray of shape (n_tokens,), dtype int64
        Their occurrences, and the documents that have them.
    n_documents : int
        Documents in all.
    min_df, max_df, max_features
        As in :func:`learn_vocabulary`.

    Returns
    -------
    ndarray of shape (n_kept,), dtype intp
        As :func:`select_tokens` returns it.

    Raises
    ------
    ValueError
        If no token is left.
    """
    allowed = (document_counts >= _as_count(min_df, n_documents)) & (
        document_counts <= _as_count(max_df, n_documents)
    )
    kept = select_tokens(names, token_counts, allowed, max_features)
    if not len(kept):
        raise ValueError(_describe_empty(n_documents, len(names), min_df, max_df))
    return kept


def select_tokens(
    names: Sequence[str],
    token_counts: np.ndarray,
    allowed: np.ndarray,
    max_features: int | None,
) -> np.ndarray:
    """Choose the tokens of a vocabulary.

    Parameters
    ----------
    names : sequence of str
        All tokens.
    token_counts : ndarray of shape (n_tokens,), dtype int64
        Their occurrences.
    allowed : ndarray of shape (n_tokens,), dtype bool
        Which may be chosen.
    max_features : int or None
        How many at most.

    Returns
    -------
    ndarray of shape (n_kept,), dtype intp
        Their numbers by falling count, equal ones alphabetically.
    """
    falling = -token_counts
    # Not by NumPy, whose strings are all as long as the longest.
    order = sorted(
        np.flatnonzero(allowed).tolist(), key=lambda i: (falling[i], names[i])
    )
    return np.array(order[:max_features], np.intp)


def renumber(ids: np.ndarray, new_id: np.ndarray) -> None:
    """Replace each id in place, a block at a time.

    Parameters
    ----------
    ids : ndarray of shape (n,), dtype int32
        They may be in a file.
    new_id : ndarray of shape (n_tokens,), dtype int32
        What stands for each.
    """
    for start in range(0, len(ids), _BLOCK):
        ids[start : start + _BLOCK] = new_id[ids[start : start + _BLOCK]]


def _as_count(df: float, n_documents: int) -> float:
    return df if isinstance(df, (int, np.integer)) else df * n_documents


def _describe_empty(
    n_documents: int, n_found: int, min_df: float, max_df: float
) -> str:
    if not n_found:
        return (
            f"empty vocabulary: no token was found in {n_documents} documents. Perhaps "
            "they are empty or hold only stop words or removed punctuation."
        )
    return (
        f"empty vocabulary: none of the {n_found} tokens found is in at least "
        f"min_df={min_df} and at most max_df={max_df} of {n_documents} documents. Try "
        "a lower min_df or a higher max_df."
    )
