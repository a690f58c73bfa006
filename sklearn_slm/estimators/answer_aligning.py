"""Which words of a question met which words of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..retrieval import locate_words, match_words
from ..runtime import prepare_network
from ..runtime.heads.pairs import share_vectors
from ..runtime.network import encode_batches
from ..text import Ragged, align_tokens
from .answering import AnsweringMixin
from .base import check_row_count
from .pairs import read_texts

__all__ = ["AnswerAligningMixin", "AnswerAlignment"]

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class AnswerAlignment:
    """What each pair of a question's and a text's token adds to their score.

    Parameters
    ----------
    source : str
        The question.
    target : str
        The text that it was compared with: an answer, or a question known to have it.
    source_tokens, target_tokens : list of str
        Their tokens, as the network reads them.
    source_offsets, target_offsets : list of (int, int)
        ``source[start:end]`` is what a token was made of.
    network, words, pieces : ndarray of shape (n_target_tokens, n_source_tokens), float64
        What each pair adds to the three parts of the score, blend weights included. Those
        of the network may be negative.
    rest : float
        What no pair of tokens adds: the bias of the vectors, and words that BM25 reads and
        the network does not.
    """

    source: str
    target: str
    source_tokens: list[str]
    target_tokens: list[str]
    source_offsets: list[Span]
    target_offsets: list[Span]
    network: np.ndarray
    words: np.ndarray
    pieces: np.ndarray
    rest: float

    # What a picture calls the values.
    measure: ClassVar[str] = "share of the score"

    @property
    def values(self) -> np.ndarray:
        """What each pair adds in all; shape (n_target_tokens, n_source_tokens)."""
        return self.network + self.words + self.pieces

    @property
    def score(self) -> float:
        """The score, as :meth:`SLMAnswerer.rank` gives it: the sum of values and rest."""
        return float(self.values.sum() + self.rest)

    @property
    def largest(self) -> float:
        """The largest absolute value, which a picture colours most."""
        return float(np.abs(self.values).max(initial=0.0))

    def link(self, k: int = 5) -> list[tuple[str, str, float]]:
        """Return the pairs of tokens that add most.

        Parameters
        ----------
        k : int, default=5
            How many; all where there are fewer.

        Returns
        -------
        list of (str, str, float)
            Tokens of question and text, and what they add, falling.
        """
        values = self.values
        order = np.argsort(-values, axis=None, kind="stable")[:k]
        rows, columns = np.unravel_index(order, values.shape)
        return [
            (self.source_tokens[j], self.target_tokens[i], float(values[i, j]))
            for i, j in zip(rows.tolist(), columns.tolist())
        ]


@dataclass(frozen=True, eq=False)
class _Read:
    """A text: tokens of the network, what they add to its vector, words of BM25."""

    text: str
    tokens: list[str]
    offsets: list[Span]
    shares: np.ndarray
    vector: np.ndarray
    words: list[str]
    # Share of each word in each token, shape (n_words, n_tokens).
    places: np.ndarray


class AnswerAligningMixin(AnsweringMixin):
    """Explanations from ``spec_``, ``weights_``, ``index_`` and ``blend_``."""

    weights_: Any

    def align(self, X: Any, y: Any = None) -> list[AnswerAlignment]:
        r"""Return which words of questions met which words of answers.

        The score of :meth:`rank` is shared out among pairs of tokens. Of the network, with
        a(i, u) the weight of component u of the state h(i) in the pooled vector (for max
        pooling 1 where i is the first of the largest, else 0)::

            c(i)       = exp(s / 2) W (a(i) * h(i)) / |x|     sum: v without its bias
            share(i,j) = blend_[0] c(i) . c(j)                of the product of vectors

        and of BM25 each term that both have, shared out equally among the pairs of its
        occurrences. The shares and ``rest`` add up to the score exactly: nothing is
        estimated. A state has read the tokens around its own too, so that the share of a
        token is that of its place in the sentence, and not of the word alone.

        Parameters
        ----------
        X : iterable of str or path-like
            Questions.
        y : iterable of str, path-like or None, default=None
            An answer for each, which need not be in the index. None takes the answer of
            :meth:`predict`, and of its texts (the answer, and questions known to have it)
            the one that scores highest: that is why it was found.

        Returns
        -------
        list of AnswerAlignment
            One for each question; :class:`~sklearn_slm.AlignmentDisplay` draws them.

        Raises
        ------
        NotFittedError, TypeError, ValueError, ImportError
            As :meth:`predict`, and if X and y have different lengths.
        """
        questions = self._read(X)
        if y is None:
            others = self._find_texts(questions)
        else:
            others = read_texts(y, "y")
            check_row_count(questions, others)
        read = self._read_shares([*questions, *others])
        n = len(questions)
        return [self._align(*pair) for pair in zip(read[:n], read[n:])]

    def _find_texts(self, questions: list[str]) -> list[str]:
        """Return the text of the index by which each question found its answer."""
        index, found = self.index_, []
        ends = [*index.starts[1:].tolist(), len(index.texts)]
        for question, row in zip(questions, self._find_first(questions)):
            texts = index.texts[index.starts[row] : ends[row]]
            found.append(texts[int(self.rank(question, texts).argmax())])
        return found

    def _read_shares(self, texts: Sequence[str]) -> list[_Read]:
        """Split texts, and share their vectors out among their tokens."""
        analyzer = self.vectorizer_._build_analyzer()
        ids: Ragged = self.vectorizer_.transform(texts).texts
        n_outputs = self.spec_.head.n_outputs
        shares = np.zeros((len(ids.values), n_outputs))
        vectors = np.zeros((len(texts), n_outputs))
        network = prepare_network(self.spec_, self.weights_, np.float64)
        for batch in encode_batches(network, ids):
            part = share_vectors(network.head, batch.encoded, batch.packing)
            shares[batch.tokens] = part
            vectors[batch.rows] = batch.outputs["vectors"]
        read = []
        for i, text in enumerate(texts):
            tokens, offsets = align_tokens(analyzer, text)
            # The network may read no more than so many.
            n = int(ids.lengths[i])
            words, spans = locate_words(text)
            read.append(
                _Read(
                    text,
                    tokens[:n],
                    offsets[:n],
                    shares[ids.offsets[i] : ids.offsets[i + 1]],
                    vectors[i],
                    words,
                    _place_words(spans, offsets[:n]),
                )
            )
        return read

    def _align(self, question: _Read, other: _Read) -> AnswerAlignment:
        weight = float(self.blend_[0])
        network = weight * (other.shares @ question.shares.T)
        score = weight * float(other.vector @ question.vector)
        lexical = [np.zeros_like(network)] * 2
        for k, statistics in enumerate(self.index_.statistics):
            if statistics is not None:
                shares = match_words(statistics, question.words, other.words)
                shares *= float(self.blend_[1 + k])
                score += float(shares.sum())
                lexical[k] = other.places.T @ shares @ question.places
        words, pieces = lexical
        return AnswerAlignment(
            source=question.text,
            target=other.text,
            source_tokens=question.tokens,
            target_tokens=other.tokens,
            source_offsets=question.offsets,
            target_offsets=other.offsets,
            network=network,
            words=words,
            pieces=pieces,
            rest=score - float((network + words + pieces).sum()),
        )


def _place_words(words: list[Span], tokens: list[Span]) -> np.ndarray:
    """Return the share of each word in each token, by common characters.

    Parameters
    ----------
    words, tokens : list of (int, int)
        Where they stand in one text.

    Returns
    -------
    ndarray of shape (n_words, n_tokens), dtype float64
        Rows sum to 1, but for zeros of a word that no token has.
    """
    own, other = (np.array(s, np.int64).reshape(-1, 2) for s in (words, tokens))
    last = np.minimum(own[:, None, 1], other[None, :, 1])
    common = np.maximum(last - np.maximum(own[:, None, 0], other[None, :, 0]), 0)
    return common / np.maximum(common.sum(axis=1, keepdims=True), 1)
