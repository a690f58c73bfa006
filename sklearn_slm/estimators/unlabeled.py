"""Texts without labels beside those that a vectorizer is fitted on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from ..text import FIRST_ID, UNKNOWN_ID, Vocabulary, learn_vocabulary
from ..text.vocabulary import renumber

__all__ = ["EncodedTexts", "add_unlabeled"]


class EncodedTexts(NamedTuple):
    """A vocabulary, and texts as its ids.

    Parameters
    ----------
    vocabulary : Vocabulary
        The known words.
    ids : ndarray of shape (n_tokens_in_all_documents,), dtype int32
        The documents end to end; 1 where a word is unknown.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    """

    vocabulary: Vocabulary
    ids: np.ndarray
    offsets: np.ndarray


def add_unlabeled(
    texts: EncodedTexts,
    documents: Iterable[Sequence[str]],
    *,
    seen: set[str],
    n_words: int,
    min_df: float,
    max_df: float,
) -> EncodedTexts:
    """Put texts without labels behind others, and their words into the vocabulary.

    Parameters
    ----------
    texts : EncodedTexts
        What the vocabulary was learned from.
    documents : iterable of sequences of str
        The tokens of each text without labels.
    seen : set of str
        All words of `texts`; those that the vocabulary left out stay out.
    n_words : int
        How many other words become known, the most frequent ones.
    min_df, max_df : int or float
        As for :func:`~sklearn_slm.text.learn_vocabulary`, within `documents`.

    Returns
    -------
    EncodedTexts
        All texts. The former words keep their ids and counts, the new ones have counts
        of 0.

    Raises
    ------
    ValueError
        If `documents` hold no token.

    Examples
    --------
    >>> texts = EncodedTexts(*learn_vocabulary([["a", "b"]]))
    >>> more = add_unlabeled(
    ...     texts, [["c", "a", "d", "c"]], seen={"a", "b"}, n_words=1, min_df=1, max_df=1.0
    ... )
    >>> more.vocabulary.tokens, more.ids.tolist(), more.offsets.tolist()
    (('a', 'b', 'c'), [2, 3, 4, 2, 1, 4], [0, 2, 6])
    """
    others, ids, offsets = learn_vocabulary(documents)
    n_documents = others.n_documents
    least, most = (
        df if isinstance(df, (int, np.integer)) else df * n_documents
        for df in (min_df, max_df)
    )
    counts = others.document_counts
    is_allowed = ((counts >= least) & (counts <= most)).tolist()
    new = (
        word
        for word, allowed in zip(others.tokens, is_allowed)
        if allowed and word not in seen
    )
    vocabulary = texts.vocabulary.extend(islice(new, n_words))
    new_id = np.full(FIRST_ID + len(others), UNKNOWN_ID, np.int32)
    new_id[FIRST_ID:] = vocabulary.encode(others.tokens)
    renumber(ids, new_id)
    return EncodedTexts(
        vocabulary,
        np.concatenate([texts.ids, ids]),
        np.concatenate([texts.offsets, texts.offsets[-1] + offsets[1:]]),
    )
