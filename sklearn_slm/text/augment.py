"""Variants of a text that mean about the same, to train on.

Each function changes words, and leaves spaces, punctuation marks and the tags of HTML
where they are. In scripts without spaces a word is one character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .analyzer import _UNSPACED, _character_pattern, _word_pattern
from .markup import MARKUP

__all__ = [
    "KEYBOARD",
    "Pieces",
    "cut_words",
    "drop_words",
    "misspell_words",
    "mix_texts",
    "replace_words",
    "swap_words",
]


def _list_neighbours() -> dict[str, str]:
    """Return the letters whose keys touch the key of each letter, US layout."""
    # Each row begins so many keys further to the right than the one above it.
    rows = {"qwertyuiop": 0.0, "asdfghjkl": 0.25, "zxcvbnm": 0.75}
    places = {
        key: (start + column, row)
        for row, (keys, start) in enumerate(rows.items())
        for column, key in enumerate(keys)
    }
    return {
        key: "".join(
            sorted(
                other
                for other, (right, down) in places.items()
                if 0 < np.hypot(right - x, down - y) < 1.3
            )
        )
        for key, (x, y) in places.items()
    }


KEYBOARD = _list_neighbours()
_COMMAS = ",;،؛、，；"
_WITHOUT_SPACES = re.compile(f"[{_UNSPACED}]")


class Pieces(NamedTuple):
    """A text in pieces that give it again when they are joined in turns.

    Parameters
    ----------
    words : list of str
        The words.
    gaps : list of str
        What stands before each word, then what stands behind the last one.
    """

    words: list[str]
    gaps: list[str]

    def join(self) -> str:
        """Return the text."""
        pairs = zip(self.gaps, self.words)
        return "".join(gap + word for gap, word in pairs) + self.gaps[-1]


def cut_words(text: str) -> Pieces:
    """Cut a text into its words and what stands between them.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    Pieces
        Words and numbers; a contraction is one word. Tags of HTML are no words.

    Examples
    --------
    >>> cut_words("I don't, <b>really</b>!")
    Pieces(words=['I', "don't", 'really'], gaps=['', ' ', ', <b>', '</b>!'])
    """
    shown = text
    if "<" in text:
        shown = MARKUP.sub(lambda match: " " * len(match[0]), text)
    shown = shown.replace("\u2019", "'")
    spans: list[tuple[int, int]] = []
    for match in _word_pattern(shown.isascii(), False).finditer(shown):
        start, end = match.span()
        if spans and spans[-1][1] == start and "'" in match[0]:
            start = spans.pop()[0]
        spans.append((start, end))
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    return Pieces(
        [text[start:end] for start, end in spans],
        [text[end:start] for end, start in zip(ends, starts)],
    )


def drop_words(text: str, random: np.random.Generator, rate: float) -> str:
    """Leave words out.

    Parameters
    ----------
    text : str
        Any text.
    random : numpy.random.Generator
        Source of randomness.
    rate : float
        Probability of each word, from 0 to 1. The last word that is left stays.

    Returns
    -------
    str
        The text without them, and without one of the two spaces around each.

    Examples
    --------
    >>> drop_words("It was, in short, a dull film.", np.random.default_rng(4), 0.3)
    'It was, in, a dull film.'
    """
    words, gaps = cut_words(text)
    dropped = np.flatnonzero(random.random(len(words)) < rate)
    if len(dropped) and len(dropped) == len(words):
        dropped = np.delete(dropped, random.integers(len(words)))
    for i in reversed(dropped.tolist()):
        gaps[i : i + 2] = [_close(gaps[i], gaps[i + 1], is_first=i == 0)]
        del words[i]
    return Pieces(words, gaps).join()


def _close(left: str, right: str, *, is_first: bool) -> str:
    """Return what stands where a word was between two gaps."""
    if left.strip():
        # A comma belonged to the word if another mark stands there already.
        return left + right.lstrip().lstrip(_COMMAS).lstrip()
    return right.lstrip(_COMMAS).lstrip() if is_first and not left else right


def swap_words(text: str, random: np.random.Generator, rate: float) -> str:
    """Exchange words with the next one, if nothing but space is between them.

    Parameters
    ----------
    text : str
        Any text.
    random : numpy.random.Generator
        Source of randomness.
    rate : float
        Probability of each word, from 0 to 1; a word moves once at most.

    Returns
    -------
    str
        The same words in another order.

    Examples
    --------
    >>> swap_words("one two three, four", np.random.default_rng(0), 1.0)
    'two one three, four'
    """
    words, gaps = cut_words(text)
    is_hit = random.random(len(words)) < rate
    i = 0
    while i < len(words) - 1:
        if is_hit[i] and not gaps[i + 1].strip():
            words[i], words[i + 1] = words[i + 1], words[i]
            i += 1
        i += 1
    return Pieces(words, gaps).join()


def replace_words(
    text: str,
    random: np.random.Generator,
    rate: float,
    find: Callable[[str], Sequence[str]],
) -> str:
    """Put other words in the place of some.

    Parameters
    ----------
    text : str
        Any text.
    random : numpy.random.Generator
        Source of randomness.
    rate : float
        Probability of each word, from 0 to 1.
    find : callable
        From a word to the words that may replace it; without any it stays.

    Returns
    -------
    str
        The text with the others, which begin with a capital, or are written in capitals,
        where the words did.

    Examples
    --------
    >>> find = {"Good": ["great"]}.get
    >>> replace_words("Good!", np.random.default_rng(0), 1.0, lambda w: find(w, []))
    'Great!'
    """
    words, gaps = cut_words(text)
    for i in np.flatnonzero(random.random(len(words)) < rate):
        others = find(words[i])
        if len(others):
            other = others[int(random.integers(len(others)))]
            words[i] = _write_like(other, words[i])
    return Pieces(words, gaps).join()


def _write_like(word: str, model: str) -> str:
    if len(model) > 1 and model.isupper():
        return word.upper()
    if model[:1].isupper():
        return word[:1].upper() + word[1:]
    return word


def misspell_words(text: str, random: np.random.Generator, rate: float) -> str:
    """Make one slip of the fingers in some of the words.

    Parameters
    ----------
    text : str
        Any text.
    random : numpy.random.Generator
        Source of randomness.
    rate : float
        Probability of each word, from 0 to 1. Numbers stay.

    Returns
    -------
    str
        In words with letters of a to z, one of them becomes a letter whose key touches
        its own on a US keyboard (`KEYBOARD`). In words of other letters two neighbours
        are exchanged, each with its combining marks; in scripts without spaces these are
        neighbouring characters.

    Examples
    --------
    >>> misspell_words("a good film", np.random.default_rng(1), 0.5)
    'a good filn'
    >>> misspell_words("хороший фильм", np.random.default_rng(0), 1.0)
    'хрооший ифльм'
    """
    words, gaps = cut_words(text)
    is_hit = (random.random(len(words)) < rate).tolist()
    for i, word in enumerate(words):
        if not is_hit[i] or any(map(str.isdigit, word)):
            continue
        letters = _character_pattern().findall(word)
        typed = [j for j, letter in enumerate(letters) if letter.lower() in KEYBOARD]
        if typed:
            j = typed[int(random.integers(len(typed)))]
            near = KEYBOARD[letters[j].lower()]
            slip = near[int(random.integers(len(near)))]
            letters[j] = slip.upper() if letters[j].isupper() else slip
            words[i] = "".join(letters)
        elif len(letters) > 1:
            j = int(random.integers(len(letters) - 1))
            letters[j : j + 2] = letters[j + 1], letters[j]
            words[i] = "".join(letters)
        elif i + 1 < len(words) and not gaps[i + 1]:
            words[i], words[i + 1] = words[i + 1], words[i]
            is_hit[i + 1] = False
    return Pieces(words, gaps).join()


def mix_texts(first: str, second: str, random: np.random.Generator) -> str:
    """Put the first words of one text before the last words of another.

    Parameters
    ----------
    first, second : str
        Texts, of one class as a rule.
    random : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    str
        Both are cut at the same part of their words, so that the length is between
        theirs; at least one word comes from each. If one of them has no word, `first`.

    Examples
    --------
    >>> mix_texts("a dull, slow film", "nobody laughed at all", np.random.default_rng(0))
    'a dull, slow all'
    """
    ours, theirs = cut_words(first), cut_words(second)
    if not ours.words or not theirs.words:
        return first
    part = random.random()
    n_ours = min(max(round(part * len(ours.words)), 1), len(ours.words))
    n_left = min(round(part * len(theirs.words)), len(theirs.words) - 1)
    head = Pieces(ours.words[:n_ours], [*ours.gaps[:n_ours], ""]).join()
    tail = Pieces(theirs.words[n_left:], ["", *theirs.gaps[n_left + 1 :]]).join()
    is_spaced = not (_WITHOUT_SPACES.match(head[-1]) and _WITHOUT_SPACES.match(tail[0]))
    return head + " " * is_spaced + tail
