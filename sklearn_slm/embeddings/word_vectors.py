"""WordVectors: words and their vectors, one immutable pair."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..text import Analyzer, check_documents
from .coverage import Coverage, measure_coverage

__all__ = ["WordVectors"]


class WordVectors:
    """Words and one float32 vector for each; it never changes once it is made.

    Parameters
    ----------
    tokens : iterable of str
        The words, all different. Row ``r`` of `table` belongs to word ``r``.
    table : array-like of float, shape (n_words, n_components)
        Finite. A float32, C-contiguous array that owns or maps read-only memory is taken as
        it is; any other one is copied, so that nobody can write into it later.

    Attributes
    ----------
    tokens : tuple of str
    table : ndarray of float32, shape (n_words, n_components)
        Read-only.
    n_components : int
    index : mapping of str to int
        The row of each word.

    Raises
    ------
    ValueError
        If the table has another number of rows than there are words, is not two-dimensional
        or holds NaN or infinity, or if a word comes twice.
    TypeError
        If a word is not a string.

    Examples
    --------
    >>> vectors = WordVectors(["good", "bad"], [[1.0, 0.0], [-1.0, 0.5]])
    >>> "good" in vectors, len(vectors), vectors.n_components
    (True, 2, 2)
    >>> vectors["bad"]
    array([-1. ,  0.5], dtype=float32)
    """

    __slots__ = ("__weakref__", "_digest", "_index", "_norms", "_table", "_tokens")

    def __init__(self, tokens: Iterable[str], table: ArrayLike) -> None:
        if isinstance(tokens, str):
            raise TypeError(
                "tokens must be an iterable of words, not one string. Got "
                f"{tokens!r}; did you mean [{tokens!r}]?"
            )
        self._tokens: tuple[str, ...] = tuple(tokens)
        self._table = _freeze(table)
        self._index = _index_tokens(self._tokens)
        self._digest: bytes | None = None
        self._norms: NDArray[np.float32] | None = None
        if self._table.ndim != 2 or len(self._table) != len(self._tokens):
            raise ValueError(
                f"The table must have one row for each of the {len(self._tokens)} words. "
                f"Got an array of shape {self._table.shape}."
            )
        if not np.isfinite(self._table).all():
            row = int(np.flatnonzero(~np.isfinite(self._table).all(axis=1))[0])
            raise ValueError(
                f"The vector of {self._tokens[row]!r} (row {row}) holds NaN or infinity; "
                "every value must be finite."
            )

    @property
    def tokens(self) -> tuple[str, ...]:
        """The words, in the order of the rows."""
        return self._tokens

    @property
    def table(self) -> NDArray[np.float32]:
        """The vectors, one row per word, read-only."""
        return self._table

    @property
    def n_components(self) -> int:
        """The length of each vector."""
        return self._table.shape[1]

    @property
    def index(self) -> Mapping[str, int]:
        """The row of each word, a read-only mapping."""
        return MappingProxyType(self._index)

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._index

    def __getitem__(self, token: str) -> NDArray[np.float32]:
        return self._table[self._row(token)]

    def __repr__(self) -> str:
        return f"<WordVectors: {len(self)} words x {self.n_components} components>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WordVectors):
            return NotImplemented
        return self is other or (
            self._tokens == other._tokens and np.array_equal(self._table, other._table)
        )

    def __hash__(self) -> int:
        if self._digest is None:
            # Adding 0 turns -0.0 into 0.0: equal content must hash equally.
            digest = hashlib.sha256(np.add(self._table, np.float32(0)))  # type: ignore[arg-type]
            digest.update("\0".join(self._tokens).encode("utf-8", "surrogatepass"))
            self._digest = digest.digest()
        return hash((self._table.shape, self._digest))

    def __getstate__(self) -> dict[str, Any]:
        return {"tokens": self._tokens, "table": self._table}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A freshly loaded array belongs to nobody else, and a memory map must stay one.
        self._tokens = tuple(state["tokens"])
        self._table = np.asarray(state["table"])
        self._table.flags.writeable = False
        self._index = {token: row for row, token in enumerate(self._tokens)}
        self._digest = self._norms = None

    def __copy__(self) -> WordVectors:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> WordVectors:
        return self

    def subset(self, tokens: Iterable[str]) -> WordVectors:
        """Keep only these words, in their order here; words without a vector are left out.

        Parameters
        ----------
        tokens : iterable of str
            For example a :class:`~sklearn_slm.text.Vocabulary`'s ``tokens``.

        Returns
        -------
        WordVectors
            Its words are those of `tokens` that have a vector, each once, in the order of
            `tokens`.

        Examples
        --------
        >>> vectors = WordVectors(["a", "b", "c"], np.eye(3))
        >>> vectors.subset(["c", "x", "a"]).tokens
        ('c', 'a')
        """
        kept = [token for token in dict.fromkeys(tokens) if token in self._index]
        rows = np.fromiter((self._index[token] for token in kept), np.intp, len(kept))
        return WordVectors(kept, self._table[rows])

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words' vectors.

        Parameters
        ----------
        first, second : str
            Words that have a vector.

        Returns
        -------
        float
            From -1 to 1; 0 if one of the vectors is all zeros.

        Raises
        ------
        KeyError
            If a word has no vector.

        Examples
        --------
        >>> WordVectors(["up", "down"], [[2.0, 0.0], [-1.0, 0.0]]).similarity("up", "down")
        -1.0
        """
        one, other = self._unit(first), self._unit(second)
        return float(np.clip(np.dot(one, other), -1.0, 1.0))

    def most_similar(self, word: str, n: int = 10) -> list[tuple[str, float]]:
        """Return the words whose vectors point most nearly the same way.

        Parameters
        ----------
        word : str
            A word that has a vector; it is not among its own neighbours.
        n : int, default=10
            How many.

        Returns
        -------
        list of (str, float)
            Words and cosines, nearest first; equal ones in the order of the rows.

        Raises
        ------
        KeyError
            If the word has no vector.

        Examples
        --------
        >>> vectors = WordVectors(["a", "b", "c"], [[3.0, 0.0], [4.0, 3.0], [0.0, 1.0]])
        >>> [(word, round(cosine, 2)) for word, cosine in vectors.most_similar("a", n=2)]
        [('b', 0.8), ('c', 0.0)]
        """
        return self._nearest(self._unit(word), {self._row(word)}, n)

    def analogy(self, a: str, b: str, c: str, n: int = 1) -> list[tuple[str, float]]:
        """Answer "`a` is to `b` as `c` is to ...".

        The nearest words to ``b - a + c`` (unit vectors, cosine), the three words left out:
        3CosAdd of Mikolov, Yih and Zweig (2013).

        Parameters
        ----------
        a, b, c : str
            Words that have a vector.
        n : int, default=1
            How many answers.

        Returns
        -------
        list of (str, float)
            Words and cosines, best first.

        Raises
        ------
        KeyError
            If a word has no vector.

        Examples
        --------
        >>> words = ["man", "woman", "king", "queen"]
        >>> vectors = WordVectors(words, [[1, 0, 0], [0, 1, 0], [1, 0, 2], [0, 1, 2]])
        >>> vectors.analogy("man", "woman", "king")[0][0]
        'queen'
        """
        target = self._unit(b) - self._unit(a) + self._unit(c)
        norm = np.linalg.norm(target)
        target = target / norm if norm > 0 else target
        return self._nearest(target, {self._row(word) for word in (a, b, c)}, n)

    def coverage(
        self,
        documents: Iterable[str],
        analyzer: Callable[[str], Sequence[str]] | None = None,
        n_missing: int = 20,
    ) -> Coverage:
        """Count how many words of some texts have a vector.

        Parameters
        ----------
        documents : iterable of str
            Raw texts.
        analyzer : callable or None, default=None
            From a document to its tokens; None takes :class:`sklearn_slm.text.Analyzer`'s
            defaults.
        n_missing : int, default=20
            How many of the most frequent words without a vector to list.

        Returns
        -------
        Coverage

        Examples
        --------
        >>> print(WordVectors(["good"], [[1.0]]).coverage(["good day", "good"]))
               found  total  share
        types      1      2  50.0%
        tokens     2      3  66.7%
        missing: day (1)
        """
        analyze = Analyzer("word" if analyzer is None else analyzer)
        counts: Counter[str] = Counter()
        for document in check_documents(documents, name="documents"):
            counts.update(analyze(document))
        return measure_coverage(counts, self, n_missing)

    def _unit(self, token: str) -> NDArray[np.float32]:
        """Return a word's vector at length 1, or zeros."""
        vector = self[token]
        norm = np.linalg.norm(vector)
        return vector / norm if norm > 0 else vector

    def _nearest(
        self, direction: NDArray[np.float32], left_out: set[int], n: int
    ) -> list[tuple[str, float]]:
        if n < 1:
            raise ValueError(f"n must be at least 1. Got {n!r}.")
        if self._norms is None:
            norms = np.linalg.norm(self._table, axis=1)
            # A vector of zeros has no direction: it is similar to nothing.
            self._norms = np.where(norms > 0, norms, np.float32(np.inf))
        cosines = np.clip(self._table @ direction / self._norms, -1.0, 1.0)
        cosines[list(left_out)] = -np.inf
        n = min(n, len(self) - len(left_out))
        if n < len(self) // 2:
            # Ties with the last one are kept, so that their order is that of the rows.
            least = np.partition(cosines, len(self) - n)[len(self) - n] if n else np.inf
            candidates = np.flatnonzero(cosines >= least)
        else:
            candidates = np.arange(len(self))
        best = candidates[np.argsort(-cosines[candidates], kind="stable")][:n]
        return [(self._tokens[row], float(cosines[row])) for row in best]

    def _row(self, token: str) -> int:
        try:
            return self._index[token]
        except KeyError:
            raise KeyError(
                f"{token!r} has no vector among these {len(self)} words; test with "
                "`word in vectors` first."
            ) from None


def _freeze(table: ArrayLike) -> NDArray[np.float32]:
    """Return `table` as read-only, C-contiguous float32, copied unless already so."""
    frozen = np.asarray(table, dtype=np.float32, order="C")
    if frozen.flags.writeable:
        frozen = frozen.copy() if np.may_share_memory(frozen, table) else frozen
        frozen.flags.writeable = False
    return frozen


def _index_tokens(tokens: tuple[str, ...]) -> dict[str, int]:
    """Map each word to its row; refuse what is no string or comes twice."""
    index = {token: row for row, token in enumerate(tokens)}
    for token in index:
        if not isinstance(token, str):
            raise TypeError(f"Every word must be a string. Got {token!r}.")
    if len(index) < len(tokens):
        row = next(row for row, token in enumerate(tokens) if index[token] != row)
        raise ValueError(
            f"Every word must come once. Got {tokens[row]!r} in rows {row} and "
            f"{index[tokens[row]]}; keep one of them."
        )
    return index
