"""From a task to a trained network and its n-gram model; nothing here changes a model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from joblib import effective_n_jobs

from ..network.examples import Examples
from ..network.options import Seeds, TrainingOptions
from ..ngrams import NgramModel
from ..runtime import prepare_network
from ..runtime.heads.classes import (
    compute_log_losses,
    compute_probabilities,
    find_correct,
)
from ..runtime.threads import one_blas_thread
from ..runtime.weights import to_float
from ..spec import ClassHead, NetworkSpec
from ..text import FIRST_ID
from .checkpoints import Checkpoints
from .inputs import FitSeeds, Task, start_embedding
from .options import choose_epochs, describe_encoder
from .transfer import find_language_model, find_layers, start_weights
from .unlabeled import check_unlabeled

__all__ = [
    "Fitted",
    "advise",
    "count_epochs",
    "describe_network",
    "evaluate_on",
    "train_classifier",
]

Weights = Mapping[str, np.ndarray]
# Length of a virtual adversarial step in standard deviations of the vectors; Miyato, Dai
# and Goodfellow (2017) took as many (docs/notes/few_texts.md).
_VIRTUAL = 5.0


class Fitted(NamedTuple):
    """What training gave.

    Parameters
    ----------
    weights : dict of str to ndarray
        Weights of the network.
    ngrams : NgramModel or None
        The n-gram model beside it.
    epochs : list of Epoch
        Every epoch that was completed.
    live : Trainer or None
        The network with its optimizer's state, of a stream.
    diverged : bool
        Whether an epoch after these diverged.
    interrupted : bool
        Whether Ctrl-C ended the training of the network.
    lost_ngrams : bool
        Whether Ctrl-C came before the n-gram model was fitted.
    """

    weights: dict[str, np.ndarray]
    ngrams: NgramModel | None
    epochs: list[Any]
    live: Any = None
    diverged: bool = False
    interrupted: bool = False
    lost_ngrams: bool = False


def describe_network(model: Any, task: Task) -> NetworkSpec:
    """Return the network that a classifier's parameters ask for, or the fitted one."""
    if task.resumes:
        return model.spec_
    n_words, n_components = task.sequences.vectors.shape
    output = "sigmoid" if task.targets.multilabel else "softmax"
    columns = task.sequences.columns
    head = ClassHead(
        len(task.targets.classes),
        pooling=model.pooling,
        output=output,
        n_columns=0 if columns is None else columns.shape[1],
    )
    encoder = describe_encoder(model, n_components, FIRST_ID + n_words)
    return NetworkSpec(replace(encoder, **find_layers(model)), head)


def count_epochs(model: Any, task: Task) -> int:
    """Return how many epochs a classifier makes on the texts of a task."""
    texts = task.train.inputs["ids"]
    return choose_epochs(
        model.max_iter, len(texts), len(texts.values), model.batch_size
    )


def train_classifier(
    model: Any,
    task: Task,
    spec: NetworkSpec,
    seeds: FitSeeds,
    *,
    ngrams: tuple[int, int] | None = None,
    callbacks: Sequence[Any] = (),
    report: Callable[..., bool] | None = None,
    before: NgramModel | None = None,
    checkpoints: Checkpoints | None = None,
) -> Fitted:
    """Train a network, and fit the n-gram model that stands beside it.

    Parameters
    ----------
    model : SLMTextClassifier
        Its parameters are read, and the weights that training resumes from.
    task : Task
        What to train on. A piece of a stream without any text that counts may begin a
        model. In a stream the n-gram model stays as it is.
    spec : NetworkSpec
        The network.
    seeds : FitSeeds
        Seeds of everything random.
    ngrams : tuple of (int, int) or None, default=None
        Lengths of n-grams, if there is to be a model of them.
    callbacks, report
        As in :func:`~sklearn_slm.network.train.train_network`.
    before : NgramModel or None, default=None
        One whose lengths and blend weights are taken: the texts without labels that are
        now among those to train on bear witness of none.
    checkpoints : Checkpoints or None, default=None
        Where the state of each network is written, and read.

    Returns
    -------
    Fitted

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the end of the first epoch, or that epoch diverges.
    """
    from ..network.checkpoints import Checkpoint
    from ..network.train import DivergenceError, train_network

    options, checkpoints = _read_options(model), checkpoints or Checkpoints()
    start: Weights
    if task.resumes:
        start = {name: to_float(model.weights_, name) for name in spec.weights()}
    else:
        start = {"embedding": start_embedding(task.sequences)}
        language_model = find_language_model(model.pretrained)
        if language_model is not None:
            start = start_weights(language_model, spec.encoder, start["embedding"])
    evaluate = None
    if task.validation is not None:
        evaluate = evaluate_on(spec, task.validation)
    what = spec, start, task.train, options
    how: dict[str, Any] = {
        "seeds": Seeds(seeds.weights, seeds.order),
        "epochs": task.epochs,
        "first_epoch": len(model.loss_curve_) if task.resumes else 0,
        "unlabeled": task.unlabeled,
    }
    how |= checkpoints.begin(Checkpoint, *what, **how, validation=task.validation)
    try:
        trained = train_network(
            *what,
            **how,
            is_stream=task.is_stream,
            evaluate=evaluate,
            callbacks=callbacks,
            report=report,
            live=getattr(model, "_live", None) if task.is_stream else None,
        )
        kept = getattr(model, "ngrams_", None) if task.is_stream else None
        beside, is_lost = kept, False
        if ngrams is not None:
            beside, is_lost = _fit_beside(
                task, spec, trained, options, seeds, start, ngrams, before, checkpoints
            )
    except DivergenceError:
        raise ValueError(
            "Training diverged in the first epoch: the loss or the weights are no longer "
            f"finite numbers of a usable size. {advise(model)}"
        ) from None
    return Fitted(
        weights=trained.weights,
        ngrams=beside,
        epochs=trained.epochs,
        live=trained.live if task.is_stream else None,
        diverged=trained.diverged,
        interrupted=trained.interrupted,
        lost_ngrams=is_lost,
    )


def advise(model: Any) -> str:
    """Say what to do against divergence."""
    return (
        f"Set a lower learning_rate (now {model.learning_rate!r}) or clip_norm (now "
        f"{model.clip_norm!r}); an optimizer that is an object brings its own of both. "
        "Very different sizes of sample_weight, class_weight or word vectors can be the "
        "cause, too."
    )


def _read_options(model: Any) -> TrainingOptions:
    with one_blas_thread() as allowed:
        n_threads = min(
            allowed, effective_n_jobs(2 if model.n_jobs is None else model.n_jobs)
        )
    virtual = _VIRTUAL if "virtual" in check_unlabeled(model) else 0.0
    options = TrainingOptions.of(model, n_threads=n_threads, virtual=virtual)
    if model.early_stopping:
        return options
    # A validation set that the user gave chooses the best epoch, and stops nothing.
    return replace(options, n_iter_no_change=sys.maxsize)


def _fit_beside(
    task: Task,
    spec: NetworkSpec,
    trained: Any,
    options: TrainingOptions,
    seeds: FitSeeds,
    start: Weights,
    lengths: tuple[int, int],
    before: NgramModel | None,
    checkpoints: Checkpoints,
) -> tuple[NgramModel | None, bool]:
    """Return the n-gram model, and whether Ctrl-C came before it was fitted."""
    try:
        # Brings linear models, which predicting does not need.
        from ..ngrams.fit import fit_ngrams

        if before is not None:
            beside = fit_ngrams(
                spec,
                [],
                task.whole,
                lengths=before.lengths,
                seed=seeds.ngrams,
                blend=before.blend,
            )
            return beside, False
        folds = []
        if not trained.interrupted:
            folds = _hold_out(task, spec, trained, options, seeds, start, checkpoints)
        beside = fit_ngrams(spec, folds, task.whole, lengths=lengths, seed=seeds.ngrams)
    except KeyboardInterrupt:
        return None, True
    return beside, False


def _hold_out(
    task: Task,
    spec: NetworkSpec,
    trained: Any,
    options: TrainingOptions,
    seeds: FitSeeds,
    start: Weights,
    checkpoints: Checkpoints,
) -> list[Any]:
    """Return what networks make of texts that they were not trained on."""
    from ..network.checkpoints import Checkpoint
    from ..network.train import train_network
    from ..ngrams.fit import HeldOut

    def run(weights: Weights, train: Examples, held_out: Examples) -> HeldOut:
        inputs = held_out.inputs
        network = prepare_network(spec, weights)
        outputs = network.run(inputs["ids"], inputs.get("columns"))
        return HeldOut(train, held_out, outputs["logits"])

    if task.validation is not None:
        return [run(trained.weights, task.train, task.validation)]
    folds = []
    for train, held_out in task.folds:
        what = spec, start, train, options
        how: dict[str, Any] = {
            "seeds": Seeds(seeds.weights, seeds.order),
            "epochs": task.epochs,
            "unlabeled": task.unlabeled,
        }
        how |= checkpoints.begin(Checkpoint, *what, **how)
        of_fold = train_network(*what, **how)
        if of_fold.interrupted:
            raise KeyboardInterrupt
        folds.append(run(of_fold.weights, train, held_out))
    return folds


def evaluate_on(
    spec: NetworkSpec, examples: Examples
) -> Callable[[Weights], tuple[float, float]]:
    """Return a function from weights to weighted accuracy and log loss on examples.

    Multilabel accuracy is that of whole label sets, as in ``accuracy_score``.
    """
    targets, weight = examples.targets["classes"], examples.weight
    texts, columns = examples.inputs["ids"], examples.inputs.get("columns")

    def evaluate(weights: Weights) -> tuple[float, float]:
        outputs = prepare_network(spec, weights).run(texts, columns)
        probabilities = compute_probabilities(spec.head, outputs["logits"])
        is_correct = find_correct(spec.head, probabilities, targets)
        losses = compute_log_losses(spec.head, probabilities, targets)
        return (
            float(np.average(is_correct, weights=weight)),
            float(np.average(losses, weights=weight)),
        )

    return evaluate
