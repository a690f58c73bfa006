"""The word vectors of a vocabulary: trained on its corpus, or given and completed."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

from ..embeddings import (
    WordVectors,
    fill_missing,
    log2_idf,
    read_vectors,
    smooth_idf,
)
from ..embeddings.foreign import advise_conversion
from ..text import Vocabulary
from .base import InvalidParameterError

__all__ = ["check_given_vectors", "compute_idf", "take_vectors"]


def check_given_vectors(given: Any) -> None:
    """Refuse what the parameter ``vectors`` of a vectorizer does not take.

    Vectors of other packages are not taken as they are: they can change after the fit,
    and every clone would copy all of them.

    Raises
    ------
    InvalidParameterError
        A TypeError and a ValueError, as scikit-learn raises for other parameters; names
        the line that makes :class:`~sklearn_slm.WordVectors` of it.
    """
    if given is not None and not isinstance(given, (str, os.PathLike, WordVectors)):
        raise InvalidParameterError(
            "The 'vectors' parameter of GloveTfidfVectorizer must be the path of a file, "
            f"WordVectors or None. {advise_conversion(given)}"
        )


def compute_idf(kind: str, vocabulary: Vocabulary) -> np.ndarray:
    """Return the weights that the parameter ``idf`` of a vectorizer stands for."""
    if kind == "log2":
        # A word that only the given vectors have is as rare as one that was seen once.
        counts = np.maximum(vocabulary.token_counts, 1)
        return log2_idf(counts, vocabulary.corpus_size)
    return smooth_idf(vocabulary.document_counts, vocabulary.n_documents)


def take_vectors(
    given: WordVectors | str | os.PathLike[str],
    tokens: tuple[str, ...],
    *,
    n_components: int,
    missing: str,
    extra_words: int,
    seen: set[str],
    train: Callable[[], WordVectors],
    seed: int,
) -> tuple[WordVectors, np.ndarray]:
    """Return one vector for each token, a given one where there is one, and extra ones.

    Parameters
    ----------
    given : WordVectors or path
        From a file only the wanted words are kept.
    tokens : tuple of str
        The words that need vectors.
    n_components : int
        The length that the vectors must have.
    missing : {"pieces", "noise", "zeros", "corpus"}
        What the other words get, see :func:`~sklearn_slm.embeddings.fill_missing`.
    extra_words : int
        How many words to take that were not seen, the first ones.
    seen : set of str
        All words of the texts, those included that the vocabulary left out: they stay
        unknown, as they were in training.
    train : callable
        Trains vectors on the corpus; called for ``missing="corpus"`` alone.
    seed : int
        Seed of the noise.

    Returns
    -------
    vectors : WordVectors
        In the order of `tokens`, then the extra words.
    found : ndarray of bool, shape (n_words,)
        Which of these the given vectors have.

    Raises
    ------
    ValueError
        If the given vectors have another length, or none of the words.
    """
    if not isinstance(given, WordVectors):
        n_others = extra_words + len(seen) - len(tokens) if extra_words else 0
        given = read_vectors(given, tokens=tokens, n_others=n_others)
    others = (token for token in given.tokens if token not in seen)
    extra = tuple(islice(others, extra_words))
    # Vectors in memory give no other words either: a file and its content are the same.
    given = given.subset(tokens + extra)
    if given.n_components != n_components:
        raise ValueError(
            f"the vectors given have {given.n_components} components, but "
            f"n_components={n_components}. Set n_components={given.n_components}."
        )
    found = np.array([token in given for token in tokens + extra], bool)
    if not found[: len(tokens)].any():
        words = ", ".join(map(repr, tokens[:5]))
        raise ValueError(
            f"the vectors given have none of the {len(tokens)} words of the texts "
            f"({words}, ...). Are they of this language, and written in the same case?"
        )
    if found.all():
        return given, found
    filled = fill_missing(
        given,
        tokens + extra,
        method=missing,  # type: ignore[arg-type]
        corpus_vectors=train() if missing == "corpus" else None,
        random_state=seed,
    )
    return filled, found
