"""Texts as the numbers of their words, or of pieces of their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..text import Analyzer, align_tokens

__all__ = [
    "TERMS",
    "TermCounts",
    "count_terms",
    "count_words",
    "iterate_terms",
    "locate_words",
]

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
    return count_words(map(_split, texts), kind)


def locate_words(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a text, and where they stand in it.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    words : list of str
        As :func:`count_terms` splits it.
    offsets : list of (int, int)
        ``text[start:end]`` is what a word was made of.
    """
    return align_tokens(_split, text)


def iterate_terms(
    texts: Iterable[str], kind: str = "words"
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the terms of texts one by one: quicker than a matrix where they are few.

    Parameters
    ----------
    texts, kind
        As in :func:`count_terms`.

    Yields
    ------
    keys : ndarray of shape (n_terms,), dtype int64
        Hashes of the terms of a text, rising.
    counts : ndarray of shape (n_terms,), dtype int64
        Occurrences of each.
    """
    split = [_split(text) for text in texts]
    owners, terms = _hash([word for words in split for word in words], kind)
    text_of_word = np.repeat(np.arange(len(split)), [len(words) for words in split])
    text_of_term = text_of_word[owners]
    order = np.argsort(text_of_term, kind="stable")
    ends = np.searchsorted(text_of_term[order], np.arange(len(split) + 1))
    for first, last in pairwise(ends.tolist()):
        yield np.unique(terms[order[first:last]], return_counts=True)


def count_words(texts: Iterable[Sequence[str]], kind: str = "words") -> TermCounts:
    """Count the terms of texts that are split into words.

    Parameters
    ----------
    texts : iterable of sequence of str
        The words of each.
    kind : {"words", "pieces"}, default="words"
        As in :func:`count_terms`.

    Returns
    -------
    TermCounts
    """
    numbers: dict[str, int] = {}
    columns: list[int] = []
    offsets = [0]
    for words in texts:
        columns += [numbers.setdefault(word, len(numbers)) for word in words]
        offsets.append(len(columns))
    counts = sp.csr_array(
        (np.ones(len(columns), np.float32), np.array(columns, np.int32), offsets),
        shape=(len(offsets) - 1, len(numbers)),
    )
    counts.sum_duplicates()
    keys, terms_of_words = _group(*_hash(list(numbers), kind), len(numbers))
    counts = counts @ terms_of_words
    counts.sort_indices()
    return TermCounts(keys, counts)


def _encode(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the code points of words, end to end, and the length of each."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    lengths = np.array([len(word) for word in words], np.int64)
    # No character counts as nothing.
    return np.frombuffer(joined, np.uint32).astype(np.uint64) + np.uint64(1), lengths


def _hash(words: Sequence[str], kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the word of each term that occurs, and the key of the term."""
    owners, hashes = (_hash_pieces if kind == "pieces" else _hash_words)(words)
    # Mixed, and as many bits as files take for whole numbers.
    mixed = (hashes ^ (hashes >> np.uint64(30))) * _MIX
    return owners, (mixed >> (np.uint64(64) - _BITS)).astype(np.int64)


def _hash_words(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of words, and hashes of them."""
    codes, lengths = _encode(words)
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(codes)) - np.repeat(starts, lengths)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)), _BASE))
    hashes = np.zeros(0, np.uint64)
    if len(words):
        hashes = np.add.reduceat(codes * powers[place], starts)
    return np.arange(len(words)), hashes


def _hash_pieces(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the word of each piece, and hashes of the pieces."""
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
    return np.concatenate(owners), np.concatenate(hashes)


def _group(
    owners: np.ndarray, terms: np.ndarray, n_owners: int
) -> tuple[np.ndarray, sp.csr_array]:
    """Return distinct keys, and how often each owner has them."""
    keys, places = np.unique(terms, return_inverse=True)
    ones = np.ones(len(owners), np.float32)
    shape = (n_owners, len(keys))
    return keys, sp.coo_array((ones, (owners, places)), shape).tocsr()
