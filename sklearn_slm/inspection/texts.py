"""What a model reads: its classifier, the token sequences and where tokens stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..text import (
    UNKNOWN_ID,
    TokenSequences,
    align_tokens,
    check_documents,
    takes_any_document,
)
from ..text.tables import join_texts
from ..unwrap import apply_transformers, split_classifier

__all__ = ["ReadTexts", "each_hidden", "read_texts"]

# What an unknown token is called where its text is not known.
UNKNOWN = "<unk>"


@dataclass(frozen=True)
class ReadTexts:
    """Texts as a classifier reads them.

    Parameters
    ----------
    classifier : SLMTextClassifier
        The fitted classifier at the end of the model.
    sequences : TokenSequences
        What it is given.
    texts : list of str or None
        The original texts, if there are any: an analyzer may take other documents.
    tokens : list of list of str
        Tokens of each text.
    offsets : list of list of (int, int), or None
        Where each token stands in its text; None if that cannot be known.
    """

    classifier: Any
    sequences: TokenSequences
    texts: list[str] | None
    tokens: list[list[str]]
    offsets: list[list[tuple[int, int]]] | None


def read_texts(model: Any, X: Any) -> ReadTexts:
    """Turn input into what the classifier inside of a model reads.

    Parameters
    ----------
    model : SLMTextClassifier, Pipeline that ends in one, or a fitted search over these
        The fitted model.
    X : iterable of str, TokenSequences or data frame, of length n_documents
        Texts; a data frame for a classifier with ``text_column``.

    Returns
    -------
    ReadTexts
        The classifier, its input, and its tokens with their places.

    Raises
    ------
    TypeError
        If the model ends in another estimator; see
        :func:`~sklearn_slm.unwrap.split_classifier`.
    NotFittedError
        If it is not fitted.
    """
    steps, classifier = split_classifier(model)
    if isinstance(X, TokenSequences):
        return _from_sequences(classifier, classifier.read_inputs(X), None)
    last = classifier.vectorizer_
    if last is None and steps:
        last = steps.pop()
    any_kind = takes_any_document(getattr(last, "analyzer", None))
    if classifier.text_column is not None:
        table = apply_transformers(steps, X)
        sequences = classifier.read_inputs(table)
        seen = texts = join_texts(table, classifier.text_column)
    else:
        texts = check_documents(X, any_kind=any_kind)
        seen = apply_transformers(steps, texts)
        # Without a vectorizer this says what to do about it.
        sequences = classifier.read_inputs(
            seen if last is None else last.transform(seen)
        )
    # Steps before the vectorizer that change texts leave no way back to the originals.
    if list(seen) != texts or not hasattr(last, "_build_analyzer"):
        return _from_sequences(classifier, sequences, texts)
    analyzer = last._build_analyzer()
    cut = sequences.lengths.tolist()
    if not {str}.issuperset(map(type, texts)):
        tokens = [analyzer(document)[:n] for document, n in zip(texts, cut)]
        return ReadTexts(classifier, sequences, None, tokens, None)
    aligned = [align_tokens(analyzer, text) for text in texts]
    tokens = [found[:n] for (found, _), n in zip(aligned, cut)]
    offsets = [places[:n] for (_, places), n in zip(aligned, cut)]
    return ReadTexts(classifier, sequences, texts, tokens, offsets)


def _from_sequences(
    classifier: Any, sequences: TokenSequences, texts: list[str] | None
) -> ReadTexts:
    names = ["", UNKNOWN, *sequences.vocabulary.tokens]
    read = [names[i] for i in sequences.ids]
    starts = sequences.offsets.tolist()
    tokens = [read[start:end] for start, end in pairwise(starts)]
    return ReadTexts(classifier, sequences, texts, tokens, None)


def replace_tokens(sequences: TokenSequences, hidden: np.ndarray) -> TokenSequences:
    """Put the unknown token in place of some tokens.

    It is what ``word_dropout`` does in training, so such texts are nothing new to the
    network, and the places of the other tokens stay.

    Parameters
    ----------
    sequences : TokenSequences
        The documents.
    hidden : ndarray of shape (n_tokens_in_all_documents,), dtype bool
        Which tokens.

    Returns
    -------
    TokenSequences
        As many documents of the same lengths.
    """
    ids = np.where(hidden, UNKNOWN_ID, sequences.ids).astype(np.int32)
    return replace(sequences, ids=ids)


def each_hidden(
    sequences: TokenSequences, most_tokens: int
) -> Iterator[tuple[np.ndarray, TokenSequences]]:
    """Yield copies of documents, in each of which one token is replaced.

    Parameters
    ----------
    sequences : TokenSequences
        The documents.
    most_tokens : int
        Tokens of all copies that are made at a time; one copy is always made.

    Yields
    ------
    places : ndarray of shape (n,), dtype int
        Which token of all documents each copy lacks.
    copies : TokenSequences
        The n copies.
    """
    lengths = sequences.lengths
    row_of = np.repeat(np.arange(len(lengths)), lengths)
    cost = np.cumsum(lengths[row_of])
    start = 0
    while start < len(row_of):
        spent = cost[start] - lengths[row_of[start]]
        end = max(start + 1, int(np.searchsorted(cost, spent + most_tokens, "right")))
        places = np.arange(start, end)
        copies = sequences[row_of[places]]
        assert isinstance(copies, TokenSequences)
        hidden = np.zeros(len(copies.ids), bool)
        hidden[copies.offsets[:-1] + places - sequences.offsets[row_of[places]]] = True
        yield places, replace_tokens(copies, hidden)
        start = end
