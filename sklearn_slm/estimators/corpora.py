"""What a language model is fitted on: documents as ids, with their labels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..network.language.windows import Stream
from ..text import FIRST_ID, SubwordModel, Vocabulary, check_documents
from ..text.corpus import encode_corpus, learn_corpus, read_lines
from ..text.tokenizers import Tokenizer
from .base import check_not_empty, check_row_count
from .targets import read_labels

__all__ = [
    "Corpus",
    "build_tokenizer",
    "drop_rare_pieces",
    "encode_labels",
    "iterate_documents",
    "read_corpus",
    "read_more",
    "split_corpus",
]

# Documents that are checked and handed on at a time.
_CHUNK = 1000
# Text that subwords are trained on, in characters: the first of a stream.
_SUBWORD_CHARACTERS = 20_000_000
# Tokens that a vocabulary holds at most, by kind.
_MOST_TOKENS = {"word": 20_000, "char": 8_000, "subword": 8_000}
# Fewer documents are all trained on: what is set aside could not tell epochs apart.
_FEW_DOCUMENTS = 100


class Corpus(NamedTuple):
    """Documents to train on.

    Parameters
    ----------
    tokenizer : Tokenizer
        What split them.
    vocabulary : Vocabulary
        The known tokens.
    classes : ndarray or None
        Labels of documents, if they have any.
    stream : Stream
        The documents.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    classes: np.ndarray | None
    stream: Stream


def iterate_documents(X: Any, name: str = "X") -> Iterator[str]:
    """Yield the texts of a collection, an iterator or a file of one text a line.

    Parameters
    ----------
    X : iterable of str or path-like
        An iterator is read piece by piece.
    name : str, default="X"
        What the messages call it.

    Raises
    ------
    TypeError, ValueError
        If it is something else, or a document is no text.
    """
    if isinstance(X, os.PathLike):
        yield from read_lines(Path(X))
    elif isinstance(X, Iterator):
        first = 0
        while piece := list(islice(X, _CHUNK)):
            yield from check_documents(piece, first=first, name=name)
            first += len(piece)
    else:
        if isinstance(X, str):
            raise ValueError(
                "Iterable over raw text documents expected, string object received. Put "
                "the text into a list, [text], or give the path of a file of one text "
                "a line as pathlib.Path(...)."
            )
        check_not_empty(X, name)
        yield from check_documents(X, name=name)


def build_tokenizer(model: Any, documents: Iterable[str] = ()) -> tuple[Tokenizer, Any]:
    """Return the tokenizer that a language model's parameters ask for.

    Parameters
    ----------
    model : SLMLanguageModel
        Its parameters are read.
    documents : iterable of str
        Subwords are trained on the first of them.

    Returns
    -------
    tokenizer : Tokenizer
        Splits the documents.
    documents : iterable of str
        All of them, those that were looked at included.
    """
    options = {
        "kind": model.tokens,
        "lowercase": bool(model.lowercase),
        "token_pattern": model.token_pattern,
        "strip_tags": bool(model.strip_tags),
    }
    if model.tokens != "subword":
        return Tokenizer(**options), documents
    from ..text import train_subwords

    kept: list[str] = []
    n_characters, documents = 0, iter(documents)
    while n_characters < _SUBWORD_CHARACTERS:
        document = next(documents, None)
        if document is None:
            break
        kept.append(document)
        n_characters += len(document)
    cleaner = Tokenizer(
        lowercase=options["lowercase"], strip_tags=options["strip_tags"]
    )
    texts = (cleaner.normalize(document) for document in kept)
    most = limit_tokens(model) or _MOST_TOKENS["subword"]
    try:
        subwords = train_subwords(texts, most)
    except ValueError as error:
        if "n_pieces must be" not in str(error):
            raise
        raise ValueError(
            f"max_features={most} leaves no room for pieces of words: the texts have more "
            "different characters than that. Take more, or tokens='char'."
        ) from error
    return Tokenizer(**options, subwords=subwords), chain(kept, documents)


def drop_rare_pieces(
    model: SubwordModel, vocabulary: Vocabulary, min_count: int
) -> SubwordModel:
    """Return a model without the pieces of several characters that are rare.

    Parameters
    ----------
    model : SubwordModel
        The pieces.
    vocabulary : Vocabulary
        Counts of the pieces that texts were split into.
    min_count : int
        Pieces that occur so often stay.
    """
    counts = dict(zip(vocabulary.tokens, vocabulary.token_counts.tolist()))
    kept = [
        i
        for i, piece in enumerate(model.pieces)
        if len(piece) == 1 or counts.get(piece, 0) >= min_count
    ]
    if not kept:
        return model
    return SubwordModel(tuple(model.pieces[i] for i in kept), model.scores[kept])


def _know_pieces(
    tokenizer: Tokenizer, vocabulary: Vocabulary
) -> tuple[Tokenizer, Vocabulary]:
    """Return a tokenizer and a vocabulary that have the same pieces.

    A long piece that no text was split into is left out. A character that was always part
    of a longer piece is known all the same: other texts may need it.
    """
    if tokenizer.subwords is None:
        return tokenizer, vocabulary
    subwords = drop_rare_pieces(tokenizer.subwords, vocabulary, 1)
    alone = [piece for piece in subwords.pieces if piece not in vocabulary.index]
    return replace(tokenizer, subwords=subwords), vocabulary.extend(alone)


def limit_tokens(model: Any) -> int | None:
    """Return how many tokens the vocabulary may hold; None for any number."""
    if model.max_features == "auto":
        return _MOST_TOKENS[model.tokens]
    return model.max_features


def read_corpus(model: Any, X: Any, y: Any) -> Corpus:
    """Read documents, learn their tokens.

    Parameters
    ----------
    model : SLMLanguageModel
        Its parameters are read.
    X, y
        As given to ``fit``.

    Raises
    ------
    ValueError
        If there are no documents, no tokens, or one token alone.
    """
    tokenizer, documents = build_tokenizer(model, iterate_documents(X))
    vocabulary, texts = learn_corpus(
        documents,
        tokenizer.split,
        max_features=limit_tokens(model),
        min_count=1 if tokenizer.subwords is not None else model.min_count,
        max_memory=model.max_memory,
    )
    tokenizer, vocabulary = _know_pieces(tokenizer, vocabulary)
    if len(vocabulary) < 2:
        raise ValueError(
            f"the documents hold one token alone, {vocabulary.tokens[0]!r}, which leaves "
            "nothing to learn: a language model needs at least 2 known tokens. Lower "
            f"min_count (now {model.min_count}) or give more text."
        )
    classes, labels = None, None
    if y is not None:
        classes, labels = encode_labels(y, None, FIRST_ID + len(vocabulary))
        check_row_count(texts, labels)
    stream = Stream(texts, labels, model.documents == "independent")
    return Corpus(tokenizer, vocabulary, classes, stream)


def read_more(
    model: Any, X: Any, y: Any, *, like: Corpus | None = None, name: str = "X"
) -> Corpus:
    """Read documents with tokens that are known already.

    Parameters
    ----------
    model : SLMLanguageModel
        A fitted one, unless `like` is given.
    X, y
        As given to ``fit`` or ``partial_fit``.
    like : Corpus or None, default=None
        What has the tokens and the labels; None for those of the model.
    name : str, default="X"
        What the messages call the documents.
    """
    if like is None:
        tokenizer, vocabulary = model.tokenizer_, model.vocabulary_
        classes = model.classes_
    else:
        tokenizer, vocabulary, classes, _ = like
    texts = encode_corpus(iterate_documents(X, name), tokenizer.split, vocabulary)
    if not len(texts):
        raise ValueError(f"{name} holds no document, but at least one is needed.")
    labels = None
    if (y is None) != (classes is None):
        has = "has labels" if y is None else "has none"
        raise ValueError(
            f"labels must be given for all documents or for none: this model {has}."
        )
    if y is not None:
        first = FIRST_ID + len(vocabulary)
        _, labels = encode_labels(y, classes, first)
        check_row_count(texts, labels)
    stream = Stream(texts, labels, model.documents == "independent")
    return Corpus(tokenizer, vocabulary, classes, stream)


def encode_labels(
    y: Any, classes: np.ndarray | None, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes of labels, and the token that stands for each label.

    Parameters
    ----------
    y : array-like of shape (n_documents,)
        Labels.
    classes : ndarray of shape (n_classes,) or None
        The known labels; None for those of y.
    first : int
        Token of the first class.
    """
    labels = np.asarray(read_labels(y))
    if labels.ndim != 1:
        raise ValueError(
            "y must hold one label for each document, shape (n_documents,). Got an "
            f"array of shape {labels.shape}."
        )
    if classes is None:
        classes = np.unique(labels)
    places = np.searchsorted(classes, labels)
    places = np.minimum(places, len(classes) - 1)
    unknown = labels[classes[places] != labels]
    if len(unknown):
        raise ValueError(
            f"the model knows no label {unknown.tolist()[0]!r}; it was fitted with "
            f"{classes.tolist()!r}."
        )
    return classes, (places + first).astype(np.int32)


def split_corpus(model: Any, stream: Stream, seed: int) -> tuple[Stream, Stream | None]:
    """Set documents aside as a validation set, as ``early_stopping`` asks.

    Parameters
    ----------
    model : SLMLanguageModel
        Its parameters are read.
    stream : Stream
        All documents. Those that follow each other are cut in two, others drawn.
    seed : int
        Seed of the choice.
    """
    n = len(stream)
    wants = model.early_stopping
    if not wants or (wants == "auto" and n < _FEW_DOCUMENTS):
        return stream, None
    n_held_out = max(1, round(n * model.validation_fraction))
    if n_held_out >= n:
        raise ValueError(
            f"no document is left to train on: X holds {n}, of which "
            f"validation_fraction={model.validation_fraction} sets {n_held_out} aside. "
            "Set early_stopping=False or give more documents."
        )
    order = np.arange(n)
    if stream.is_independent:
        order = np.random.RandomState(seed).permutation(n)
    rows = np.sort(order[:-n_held_out]), np.sort(order[-n_held_out:])
    return replace(stream, rows=rows[0]), replace(stream, rows=rows[1])
