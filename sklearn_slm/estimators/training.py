"""What ``fit`` and ``partial_fit`` share: from checked texts to a trained classifier."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from ..runtime import prepare_network
from ..spec import NetworkSpec
from .fitting import (
    Fold,
    Part,
    build_evaluator,
    describe_network,
    start_embedding,
)
from .progress import PassReporter
from .trainers import build_trainer, open_trainer, read_options

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

    @property
    def is_stream(self) -> bool:
        """Whether the texts are a piece of a stream."""
        return self.whole is None


def train(model: Any, job: Job, seeds: list[int]) -> None:
    """Train a classifier and store what was learned in it.

    Parameters
    ----------
    model : SLMTextClassifier
        Its parameters are read; nothing in it changes before training is over.
    job : Job
        What to train on. A piece of a stream without any text that counts may begin a
        model, and changes none.
    seeds : list of int
        Of weights and dropout, of the order of texts, and of the wide branch.

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the end of the first pass, or that pass diverges. The
        classifier and its live network are then as they were.
    """
    from ..network.training import DivergenceError

    part, spec = job.part, _choose_spec(model, job)
    if job.goes_on and not len(part.weight):
        return
    start = None if job.goes_on else {"embedding": start_embedding(part.sequences)}
    losses, scores = _history(model) if job.goes_on else ([], [])
    batches = _build_batches(model, job, part, seeds[1], len(losses))
    n_steps = None if job.is_stream else job.passes * len(batches)
    options = read_options(model, n_steps)

    def describe(spec: NetworkSpec, weights: dict) -> dict:
        return {
            "spec_": spec,
            "weights_": weights,
            "classes_": part.targets.classes,
            "vocabulary_": part.sequences.vocabulary,
            "vectorizer_": job.vectorizer,
        }

    with open_trainer(model, spec, options, seeds[0], start) as trainer:
        reporter = PassReporter(
            model,
            job.passes,
            *job.data,
            write=_write_line if model.verbose else None,
            stop=trainer.stop,
            reconstruct=lambda: describe(spec, trainer.read_weights()),
        )
        try:
            result = _make_passes(model, job, spec, trainer, batches, reporter)
            whole, weights, is_whole = _finish_wide(model, job, spec, result, seeds)
        except DivergenceError:
            raise ValueError(
                "Training diverged in the first pass: the loss or the weights are no "
                f"longer finite numbers of a usable size. {_advise(model)}"
            ) from None
        learned = describe(whole, weights)
        learned["loss_curve_"] = losses + [epoch.loss for epoch in result.epochs]
        learned["n_iter_"] = len(learned["loss_curve_"])
        new = [epoch.score for epoch in result.epochs if epoch.score is not None]
        learned["validation_scores_"] = scores + new if job.validation else None
        learned["best_validation_score_"] = max(new, default=None)
        # Nothing goes on with the optimiser of a fit.
        learned["_trainer"] = (options, trainer) if job.is_stream else None
        vars(model).update(learned)  # at once: Ctrl-C comes before or after
    reporter.close()
    if result.diverged:
        warnings.warn(
            f"Training diverged in pass {model.n_iter_ + 1}; the best weights before it "
            f"are kept. {_advise(model)}",
            ConvergenceWarning,
            stacklevel=4,
        )
    if result.interrupted or not is_whole:
        lost = "" if is_whole else ", without the wide branch"
        warnings.warn(
            f"Training interrupted by user after {model.n_iter_} passes; the best weights "
            f"so far are kept{lost}.",
            stacklevel=4,
        )


def _make_passes(
    model: Any, job: Job, spec: NetworkSpec, trainer: Any, batches: Any, report: Any
) -> Any:
    """Train the network; without a batch, none of it changes."""
    from ..network.training import TrainingResult, train_network

    if not len(batches):
        return TrainingResult(trainer.read_weights())
    evaluate = None
    if job.validation is not None:
        evaluate = build_evaluator(spec, job.validation)
    return train_network(
        trainer,
        batches,
        max_iter=job.passes,
        evaluate=evaluate,
        n_iter_no_change=model.n_iter_no_change if model.early_stopping else job.passes,
        tol=model.tol,
        callbacks=model.callbacks or (),
        report=report,
    )


def _advise(model: Any) -> str:
    return (
        f"Set a lower learning_rate (now {model.learning_rate!r}) or clip_norm (now "
        f"{model.clip_norm!r}); an optimizer that is an object brings its own of both. "
        "Very different sizes of sample_weight, class_weight or word vectors can be the "
        "cause, too."
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
    model: Any, job: Job, part: Part, seed: int, first_pass: int = 0
) -> Any:
    from ..network.batches import TextBatches

    return TextBatches(
        part.sequences.ids,
        part.sequences.offsets,
        part.targets.encoded,
        part.weight,
        batch_size=model.batch_size,
        passes=job.passes,
        seed=seed,
        word_dropout=model.word_dropout,
        first_pass=first_pass,
        keep_weights=job.is_stream,
    )


def _finish_wide(
    model: Any, job: Job, spec: NetworkSpec, result: Any, seeds: list[int]
) -> tuple[NetworkSpec, dict, bool]:
    """Add the wide branch to what was trained; in a stream, keep the one there is.

    Returns
    -------
    spec, weights
        Of both branches.
    is_whole : bool
        False if Ctrl-C came meanwhile: then they are those of the network alone.
    """
    if job.is_stream and job.goes_on:
        kept = {k: v for k, v in model.weights_.items() if k.startswith("wide.")}
        return model.spec_, {**result.weights, **kept}, True
    if job.whole is None or job.wide_ngrams is None:
        return spec, result.weights, True
    try:
        # Brings linear models, which predicting does not need.
        from .wide import add_wide

        folds = []
        if not result.interrupted:
            folds = _hold_out(model, job, spec, result.weights, seeds)
        blended = add_wide(
            spec,
            result.weights,
            folds,
            job.whole,
            wide_ngrams=job.wide_ngrams,
            seed=seeds[2],
        )
    except KeyboardInterrupt:
        return spec, result.weights, False
    return (*blended, True)


def _hold_out(
    model: Any, job: Job, spec: NetworkSpec, weights: dict, seeds: list[int]
) -> list[Fold]:
    """Return what networks make of texts that they were not trained on."""
    from ..network.training import train_network

    def run(weights: dict, train: Part, held_out: Part) -> Fold:
        sequences = held_out.sequences
        found = prepare_network(spec, weights).run(sequences.ids, sequences.offsets)
        return Fold(train, held_out, found.logits)

    if job.validation is not None:
        return [run(weights, job.part, job.validation)]
    start = {"embedding": start_embedding(job.part.sequences)}
    folds = []
    for train, held_out in job.folds:
        batches = _build_batches(model, job, train, seeds[1])
        options = read_options(model, job.passes * len(batches))
        trainer = build_trainer(model, spec, options, seeds[0], start)
        result = train_network(trainer, batches, max_iter=job.passes)
        if result.interrupted:
            raise KeyboardInterrupt
        folds.append(run(result.weights, train, held_out))
    return folds


def _history(model: Any) -> tuple[list[float], list[float]]:
    return model.loss_curve_, model.validation_scores_ or []


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
