"""Passages as tokens with their places, and what these have in common with a question."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .analyzer import Analyzer
from .offsets import align_tokens
from .vocabulary import FIRST_ID, Vocabulary

__all__ = ["FEATURES", "Passage", "compute_rarity", "match_passage", "split_passage"]

# What match_passage tells of each token, in this order.
FEATURES = ("same", "alike", "matched", "near", "rarity", "capital", "digit")
# Letters that two words must share from the first one on to be alike, and the share of
# the longer word that these must be.
_LEAST_PREFIX, _LEAST_SHARE = 3, 0.5
# Tokens over which a common word of the question falls to 1/e.
_REACH = 10.0


@dataclass(frozen=True, eq=False)
class Passage:
    """A text as tokens that know where they stand in it.

    Parameters
    ----------
    text : str
        The original string.
    tokens : tuple of str
        Its tokens.
    starts, ends : ndarray of shape (n_tokens,), dtype int64
        Token ``i`` was made of ``text[starts[i]:ends[i]]``.
    distinct : tuple of str
        The different tokens.
    places : ndarray of shape (n_tokens,), dtype int64
        The number of each token among them.
    """

    text: str
    tokens: tuple[str, ...]
    starts: np.ndarray
    ends: np.ndarray
    distinct: tuple[str, ...]
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.tokens)

    def find_tokens(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and the last token that stand in a part of the text.

        Parameters
        ----------
        start, end : int
            The part, ``text[start:end]``. Tokens of which it has a piece count too.

        Returns
        -------
        tuple of (int, int), or None
            None if no token has a character there.
        """
        rows = np.flatnonzero((self.ends > start) & (self.starts < end))
        return (int(rows[0]), int(rows[-1])) if len(rows) else None


def split_passage(analyzer: Analyzer, text: str) -> Passage:
    """Split a passage into tokens that know where they stand in it.

    Parameters
    ----------
    analyzer : Analyzer
        What splits; characters of scripts without spaces are tokens of their own.
    text : str
        The original string.

    Returns
    -------
    Passage

    Examples
    --------
    >>> passage = split_passage(Analyzer(), "Crème, 猫が")
    >>> passage.tokens
    ('crème', ',', '猫', 'が')
    >>> passage.starts.tolist(), passage.ends.tolist()
    ([0, 5, 7, 8], [5, 6, 8, 9])
    >>> passage.find_tokens(2, 6), passage.find_tokens(6, 7)
    ((0, 1), None)
    """
    tokens, offsets = align_tokens(analyzer, text)
    bounds = np.array(offsets, np.int64).reshape(-1, 2)
    numbers: dict[str, int] = {}
    places = [numbers.setdefault(token, len(numbers)) for token in tokens]
    return Passage(
        text,
        tuple(tokens),
        bounds[:, 0],
        bounds[:, 1],
        tuple(numbers),
        np.array(places, np.int64),
    )


def compute_rarity(vocabulary: Vocabulary) -> Callable[[str], float]:
    """Return a function from a token to how rare it is in a corpus, from 0 to 1.

    Parameters
    ----------
    vocabulary : Vocabulary
        With the counts of the corpus.

    Returns
    -------
    callable
        ``log(N / n) / log(N)`` with N documents of which n hold the token: the inverse
        document frequency, as a share of its largest value. 1 for a token that none
        holds, 0 for one that all do.

    Examples
    --------
    >>> from sklearn_slm.text import learn_vocabulary
    >>> vocabulary, _, _ = learn_vocabulary([["the", "cat"], ["the"], ["the"], ["the"]])
    >>> rarity = compute_rarity(vocabulary)
    >>> rarity("the"), rarity("cat"), rarity("dog")
    (0.0, 1.0, 1.0)
    """
    index, counts = vocabulary.index, vocabulary.document_counts
    n_documents = max(vocabulary.n_documents, 2)

    def look_up(token: str) -> float:
        row = index.get(token)
        count = 1 if row is None else max(int(counts[row - FIRST_ID]), 1)
        return max(math.log(n_documents / count), 0.0) / math.log(n_documents)

    return look_up


def match_passage(
    question: Sequence[str], passage: Passage, rarity: Callable[[str], float]
) -> np.ndarray:
    """Tell what the tokens of a passage have in common with a question.

    Parameters
    ----------
    question : sequence of str
        Tokens of the question.
    passage : Passage
        The passage.
    rarity : callable
        From a token to its rarity, as :func:`compute_rarity` returns it.

    Returns
    -------
    ndarray of shape (n_tokens, n_features), dtype float32
        All from 0 to 1, as `FEATURES` names them:

        ``"same"``: 1 if the question has the token.
        ``"alike"``: the largest share of letters, from the first one on, that the token
        has in common with one of the question, of the longer one's: 1 for the same token,
        0 below a half or three letters. It finds other forms of a word without knowing
        the language.
        ``"matched"``: the rarity of the token times ``"alike"``.
        ``"near"``: the tokens of the question that stand near: the sum of
        ``rarity * exp(-distance / 10)`` over its different tokens, with the distance to
        the nearest one, in tokens; as a share of their rarities.
        ``"rarity"``: of the token.
        ``"capital"``, ``"digit"``: 1 if it was written with a capital at its beginning,
        or has a digit.

    Examples
    --------
    >>> from sklearn_slm.text import Analyzer
    >>> passage = split_passage(Analyzer(), "Planes flew in 1903")
    >>> rows = match_passage(["plane", "in"], passage, lambda token: 0.5)
    >>> [round(float(value), 2) for value in rows[0]]
    [0.0, 0.83, 0.42, 0.91, 0.5, 1.0, 0.0]
    """
    features = np.zeros((len(passage), len(FEATURES)), np.float32)
    if not len(passage):
        return features
    asked = list(dict.fromkeys(question))
    by_distinct = np.zeros((len(passage.distinct), 3), np.float32)
    rarities = np.array([rarity(token) for token in passage.distinct], np.float32)
    owner = _find_alike(asked, passage.distinct, by_distinct)
    by_distinct[:, 2] = rarities * by_distinct[:, 1]
    features[:, :3] = by_distinct[passage.places]
    features[:, 3] = _measure_nearness(asked, passage, owner, rarity)
    features[:, 4] = rarities[passage.places]
    text = passage.text
    for i, (start, end) in enumerate(
        zip(passage.starts.tolist(), passage.ends.tolist())
    ):
        features[i, 5] = text[start : start + 1].isupper()
        features[i, 6] = any(c.isdigit() for c in text[start:end])
    return features


def _find_alike(
    asked: Sequence[str], distinct: Sequence[str], table: np.ndarray
) -> np.ndarray:
    """Fill in what is the same and alike; return the number of the token that is so.

    Parameters
    ----------
    asked, distinct : sequences of str
        Different tokens of question and passage.
    table : ndarray of shape (n_distinct, 3)
        Its first two columns are filled in.

    Returns
    -------
    ndarray of shape (n_distinct,), dtype int64
        -1 where none is alike.
    """
    numbers = {token: i for i, token in enumerate(asked)}
    beginnings: dict[str, list[str]] = {}
    for token in asked:
        if len(token) >= _LEAST_PREFIX:
            beginnings.setdefault(token[:_LEAST_PREFIX], []).append(token)
    owner = np.full(len(distinct), -1)
    for i, token in enumerate(distinct):
        if token in numbers:
            table[i, :2] = 1.0
            owner[i] = numbers[token]
            continue
        for other in beginnings.get(token[:_LEAST_PREFIX], ()):
            share = _share_prefix(token, other)
            if share >= _LEAST_SHARE and share > table[i, 1]:
                table[i, 1] = share
                owner[i] = numbers[other]
    return owner


def _share_prefix(a: str, b: str) -> float:
    """Return how many letters two words share from the first on, of the longer one's."""
    n = 0
    for x, y in zip(a, b):
        if x != y:
            break
        n += 1
    return n / max(len(a), len(b))


def _measure_nearness(
    asked: Sequence[str],
    passage: Passage,
    owner: np.ndarray,
    rarity: Callable[[str], float],
) -> np.ndarray:
    """Return the share of the question that stands near each token."""
    of_token = owner[passage.places]
    near = np.zeros(len(passage))
    total = 0.0
    for number, token in enumerate(asked):
        weight = rarity(token)
        total += weight
        rows = np.flatnonzero(of_token == number)
        if len(rows) and weight:
            near += weight * np.exp(-_measure_distances(rows, len(passage)) / _REACH)
    return near / total if total else near


def _measure_distances(rows: np.ndarray, n: int) -> np.ndarray:
    """Return the distance of each of n places to the nearest of some."""
    places = np.arange(n)
    after = np.searchsorted(rows, places)
    distances = np.abs(places - rows[np.minimum(after, len(rows) - 1)])
    before = np.abs(places - rows[np.maximum(after - 1, 0)])
    return np.minimum(distances, before)
