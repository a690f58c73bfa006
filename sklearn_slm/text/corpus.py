"""Corpora read once, as they come: vocabulary and ids in bounded memory."""

from __future__ import annotations

import os
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..sources import decode_lines, open_source
from .ragged import Ragged
from .vocabulary import (
    FIRST_ID,
    UNKNOWN_ID,
    Vocabulary,
    count_documents,
    count_tokens,
    renumber,
    select_tokens,
)

__all__ = ["encode_corpus", "learn_corpus", "read_lines"]

Split = Callable[[str], Sequence[str]]
# Below it, pruning the tokens seen would take more time than reading the texts.
_LEAST_MEMORY = 1_000_000
# What a token takes in a dict beyond its string: the entry and the number.
_ENTRY_BYTES = 100
# Stands for all tokens that were pruned while documents came.
_PRUNED = 0


def learn_corpus(
    documents: Iterable[str],
    split: Split,
    *,
    max_features: int | None = None,
    min_count: int = 1,
    max_memory: int | None = None,
) -> tuple[Vocabulary, Ragged]:
    r"""Learn the vocabulary of a stream of texts and encode them, reading each once.

    Tokens are ordered by falling count, equal ones alphabetically, as by
    :func:`learn_vocabulary`.

    Parameters
    ----------
    documents : iterable of str
        The texts.
    split : callable
        From a text to its tokens, such as :meth:`Tokenizer.split`.
    max_features : int or None, default=None
        Keep only the most frequent tokens.
    min_count : int, default=1
        Keep tokens that occur at least so often.
    max_memory : int or None, default=None
        Bytes to work in, at least 1,000,000; None for no bound. Ids beyond a third of it
        go into a temporary file, in the folder that :mod:`tempfile` chooses (the
        environment variable ``TMPDIR``). Its size is 4 bytes a token; it has no name, and
        its space is free again when the returned ids are no longer used. Where the tokens
        seen take more than a third, the rarest of them are forgotten, so many that a
        sixth is left; those that come again are counted from one on, and are unknown where
        they came before. So a token that is rare, or rare at first, can be lacking in the
        vocabulary or counted too low.

    Returns
    -------
    vocabulary : Vocabulary
        The kept tokens; its ``corpus_size`` counts all.
    texts : Ragged of int32
        The ids of each document; tokens that are not kept are unknown (1).

    Raises
    ------
    ValueError
        If no token is left, or `max_memory` is too small.

    Examples
    --------
    >>> vocabulary, texts = learn_corpus(["a b a", "b a c"], str.split, min_count=2)
    >>> vocabulary.tokens, texts[1].tolist()
    (('a', 'b'), [3, 2, 1])
    """
    bound = _divide_memory(max_memory)
    seen = _Seen()
    with _Column("i", bound) as ids, _Column("q", bound) as ends:
        ends.extend([0])
        for document in documents:
            ids.extend(map(seen.__getitem__, split(document)))
            ends.extend([len(ids)])
            if bound is not None and seen.n_bytes > bound:
                seen = _prune(seen, ids.view(), bound // 2)
        texts = Ragged(ids.view(), ends.view())
    names = ["", *seen]
    token_counts = count_tokens(texts.values, len(names))
    document_counts = count_documents(texts.values, texts.offsets, len(names))
    allowed = token_counts >= max(min_count, 1)
    allowed[_PRUNED] = False
    kept = select_tokens(names, token_counts, allowed, max_features)
    if not len(kept):
        raise ValueError(_describe_empty(len(texts), len(seen), min_count))
    new_id = np.full(len(names), UNKNOWN_ID, np.int32)
    new_id[kept] = np.arange(FIRST_ID, FIRST_ID + len(kept))
    renumber(texts.values, new_id)
    vocabulary = Vocabulary(
        tokens=tuple(names[i] for i in kept),
        token_counts=token_counts[kept],
        document_counts=document_counts[kept],
        n_documents=len(texts),
        corpus_size=len(texts.values),
    )
    return vocabulary, texts


def encode_corpus(
    documents: Iterable[str],
    split: Split,
    vocabulary: Vocabulary,
    *,
    max_memory: int | None = None,
) -> Ragged:
    """Encode a stream of texts, reading each once.

    Parameters
    ----------
    documents : iterable of str
        The texts.
    split : callable
        From a text to its tokens.
    vocabulary : Vocabulary
        The known tokens.
    max_memory : int or None, default=None
        As for :func:`learn_corpus`.

    Returns
    -------
    Ragged of int32
        The ids of each document, 1 where a token is unknown.

    Examples
    --------
    >>> vocabulary, _ = learn_corpus(["a b a"], str.split)
    >>> encode_corpus(["b c", ""], str.split, vocabulary).values.tolist()
    [3, 1]
    """
    bound = _divide_memory(max_memory)
    get = vocabulary.index.get
    with _Column("i", bound) as ids, _Column("q", bound) as ends:
        ends.extend([0])
        for document in documents:
            ids.extend(map(get, split(document), repeat(UNKNOWN_ID)))
            ends.extend([len(ids)])
        return Ragged(ids.view(), ends.view())


def read_lines(path: str | os.PathLike[str]) -> Iterator[str]:
    r"""Read a file of one text a line, as it comes.

    Parameters
    ----------
    path : str or path-like
        A file in UTF-8, with or without a byte order mark, whose lines end with ``"\n"``
        or ``"\r\n"``. It is unpacked if its name ends in ``.gz``, or the name of the file
        that a link leads to.

    Yields
    ------
    str
        Each line without its end; a blank line is an empty text.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is no UTF-8 text; the message names the line.
    """
    path = Path(path)
    names = path.name, os.path.basename(os.path.realpath(path))
    packed = any(name.lower().endswith(".gz") for name in names)
    with open_source(path, str(path), packed) as file:
        for line in decode_lines(file, str(path)):
            yield line.removesuffix("\n").removesuffix("\r")


class _Seen(dict[str, int]):
    """Tokens and their numbers, in the order in which they came, and what they take."""

    n_bytes = 0

    def __missing__(self, token: str) -> int:
        number = self[token] = len(self) + 1  # not that of what was pruned
        self.n_bytes += _count_bytes(token)
        return number


class _Column:
    """A growing column of numbers, which goes into a file where it gets long.

    Parameters
    ----------
    typecode : {"i", "q"}
        Whether they have 4 or 8 bytes.
    max_bytes : int or None
        What stays in memory.
    """

    def __init__(self, typecode: str, max_bytes: int | None):
        self._tail = array(typecode)
        self._max_bytes = max_bytes
        self._file: IO[bytes] | None = None
        self._n_written = 0

    def __enter__(self) -> _Column:
        return self

    def __exit__(self, *_: Any) -> None:
        # What was returned by view keeps its own hold on the content.
        if self._file is not None:
            self._file.close()

    def __len__(self) -> int:
        return self._n_written + len(self._tail)

    def extend(self, numbers: Iterable[int]) -> None:
        """Put numbers at the end."""
        self._tail.extend(numbers)
        too_long = self._max_bytes is not None and (
            len(self._tail) * self._tail.itemsize > self._max_bytes
        )
        if too_long:
            self._write()

    def view(self) -> np.ndarray:
        """Return all numbers, to be changed in place; no more may come while it lives."""
        dtype = np.dtype(self._tail.typecode)
        if self._file is None:
            return np.frombuffer(self._tail, dtype)
        self._write()
        return np.asarray(np.memmap(self._file, dtype, mode="r+"))

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()
        self._file.seek(0, os.SEEK_END)
        self._tail.tofile(self._file)
        self._file.flush()
        self._n_written += len(self._tail)
        self._tail = array(self._tail.typecode)


def _prune(seen: _Seen, ids: np.ndarray, max_bytes: int) -> _Seen:
    """Forget the rarest tokens, first of all the latest; renumber the ids in place."""
    names = ["", *seen]
    counts = count_tokens(ids, len(names))
    order = 1 + np.argsort(-counts[1:], kind="stable")
    sizes = np.cumsum([_count_bytes(names[i]) for i in order])
    kept = np.sort(order[: np.searchsorted(sizes, max_bytes, "right")])
    new_id = np.full(len(names), _PRUNED, np.int32)
    new_id[kept] = np.arange(1, 1 + len(kept))
    renumber(ids, new_id)
    left = _Seen()
    for i in kept:
        left[names[i]]
    return left


def _count_bytes(token: str) -> int:
    return sys.getsizeof(token) + _ENTRY_BYTES


def _divide_memory(max_memory: int | None) -> int | None:
    """Return a third of the memory."""
    if max_memory is None:
        return None
    if max_memory < _LEAST_MEMORY:
        raise ValueError(
            f"max_memory must be at least {_LEAST_MEMORY:,} bytes, or None for no bound. "
            f"Got {max_memory!r}."
        )
    return max_memory // 3


def _describe_empty(n_documents: int, n_seen: int, min_count: int) -> str:
    if not n_seen:
        return (
            f"empty vocabulary: no token was found in {n_documents} documents. Perhaps "
            "they are empty."
        )
    return (
        f"empty vocabulary: none of the {n_seen} tokens found occurs at least "
        f"min_count={min_count} times in {n_documents} documents. Try a lower min_count."
    )
