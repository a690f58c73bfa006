"""An index of entries as arrays, for files; what follows from them is made again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bm25 import TermStatistics
from .entries import EntryIndex, build_entries

__all__ = ["PackedEntries", "pack_entries", "unpack_entries"]


@dataclass(frozen=True, eq=False)
class PackedEntries:
    """What a file holds of an :class:`~.entries.EntryIndex`.

    Parameters
    ----------
    letters : ndarray of shape (n_bytes,), dtype uint8
        The texts in UTF-8, end to end.
    lengths : ndarray of shape (n_texts,), dtype int64
        Bytes of each.
    owners : ndarray of shape (n_texts,), dtype int64
        The entry of each.
    vectors : ndarray of shape (n_texts, n_components), dtype float32, float16 or int8
        Its vector.
    scale : ndarray of shape (n_texts, 1), dtype float32, or None, default=None
        What the rows of int8 vectors are multiplied by.
    words, pieces : TermStatistics or None, default=None
        What is known of words and of pieces.
    """

    letters: np.ndarray
    lengths: np.ndarray
    owners: np.ndarray
    vectors: np.ndarray
    scale: np.ndarray | None = None
    words: TermStatistics | None = None
    pieces: TermStatistics | None = None


def pack_entries(index: EntryIndex) -> PackedEntries:
    """Return what a file is to hold of an index."""
    words, pieces = index.statistics
    encoded = [text.encode("utf-8", "surrogatepass") for text in index.texts]
    return PackedEntries(
        letters=np.frombuffer(b"".join(encoded), np.uint8),
        lengths=np.array([len(text) for text in encoded], np.int64),
        owners=index.owners,
        vectors=index.vectors,
        scale=index.scale,
        words=words,
        pieces=pieces,
    )


def unpack_entries(packed: PackedEntries) -> EntryIndex:
    """Return the index that was packed; its terms are counted again.

    Parameters
    ----------
    packed : PackedEntries
        As it came from a file, its numbers finite.

    Raises
    ------
    ValueError
        If its parts contradict each other.
    """
    letters, lengths, owners = packed.letters, packed.lengths, packed.owners
    n = len(lengths)
    _expect(letters.dtype == np.uint8 and letters.ndim == 1, "its texts are no bytes.")
    for name, array in (("lengths", lengths), ("owners", owners)):
        right = array.dtype == np.int64 and array.shape == (n,)
        _expect(right, f"{name} of texts are {array.dtype} of shape {array.shape}.")
    _expect(n > 0 and lengths.min() > 0, "a text of its index is empty.")
    # Before they are summed up, which could overflow.
    fits = lengths.max() <= len(letters) and int(lengths.sum()) == len(letters)
    _expect(fits, "the texts of its index have other lengths.")
    steps = np.diff(owners)
    rising = owners[0] == 0 and ((steps == 0) | (steps == 1)).all()
    _expect(bool(rising), "the entries of its index are not in order.")
    _check_vectors(packed, n)
    for terms in ("words", "pieces"):
        _check_statistics(getattr(packed, terms), terms)
    content, ends = letters.tobytes(), np.cumsum(lengths).tolist()
    try:
        texts = [
            content[first:last].decode("utf-8", "surrogatepass")
            for first, last in zip([0, *ends[:-1]], ends)
        ]
    except UnicodeDecodeError as error:
        raise ValueError(f"a text of its index is not UTF-8: {error}") from None
    statistics = packed.words, packed.pieces
    return build_entries(texts, owners, packed.vectors, statistics, packed.scale)


def _check_vectors(packed: PackedEntries, n: int) -> None:
    vectors, scale = packed.vectors, packed.scale
    allowed = (np.float32, np.float16) if scale is None else (np.int8,)
    right = vectors.dtype in allowed and vectors.ndim == 2 and len(vectors) == n
    shape = f"{vectors.dtype} of shape {vectors.shape}"
    _expect(right, f"the vectors of its {n} texts are {shape}.")
    if scale is not None:
        right = scale.dtype == np.float32 and scale.shape == (n, 1)
        _expect(right, f"the scale of its vectors has shape {scale.shape}.")


def _check_statistics(statistics: TermStatistics | None, terms: str) -> None:
    if statistics is None:
        return
    keys, idf = statistics.keys, statistics.idf
    right = keys.dtype == np.int64 and keys.ndim == 1 and idf.shape == keys.shape
    _expect(
        right and idf.dtype == np.float32 and statistics.terms == terms,
        f"what it knows of {terms} is {keys.dtype} and {idf.dtype}, of shapes "
        f"{keys.shape} and {idf.shape}.",
    )
    _expect(bool((keys[1:] > keys[:-1]).all()), f"its {terms} are not in order.")
    _expect(statistics.n_documents >= 0, f"its {terms} are those of no document.")
    # As idf = log(1 + ...) of fewer than 2 ** 62 documents is.
    in_range = 0 <= idf.min(initial=0) and idf.max(initial=0) < 50
    _expect(bool(in_range), f"an idf of its {terms} is out of range.")


def _expect(right: bool, message: str) -> None:
    if not right:
        raise ValueError(message)
