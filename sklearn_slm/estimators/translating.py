"""What a fitted translator writes, and how probable it finds given pairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..text import Ragged
from ..text.overlap import choose_tokenization, compute_bleu, compute_chrf
from .aligning import Alignment, locate_tokens
from .base import check_is_fitted, check_row_count, draw_seeds
from .pairs import TextPairs, read_texts
from .preparing import PreparingMixin
from .searching import (
    SearchOptions,
    Sources,
    Translation,
    draw_translations,
    translate,
)
from .sides import Side

__all__ = ["TranslationMixin"]


class TranslationMixin(PreparingMixin):
    """Translations, and likelihoods of them, from ``spec_`` and ``weights_``."""

    source_tokenizer_: Any
    source_vocabulary_: Any
    target_tokenizer_: Any
    target_vocabulary_: Any
    beam_size: int
    length_penalty: float
    coverage_penalty: float
    max_length_ratio: float
    validation_bleu_: float | None
    bleu_curve_: list[float] | None

    def predict(self, X: Any) -> list[str]:
        """Translate texts.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts, or a file of one text a line.

        Returns
        -------
        list of str
            Their translations; that of a text without any token is empty. Where no known
            token fits, an unknown one of the source is copied: a rare character, or with
            ``tokens="word"`` a rare word. A translation does not depend on the other
            texts.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If X is not texts, or a parameter of the search is out of its range.
        """
        return [row[0].text for row in self._translate(X)]

    def transform(self, X: Any) -> list[str]:
        """Translate texts, as :meth:`predict`, for the next step of a Pipeline.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts.

        Returns
        -------
        list of str
        """
        return self.predict(X)

    def predict_topk(self, X: Any, k: int = 3) -> list[list[tuple[str, float]]]:
        """Return the best translations of each text.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts.
        k : int, default=3
            Translations of each; the beam is as wide if it is narrower.

        Returns
        -------
        list of list of (str, float)
            Different translations and their scores, falling: the logarithm of the
            probability divided by ``((5 + n) / 6) ** length_penalty`` for n tokens. There
            are fewer than k where the search finds fewer.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`, and if k is no positive whole number.
        """
        if not isinstance(k, (int, np.integer)) or isinstance(k, bool) or k < 1:
            raise ValueError(f"k must be a whole number of at least 1. Got {k!r}.")
        # As many as the beam holds: some may be the same text.
        rows = self._translate(X, int(k), n_best=max(int(k), self.beam_size))
        return [[(t.text, t.score) for t in row[:k]] for row in rows]

    def sample(
        self,
        X: Any,
        *,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        random_state: Any = None,
    ) -> list[str]:
        """Draw a translation of each text, token by token.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts.
        temperature : float, default=1.0
            Below 1 probable tokens become more probable; 0 always takes the most probable
            one.
        top_k : int, default=0
            Draw only from so many tokens, the most probable ones; 0 from all.
        top_p : float, default=1.0
            Draw only from the most probable tokens whose probabilities sum to this.
        random_state : int, RandomState or None, default=None
            Source of randomness. What a text becomes does not depend on the others.

        Returns
        -------
        list of str

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`, and if a parameter is out of its range.
        """
        texts = self._read(X)
        seeds = np.array(draw_seeds(random_state, len(texts)), np.uint64)
        drawn = draw_translations(
            self.prepare_network(),
            *self._sides,
            texts,
            seeds,
            max_length_ratio=self.max_length_ratio,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
        )
        return [translation.text for translation in drawn]

    def align(self, X: Any, y: Any = None) -> list[Alignment]:
        """Return the attention between texts and their translations.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts.
        y : iterable of str, path-like or None, default=None
            Their translations; None for those of :meth:`predict`.

        Returns
        -------
        list of Alignment
            One for each text: tokens of both sides, where they stand, and the weights.
            They are what the network looked at, which helps to see mistakes; they are no
            word alignment of a linguist.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`predict`, and if X and y have different lengths.
        """
        texts = self._read(X)
        source, target = self._sides
        sources = Sources.of(source, texts)
        if y is None:
            rows = [row[0] for row in self._translate(texts)]
            written = [row.text for row in rows]
            tokens = [row.tokens for row in rows]
            attention = [row.attention for row in rows]
        else:
            written = read_texts(y, "y")
            check_row_count(texts, written)
            targets = Sources.of(target, written)
            tokens = targets.tokens
            attention = []
            if texts:
                attention = (
                    self.prepare_network()
                    .score_targets(sources.ids, targets.ids, attention=True)
                    .attention
                )
        return [
            Alignment(
                source=texts[i],
                target=written[i],
                source_tokens=sources.tokens[i],
                target_tokens=tokens[i],
                source_offsets=locate_tokens(
                    source.tokenizer, sources.tokens[i], texts[i]
                ),
                target_offsets=locate_tokens(target.tokenizer, tokens[i], written[i]),
                # The last row is that of the end of the text.
                attention=np.asarray(attention[i])[: len(tokens[i])],
            )
            for i in range(len(texts))
        ]

    def score_samples(self, X: Any, y: Any) -> np.ndarray:
        """Return the log-likelihood of each translation, given its text.

        Parameters
        ----------
        X, y : iterable of str or path-like
            Texts and their translations.

        Returns
        -------
        ndarray of shape (n_texts,), dtype float64
            Natural logarithm of the probability of each, its end included. A token that
            is unknown counts as any unknown one. Longer texts are less probable: divide
            by their number of tokens to compare them.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`align`.
        """
        pairs = self._read_pairs(X, y)
        if not pairs.sources:
            return np.zeros(0)
        sides = zip(self._sides, pairs)
        ids: list[Ragged] = [side.encode(texts) for side, texts in sides]
        scored = self.prepare_network().score_targets(*ids).log_likelihood
        return np.add.reduceat(scored.values.astype(np.float64), scored.offsets[:-1])

    def score(self, X: Any, y: Any, metric: str = "bleu") -> float:
        """Return how much of given translations is in those of :meth:`predict`.

        Parameters
        ----------
        X, y : iterable of str or path-like
            Texts and their translations.
        metric : {"bleu", "chrf"}, default="bleu"
            See :func:`~sklearn_slm.text.overlap.compute_bleu` and
            :func:`~sklearn_slm.text.overlap.compute_chrf`. BLEU splits texts by the
            rules ``13a``; by ``zh`` if most of y are Chinese, by characters if most are in
            another script without spaces, such as Japanese and Thai.

        Returns
        -------
        float
            From 0 to 1: a hundredth of the figure that is usually written, and that
            sacrebleu gives.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As :meth:`align`, and if there is no text or another metric is asked for.
        """
        if metric not in ("bleu", "chrf"):
            raise ValueError(f"metric must be 'bleu' or 'chrf'. Got {metric!r}.")
        pairs = self._read_pairs(X, y)
        if not pairs.sources:
            raise ValueError(
                "X and y hold no pair of texts, but at least one is needed."
            )
        written = self.predict(pairs.sources)
        if metric == "chrf":
            return compute_chrf(written, pairs.targets) / 100.0
        tokenize = choose_tokenization(pairs.targets)
        return compute_bleu(written, pairs.targets, tokenize) / 100.0

    @property
    def _sides(self) -> tuple[Side, Side]:
        return (
            Side(self.source_tokenizer_, self.source_vocabulary_),
            Side(self.target_tokenizer_, self.target_vocabulary_),
        )

    def _read(self, X: Iterable[str], name: str = "X") -> list[str]:
        check_is_fitted(self, "weights_")
        # Those of the search may have been set since the fit.
        self._validate_params()  # type: ignore[attr-defined]
        return read_texts(X, name)

    def _read_pairs(self, X: Any, y: Any) -> TextPairs:
        pairs = TextPairs(self._read(X), read_texts(y, "y"))
        check_row_count(*pairs)
        return pairs

    def _translate(
        self, X: Any, width: int = 1, n_best: int = 1
    ) -> list[list[Translation]]:
        texts = self._read(X)
        search = SearchOptions(
            width=max(self.beam_size, width),
            n_best=n_best,
            length_penalty=self.length_penalty,
            coverage_penalty=self.coverage_penalty,
            max_length_ratio=self.max_length_ratio,
        )
        return translate(self.prepare_network(), *self._sides, texts, search)
