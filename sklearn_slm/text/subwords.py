"""SubwordModel: words to the pieces that a unigram model finds most likely.

A unigram model (Kudo, 2018) gives each piece a probability; a word is split into the
pieces whose product is the largest, which the Viterbi algorithm finds. ``sentencepiece``
trains a model; to use one, only this module is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

import numpy as np

from .analyzer import _marks
from .spacing import open_lines

__all__ = ["SubwordModel"]

_WORD = re.compile(r"\n| ?[^ \n]+")
_ASCII_RUN = re.compile(r"\n| ?(?:[A-Za-z]+|[^A-Za-z \n]+)")
_LONGEST_PIECE = 100
# What an unknown character costs beyond the least likely piece, as in sentencepiece.
_UNKNOWN_PENALTY = 10.0
_MOST_CACHED_WORDS, _LONGEST_CACHED_WORD = 1 << 16, 40


@lru_cache(maxsize=1)
def _run_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile what cuts words into runs of letters and of what is none, and its check.

    No piece reaches over such a cut if the second pattern matches all pieces, since
    whatever run the first character of a piece is in, the others are in it, too.
    """
    letter, marks = r"[^\W\d_]", f"[{_marks()}]"
    letters = rf"{letter}++(?:{marks}++{letter}*+)*+"
    others = r"(?:[^\w \n]|[\d_])++"
    return (
        re.compile(rf"\n| ?(?:{letters}|{others})"),
        re.compile(rf" ?(?:{letters}|(?!{marks}){others})| |{marks}+"),
    )


class _Cache(dict[str, tuple[str, ...]]):
    """Words that were split; of too many those that were not met for long are dropped."""

    def __init__(self, model: SubwordModel):
        self._model = model
        self._older: dict[str, tuple[str, ...]] = {}

    def __missing__(self, word: str) -> tuple[str, ...]:
        pieces = self._older.get(word) or self._model._search(word)
        if len(word) <= _LONGEST_CACHED_WORD:
            if len(self) >= _MOST_CACHED_WORDS:
                self._older = self.copy()
                self.clear()
            self[word] = pieces
        return pieces


@dataclass(frozen=True, eq=False, repr=False)
class SubwordModel:
    r"""A unigram model of pieces of words.

    Parameters
    ----------
    pieces : tuple of str
        Distinct pieces of at most 100 characters. A space is the first character of a
        piece or not in it, and a line break is in none.
    scores : ndarray of shape (n_pieces,), dtype float32
        Their log-probabilities.

    Raises
    ------
    ValueError
        If pieces and scores are not such.

    Examples
    --------
    >>> scores = np.log(np.array([0.4, 0.3, 0.1, 0.1, 0.1], np.float32))
    >>> model = SubwordModel((" un", "like", "l", "ly", " "), scores)
    >>> model.encode("unlikely, unlike")
    [' un', 'like', 'ly', ',', ' un', 'like']
    """

    pieces: tuple[str, ...]
    scores: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what is no model."""
        if not self.pieces:
            raise ValueError("a SubwordModel needs at least one piece. Got none.")
        for piece in self.pieces:
            if not piece or len(piece) > _LONGEST_PIECE:
                raise ValueError(
                    f"a piece has 1 to {_LONGEST_PIECE} characters. Got {piece!r:.60} "
                    f"with {len(piece)}."
                )
            if " " in piece[1:] or "\n" in piece:
                raise ValueError(
                    "a piece has a space at its beginning alone and no line break. Got "
                    f"{piece!r}."
                )
        n_distinct = len(set(self.pieces))
        if n_distinct < len(self.pieces):
            raise ValueError(
                f"pieces must be distinct. Got {n_distinct} of {len(self.pieces)}."
            )
        scores = self.scores
        if scores.dtype != np.float32 or scores.shape != (len(self.pieces),):
            raise ValueError(
                f"scores must be float32 of shape ({len(self.pieces)},), one for each "
                f"piece. Got {scores.dtype} of shape {scores.shape}."
            )
        if not np.isfinite(scores).all():
            raise ValueError("scores must be finite. Got an infinity or a NaN.")

    def encode(self, text: str) -> list[str]:
        r"""Split a text into pieces.

        Parameters
        ----------
        text : str
            With its white space as :func:`~sklearn_slm.text.spacing.normalize_spaces`
            returns it.

        Returns
        -------
        list of str
            Pieces, characters that no piece has, and ``"\n"``. The first piece of a word
            carries the space before it, also at the beginning of a line.
        """
        pattern = self._general_pattern
        if pattern is not _WORD and text.isascii():
            pattern = _ASCII_RUN
        words = pattern.findall(open_lines(text))
        return list(chain.from_iterable(map(self._cache.__getitem__, words)))

    def encode_word(self, word: str) -> tuple[str, ...]:
        """Split one word, with or without the space before it, into pieces.

        Parameters
        ----------
        word : str
            Any string.

        Returns
        -------
        tuple of str
            The most likely pieces; the word is what they make end to end. A character
            that no piece has stands alone.

        Examples
        --------
        >>> model = SubwordModel(("a", "ab"), np.array([-1.0, -1.5], np.float32))
        >>> model.encode_word("aabx")
        ('a', 'ab', 'x')
        """
        return self._cache[word]

    @cached_property
    def _cache(self) -> _Cache:
        return _Cache(self)

    @cached_property
    def _table(self) -> dict[str, float]:
        return dict(zip(self.pieces, self.scores.tolist()))

    @cached_property
    def _longest(self) -> dict[str, int]:
        """Characters of the longest piece that begins with two of them."""
        longest: dict[str, int] = {}
        for piece in self.pieces:
            longest[piece[:2]] = max(longest.get(piece[:2], 1), len(piece))
        return longest

    @cached_property
    def _general_pattern(self) -> re.Pattern[str]:
        """What cuts a text into parts over whose ends no piece reaches."""
        runs, one_run = _run_patterns()
        return runs if all(map(one_run.fullmatch, self.pieces)) else _WORD

    @cached_property
    def _unknown_score(self) -> float:
        return float(self.scores.min()) - _UNKNOWN_PENALTY

    def _search(self, word: str) -> tuple[str, ...]:
        """Find the most likely pieces by the Viterbi algorithm."""
        get_score, get_longest = self._table.get, self._longest.get
        n = len(word)
        # Score of the pieces up to each place, and where the last one begins.
        best, begins = [0.0] + [-np.inf] * n, [0] * (n + 1)
        for start in range(n):
            so_far = best[start]
            single = get_score(word[start])
            score = so_far + (self._unknown_score if single is None else single)
            if score > best[start + 1]:
                best[start + 1], begins[start + 1] = score, start
            last = start + get_longest(word[start : start + 2], 1)
            for end in range(start + 2, min(n, last) + 1):
                piece_score = get_score(word[start:end])
                if piece_score is not None and so_far + piece_score > best[end]:
                    best[end], begins[end] = so_far + piece_score, start
        pieces = []
        while n:
            pieces.append(word[begins[n] : n])
            n = begins[n]
        return tuple(reversed(pieces))

    def __len__(self) -> int:
        return len(self.pieces)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubwordModel):
            return NotImplemented
        return self is other or (
            self.pieces == other.pieces and np.array_equal(self.scores, other.scores)
        )

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"SubwordModel(n_pieces={len(self)})"

    def __getstate__(self) -> dict:
        # All else is derived.
        return {"pieces": self.pieces, "scores": self.scores}
