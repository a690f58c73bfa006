"""Exact match and F1 of answers that were read in a passage, as SQuAD defines them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from .analyzer import _UNSPACED

__all__ = [
    "ANSWER_METRICS",
    "compute_exact_match",
    "compute_f1",
    "normalize_answer",
    "score_answer",
]

ANSWER_METRICS = ("f1", "exact_match")

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_LETTER_WITHOUT_SPACES = re.compile(f"([{_UNSPACED}])")


def normalize_answer(answer: str) -> list[str]:
    """Return the words of an answer that count.

    Parameters
    ----------
    answer : str
        Any text.

    Returns
    -------
    list of str
        In lower case, without punctuation marks and without the articles a, an and the
        (Rajpurkar et al., 2016). Characters of scripts without spaces are words of their
        own.

    Examples
    --------
    >>> normalize_answer("The Wright brothers, of Ohio")
    ['wright', 'brothers', 'of', 'ohio']
    >>> normalize_answer("東京。")
    ['東', '京']
    """
    lowered = answer.lower()
    bare = "".join(c for c in lowered if unicodedata.category(c)[0] not in "PS")
    bare = _LETTER_WITHOUT_SPACES.sub(r" \1 ", bare)
    return _ARTICLE.sub(" ", bare).split()


def compute_exact_match(answer: str, right: str) -> float:
    """Return 1 if two answers have the same words in the same order, else 0.

    Parameters
    ----------
    answer, right : str
        Two answers; they are normalised, see :func:`normalize_answer`.

    Returns
    -------
    float

    Examples
    --------
    >>> compute_exact_match("the cat.", "Cat"), compute_exact_match("cats", "cat")
    (1.0, 0.0)
    """
    return float(normalize_answer(answer) == normalize_answer(right))


def compute_f1(answer: str, right: str) -> float:
    """Return how many words two answers have in common, from 0 to 1.

    Parameters
    ----------
    answer, right : str
        Two answers; they are normalised, see :func:`normalize_answer`.

    Returns
    -------
    float
        ``2 P R / (P + R)``, with the shares P and R of the words of each that the other
        has, each as often at most as there. 1 if neither has a word.

    Examples
    --------
    >>> round(compute_f1("the black cat", "a cat, black and old"), 4)
    0.6667
    >>> compute_f1("", ""), compute_f1("", "cat")
    (1.0, 0.0)
    """
    own, other = normalize_answer(answer), normalize_answer(right)
    if not own or not other:
        return float(own == other)
    common = (Counter(own) & Counter(other)).total()
    return 2.0 * common / (len(own) + len(other))


def score_answer(answer: str, right: Iterable[str], metric: str) -> float:
    """Return the score of an answer to a question that has several right ones.

    Parameters
    ----------
    answer : str
        What was answered; the empty text says that there is no answer.
    right : iterable of str
        Right answers; none where there is no answer.
    metric : {"f1", "exact_match"}
        Which score.

    Returns
    -------
    float
        The highest over the right ones; where there is none, 1 for the empty text.
    """
    compute = {"f1": compute_f1, "exact_match": compute_exact_match}[metric]
    return max((compute(answer, text) for text in right), default=float(not answer))
