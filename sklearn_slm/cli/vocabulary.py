"""What of its training texts can be read in a model: words, n-grams, whole texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..ngrams import split_keys
from ..text import FIRST_ID, Vocabulary
from ..unwrap import split_model
from .output import as_json as write_json
from .output import show

__all__ = ["HeldText", "list_held", "write_held"]

# Attributes of fitted models that are vocabularies, and what their tokens are called.
_VOCABULARIES = {
    "vocabulary_": "token",
    "source_vocabulary_": "source token",
    "target_vocabulary_": "target token",
}
_COLUMNS = ("part", "text", "texts", "times")


class HeldText(NamedTuple):
    """A piece of text that stands in a model.

    Parameters
    ----------
    part : str
        What holds it: ``"token"``, ``"n-gram"``, ``"word n-gram"``, ``"answer"`` and so on.
    text : str
        The piece; the tokens of an n-gram have a space between them.
    texts : int or None
        Training texts that have it; 0 for tokens that a file of word vectors or texts
        without labels brought. None where it was not counted.
    times : int or None
        How often they have it.
    """

    part: str
    text: str
    texts: int | None = None
    times: int | None = None


def list_held(model: Any) -> Iterator[HeldText]:
    """Yield every piece of text that a fitted model holds.

    Parameters
    ----------
    model : estimator
        A fitted one of this package, or a Pipeline that ends in one.

    Yields
    ------
    HeldText
        Tokens by falling frequency, then n-grams, categories of other columns, and texts
        that are stored whole.
        Names of classes, parameters and notes are not among them: ``slm info`` tells
        those.
    """
    model = split_model(model)[1]
    for name, part in _VOCABULARIES.items():
        vocabulary = getattr(model, name, None)
        if vocabulary is not None:
            yield from _list_tokens(vocabulary, part)
    ngrams = getattr(model, "ngrams_", None)
    if ngrams is not None:
        # Last token first.
        for ids in split_keys(ngrams.keys, ngrams.n_tokens)[:, ::-1].tolist():
            tokens = [model.vocabulary_.tokens[i - FIRST_ID] for i in ids if i]
            if len(tokens) > 1:
                yield HeldText("n-gram", " ".join(tokens))
    encoder = getattr(model, "columns_", None)
    if encoder is not None:
        for name, known in zip(encoder.names_, encoder.categories_):
            for value in known or ():
                yield HeldText("category", f"{name}: {value}")
    counts = getattr(model, "word_counts_", None)
    if counts is not None:
        for ids, n in zip(counts.ngrams.tolist(), counts.counts.tolist()):
            words = [counts.words[i - FIRST_ID] for i in ids if i >= FIRST_ID]
            if words:
                yield HeldText("word n-gram", " ".join(words), times=n)
    index = getattr(model, "index_", None)
    if index is not None:
        first = set(index.starts.tolist())
        for i, text in enumerate(index.texts):
            yield HeldText("answer" if i in first else "question", text)


def _list_tokens(vocabulary: Vocabulary, part: str) -> Iterator[HeldText]:
    for token, texts, times in zip(
        vocabulary.tokens,
        vocabulary.document_counts.tolist(),
        vocabulary.token_counts.tolist(),
    ):
        yield HeldText(part, token, texts, times)


def write_held(model: Any, *, as_json: bool) -> Iterator[str]:
    """Yield lines that tell what a model holds.

    Parameters
    ----------
    model : estimator
        As for :func:`list_held`.
    as_json : bool
        Whether each line is an object of JSON; else they are a table, tab-separated, with
        a header and empty fields where nothing was counted.
    """
    if not as_json:
        yield "\t".join(_COLUMNS)
    for held in list_held(model):
        if as_json:
            yield write_json(held._asdict())
        else:
            counts = ("" if n is None else str(n) for n in held[2:])
            yield "\t".join([held.part, show(held.text), *counts])
