"""Texts without labels: for a vectorizer, and for the training of a classifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ..text import (
    FIRST_ID,
    UNKNOWN_ID,
    Ragged,
    TokenSequences,
    Vocabulary,
    check_documents,
    learn_vocabulary,
    takes_any_document,
)
from ..text.vocabulary import renumber

__all__ = [
    "UNLABELED_USES",
    "EncodedTexts",
    "add_unlabeled",
    "check_unlabeled",
    "collect_unlabeled",
    "encode_unlabeled",
]

# What a classifier can do with texts without labels; see its parameter ``unlabeled``.
UNLABELED_USES = ("vectors", "virtual", "pseudo")


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


def check_unlabeled(estimator: Any) -> frozenset[str]:
    """Return what a classifier is to do with texts without labels; refuse what it cannot.

    Parameters
    ----------
    estimator : SLMTextClassifier
        With the parameter ``unlabeled``.
    """
    given = estimator.unlabeled
    uses = [given] if isinstance(given, str) else list(given)
    if all(isinstance(use, str) and use in UNLABELED_USES for use in uses):
        return frozenset(uses)
    raise ValueError(
        f"The 'unlabeled' parameter of {type(estimator).__name__} must be one of "
        f"{', '.join(map(repr, UNLABELED_USES))}, or a tuple of such. Got {given!r} "
        "instead."
    )


def collect_unlabeled(vectorizer: Any, X_unlabeled: Any) -> Any:
    """Return texts without labels as a list that can be read twice.

    Parameters
    ----------
    vectorizer : GloveTfidfVectorizer or None
        What is to read them.
    X_unlabeled : iterable of str, TokenSequences or None
        As given to ``fit``.

    Raises
    ------
    ValueError, TypeError
        If it is no collection of texts.
    """
    if X_unlabeled is None or isinstance(X_unlabeled, TokenSequences):
        return X_unlabeled
    any_kind = takes_any_document(getattr(vectorizer, "analyzer", None))
    return check_documents(X_unlabeled, name="X_unlabeled", any_kind=any_kind)


def encode_unlabeled(
    X_unlabeled: Any, sequences: TokenSequences, vectorizer: Any, seed: int
) -> Ragged:
    """Return texts without labels as token ids, none longer than those with labels.

    Parameters
    ----------
    X_unlabeled : list or TokenSequences
        What :func:`collect_unlabeled` returned.
    sequences : TokenSequences
        The texts with labels.
    vectorizer : GloveTfidfVectorizer or None
        What made them; None if they were given.
    seed : int
        Seed of the stretch that is taken of a longer text.

    Raises
    ------
    ValueError
        If they are of another vocabulary, or hold no known token.
    """
    if not isinstance(X_unlabeled, TokenSequences):
        if vectorizer is None:
            raise ValueError(
                "X_unlabeled holds raw texts, but X is token sequences. Transform "
                "X_unlabeled with the vectorizer that made X: in a Pipeline, by "
                'Pipeline(steps, transform_input=["X_unlabeled"]).'
            )
        X_unlabeled = vectorizer.transform(X_unlabeled)
    elif X_unlabeled.vocabulary.tokens != sequences.vocabulary.tokens:
        raise ValueError(
            f"X_unlabeled was made with a vocabulary of {len(X_unlabeled.vocabulary)} "
            f"tokens, X with another one of {len(sequences.vocabulary)}. Transform both "
            "with the same fitted vectorizer."
        )
    texts = X_unlabeled.texts
    ends = np.concatenate([[0], np.cumsum(texts.values != UNKNOWN_ID)])
    n_known = np.diff(ends[texts.offsets])
    if not n_known.any():
        raise ValueError(
            f"no known token was found in {len(texts)} documents of X_unlabeled. Give "
            "texts of the language and kind of X."
        )
    texts = texts.take(np.flatnonzero(n_known))
    longest = int(sequences.texts.lengths.max())
    return texts.cut(longest, np.random.default_rng(seed))
