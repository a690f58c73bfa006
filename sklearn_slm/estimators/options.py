"""Parameters that several estimators share: their constraints, and what they mean."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any

from ..spec import CELLS, EncoderSpec
from .base import HasMethods, Interval, StrOptions

__all__ = [
    "ENCODER_CONSTRAINTS",
    "TRAINING_CONSTRAINTS",
    "check_hidden_size",
    "check_ngrams",
    "choose_epochs",
    "describe_encoder",
]

ENCODER_CONSTRAINTS: dict[str, Any] = {
    "hidden_size": [Interval(Integral, 1, None, closed="left"), tuple, list],
    "cell": [StrOptions(set(CELLS))],
    "bidirectional": ["boolean"],
    "candidate_activation": [StrOptions({"tanh", "sigmoid"})],
}

_RATE = [Interval(Real, 0, 1, closed="left")]
_SIZE = [Interval(Integral, 1, None, closed="left")]
TRAINING_CONSTRAINTS: dict[str, Any] = {
    "dropout": _RATE,
    "recurrent_dropout": _RATE,
    "word_dropout": _RATE,
    "adversarial": [Interval(Real, 0, None, closed="left")],
    "train_vectors": ["boolean"],
    "initializer": [StrOptions({"glorot_uniform", "gaussian", "uniform"})],
    "optimizer": [
        StrOptions({"adam", "adamw", "sgd"}),
        HasMethods("apply_gradients"),
    ],
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
    "batch_size": _SIZE,
    "max_iter": [StrOptions({"auto"}), *_SIZE],
    "early_stopping": ["boolean", StrOptions({"auto"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": _SIZE,
    "tol": [Interval(Real, 0, None, closed="left")],
    "checkpoint": [str, os.PathLike, None],
    "checkpoint_minutes": [Interval(Real, 0, None, closed="left")],
    "warm_start": ["boolean"],
    "callbacks": [list, tuple, None],
    "n_jobs": [Integral, None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}

# What "auto" epochs weigh (docs/benchmarks/training.md).
_USUAL_EPOCHS, _LEAST_EPOCHS, _MOST_EPOCHS = 10, 2, 50
_LEAST_STEPS, _MOST_TOKENS = 1000, 12_000_000


def check_hidden_size(estimator: Any) -> tuple[int, ...]:
    """Return the units of each layer; refuse an empty or non-positive one."""
    size = estimator.hidden_size
    sizes = size if isinstance(size, (tuple, list)) else (size,)
    if not sizes or not all(isinstance(n, Integral) and int(n) >= 1 for n in sizes):
        raise ValueError(
            f"The 'hidden_size' parameter of {type(estimator).__name__} must be an int of "
            f"at least 1 or a tuple of such, one for each layer. Got {size!r} instead."
        )
    return tuple(int(n) for n in sizes)


def check_ngrams(estimator: Any) -> tuple[int, int] | None:
    """Return the lengths of the shortest and the longest n-gram; refuse others."""
    if estimator.ngrams is None:
        return None
    lengths = tuple(estimator.ngrams)
    if len(lengths) == 2 and all(isinstance(n, Integral) for n in lengths):
        if 1 <= lengths[0] <= lengths[1] <= 3:
            return int(lengths[0]), int(lengths[1])
    raise ValueError(
        f"The 'ngrams' parameter of {type(estimator).__name__} must be None or two lengths "
        f"from 1 to 3, the shorter first, such as (1, 2). Got {estimator.ngrams!r} instead."
    )


def describe_encoder(
    estimator: Any, n_components: int, n_tokens: int | None
) -> EncoderSpec:
    """Return the encoder that an estimator's parameters ask for.

    Parameters
    ----------
    estimator : estimator
        With the parameters of `ENCODER_CONSTRAINTS`.
    n_components : int
        Length of an input vector.
    n_tokens : int or None
        Rows of the embedding table, where there is one.
    """
    return EncoderSpec(
        n_components=n_components,
        hidden_size=check_hidden_size(estimator),
        n_tokens=n_tokens,
        cell=estimator.cell,
        bidirectional=bool(estimator.bidirectional),
        candidate_activation=estimator.candidate_activation,
    )


def choose_epochs(
    max_iter: int | str, n_documents: int, n_tokens: int, batch_size: int
) -> int:
    """Return how many epochs to make; see ``max_iter`` of the classifier.

    The learning rate falls to nothing at the last epoch, so it must be known beforehand.
    """
    if max_iter != "auto":
        return int(max_iter)
    for_steps = min(_LEAST_STEPS * batch_size // max(n_documents, 1), _MOST_EPOCHS)
    for_tokens = max(_MOST_TOKENS // max(n_tokens, 1), _LEAST_EPOCHS)
    return min(max(_USUAL_EPOCHS, for_steps), for_tokens)
