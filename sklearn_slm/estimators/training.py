"""What ``fit`` and ``partial_fit`` share: from checked texts to a trained classifier."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field
from typing import Any

from joblib import effective_n_jobs

from ..runtime import prepare_network
from ..runtime.threads import one_blas_thread
from ..runtime.weights import to_float
from ..spec import NetworkSpec
from .fitting import (
    Fold,
    Part,
    build_evaluator,
    describe_network,
    start_embedding,
)
from .progress import PassReporter

__all__ = ["Job", "train"]


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
    folds : list of (Part, Part)
        What else to train a network on, and what to test it with, to know how much to
        trust each branch where there is no validation part.
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
    folds: list[tuple[Part, Part]] = field(default_factory=list)
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
    from ..network.training import train_network

    part, spec = job.part, _choose_spec(model, job)
    losses, scores = _history(model) if job.goes_on else ([], [])
    batches = _build_batches(model, part, job.passes, seeds[1], len(losses))
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
    weights = result.weights
    folds = [] if result.interrupted else _hold_out(model, job, spec, weights, seeds)
    whole, weights = _finish_wide(model, job, spec, weights, folds, seeds[2])
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


def _build_batches(
    model: Any, part: Part, passes: int, seed: int, first_pass: int = 0
) -> Any:
    from ..network.batches import TextBatches

    return TextBatches(
        part.sequences.ids,
        part.sequences.offsets,
        part.targets.encoded,
        part.weight,
        batch_size=model.batch_size,
        passes=passes,
        seed=seed,
        word_dropout=model.word_dropout,
        first_pass=first_pass,
    )


def _choose_trainer(
    model: Any, job: Job, spec: NetworkSpec, n_batches: int, seed: int
) -> tuple[dict, Any]:
    """Return the trainer and the options it was made with; the live one in a stream."""
    # A schedule has an end: only pieces of a stream go on where the last one ended.
    options = _read_options(model)
    options["n_steps"] = 0 if job.whole is None else job.passes * n_batches
    live = vars(model).pop("_trainer", None)
    if job.goes_on and job.whole is None and live is not None and live[0] == options:
        return live
    start = None
    if job.goes_on:
        start = {name: to_float(model.weights_, name) for name in spec.weight_shapes()}
    return options, _build_trainer(model, job, spec, options, seed, start)


def _read_options(model: Any) -> dict:
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
    return {name: getattr(model, name) for name in names}


def _build_trainer(
    model: Any,
    job: Job,
    spec: NetworkSpec,
    options: dict,
    seed: int,
    start: dict | None = None,
) -> Any:
    """Return a new trainer, with the first vectors of the texts unless told otherwise."""
    from ..network.trainer import Trainer

    with one_blas_thread() as allowed:
        n_threads = min(allowed, effective_n_jobs(model.n_jobs or 2))
    if start is None:
        start = {"embedding": start_embedding(job.part.sequences.vectors)}
    return Trainer(spec, start, n_threads=n_threads, seed=seed, **options)


def _hold_out(
    model: Any, job: Job, spec: NetworkSpec, weights: dict, seeds: list[int]
) -> list[Fold]:
    """Return what networks make of texts that they were not trained on."""
    from ..network.training import train_network

    if job.wide_ngrams is None:
        return []

    def run(weights: dict, train: Part, held_out: Part) -> Fold:
        sequences = held_out.sequences
        found = prepare_network(spec, weights).run(sequences.ids, sequences.offsets)
        return Fold(train, held_out, found.logits)

    if job.validation is not None:
        return [run(weights, job.part, job.validation)]
    folds = []
    for train, held_out in job.folds:
        batches = _build_batches(model, train, job.passes, seeds[1])
        options = {**_read_options(model), "n_steps": job.passes * len(batches)}
        trainer = _build_trainer(model, job, spec, options, seeds[0])
        result = train_network(trainer, batches, max_iter=job.passes)
        if result.interrupted:
            return []
        folds.append(run(result.weights, train, held_out))
    return folds


def _finish_wide(
    model: Any,
    job: Job,
    spec: NetworkSpec,
    weights: dict,
    folds: list[Fold],
    seed: int,
) -> tuple[NetworkSpec, dict]:
    """Add the wide branch to what was trained; in a stream, keep the one there is."""
    if job.whole is not None and job.wide_ngrams is not None:
        # Brings linear models, which predicting does not need.
        from .wide import add_wide

        return add_wide(
            spec,
            weights,
            folds,
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
