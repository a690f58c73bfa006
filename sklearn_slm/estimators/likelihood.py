"""How probable a fitted language model finds texts."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..runtime.stepping import start_state
from ..text import BOUNDARY_ID, UNKNOWN_ID, Ragged
from ..text.corpus import encode_corpus
from .base import check_is_fitted
from .corpora import iterate_documents, read_more
from .preparing import PreparingMixin
from .stream_scoring import score_in_order

__all__ = ["LikelihoodMixin", "ScoredTokens"]

# States of documents whose means are taken at a time.
_CHUNK_DOCUMENTS = 256


class ScoredTokens(NamedTuple):
    """The tokens of documents, and how probable each of them was.

    Parameters
    ----------
    targets : Ragged
        Tokens that were predicted, int32: those of a document, then its end; of a
        document with a label, its label comes first.
    log_likelihood : ndarray of shape (n_targets,), dtype float64
        Natural logarithm of the probability of each, document by document.
    """

    targets: Ragged
    log_likelihood: np.ndarray


class LikelihoodMixin(PreparingMixin):
    """Likelihoods of texts under ``spec_`` and ``weights_``."""

    tokenizer_: Any
    vocabulary_: Any
    classes_: Any
    backward_weights_: Any
    documents: str
    cache_size: int
    cache_weight: float
    cache_flatness: float

    def score_tokens(self, X: Any, y: Any = None) -> ScoredTokens:
        """Return the log-likelihood of each token of each text, given those before it.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts, or a file of one text a line.
        y : array-like of shape (n_documents,) or None, default=None
            Labels of the documents, for a model that was fitted with labels.

        Returns
        -------
        ScoredTokens

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        ValueError
            If labels are missing, unknown or too many.
        """
        targets = self.find_targets(X, y)
        if self.documents == "stream":
            # Read as one document, whose first token follows a boundary.
            likelihood, _ = score_in_order(self, targets.values)
        elif self.cache_size:
            rows = (targets[i] for i in range(len(targets)))
            likelihood = np.concatenate([score_in_order(self, row)[0] for row in rows])
        else:
            # A boundary is read first, and nothing is asked for after the last one.
            framed = _put_first(BOUNDARY_ID, targets)
            likelihood = self.prepare_network().run(framed)["log_likelihood"]
            likelihood = np.delete(likelihood, framed.offsets[1:] - 1)
        return ScoredTokens(targets, likelihood.astype(np.float64))

    def find_targets(self, X: Any, y: Any = None) -> Ragged:
        """Return what a model predicts of texts: label, tokens and end of each.

        Parameters
        ----------
        X, y
            As in :meth:`score_tokens`.

        Returns
        -------
        Ragged
            Token ids, int32.
        """
        check_is_fitted(self, "weights_")
        stream = read_more(self, X, y).stream
        targets = _put_last(BOUNDARY_ID, stream.texts)
        return targets if stream.labels is None else _put_first(stream.labels, targets)

    def score_samples(self, X: Any, y: Any = None) -> np.ndarray:
        """Return the log-likelihood of each text.

        Parameters
        ----------
        X, y
            As in :meth:`score_tokens`.

        Returns
        -------
        ndarray of shape (n_documents,), dtype float64
            Natural logarithm of the probability of each text, its end included. Longer
            texts are less probable: divide by their number of tokens to compare them.
        """
        scored = self.score_tokens(X, y)
        return _sum_rows(scored.log_likelihood, scored.targets)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log-likelihood of a token, the higher the better.

        Parameters
        ----------
        X, y
            As in :meth:`score_tokens`.

        Returns
        -------
        float
            Natural logarithm; its negative is the cross-entropy. The ends of documents
            are tokens, too. Models with other tokens cannot be compared by it: see
            :meth:`perplexity`.
        """
        return float(self.score_tokens(X, y).log_likelihood.mean())

    def perplexity(self, X: Any, y: Any = None, *, per: str = "token") -> float:
        """Return ``exp`` of the mean negative log-likelihood of a token, word or byte.

        Parameters
        ----------
        X, y
            As in :meth:`score_tokens`.
        per : {"token", "word", "byte"}, default="token"
            What the likelihood is shared out to. ``"word"``: what stands between white
            space, and the end of each document. ``"byte"``: bytes of the texts in UTF-8,
            and the end of each document; it compares models of any tokens and languages.
            With both, an unknown token costs a factor of 256 for each of its bytes,
            as if it was spelled by chance: else a model of few tokens would look best.

        Returns
        -------
        float
            At least 1; the lower the better.

        Raises
        ------
        ValueError
            If `per` is something else.
        """
        if per not in ("token", "word", "byte"):
            raise ValueError(f"per must be 'token', 'word' or 'byte'. Got {per!r}.")
        if per != "token":
            # Read twice, for the tokens and for the words.
            X = list(iterate_documents(X))
        scored = self.score_tokens(X, y)
        loss, count = -float(scored.log_likelihood.sum()), len(scored.log_likelihood)
        if per != "token":
            texts = [self.tokenizer_.normalize(text) for text in X]
            count = len(texts) + sum(
                len(t.split()) if per == "word" else len(t.encode()) for t in texts
            )
            if (scored.targets.values == UNKNOWN_ID).any():
                loss += math.log(256) * self._count_unknown_bytes(texts)
        return math.exp(min(loss / count, 700.0))

    def _count_unknown_bytes(self, texts: list[str]) -> int:
        known = self.vocabulary_.index
        return sum(
            len(token.encode()) + 1
            for text in texts
            for token in self.tokenizer_.split(text)
            if token not in known
        )

    def transform(self, X: Any) -> np.ndarray:
        """Return the mean hidden state of each text, a vector for any estimator.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts.

        Returns
        -------
        ndarray of shape (n_documents, state_size), dtype float32
            Mean of the states of the last layer after each token; of a bidirectional
            model those of both directions side by side. Zeros of an empty text.
        """
        check_is_fitted(self, "weights_")
        split = self.tokenizer_.split
        documents = encode_corpus(iterate_documents(X), split, self.vocabulary_)
        networks = [self.prepare_network()]
        if self.backward_weights_ is not None:
            networks.append(self._prepare_backward())
        parts = []
        for network, is_backward in zip(networks, (False, True)):
            texts = _reverse(documents) if is_backward else documents
            parts.append(_average_states(network, self.spec_.encoder, texts))
        return np.concatenate(parts, axis=1)

    def _prepare_backward(self) -> Any:
        """Return the network that reads from the end, as it runs; prepared once."""
        kept = self._prepared
        if kept.get("backward_weights") is not self.backward_weights_:
            from ..runtime import prepare_network

            weights = {**self.weights_, **self.backward_weights_}
            network = prepare_network(self.spec_, weights)
            kept.update(backward_weights=self.backward_weights_, backward=network)
        return kept["backward"]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of :meth:`transform`."""
        check_is_fitted(self, "weights_")
        n = self.spec_.encoder.state_size
        n *= 1 if self.backward_weights_ is None else 2
        name = type(self).__name__.lower()
        return np.array([f"{name}{i}" for i in range(n)], dtype=object)


def _put_first(ids: Any, rows: Ragged) -> Ragged:
    """Put an id, or one of several, before each row."""
    offsets = rows.offsets + np.arange(len(rows) + 1)
    values = np.insert(rows.values, rows.offsets[:-1], ids).astype(np.int32)
    return Ragged(values, offsets)


def _put_last(ids: Any, rows: Ragged) -> Ragged:
    """Put an id behind each row."""
    offsets = rows.offsets + np.arange(len(rows) + 1)
    values = np.insert(rows.values, rows.offsets[1:], ids).astype(np.int32)
    return Ragged(values, offsets)


def _reverse(texts: Ragged) -> Ragged:
    """Return the documents with their last tokens first."""
    ends = np.repeat(texts.offsets[1:] + texts.offsets[:-1] - 1, texts.lengths)
    return Ragged(texts.values[ends - np.arange(len(texts.values))], texts.offsets)


def _sum_rows(values: np.ndarray, rows: Ragged) -> np.ndarray:
    """Return the sum of each row of ragged values, none of which is empty."""
    return np.add.reduceat(values, rows.offsets[:-1])


def _average_states(network: Any, encoder: Any, texts: Ragged) -> np.ndarray:
    means = np.zeros((len(texts), encoder.state_size), np.float32)
    for first in range(0, len(texts), _CHUNK_DOCUMENTS):
        part = texts.slice(first, min(first + _CHUNK_DOCUMENTS, len(texts)))
        n = len(part)
        boundary = Ragged(np.zeros(n, np.int32), np.arange(n + 1))
        _, state = network.forward_chunk(start_state(encoder, n), boundary)
        states, _ = network.forward_chunk(state, part)
        filled = np.flatnonzero(part.lengths)
        if len(filled):
            sums = np.add.reduceat(states, part.offsets[filled])
            means[first + filled] = sums / part.lengths[filled, None]
    return means
