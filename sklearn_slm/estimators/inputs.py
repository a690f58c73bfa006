"""What ``fit`` and ``partial_fit`` make of their arguments: a task to train on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ..network.examples import Examples
from ..spec import LARGEST_WEIGHT
from ..text import (
    FIRST_ID,
    UNKNOWN_ID,
    Ragged,
    TokenSequences,
    check_documents,
    takes_any_document,
)
from .base import check_not_empty, check_row_count, clone, draw_seeds
from .columns import FittedColumns, add_columns
from .splitting import split_folds, split_validation
from .targets import Targets, encode_targets
from .transfer import (
    adapt_sequences,
    find_language_model,
    match_vectors,
    settle_vectorizer,
)
from .vectorizer import GloveTfidfVectorizer
from .weighting import scale_to_mean_one, weigh_documents

__all__ = [
    "FitSeeds",
    "Task",
    "drop_weightless",
    "keep_weighted",
    "make_examples",
    "read_documents",
    "read_validation",
    "split_task",
    "start_embedding",
]

# Below so many texts a tenth of them cannot tell one epoch from another, and each is
# needed for training (docs/benchmarks/training.md).
_FEW_DOCUMENTS, _N_FOLDS = 300, 3


class FitSeeds(NamedTuple):
    """Seeds of the parts of a fit, all drawn from ``random_state``.

    Parameters
    ----------
    vectorizer : int
        Seed of word vectors.
    split : int
        Seed of the validation set, or of folds.
    weights : int
        Seed of first weights and dropout.
    order : int
        Seed of the order of the texts.
    ngrams : int
        Seed of the n-gram model.
    """

    vectorizer: int
    split: int
    weights: int
    order: int
    ngrams: int

    @classmethod
    def draw(cls, random_state: Any) -> FitSeeds:
        """Draw them, in this order."""
        return cls(*draw_seeds(random_state, 5))


@dataclass(frozen=True)
class Task:
    """What is to be trained on.

    Parameters
    ----------
    data : tuple of (X, y)
        What the user gave, for callbacks.
    sequences : TokenSequences
        The texts, with vocabulary and vectors.
    vectorizer : GloveTfidfVectorizer or None
        What made them, if it was fitted here or earlier.
    targets : Targets
        With the classes.
    whole : Examples
        All texts that count.
    train : Examples
        Those of them to train on.
    validation : Examples or None
        The texts to choose the best epoch by.
    epochs : int, default=1
        Most epochs.
    resumes : bool, default=False
        Whether training begins with the weights that the model has.
    is_stream : bool, default=False
        Whether the texts are a piece of a stream: one epoch, and one learning rate for
        all pieces.
    folds : list of (Examples, Examples)
        What else to train a network on, and what to test it with, to know how much to
        trust each model where there is no validation set.
    unlabeled : Ragged or None, default=None
        Texts without labels, as token ids.
    rehearsal : Rehearsal or None, default=None
        Texts to keep for the pieces of a stream that follow.
    columns : FittedColumns
        What was learned of a table, if X is one.
    """

    data: tuple[Any, Any]
    sequences: TokenSequences
    vectorizer: Any
    targets: Targets
    whole: Examples
    train: Examples
    validation: Examples | None = None
    epochs: int = 1
    resumes: bool = False
    is_stream: bool = False
    folds: list[tuple[Examples, Examples]] = field(default_factory=list)
    unlabeled: Ragged | None = None
    rehearsal: Any = None
    columns: FittedColumns = field(default_factory=FittedColumns)


def read_documents(
    model: Any, X: Any, seed: int, *, resumes: bool, X_unlabeled: Any = None
) -> tuple[TokenSequences, Any]:
    """Return token sequences and the vectorizer that made them, if one did.

    Parameters
    ----------
    model : estimator
        Its vectorizer is cloned and fitted, unless training resumes.
    X : iterable of documents or TokenSequences
        As given to ``fit``.
    seed : int
        Seed of the vectorizer, if it has none.
    resumes : bool
        Whether the vocabulary is that of the fitted model.
    X_unlabeled : iterable of documents or None, default=None
        Texts without labels, for the vectorizer; not read if training resumes.

    Raises
    ------
    ValueError, TypeError
        If X is no collection of texts, or X_unlabeled comes with token sequences, or as
        the functions of :mod:`~sklearn_slm.estimators.transfer`.
    """
    check_not_empty(X)
    if resumes:
        sequences = model.read_inputs(X)
        check_not_empty(sequences)
        return sequences, model.vectorizer_
    language_model = find_language_model(model.pretrained)
    if isinstance(X, TokenSequences):
        _refuse_unlabeled(X_unlabeled)
        return X if language_model is None else adapt_sequences(language_model, X), None
    analyzer = getattr(model.vectorizer, "analyzer", None)
    documents = check_documents(X, any_kind=takes_any_document(analyzer))
    check_not_empty(documents)
    vectorizer = GloveTfidfVectorizer(n_jobs=model.n_jobs)
    if model.vectorizer is not None:
        vectorizer = clone(model.vectorizer)
    vectorizer.set_params(output="sequences")
    if vectorizer.random_state is None:
        vectorizer.set_params(random_state=seed)
    more = {} if X_unlabeled is None else {"X_unlabeled": X_unlabeled}
    if language_model is None:
        return vectorizer.fit_transform(documents, **more), vectorizer
    settle_vectorizer(vectorizer, language_model)
    if not isinstance(vectorizer, GloveTfidfVectorizer):
        sequences = vectorizer.fit_transform(documents, **more)
        return adapt_sequences(language_model, sequences), vectorizer
    vectors = match_vectors(language_model, documents, vectorizer)
    vectorizer.set_params(vectors=vectors)
    sequences = vectorizer.fit_transform(documents, **more)
    # They would be a second table.
    return sequences, vectorizer.set_params(vectors=None)


def _refuse_unlabeled(X_unlabeled: Any) -> None:
    if X_unlabeled is not None:
        raise ValueError(
            "X_unlabeled was given with token sequences as X, whose vectorizer has learned "
            "its words and vectors already. Give raw texts as X, or pass X_unlabeled to the "
            "vectorizer: in a Pipeline with a step 'vectors' by fit(X, y, "
            "vectors__X_unlabeled=texts)."
        )


def make_examples(
    sequences: TokenSequences, targets: Targets, sample_weight: Any, class_weight: Any
) -> Examples:
    """Return texts with their targets and weights as they were given, float64."""
    check_row_count(sequences, targets.rows)
    weight = weigh_documents(sample_weight, class_weight, targets)
    return Examples(_list_inputs(sequences), {"classes": targets.rows}, weight)


def _list_inputs(sequences: TokenSequences) -> dict[str, Any]:
    inputs: dict[str, Any] = {"ids": sequences.texts}
    if sequences.columns is not None:
        inputs["columns"] = sequences.columns
    return inputs


def drop_weightless(examples: Examples) -> Examples:
    """Return the texts of weight above 0: others are neither trained on nor tested."""
    if examples.weight.all():
        return examples
    return examples.take(np.flatnonzero(examples.weight))


def keep_weighted(examples: Examples, targets: Targets) -> Examples:
    """Return the texts of weight above 0, with float32 weights of mean 1.

    Parameters
    ----------
    examples : Examples
        With weights as they were given, at least 0.
    targets : Targets
        Their targets.

    Raises
    ------
    ValueError
        If nothing is left, or one class only.
    """
    if not examples.weight.any():
        raise ValueError(
            "The weights must not be zero for every document. Check sample_weight and "
            "class_weight."
        )
    examples = drop_weightless(examples)
    weight = scale_to_mean_one(examples.weight)
    examples = drop_weightless(Examples(examples.inputs, examples.targets, weight))
    left = np.flatnonzero(examples.targets["classes"].any(axis=0))
    if not targets.multilabel and len(left) < 2:
        (label,) = targets.classes[left].tolist()
        raise ValueError(
            "Classifier can't train when only one class has weight: every document "
            f"that is not {label!r} has weight zero, or next to zero beside the others. "
            "Check sample_weight and class_weight."
        )
    return examples


def split_task(
    model: Any, task: Task, seed: int, validation: Examples | None = None
) -> Task:
    """Return the task with a validation set, or folds, as ``early_stopping`` asks.

    Parameters
    ----------
    model : estimator
        Its parameters are read.
    task : Task
        With all texts to train on.
    seed : int
        Seed of the choice.
    validation : Examples or None, default=None
        A validation set that the user gave.
    """
    if validation is not None:
        return replace(task, validation=validation)
    multilabel, rows = task.targets.multilabel, task.whole.targets["classes"]
    strata = Targets(task.targets.classes, rows, multilabel).strata
    if model.early_stopping == "auto" and len(strata) < _FEW_DOCUMENTS:
        if task.resumes:
            # What was trained on all of the texts before has seen every fold.
            return task
        folds = split_folds(strata, min(_N_FOLDS, len(strata)), seed)
        return replace(
            task, folds=[(task.whole.take(a), task.whole.take(b)) for a, b in folds]
        )
    if not model.early_stopping:
        return task
    kept, held_out = split_validation(strata, model.validation_fraction, seed)
    return replace(
        task, train=task.whole.take(kept), validation=task.whole.take(held_out)
    )


def read_validation(
    X_val: Any, y_val: Any, task: Task, text_column: Any = None
) -> Examples | None:
    """Check a validation set that the user gave, and bring it into the form of X."""
    targets, vectorizer = task.targets, task.vectorizer
    if X_val is None and y_val is None:
        return None
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(
            f"X_val and y_val must be given together, but {missing} is None."
        )
    if isinstance(X_val, TokenSequences):
        sequences = X_val
    elif vectorizer is not None:
        any_kind = takes_any_document(vectorizer.analyzer)

        def read(texts: Any) -> TokenSequences:
            documents = check_documents(texts, name="X_val", any_kind=any_kind)
            return vectorizer.transform(documents)

        if text_column is None:
            sequences = read(X_val)
        else:
            sequences = add_columns(
                text_column, task.columns, X_val, read, name="X_val"
            )
    else:
        raise ValueError(
            "X_val must be token sequences, as X is. In a Pipeline, have it "
            'transformed too: Pipeline(steps, transform_input=["X_val"]).'
        )
    rows = encode_targets(y_val, targets.classes).rows
    check_row_count(sequences, rows, "X_val and y_val")
    weight = np.ones(len(sequences), np.float32)
    return Examples(_list_inputs(sequences), {"classes": rows}, weight)


def start_embedding(sequences: TokenSequences) -> np.ndarray:
    """Return the first embedding table: zeros, the mean vector, then the vectors.

    Parameters
    ----------
    sequences : TokenSequences
        Texts, with the vectors of the known tokens.

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
    is_usable = np.abs(vectors).max(axis=1, initial=0.0) < LARGEST_WEIGHT
    if not is_usable.all():
        first = int(np.flatnonzero(~is_usable)[0])
        raise ValueError(
            f"The vector of {sequences.vocabulary.tokens[first]!r} has a component that is "
            f"not finite or not below {LARGEST_WEIGHT:.0e}, which a network of float32 "
            "cannot compute with. Scale the word vectors to lengths of about 1."
        )
    table = np.zeros((FIRST_ID + len(vectors), vectors.shape[1]), np.float32)
    table[UNKNOWN_ID] = vectors.mean(axis=0)
    table[FIRST_ID:] = vectors
    return table
