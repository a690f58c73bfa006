"""Steps of a fit that are not scikit-learn's: spec, first vectors, validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from ..runtime import predict_probabilities
from ..spec import LARGEST_WEIGHT, NetworkSpec
from ..text import (
    FIRST_ID,
    UNKNOWN_ID,
    TokenSequences,
    check_documents,
    takes_any_document,
)
from .base import check_row_count
from .targets import Targets, encode_targets
from .weighting import scale_to_mean_one

__all__ = [
    "Fold",
    "Part",
    "build_evaluator",
    "build_validation",
    "check_hidden_size",
    "check_wide_ngrams",
    "choose_passes",
    "describe_network",
    "drop_weightless",
    "keep_weighted",
    "log_losses",
    "start_embedding",
]

# What "auto" passes weigh (docs/benchmarks/training.md).
_USUAL_PASSES, _LEAST_PASSES, _MOST_PASSES = 10, 2, 50
_LEAST_STEPS, _MOST_TOKENS = 1000, 12_000_000


@dataclass(frozen=True)
class Part:
    """Documents with their targets and weights.

    Parameters
    ----------
    sequences : TokenSequences
        The documents.
    targets : Targets
        What is to be predicted.
    weight : ndarray of shape (n_documents,)
        Weight of each document, above 0: in a fit float32 of mean about 1, in a stream
        float64 as they were given.
    """

    sequences: TokenSequences
    targets: Targets
    weight: np.ndarray

    def take(self, rows: np.ndarray) -> Part:
        """Select documents."""
        targets = Targets(
            self.targets.classes, self.targets.encoded[rows], self.targets.multilabel
        )
        sequences = self.sequences[rows]
        assert isinstance(sequences, TokenSequences)
        return Part(sequences, targets, self.weight[rows])


def drop_weightless(part: Part) -> Part:
    """Return the documents of weight above 0: others are neither trained on nor tested."""
    return part if part.weight.all() else part.take(np.flatnonzero(part.weight))


def keep_weighted(part: Part) -> Part:
    """Return the documents of weight above 0, with weights of mean 1.

    Parameters
    ----------
    part : Part
        With weights as they were given, at least 0.

    Raises
    ------
    ValueError
        If nothing is left, or one class only.
    """
    if not part.weight.any():
        raise ValueError(
            "The weights must not be zero for every document. Check sample_weight and "
            "class_weight."
        )
    part = drop_weightless(part)
    weight = scale_to_mean_one(part.weight)
    part = drop_weightless(Part(part.sequences, part.targets, weight))
    left = np.unique(part.targets.encoded)
    if not part.targets.multilabel and len(left) < 2:
        raise ValueError(
            "Classifier can't train when only one class has weight: every document "
            f"that is not {part.targets.classes[left].tolist()[0]!r} has weight zero, or next to "
            "zero beside the others. Check sample_weight and class_weight."
        )
    return part


@dataclass(frozen=True)
class Fold:
    """Texts that a network did not see, and what it made of them.

    Parameters
    ----------
    train, held_out : Part
        What the network was trained on, and what it was not.
    deep : ndarray of shape (n_held_out, n_outputs), dtype float32
        Its logits of the latter.
    """

    train: Part
    held_out: Part
    deep: np.ndarray


def describe_network(
    sequences: TokenSequences,
    targets: Targets,
    *,
    hidden_size: Any,
    cell: str,
    bidirectional: bool,
    pooling: str,
    candidate_activation: str,
) -> NetworkSpec:
    """Return the spec of a network for these documents and targets."""
    n_words, n_components = sequences.vectors.shape
    return NetworkSpec(
        n_tokens=FIRST_ID + n_words,
        n_components=n_components,
        hidden_size=check_hidden_size(hidden_size),
        n_outputs=len(targets.classes),
        cell=cell,
        bidirectional=bool(bidirectional),
        pooling=pooling,
        candidate_activation=candidate_activation,
        output="sigmoid" if targets.multilabel else "softmax",
    )


def build_validation(X_val: Any, y_val: Any, targets: Targets, vectorizer: Any) -> Part:
    """Check a validation set that the user gave, and bring it into the form of X."""
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(
            f"X_val and y_val must be given together, but {missing} is None."
        )
    if isinstance(X_val, TokenSequences):
        sequences = X_val
    elif vectorizer is not None:
        any_kind = takes_any_document(getattr(vectorizer, "analyzer", None))
        documents = check_documents(X_val, name="X_val", any_kind=any_kind)
        sequences = vectorizer.transform(documents)
    else:
        raise ValueError(
            "X_val must be token sequences, as X is. In a Pipeline, have it "
            'transformed too: Pipeline(steps, transform_input=["X_val"]).'
        )
    encoded = encode_targets(y_val, targets.classes)
    check_row_count(sequences, encoded.encoded, "X_val and y_val")
    return Part(sequences, encoded, np.ones(len(sequences), np.float32))


def check_hidden_size(hidden_size: Any) -> tuple[int, ...]:
    """Return the units of each layer; refuse an empty or non-positive one."""
    sizes = hidden_size if isinstance(hidden_size, (tuple, list)) else (hidden_size,)
    if not sizes or not all(isinstance(n, Integral) and int(n) >= 1 for n in sizes):
        raise ValueError(
            "The 'hidden_size' parameter of SLMTextClassifier must be an int of at least "
            f"1 or a tuple of such, one for each layer. Got {hidden_size!r} instead."
        )
    return tuple(int(n) for n in sizes)


def check_wide_ngrams(wide_ngrams: Any) -> tuple[int, int] | None:
    """Return the shortest and the longest n-gram; refuse what is no such pair."""
    if wide_ngrams is None:
        return None
    found = tuple(wide_ngrams)
    if len(found) == 2 and all(isinstance(n, Integral) for n in found):
        if 1 <= found[0] <= found[1] <= 3:
            return int(found[0]), int(found[1])
    raise ValueError(
        "The 'wide_ngrams' parameter of SLMTextClassifier must be None or two lengths from "
        f"1 to 3, the shorter first, such as (1, 2). Got {wide_ngrams!r} instead."
    )


def choose_passes(max_iter: Any, sequences: TokenSequences, batch_size: int) -> int:
    """Return how many passes to make; see ``max_iter`` of the classifier.

    The step size falls to nothing at the last pass, so it must be known beforehand.
    """
    if max_iter != "auto":
        return int(max_iter)
    n_documents, n_tokens = max(len(sequences), 1), max(len(sequences.ids), 1)
    for_steps = min(_LEAST_STEPS * batch_size // n_documents, _MOST_PASSES)
    for_tokens = max(_MOST_TOKENS // n_tokens, _LEAST_PASSES)
    return min(max(_USUAL_PASSES, for_steps), for_tokens)


def start_embedding(sequences: TokenSequences) -> np.ndarray:
    """Return the first embedding table: zeros, the mean vector, then the vectors.

    Parameters
    ----------
    sequences : TokenSequences
        Documents, with the vectors of the known tokens.

    Returns
    -------
    ndarray of shape (n_words + 2, n_components), dtype float32
        Row 0 is padding, row 1 the unknown token.

    Raises
    ------
    ValueError
        If a component is so large that products of float32 would overflow.
    """
    vectors = sequences.vectors
    within = np.abs(vectors).max(axis=1, initial=0.0) < LARGEST_WEIGHT
    if not within.all():
        first = int(np.flatnonzero(~within)[0])
        raise ValueError(
            f"The vector of {sequences.vocabulary.tokens[first]!r} has a component that is "
            f"not finite or not below {LARGEST_WEIGHT:.0e}, which a network of float32 "
            "cannot compute with. Scale the word vectors to lengths of about 1."
        )
    table = np.zeros((FIRST_ID + len(vectors), vectors.shape[1]), np.float32)
    table[UNKNOWN_ID] = vectors.mean(axis=0)
    table[FIRST_ID:] = vectors
    return table


def build_evaluator(
    spec: NetworkSpec, part: Part
) -> Callable[[Mapping[str, np.ndarray]], tuple[float, float]]:
    """Return a function from weights to weighted accuracy and log loss on a part.

    Multilabel accuracy is that of whole label sets, as in ``accuracy_score``.
    """
    truth, weight = part.targets.encoded, part.weight
    indicators = truth if part.targets.multilabel else np.eye(spec.n_outputs)[truth]

    def evaluate(weights: Mapping[str, np.ndarray]) -> tuple[float, float]:
        found = predict_probabilities(
            spec, weights, part.sequences.ids, part.sequences.offsets
        )
        if part.targets.multilabel:
            right = ((found > 0.5) == truth).all(axis=1)
        else:
            right = found.argmax(axis=1) == truth
        return (
            float(np.average(right, weights=weight)),
            float(np.average(log_losses(spec, found, indicators), weights=weight)),
        )

    return evaluate


def log_losses(
    spec: NetworkSpec, probabilities: np.ndarray, indicators: np.ndarray
) -> np.ndarray:
    """Return the log loss of each document; of several labels, their mean.

    Parameters
    ----------
    spec : NetworkSpec
        Its output is read.
    probabilities, indicators : ndarray of shape (n_documents, n_outputs)
        What is predicted, and 1 where it is true.

    Returns
    -------
    ndarray of shape (n_documents,), dtype float64
        The losses.
    """
    if spec.output == "sigmoid":
        chance = np.where(indicators > 0, probabilities, 1.0 - probabilities)
        return -np.log(np.maximum(chance, 1e-12)).mean(axis=1)
    chance = np.sum(probabilities * indicators, axis=1)
    return -np.log(np.maximum(chance, 1e-12))
