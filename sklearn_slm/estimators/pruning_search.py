"""The steps of pruning: what to make smaller next, train, measure, build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..compression import CompressionStep
from ..compression.parts import SHRINK, Measured, Parts, measure_parts, quantize_parts
from ..compression.steps import time_texts
from ..text import Ragged
from ..unwrap import apply_transformers, find_vectorizer, split_classifier
from .shrinking import (
    copy_model,
    is_beyond,
    keep_first_words,
    measure_file,
    quantize_classifier,
)
from .transfer import forget_pretrained

__all__ = ["PruningSearch", "Training"]

# What a step of a search keeps of the part that it makes smaller.
_KEPT = 0.75
# Below it a change of the loss is taken for none.
_LEAST_LOSS = 1e-6
# Texts that the speed is measured on.
_TIMED = 1000


class Training(NamedTuple):
    """Texts to go on training with, those that choose the epoch, and epochs."""

    X: Any
    y: Any
    X_val: Any
    y_val: Any
    n_epochs: int


@dataclass(frozen=True, eq=False)
class PruningSearch:
    """What the steps of pruning share.

    Parameters
    ----------
    model : estimator
        The model as it was.
    texts : Ragged
        Token ids of the held-out texts.
    targets : ndarray of shape (n_documents, n_classes)
        Their classes.
    documents : collection of documents
        The same texts as they were given, the first of which the speed is measured on.
    dtype : str or None
        Type of the weights of the result.
    training : Training or None
        What is trained on after each step.
    """

    model: Any
    texts: Ragged
    targets: np.ndarray
    documents: Any
    dtype: str | None
    training: Training | None

    def remove(
        self, measured: Measured, parts: tuple[str, ...], share: float
    ) -> Measured:
        """Keep a share of each part; train."""
        for part in parts:
            measured = self.measure(SHRINK[part](measured, share, self.texts))
        return self._train(measured)

    def walk(
        self,
        measured: Measured,
        score: float,
        parts: tuple[str, ...],
        max_drop: float | None,
    ) -> Iterator[tuple[str, Measured]]:
        """Yield the name of each step and what it leaves, until nothing may be removed.

        Parameters
        ----------
        measured : Measured
            Where to begin.
        score : float
            The accuracy that losses are counted from.
        parts : tuple of str
            What may be made smaller. At each step that part is whose bytes add least to
            the loss.
        max_drop : float or None
            The most accuracy that may be lost; None for anything.
        """
        left = list(parts)
        while left:
            steps = {part: self._shrink(measured, part) for part in left}
            done = None
            for part in sorted(left, key=lambda p: self._rate(measured, steps[p])):
                step = self._train(steps[part])
                saves = self._count(step) < self._count(measured)
                loses = is_beyond(score, step.score, max_drop)
                if saves and not loses:
                    done = part
                    break
                left.remove(part)
            if done is not None:
                measured = step
                yield _name_step(done, step.parts), step

    def describe(
        self, name: str, measured: Measured, model: Any = None
    ) -> CompressionStep:
        """Return the row of the table."""
        model = self.build(measured.parts) if model is None else model
        timed = _take_first(self.documents, _TIMED)
        return CompressionStep(
            name=name,
            n_bytes=measure_file(model),
            texts_per_second=time_texts(lambda: model.predict_proba(timed), len(timed)),
            score=measured.score,
            log_loss=measured.log_loss,
            hidden_size=measured.parts.spec.encoder.hidden_size,
            n_words=measured.parts.n_words,
            n_ngrams=measured.parts.n_ngrams,
        )

    def build(self, parts: Parts, *, final: bool = True) -> Any:
        """Return a copy of the model that computes with these parts."""
        model = copy_model(self.model)
        transformers, classifier = split_classifier(model)
        vectorizer = find_vectorizer(transformers, classifier)
        sizes, was = parts.spec.encoder.hidden_size, classifier.spec_.encoder
        params = forget_pretrained(classifier)
        if sizes != was.hidden_size:
            params["hidden_size"] = sizes[0] if len(sizes) == 1 else sizes
        if parts.n_words < len(classifier.vocabulary_):
            keep_first_words(classifier, vectorizer, parts.n_words)
        classifier.set_params(**params, pretrained=None)
        classifier.spec_, classifier.weights_ = parts.spec, dict(parts.weights)
        classifier.ngrams_ = parts.ngrams
        vars(classifier).pop("quantization_", None)  # of what it was
        if final and self.dtype is not None:
            quantize_classifier(classifier, self.dtype)
        return model

    def _shrink(self, measured: Measured, part: str) -> Measured:
        parts = SHRINK[part](measured, _KEPT, self.texts)
        # Those of the network stay, which takes the time.
        same = measured.network_logits if part == "ngrams" else None
        return self.measure(parts, same)

    def measure(self, parts: Parts, logits: np.ndarray | None = None) -> Measured:
        """Measure parts as they will be stored; keep them as they are."""
        stored = parts if self.dtype is None else quantize_parts(parts, self.dtype)
        measured = measure_parts(
            stored, self.texts, self.targets, network_logits=logits
        )
        blended = measured.parts.ngrams
        if parts.ngrams is not None and blended is not None:
            parts = replace(parts, ngrams=replace(parts.ngrams, blend=blended.blend))
        return replace(measured, parts=parts)

    def _rate(self, before: Measured, after: Measured) -> float:
        """Return what a byte less adds to the loss."""
        saved = self._count(before) - self._count(after)
        lost = max(after.log_loss - before.log_loss, _LEAST_LOSS)
        return lost / saved if saved > 0 else np.inf

    def _count(self, measured: Measured) -> int:
        """Return about how many bytes of a file the parts take as they are stored."""
        _, classifier = split_classifier(self.model)
        words = classifier.vocabulary_.tokens[: measured.parts.n_words]
        return measured.n_bytes + len("".join(words).encode("utf-8", "surrogatepass"))

    def _train(self, measured: Measured) -> Measured:
        """Go on training the network; the n-gram model stays."""
        if self.training is None:
            return measured
        model = self.build(measured.parts, final=False)
        transformers, classifier = split_classifier(model)
        classifier.set_params(
            warm_start=True,
            ngrams=None,
            max_iter=self.training.n_epochs,
            callbacks=None,
        )
        texts = [
            apply_transformers(transformers, X)
            for X in (self.training.X, self.training.X_val)
        ]
        classifier.fit(
            texts[0], self.training.y, X_val=texts[1], y_val=self.training.y_val
        )
        return self.measure(replace(measured.parts, weights=classifier.weights_))


def _name_step(part: str, parts: Parts) -> str:
    """Say what a step left of the part that it made smaller."""
    sizes = ", ".join(map(str, parts.spec.encoder.hidden_size))
    left = {
        "units": f"units {sizes}",
        "words": f"words {parts.n_words:,}",
        "ngrams": f"n-grams {parts.n_ngrams:,}",
    }
    return left[part]


def _take_first(X: Any, n: int) -> Any:
    """Return the first documents of any collection."""
    return X.iloc[:n] if hasattr(X, "iloc") else X[:n]
