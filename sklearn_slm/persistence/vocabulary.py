"""A vocabulary as arrays of bytes and counts, and back."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import numpy as np

from ..text import Vocabulary
from .fields import expect, take_count

__all__ = ["describe_vocabulary", "read_vocabulary"]

_BLOCK = 1 << 16
_LONGEST_TOKEN = 1_000_000
# A token has a vector of one component, its length, two counts, a letter.
_LEAST_BYTES = 8
Arrays = dict[str, np.ndarray]


def describe_vocabulary(
    vocabulary: Vocabulary, arrays: Arrays, name: str
) -> dict[str, int]:
    """Add the arrays of a vocabulary by this name; return what else there is to it."""
    lengths = np.array([*map(len, vocabulary.tokens)], np.int64)
    if lengths.max(initial=0) > _LONGEST_TOKEN:
        raise ValueError(
            f"A token has {lengths.max():,} characters; at most {_LONGEST_TOKEN:,} can be "
            "saved. Does the analyzer split its texts?"
        )
    text = "".join(vocabulary.tokens).encode("utf-8", "surrogatepass")
    arrays[f"{name}.tokens"] = np.frombuffer(text, np.uint8)
    arrays[f"{name}.lengths"] = _narrow(lengths)
    arrays[f"{name}.token_counts"] = _narrow(vocabulary.token_counts)
    arrays[f"{name}.document_counts"] = _narrow(vocabulary.document_counts)
    return {
        "n_documents": int(vocabulary.n_documents),
        "corpus_size": int(vocabulary.corpus_size),
    }


def _narrow(counts: np.ndarray) -> np.ndarray:
    """Return counts in the unsigned integers that just hold them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))


def read_vocabulary(
    fields: dict, arrays: Arrays, name: str, n_bytes: int
) -> Vocabulary:
    """Undo :func:`describe_vocabulary`.

    A token takes a hundred bytes in memory and few in a file. So no more are made than a
    file of this size has word vectors for, and none after the first that repeats.

    Parameters
    ----------
    fields : dict
        What :func:`describe_vocabulary` returned.
    arrays : dict of str to ndarray
        Arrays of the file.
    name : str
        What the names of its arrays begin with.
    n_bytes : int
        Size of the file.

    Returns
    -------
    Vocabulary
        With distinct tokens.

    Raises
    ------
    RefusedError
        If a part has another size, counts contradict each other or a token repeats.
    """
    n_documents, corpus_size = (
        take_count(fields, name) for name in ("n_documents", "corpus_size")
    )
    names = [
        f"{name}.{part}" for part in ("token_counts", "document_counts", "lengths")
    ]
    expect(names[0] in arrays, f"it has no array {names[0]}.")
    n_tokens = arrays[names[0]].size
    fits = n_tokens <= n_bytes // _LEAST_BYTES
    expect(fits, f"{n_tokens:,} tokens have no word vectors in it.")
    for counts in names:
        _check_counts(arrays, counts, n_tokens)
    token_counts, document_counts, lengths = (arrays[counts] for counts in names)
    expect(
        bool((document_counts <= token_counts).all())
        and int(document_counts.max()) <= n_documents
        and float(token_counts.sum(dtype=np.float64)) <= corpus_size,
        "tokens were counted more often than there are tokens or documents.",
    )
    expect(f"{name}.tokens" in arrays, f"it has no array {name}.tokens.")
    content = arrays[f"{name}.tokens"]
    expect(content.dtype == np.uint8 and content.ndim == 1, "tokens are no bytes.")
    tokens: list[str] = []
    distinct: set[str] = set()
    for piece in _cut_tokens(content, lengths):
        tokens += piece
        distinct.update(piece)
        expect(len(distinct) == len(tokens), "a token comes twice.")
    expect(len(tokens) == n_tokens, f"{len(tokens)} tokens are not {n_tokens}.")
    return Vocabulary(
        tokens=tuple(tokens),
        token_counts=token_counts.astype(np.int64),
        document_counts=document_counts.astype(np.int64),
        n_documents=n_documents,
        corpus_size=corpus_size,
    )


def _check_counts(arrays: Arrays, name: str, n: int) -> None:
    expect(name in arrays, f"it has no array {name}.")
    array = arrays[name]
    expect(array.dtype.kind in "iu", f"{name} is {array.dtype}, not whole numbers.")
    expect(array.shape == (n,), f"{name} has shape {array.shape}, not {(n,)}.")
    expect(n > 0, "it has no tokens.")
    expect(0 <= int(array.min()), f"{name} holds negative numbers.")
    expect(int(array.max()) < 2**62, f"{name} holds too much.")


def _cut_tokens(content: np.ndarray, lengths: np.ndarray) -> Iterator[list[str]]:
    """Yield the tokens that stand end to end, some of them at a time."""
    n_empty = int(lengths.size - np.count_nonzero(lengths))
    expect(n_empty < 2, f"{n_empty} tokens are empty.")
    expect(int(lengths.max()) <= _LONGEST_TOKEN, "a token is too long.")
    read = _CharacterReader(content)
    for first in range(0, len(lengths), _BLOCK):
        ends = np.cumsum(lengths[first : first + _BLOCK], dtype=np.int64)
        while len(ends):
            n = max(1, int(np.searchsorted(ends, _BLOCK, "right")))
            places = ends[:n].tolist()
            text = read(places[-1])
            expect(len(text) == places[-1], "tokens have no ends.")
            yield [text[i:j] for i, j in zip([0, *places], places)]
            ends = ends[n:] - places[-1]
    expect(not read(1), "tokens have no ends.")


class _CharacterReader:
    """Decodes UTF-8 as it is read.

    A string takes four bytes for each character if one of them is an emoji; so only what
    is asked for becomes one.
    """

    def __init__(self, content: np.ndarray):
        self._content, self._at, self._text = content, 0, ""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        self._decode = decoder.decode

    def __call__(self, n_characters: int) -> str:
        """Return so many characters, or what is left."""
        pieces, n_left = [self._text], n_characters - len(self._text)
        while n_left > 0 and self._at < len(self._content):
            block = self._content[self._at : self._at + _BLOCK].tobytes()
            self._at += len(block)
            pieces.append(self._decode(block, self._at == len(self._content)))
            n_left -= len(pieces[-1])
        text = "".join(pieces)
        self._text = text[n_characters:]
        return text[:n_characters]
