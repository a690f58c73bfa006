"""Vectors for words that a file of word vectors lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from .word_vectors import WordVectors

__all__ = ["fill_missing", "map_vectors"]

# Lengths of the pieces of a word, the marks of its ends included (as fastText's).
SHORTEST_PIECE, LONGEST_PIECE = 3, 5


def fill_missing(
    vectors: WordVectors,
    tokens: Iterable[str],
    *,
    method: Literal["pieces", "zeros", "noise", "corpus"] = "pieces",
    corpus_vectors: WordVectors | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> WordVectors:
    """Give every word a vector, also those that have none.

    Parameters
    ----------
    vectors : WordVectors
        What is known, from a file as a rule. With ``method="pieces"`` its words besides
        `tokens` help too.
    tokens : iterable of str
        The words that need vectors, for example a vocabulary's ``tokens``.
    method : {"pieces", "zeros", "noise", "corpus"}, default="pieces"
        For the words without a vector:

        * ``"pieces"``: the mean of the known words that share pieces of 3 to 5 characters,
          rare pieces counting more; zeros for words that share none;
        * ``"zeros"``: zeros, which tell nothing and disturb nothing;
        * ``"noise"``: random vectors with the mean and the spread of each component;
        * ``"corpus"``: `corpus_vectors`, mapped by :func:`map_vectors`; zeros for words
          that those lack as well.
    corpus_vectors : WordVectors or None, default=None
        Vectors trained on the corpus, for ``method="corpus"``.
    random_state : int, RandomState instance or None, default=None
        Seeds the noise, which depends on a word's place in `tokens`; the other methods
        draw nothing.

    Returns
    -------
    WordVectors
        One vector for each different word of `tokens`, in their order.

    Raises
    ------
    ValueError
        If `method` is unknown, ``"corpus"`` comes without `corpus_vectors`, or `vectors` is
        empty.

    Examples
    --------
    >>> known = WordVectors(["walked", "walking", "sun"], [[1, 0], [1, 0.2], [0, 1]])
    >>> fill_missing(known, ["sun", "walks"])["walks"].round(2)
    array([1. , 0.1], dtype=float32)
    """
    if method not in ("pieces", "zeros", "noise", "corpus"):
        raise ValueError(
            "method must be 'pieces', 'zeros', 'noise' or 'corpus'. Got "
            f"{method!r} instead."
        )
    if (method == "corpus") != (corpus_vectors is not None):
        raise ValueError(
            "corpus_vectors belong to method='corpus', and it needs them. Got "
            f"method={method!r} and corpus_vectors={corpus_vectors!r}."
        )
    if not len(vectors):
        raise ValueError("There is no vector to start from: vectors holds no word.")
    names = tuple(dict.fromkeys(tokens))
    table = np.zeros((len(names), vectors.n_components), np.float32)
    if method == "noise":
        if not isinstance(random_state, np.random.RandomState):
            random_state = np.random.RandomState(random_state)
        mean, spread = vectors.table.mean(axis=0), vectors.table.std(axis=0)
        table[:] = mean + spread * random_state.standard_normal(table.shape)
    missing = [word for word in names if word not in vectors]
    if method == "pieces" and missing:
        _put(table, names, _guess_from_pieces(vectors, missing))
    elif corpus_vectors is not None and missing:
        _put(table, names, map_vectors(corpus_vectors, vectors).subset(missing))
    _put(table, names, vectors.subset(names))
    return WordVectors(names, table)


def map_vectors(
    source: WordVectors, target: WordVectors, *, ridge: float = 1e-3
) -> WordVectors:
    """Carry vectors into the space of others, by least squares over the shared words.

    Parameters
    ----------
    source : WordVectors
        What to carry over.
    target : WordVectors
        Vectors of the other space, of any length.
    ridge : float, default=1e-3
        Penalty of the linear map, relative to the mean square of the source's components,
        for each shared word.

    Returns
    -------
    WordVectors
        The words of `source`, with vectors of the target's length and mean size.

    Raises
    ------
    ValueError
        If no word is shared.
    """
    shared = [word for word in source.tokens if word in target]
    if not shared:
        raise ValueError(
            "The two sets of word vectors share no word, so that one cannot be mapped onto "
            "the other. Are both lower-cased in the same way?"
        )
    known = source.subset(shared).table.astype(np.float64)
    wanted = target.subset(shared).table.astype(np.float64)
    center, origin = known.mean(axis=0), wanted.mean(axis=0)
    known, wanted = known - center, wanted - origin
    gram = known.T @ known
    penalty = ridge * max(float(np.trace(gram)) / len(gram), 1e-12)
    matrix = np.linalg.solve(gram + penalty * np.eye(len(gram)), known.T @ wanted)
    mapped = (source.table - center) @ matrix
    # Least squares shrinks what it cannot explain; the layers above expect one scale.
    fitted = float(np.sqrt(np.mean(np.square(known @ matrix))))
    scale = float(np.sqrt(np.mean(np.square(wanted)))) / fitted if fitted > 0 else 1.0
    return WordVectors(source.tokens, origin + scale * mapped)


def _guess_from_pieces(vectors: WordVectors, missing: Sequence[str]) -> WordVectors:
    """Average the known words that share pieces with each missing one."""
    index: dict[str, int] = {}
    lacking = _count_pieces(missing, index, grow=True)
    known = _count_pieces(vectors.tokens, index, grow=False)
    sharing = np.bincount(known.indices, minlength=len(index))
    rarity = np.where(sharing > 0, 1.0 / np.maximum(sharing, 1), 0.0)
    # Twice over: a piece stands for the mean of its words, and a rare one says more.
    piece_vectors = (known.T @ vectors.table) * rarity[:, None]
    weights = lacking.multiply(np.sqrt(rarity)[None, :]).tocsr()
    totals = np.asarray(weights.sum(axis=1)).ravel()
    has_pieces = np.flatnonzero(totals > 0)
    guesses = (weights @ piece_vectors)[has_pieces] / totals[has_pieces, None]
    return WordVectors([missing[row] for row in has_pieces], guesses)  # type: ignore[call-overload]


def _count_pieces(
    words: Sequence[str], index: dict[str, int], *, grow: bool
) -> sp.csr_array:
    """Mark which pieces each word has; new pieces are numbered only if `grow`."""
    columns: list[int] = []
    pointers = [0]
    for word in words:
        pieces = _cut_pieces(word)
        if grow:
            columns += [index.setdefault(piece, len(index)) for piece in pieces]
        else:
            columns += [index[piece] for piece in pieces if piece in index]
        pointers.append(len(columns))
    data = np.ones(len(columns), np.float32)
    shape = (len(words), len(index))
    return sp.csr_array((data, np.array(columns, np.int64), pointers), shape)


def _cut_pieces(word: str) -> list[str]:
    """Return the different pieces of a word, its ends marked."""
    marked = f"<{word}>"
    pieces = {
        marked[start : start + size]: None
        for size in range(SHORTEST_PIECE, LONGEST_PIECE + 1)
        for start in range(len(marked) - size + 1)
    }
    return list(pieces)


def _put(
    table: NDArray[np.float32], names: Sequence[str], vectors: WordVectors
) -> None:
    """Write vectors into the rows of the words they belong to."""
    rows = [row for row, word in enumerate(names) if word in vectors]
    if rows:
        table[rows] = vectors.subset([names[row] for row in rows]).table
