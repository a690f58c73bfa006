"""Words that a fitted vectorizer takes up, and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..embeddings import WordVectors, fill_missing, read_vectors
from ..text import FIRST_ID, UNKNOWN_ID
from ..text.growing import grow_vocabulary
from .vectorizer import GloveTfidfVectorizer

__all__ = ["find_word_vectors", "grow_vectorizer"]


def grow_vectorizer(
    vectorizer: GloveTfidfVectorizer,
    documents: Sequence[Any],
    table: np.ndarray,
    seed: int,
) -> GloveTfidfVectorizer:
    """Return a vectorizer that also knows the words of more texts.

    Parameters
    ----------
    vectorizer : GloveTfidfVectorizer
        A fitted one, which stays as it is. ``min_df``, ``max_df`` and ``max_features`` say
        which words enter, see :func:`~sklearn_slm.text.growing.grow_vocabulary`.
    documents : sequence of str
        Raw texts.
    table : ndarray of shape (n_tokens, n_components), dtype float32
        Embedding table of the network that reads its words: new vectors are made of it.
    seed : int
        Seed of the noise that ``missing="noise"`` asks for.

    Returns
    -------
    GloveTfidfVectorizer
        Ids and vectors of the words before are the same.
    """
    analyze, n_before = vectorizer._build_analyzer(), len(vectorizer.vocabulary_)
    vocabulary = grow_vocabulary(
        vectorizer.vocabulary_,
        (analyze(document)[: vectorizer.max_length] for document in documents),
        min_df=vectorizer.min_df,
        max_df=vectorizer.max_df,
        max_features=vectorizer.max_features,
    )
    vectors, is_given = find_word_vectors(
        vocabulary.tokens[n_before:],
        WordVectors(vocabulary.tokens[:n_before], table[FIRST_ID:]),
        table[UNKNOWN_ID],
        given=vectorizer.vectors,
        missing=vectorizer.missing,
        seed=seed,
    )
    return vectorizer._take_words(vocabulary, vectors, is_given)


def find_word_vectors(
    words: Sequence[str],
    known: WordVectors,
    unknown: np.ndarray,
    *,
    given: Any,
    missing: str,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the vectors that new words begin with.

    Parameters
    ----------
    words : sequence of str
        The new words.
    known : WordVectors
        Words that the network knows, with the vectors that it reads.
    unknown : ndarray of shape (n_components,), dtype float32
        What the network reads for an unknown word. A word of which nothing is known goes
        on as that.
    given : WordVectors, path or None
        Vectors that were given to the vectorizer: what they have is taken.
    missing : {"pieces", "noise", "zeros", "corpus"}
        What other words get, see :func:`~sklearn_slm.embeddings.fill_missing`. The texts
        of the corpus are gone: ``"corpus"`` stands for ``"pieces"`` here.
    seed : int
        Seed of the noise.

    Returns
    -------
    vectors : ndarray of shape (n_words, n_components), dtype float32
        One for each word.
    is_given : ndarray of shape (n_words,), dtype bool
        Which of them the given vectors have.
    """
    is_given = np.zeros(len(words), bool)
    if not len(words):
        return np.zeros((0, known.n_components), np.float32), is_given
    filled = fill_missing(
        known,
        words,
        method="pieces" if missing == "corpus" else missing,  # type: ignore[arg-type]
        # Another noise for the words of each piece.
        random_state=np.random.RandomState([seed, len(known)]),
    ).table.copy()
    filled[~filled.any(axis=1)] = unknown
    if given is not None:
        if not isinstance(given, WordVectors):
            given = read_vectors(given, tokens=words)
        is_given[:] = [word in given for word in words]
        own = [word for word in words if word in given]
        if own:
            filled[is_given] = given.subset(own).table
    return filled, is_given
