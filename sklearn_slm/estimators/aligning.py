"""Which tokens of a source a translator looked at for each token that it wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..text import Analyzer, Tokenizer, align_tokens

__all__ = ["Alignment", "locate_tokens"]


@dataclass(frozen=True, eq=False)
class Alignment:
    """Attention between the tokens of a text and those of its translation.

    Parameters
    ----------
    source : str
        The text as it was given.
    target : str
        Its translation.
    source_tokens, target_tokens : list of str
        The tokens; one that a space stands before begins with it.
    source_offsets, target_offsets : list of (int, int)
        ``source[start:end]`` is what a token was made of, without a space before it.
    attention : ndarray of shape (n_target_tokens, n_source_tokens), dtype float32
        Weight of each token of the source when a token of the translation was written;
        rows sum to 1.
    """

    source: str
    target: str
    source_tokens: list[str]
    target_tokens: list[str]
    source_offsets: list[tuple[int, int]]
    target_offsets: list[tuple[int, int]]
    attention: np.ndarray

    # What a picture calls the values, and the one that it colours most.
    measure: ClassVar[str] = "attention"
    largest: ClassVar[float] = 1.0

    @property
    def values(self) -> np.ndarray:
        """What a picture shows: the attention."""
        return self.attention

    def link(self) -> list[tuple[str, str]]:
        """Return each token of the translation with the source token of most weight.

        Returns
        -------
        list of (str, str)
            Pairs of source and target, without spaces before them, in the order of the
            translation.
        """
        best = self.attention.argmax(axis=1) if self.attention.size else []
        return [
            (self.source_tokens[i].strip(" "), token.strip(" "))
            for i, token in zip(best, self.target_tokens)
        ]


def locate_tokens(
    tokenizer: Tokenizer, tokens: Sequence[str], document: str
) -> list[tuple[int, int]]:
    """Say where the tokens of a document stand in it.

    Parameters
    ----------
    tokenizer : Tokenizer
        What split the document.
    tokens : sequence of str
        What :meth:`~sklearn_slm.text.tokenizers.Tokenizer.split` gave.
    document : str
        The original text.

    Returns
    -------
    list of (int, int)
        Start and end of what each token was made of, white space before it left out. A
        token of white space alone stands between its neighbours.

    Examples
    --------
    >>> tokenizer, document = Tokenizer(lowercase=True), " It   ISN'T."
    >>> tokens = tokenizer.split(document)
    >>> [document[a:b] for a, b in locate_tokens(tokenizer, tokens, document)]
    ['It', 'IS', "N'T", '.']
    """
    analyzer = Analyzer(
        "char", lowercase=tokenizer.lowercase, strip_tags=tokenizer.strip_tags
    )
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    # Tokens hold the same characters in the same order, but for white space.
    for cluster, span in zip(*align_tokens(analyzer, document)):
        for character in cluster if not cluster.isspace() else "":
            characters.append(character)
            spans.append(span)
    offsets: list[tuple[int, int]] = []
    at = 0
    for token in tokens:
        found = []
        for character in "".join(token.split()):
            place = at
            while place < len(characters) and characters[place] != character:
                place += 1
            if place < len(characters):
                found.append(place)
                at = place + 1
        if found:
            offsets.append((spans[found[0]][0], spans[found[-1]][1]))
        else:
            start = spans[at - 1][1] if at else 0
            end = spans[at][0] if at < len(spans) else len(document)
            offsets.append((start, max(start, end)))
    return offsets
