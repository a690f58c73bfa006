"""Vocabularies of the parts of a corpus -> the vocabulary of the whole."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .vocabulary import Vocabulary, prune_tokens

__all__ = ["merge_vocabularies"]


def merge_vocabularies(
    parts: Iterable[Vocabulary],
    *,
    min_df: float = 1,
    max_df: float = 1.0,
    max_features: int | None = None,
) -> Vocabulary:
    """Merge the vocabularies of the parts of a corpus.

    The result is that of :func:`learn_vocabulary` over all documents at once, whatever
    the parts, their order and their grouping: without options it may be merged again.

    Parameters
    ----------
    parts : iterable of Vocabulary
        One for each part, learned without options: what is rare in one part may be
        frequent in the whole.
    min_df, max_df : int or float, default=1 and 1.0
        Keep tokens found in at least ``min_df`` and at most ``max_df`` documents of the
        whole corpus; an int counts documents, a float is a proportion of them.
    max_features : int or None, default=None
        Keep only the most frequent tokens.

    Returns
    -------
    Vocabulary
        Most frequent tokens first, equal ones alphabetically.

    Raises
    ------
    ValueError
        If tokens were left out of a part, there is no part, or no token is left.

    Notes
    -----
    Memory holds all distinct tokens of the parts, about 150 bytes each.

    Examples
    --------
    >>> from sklearn_slm.text import learn_vocabulary
    >>> first, _, _ = learn_vocabulary([["a", "b", "a"]])
    >>> second, _, _ = learn_vocabulary([["b", "c"], ["b"]])
    >>> whole = merge_vocabularies([first, second])
    >>> whole.tokens, whole.token_counts.tolist(), whole.document_counts.tolist()
    (('b', 'a', 'c'), [3, 2, 1], [3, 1, 1])
    >>> merge_vocabularies([first, second], min_df=2).tokens
    ('b',)
    """
    places: dict[str, int] = {}
    counts = np.zeros((2, 0), np.int64)
    n_documents = corpus_size = n_parts = 0
    for part in parts:
        _check_whole(part, n_parts)
        rows = [places.setdefault(token, len(places)) for token in part.tokens]
        # Twice as many each time, so that each number is copied few times.
        if len(places) > counts.shape[1]:
            counts = np.pad(counts, ((0, 0), (0, 2 * len(places) - counts.shape[1])))
        counts[:, rows] += [part.token_counts, part.document_counts]
        n_documents += part.n_documents
        corpus_size += part.corpus_size
        n_parts += 1
    if not n_parts:
        raise ValueError("parts must hold at least one vocabulary. Got none.")
    names = list(places)
    token_counts, document_counts = counts[:, : len(names)]
    kept = prune_tokens(
        names,
        token_counts,
        document_counts,
        n_documents,
        min_df=min_df,
        max_df=max_df,
        max_features=max_features,
    )
    return Vocabulary(
        tokens=tuple(names[i] for i in kept),
        token_counts=token_counts[kept],
        document_counts=document_counts[kept],
        n_documents=n_documents,
        corpus_size=corpus_size,
    )


def _check_whole(part: Vocabulary, number: int) -> None:
    counted = int(part.token_counts.sum())
    if counted != part.corpus_size:
        raise ValueError(
            f"tokens were left out of parts[{number}]: its {len(part)} tokens occur "
            f"{counted} times in {part.corpus_size} tokens of text. Learn the parts "
            "without min_df, max_df and max_features, and give these to "
            "merge_vocabularies."
        )
