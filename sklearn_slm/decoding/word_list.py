"""WordList: which symbols may come next if only known words are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["BLANK", "SPACE", "WordList", "check_texts"]

BLANK = 0  # the symbol that says nothing
# A symbol whose text begins with it begins a word.
SPACE = " "
# No node: what may not come.
_NONE = -1


def check_texts(texts: Sequence[str], n_symbols: int | None = None) -> None:
    """Refuse what symbols cannot write.

    Parameters
    ----------
    texts : sequence of str
        What each symbol writes, that of the blank, symbol 0, first.
    n_symbols : int or None, default=None
        How many there must be.

    Raises
    ------
    ValueError
        If their number is another one, the blank writes anything, another symbol writes
        nothing, or a space stands where no word can begin.
    """
    if n_symbols is not None and len(texts) != n_symbols:
        raise ValueError(
            f"texts must say what each of the {n_symbols} symbols writes, the blank first. "
            f"Got {len(texts)} texts."
        )
    if not len(texts) or texts[0]:
        raise ValueError(
            "the first text is that of the blank, which must be ''. Got "
            f"{texts[0] if len(texts) else 'none'!r}."
        )
    for text in texts[1:]:
        if not text or SPACE in text[1:]:
            raise ValueError(
                "a symbol must write at least one character, and a space only before all "
                f"others, where it begins a word. Got {text!r}."
            )


class WordList:
    """Known words as a tree of characters; made once, used for every recording.

    A node of the tree is the beginning of a word. Node 0 is that of no character: it is
    where a text begins, and what comes after a space.

    Parameters
    ----------
    words : iterable of str
        The words. Empty ones do not count.
    texts : sequence of str of length n_symbols
        What each symbol writes: characters, or pieces of words. The text of one that
        begins a word begins with a space, and may be the space alone. That of the blank,
        symbol 0, is ``""``.

    Attributes
    ----------
    texts : tuple of str
        As given.
    n_words : int
        Number of different words.

    Raises
    ------
    ValueError
        If there is no word, a word holds white space, or the texts cannot be such.

    Examples
    --------
    >>> words = WordList(["to", "tea"], ["", " ", "a", "e", "o", "t"])
    >>> row = words.find_next(0)
    >>> row.tolist()  # only "t"
    [-1, -1, -1, -1, -1, 1]
    >>> words.find_next(1).tolist()  # "te" or "to", and no space yet
    [-1, -1, -1, 3, 2, -1]
    >>> words.is_word(2), words.find_next(2).tolist()
    (True, [-1, 0, -1, -1, -1, -1])
    """

    def __init__(self, words: Iterable[str], texts: Sequence[str]):
        if isinstance(words, str):
            raise ValueError("words must be several strings. Got a single string.")
        check_texts(texts)
        self.texts = tuple(texts)
        self._children: list[dict[str, int]] = [{}]
        self._ends: set[int] = set()
        for word in words:
            if word and word.split() != [word]:
                raise ValueError(
                    f"a word must hold no white space. Got {word!r}; give its parts as "
                    "words of their own."
                )
            self._add(word)
        if not self._ends:
            raise ValueError("words must hold at least one word. Got none.")
        self._rows: dict[int, np.ndarray] = {}  # those that were asked for

    def _add(self, word: str) -> None:
        node = 0
        for character in word:
            children = self._children[node]
            node = children.setdefault(character, len(self._children))
            if node == len(self._children):
                self._children.append({})
        if node:
            self._ends.add(node)

    @property
    def n_words(self) -> int:
        """Number of different words."""
        return len(self._ends)

    def is_word(self, node: int) -> bool:
        """Tell whether a node is a whole word."""
        return node in self._ends

    def find_next(self, node: int) -> np.ndarray:
        """Return the node after each symbol.

        Parameters
        ----------
        node : int
            Where a text stands, 0 at its beginning.

        Returns
        -------
        ndarray of shape (n_symbols,), dtype int32
            -1 where the symbol may not come: no known word begins so, or a word that has
            begun is none yet. The same array each time, which is not to be written to.
        """
        row = self._rows.get(node)
        if row is None:
            row = np.array([self._walk(node, text) for text in self.texts], np.int32)
            self._rows[node] = row
        return row

    def _walk(self, node: int, text: str) -> int:
        if not text:
            return _NONE
        if text.startswith(SPACE):
            # A space after nothing would write the same text a second time.
            if node not in self._ends and (node or text == SPACE):
                return _NONE
            node, text = 0, text[1:]
        for character in text:
            node = self._children[node].get(character, _NONE)
            if node == _NONE:
                break
        return node

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_rows": {}}
