"""What ``fit`` and ``partial_fit`` share: from checked texts to a trained classifier."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import effective_n_jobs

from ..runtime.threads import one_blas_thread
from ..runtime.weights import to_float32
from ..spec import NetworkSpec
from .fitting import Part, build_evaluator, describe_network, start_embedding
from .progress import PassReporter

__all__ = ["Job", "train"]

_TOKENS_FOR_TWO_THREADS = 500_000


@dataclass(frozen=True)
class Job:
    """What is to be trained on.

    Parameters
    ----------
    data : tuple of (X, y)
        What the user gave, for callbacks.
    vectorizer : GloveTfidfVectorizer or None
        What made the token sequences, if it was fitted here.
    part : Part
        The texts to train on.
    passes : int
        Most passes over them.
    goes_on : bool
        Whether training begins with the weights that the classifier has.
    validation : Part or None, default=None
        The texts to choose the best pass by.
    whole : Part or None, default=None
        All texts that ``fit`` was given; None in a stream, whose pieces share one rate
        of learning and leave the wide branch alone.
    wide_ngrams : tuple of (int, int) or None, default=None
        N-grams of the wide branch.
    """

    data: tuple[Any, Any]
    vectorizer: Any
    part: Part
    passes: int
    goes_on: bool
    validation: Part | None = None
    whole: Part | None = None
    wide_ngrams: tuple[int, int] | None = None


def train(model: Any, job: Job, seeds: list[int]) -> None:
    """Train a classifier and store what was learned in it.

    Parameters
    ----------
    model : SLMTextClassifier
        Its parameters are read; nothing in it changes before training is over.
    job : Job
        What to train on.
    seeds : list of int
        Of weights and dropout, of the order of texts, and of the wide branch.
    """
    from ..network.batches import TextBatches
    from ..network.training import train_network

    part, spec = job.part, _choose_spec(model, job)
    losses, scores = _history(model) if job.goes_on else ([], [])
    batches = TextBatches(
        part.sequences.ids,
        part.sequences.offsets,
        part.targets.encoded,
        part.weight,
        batch_size=model.batch_size,
        passes=job.passes,
        seed=seeds[1],
        word_dropout=model.word_dropout,
        first_pass=len(losses),
    )
    options, trainer = _choose_trainer(model, job, spec, len(batches), seeds[0])

    def describe(spec: NetworkSpec, weights: dict) -> dict:
        return {
            "spec_": spec,
            "weights_": weights,
            "classes_": part.targets.classes,
            "vocabulary_": part.sequences.vocabulary,
            "vectorizer_": job.vectorizer,
        }

    reporter = PassReporter(
        model,
        job.passes,
        *job.data,
        write=_write_line if model.verbose else None,
        stop=trainer.stop,
        reconstruct=lambda: describe(spec, trainer.read_weights()),
    )
    evaluate = None
    if job.validation is not None:
        evaluate = build_evaluator(spec, job.validation)
    result = train_network(
        trainer,
        batches,
        max_iter=job.passes,
        evaluate=evaluate,
        n_iter_no_change=model.n_iter_no_change if model.early_stopping else job.passes,
        tol=model.tol,
        callbacks=model.callbacks or (),
        report=reporter,
    )
    whole, weights = _finish_wide(model, job, spec, result.weights, seeds[2])
    vars(model).update(describe(whole, weights))
    model.loss_curve_ = losses + [epoch.loss for epoch in result.epochs]
    model.n_iter_ = len(model.loss_curve_)
    model.validation_scores_ = model.best_validation_score_ = None
    if job.validation is not None:
        new = [epoch.score for epoch in result.epochs if epoch.score is not None]
        model.validation_scores_ = scores + new
        model.best_validation_score_ = max(new, default=None)
    trainer.write_weights({name: weights[name] for name in spec.weight_shapes()})
    model._trainer = (options, trainer)
    reporter.close()
    if result.interrupted:
        warnings.warn(
            f"Training interrupted by user after {model.n_iter_} passes; the best weights "
            "so far are kept.",
            stacklevel=4,
        )


def _choose_spec(model: Any, job: Job) -> NetworkSpec:
    """Return the spec of the recurrent branch."""
    if job.goes_on:
        return model.spec_.without_wide()
    return describe_network(
        job.part.sequences,
        job.part.targets,
        hidden_size=model.hidden_size,
        cell=model.cell,
        bidirectional=model.bidirectional,
        pooling=model.pooling,
        candidate_activation=model.candidate_activation,
    )


def _choose_trainer(
    model: Any, job: Job, spec: NetworkSpec, n_batches: int, seed: int
) -> tuple[dict, Any]:
    """Return the trainer and the options it was made with; the live one in a stream."""
    from ..network.training import Trainer

    names = (
        "optimizer",
        "learning_rate",
        "clip_norm",
        "train_vectors",
        "dropout",
        "recurrent_dropout",
        "adversarial",
        "initializer",
    )
    options = {name: getattr(model, name) for name in names}
    # A schedule has an end: only pieces of a stream go on where the last one ended.
    options["n_steps"] = 0 if job.whole is None else job.passes * n_batches
    live = vars(model).pop("_trainer", None)
    if job.goes_on and job.whole is None and live is not None and live[0] == options:
        return live
    with one_blas_thread() as allowed:
        n_threads = min(allowed, effective_n_jobs(model.n_jobs or 2))
    # A second device compiles everything a second time.
    if job.passes * len(job.part.sequences.ids) < _TOKENS_FOR_TWO_THREADS:
        n_threads = 1
    start: dict[str, np.ndarray] = {
        "embedding": start_embedding(job.part.sequences.vectors)
    }
    if job.goes_on:
        start = {
            name: to_float32(model.weights_, name) for name in spec.weight_shapes()
        }
    return options, Trainer(spec, start, n_threads=n_threads, seed=seed, **options)


def _finish_wide(
    model: Any, job: Job, spec: NetworkSpec, weights: dict, seed: int
) -> tuple[NetworkSpec, dict]:
    """Add the wide branch to what was trained; in a stream, keep the one there is."""
    if job.whole is not None and job.wide_ngrams is not None:
        # Brings linear models, which predicting does not need.
        from .wide import add_wide

        return add_wide(
            spec,
            weights,
            job.part,
            job.validation,
            job.whole,
            wide_ngrams=job.wide_ngrams,
            seed=seed,
        )
    if job.goes_on and job.whole is None:
        kept = {k: v for k, v in model.weights_.items() if k.startswith("wide.")}
        return model.spec_, {**weights, **kept}
    return spec, weights


def _history(model: Any) -> tuple[list[float], list[float]]:
    return model.loss_curve_, model.validation_scores_ or []


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
