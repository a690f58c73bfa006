"""The word vectors of a vocabulary: trained on its corpus, or given and completed."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from ..embeddings import WordVectors, fill_missing, read_vectors

__all__ = ["take_vectors"]


def take_vectors(
    given: WordVectors | str | os.PathLike[str],
    tokens: tuple[str, ...],
    *,
    n_components: int,
    missing: str,
    train: Callable[[], WordVectors],
    seed: int,
) -> tuple[WordVectors, np.ndarray]:
    """Return one vector for each token, of those that were given where they have it.

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
    train : callable
        Trains vectors on the corpus; called for ``missing="corpus"`` alone.
    seed : int
        Of the noise.

    Returns
    -------
    vectors : WordVectors
        In the order of `tokens`.
    found : ndarray of bool, shape (n_tokens,)
        Which words the given vectors have.

    Raises
    ------
    ValueError
        If the given vectors have another length, or none of the words.
    """
    # Of vectors in memory too only the texts' words: a file and its content are the same.
    if isinstance(given, WordVectors):
        given = given.subset(tokens)
    else:
        given = read_vectors(given, tokens=tokens)
    if given.n_components != n_components:
        raise ValueError(
            f"the vectors given have {given.n_components} components, but "
            f"n_components={n_components}. Set n_components={given.n_components}."
        )
    found = np.array([token in given for token in tokens], bool)
    if not found.any():
        words = ", ".join(map(repr, tokens[:5]))
        raise ValueError(
            f"the vectors given have none of the {len(tokens)} words of the texts "
            f"({words}, ...). Are they of this language, and written in the same case?"
        )
    if found.all():
        return given.subset(tokens), found
    filled = fill_missing(
        given,
        tokens,
        method=missing,  # type: ignore[arg-type]
        corpus_vectors=train() if missing == "corpus" else None,
        random_state=seed,
    )
    return filled, found
