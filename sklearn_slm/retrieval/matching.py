"""Which words of a query meet which words of a document, in BM25's terms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .bm25 import TermStatistics
from .terms import count_words

__all__ = ["match_words"]


def match_words(
    statistics: TermStatistics, query: Sequence[str], document: Sequence[str]
) -> np.ndarray:
    """Return what each pair of words adds to the score of a document.

    BM25 is a sum over terms that both have. That of a term is shared out equally among the
    pairs of its occurrences; two words that share several pieces have the sum of them.

    Parameters
    ----------
    statistics : TermStatistics
        What is known of terms.
    query, document : sequence of str
        Words of both, as :func:`~.terms.locate_words` splits them.

    Returns
    -------
    ndarray of shape (n_document_words, n_query_words), dtype float64
        At least 0; the sum is the score of :class:`~.bm25.Bm25` with these statistics.

    Examples
    --------
    >>> from sklearn_slm.retrieval import fit_bm25
    >>> bm25 = fit_bm25(["a pin", "the card"])
    >>> shares = match_words(bm25.statistics, ["lost", "pin"], ["a", "pin"])
    >>> (shares > 0).tolist()
    [[False, False], [False, True]]
    >>> bool(abs(shares.sum() - bm25.score(["lost pin"])[0, 0]) < 1e-6)
    True
    """
    words = [[word] for word in (*query, *document)]
    found = count_words(words, statistics.terms)
    counts = found.counts.astype(np.float64)
    asked, said = counts[: len(query)], counts[len(query) :]
    frequency = said.sum(axis=0)
    k1, b = statistics.k1, statistics.b
    norm = k1 * (1 - b + b * frequency.sum() / statistics.mean_length)
    # Terms of the query alone are multiplied by nothing.
    weights = statistics.find_idf(found.keys) / np.maximum(frequency + norm, 1e-12)
    return (said.multiply(weights[None]) @ asked.T).toarray()
