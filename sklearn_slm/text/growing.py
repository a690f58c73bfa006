"""A vocabulary that grows with the texts of a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from numbers import Integral

import numpy as np

from .vocabulary import Vocabulary, select_tokens

__all__ = ["grow_vocabulary"]


def grow_vocabulary(
    vocabulary: Vocabulary,
    documents: Iterable[Sequence[str]],
    *,
    min_df: float = 1,
    max_df: float = 1.0,
    max_features: int | None = None,
) -> Vocabulary:
    """Return a vocabulary with the new tokens of more documents behind it.

    Tokens keep their ids; the new ones follow by falling count, equal ones
    alphabetically. All counts are those of the documents before and of these together.
    Nothing is known of a token that was left out earlier: it is counted from here on.

    Parameters
    ----------
    vocabulary : Vocabulary
        The known tokens.
    documents : iterable of sequences of str
        The tokens of each document.
    min_df, max_df : int or float, default=1 and 1.0
        A new token enters if at least ``min_df`` and at most ``max_df`` of these
        documents have it; an int counts them, a float is a proportion of them.
    max_features : int or None, default=None
        No token enters where the vocabulary has so many, the most frequent ones enter
        where there is room for a few.

    Returns
    -------
    Vocabulary

    Examples
    --------
    >>> from sklearn_slm.text import learn_vocabulary
    >>> vocabulary = learn_vocabulary([["a", "b", "a"]])[0]
    >>> grown = grow_vocabulary(vocabulary, [["c", "a"], ["d", "c"]])
    >>> grown.tokens, grown.token_counts.tolist(), grown.document_counts.tolist()
    (('a', 'b', 'c', 'd'), [3, 1, 2, 1], [2, 1, 2, 1])
    """
    token_counts: Counter[str] = Counter()
    document_counts: Counter[str] = Counter()
    n_documents = 0
    for tokens in documents:
        token_counts.update(tokens)
        document_counts.update(set(tokens))
        n_documents += 1
    names = [token for token in token_counts if token not in vocabulary]
    held = np.array([document_counts[name] for name in names], np.int64)
    least, most = (
        df if isinstance(df, Integral) else df * n_documents for df in (min_df, max_df)
    )
    room = None if max_features is None else max(max_features - len(vocabulary), 0)
    new = select_tokens(
        names,
        np.array([token_counts[name] for name in names], np.int64),
        (held >= least) & (held <= most),
        room,
    )
    grown = vocabulary.extend(names[i] for i in new)

    def add(counts: np.ndarray, more: Counter[str]) -> np.ndarray:
        return counts + np.array([more[token] for token in grown.tokens], np.int64)

    return replace(
        grown,
        token_counts=add(grown.token_counts, token_counts),
        document_counts=add(grown.document_counts, document_counts),
        n_documents=vocabulary.n_documents + n_documents,
        corpus_size=vocabulary.corpus_size + token_counts.total(),
    )
