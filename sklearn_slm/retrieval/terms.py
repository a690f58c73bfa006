"""Texts as the numbers of their words, or of pieces of their words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..text import Analyzer

__all__ = ["TERMS", "TermCounts", "count_terms"]

TERMS = ("words", "pieces")

_SHORTEST, _LONGEST = 3, 5
# An odd number of 64 bits: no two short texts of one length have equal sums of products.
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BITS = np.uint64(61)
_split = Analyzer(remove_punctuation=True)


class TermCounts(NamedTuple):
    """How often terms occur in texts.

    Parameters
    ----------
    keys : ndarray of shape (n_terms,), dtype int64
        Hashes of the terms, rising.
    counts : csr_array of shape (n_texts, n_terms), dtype float32
        Occurrences of each.
    """

    keys: np.ndarray
    counts: sp.csr_array


def count_terms(texts: Iterable[str], kind: str = "words") -> TermCounts:
    """Count the terms of texts.

    Texts are brought to lower case and split at white space and punctuation, and into
    characters where a script has no spaces between words. A term is known by a hash of 61
    bits: no list of terms is kept, and among a million terms the chance that any two are
    taken for one is one in four million.

    Parameters
    ----------
    texts : iterable of str
        Raw texts.
    kind : {"words", "pieces"}, default="words"
        Whole words; or what is 3 to 5 characters long in a word with a space on each side.

    Returns
    -------
    TermCounts

    Examples
    --------
    >>> count_terms(["The pin.", "the PIN, the", "?"]).counts.sum(axis=1).tolist()
    [2.0, 3.0, 0.0]
    >>> pieces = count_terms(["pin", "pins"], "pieces").counts.toarray() > 0
    >>> pieces.sum(axis=1).tolist(), int((pieces[0] & pieces[1]).sum())
    ([6, 9], 3)
    """
    numbers: dict[str, int] = {}
    columns: list[int] = []
    offsets = [0]
    for text in texts:
        columns += [numbers.setdefault(word, len(numbers)) for word in _split(text)]
        offsets.append(len(columns))
    counts = sp.csr_array(
        (np.ones(len(columns), np.float32), np.array(columns, np.int32), offsets),
        shape=(len(offsets) - 1, len(numbers)),
    )
    counts.sum_duplicates()
    of_words = _count_pieces if kind == "pieces" else _number_words
    keys, terms_of_words = of_words(list(numbers))
    counts = counts @ terms_of_words
    counts.sort_indices()
    return TermCounts(keys, counts)


def _encode(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the code points of words, end to end, and the length of each."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    lengths = np.array([len(word) for word in words], np.int64)
    # No character counts as nothing.
    return np.frombuffer(joined, np.uint32).astype(np.uint64) + np.uint64(1), lengths


def _number_words(words: Sequence[str]) -> tuple[np.ndarray, sp.csr_array]:
    """Return the keys of words, and a 1 for each word at its own."""
    codes, lengths = _encode(words)
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(codes)) - np.repeat(starts, lengths)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)), _BASE))
    hashes = np.zeros(0, np.uint64)
    if len(words):
        hashes = np.add.reduceat(codes * powers[place], starts)
    return _group(np.arange(len(words)), hashes, len(words))


def _count_pieces(words: Sequence[str]) -> tuple[np.ndarray, sp.csr_array]:
    """Return the keys of pieces, and how often each word has them."""
    codes, lengths = _encode([f" {word} " for word in words])
    owner = np.repeat(np.arange(len(words)), lengths)
    hashes, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    sums: np.ndarray = np.zeros(len(codes), np.uint64)
    power = np.ones(1, np.uint64)
    for n in range(1, min(_LONGEST, len(codes)) + 1):
        power = power * _BASE
        # The piece that begins here gets one character more.
        sums = sums[: len(codes) - n + 1] + codes[n - 1 :] * power
        if n >= _SHORTEST:
            is_whole = owner[: len(sums)] == owner[n - 1 :]
            hashes.append(sums[is_whole])
            owners.append(owner[: len(sums)][is_whole])
    return _group(np.concatenate(owners), np.concatenate(hashes), len(words))


def _group(
    owners: np.ndarray, hashes: np.ndarray, n_owners: int
) -> tuple[np.ndarray, sp.csr_array]:
    """Return distinct keys, and how often each owner has them."""
    # Mixed, and as many bits as files take for whole numbers.
    mixed = (hashes ^ (hashes >> np.uint64(30))) * _MIX
    shortened = (mixed >> (np.uint64(64) - _BITS)).astype(np.int64)
    keys, places = np.unique(shortened, return_inverse=True)
    ones = np.ones(len(owners), np.float32)
    shape = (n_owners, len(keys))
    return keys, sp.coo_array((ones, (owners, places)), shape).tocsr()
