"""Copies of fitted classifiers with fewer hidden units, words and n-grams."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

from ..compression import CompressionStep
from ..compression.parts import SHRINK, Parts, measure_parts
from ..compression.quantize import check_dtype, find_dtype
from ..text import TokenSequences
from ..unwrap import apply_transformers, find_vectorizer, split_classifier
from .base import check_not_empty, check_row_count
from .pruning_search import PruningSearch, Training
from .shrinking import copy_model, refuse_drop, warn_of_odd_tables
from .targets import encode_targets

__all__ = ["PruningResult", "prune"]

_ADVICE = "Allow more, remove less, or go on training with X_train and y_train."


@dataclass(frozen=True, eq=False)
class PruningResult:
    """A smaller model, and how it came to be.

    Parameters
    ----------
    estimator_ : SLMTextClassifier or Pipeline
        The fitted model.
    table : list of CompressionStep
        The model as it was, then one row for each step: bytes of the file, texts a
        second, accuracy and log loss on X and y, hidden units, words, n-grams.
        ``pandas.DataFrame(result.table)`` and
        :class:`~sklearn_slm.inspection.CompressionDisplay` show it.
    """

    estimator_: Any
    table: list[CompressionStep]


def prune(
    model: Any,
    X: Any,
    y: Any,
    *,
    amount: float | None = None,
    max_drop: float | None = None,
    max_bytes: int | None = None,
    parts: tuple[str, ...] = ("units", "words", "ngrams"),
    dtype: str | None = None,
    X_train: Any = None,
    y_train: Any = None,
    n_epochs: int = 2,
) -> PruningResult:
    """Return a copy of a fitted classifier with fewer hidden units, words and n-grams.

    Whole units are removed, in each layer and direction equally many: all matrices become
    smaller, and every runtime faster. Those go first that change the loss on X and y
    least, by a first-order estimate (Molchanov et al., 2017; see
    :func:`~sklearn_slm.compression.measure_units`). Words go from the rarest on, and are
    then read as unknown. N-grams go first that add least to the logits. The blend of the
    network and its n-gram model is fitted to X and y anew.

    Parameters
    ----------
    model : SLMTextClassifier
        A fitted model, or a Pipeline that ends in one, or a search; it stays as it is.
    X, y : texts and labels
        Held-out texts to measure on: validation data, neither those of training nor the
        test set.
    amount : float or None, default=None
        Proportion of each part to remove, such as 0.5.
    max_drop : float or None, default=None
        The most accuracy that may be lost on X and y, such as 0.003. Alone, as much is
        removed as it allows, a quarter of a part at a time; with `amount` or `max_bytes`,
        more is refused.
    max_bytes : int or None, default=None
        The most bytes of the file that :func:`~sklearn_slm.save_model` writes. At each
        step a quarter of that part is removed whose bytes add least to the loss.
    parts : tuple of {"units", "words", "ngrams"}, default=("units", "words", "ngrams")
        What may be removed: units for speed, words and n-grams for size.
    dtype : {"int8", "int4", "float16"} or None, default=None
        Type of the weights of the result, as for :func:`~sklearn_slm.quantize`; sizes and
        accuracies are those of these weights. None keeps what they are.
    X_train, y_train : texts and labels or None, default=None
        Texts to go on training with after each step, such as those of the fit, which
        wins back most of what a step loses. None trains nothing.
    n_epochs : int, default=2
        Epochs of training after each step; the best one by the accuracy on X and y is
        kept.

    Returns
    -------
    PruningResult
        The new fitted estimator is its ``estimator_``; the sizes, speeds and accuracies on
        the way are its ``table``. The estimator's parameter ``hidden_size`` is what was
        left, so that training can go on; ``pretrained`` is None.

    Raises
    ------
    ValueError
        If more than `max_drop` is lost, or `max_bytes` cannot be reached, with the figure;
        if there is no goal or there are two, or nothing to measure on.
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model ends in another estimator.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(4, max_iter=1, adversarial=0.0, random_state=0)
    >>> model = model.fit(corpus.data[:300], corpus.target[:300])
    >>> held_out = corpus.data[300:400], corpus.target[300:400]
    >>> result = prune(model, *held_out, amount=0.5, parts=("units",))
    >>> result.estimator_.spec_.encoder.hidden_size
    (2,)
    >>> [step.name for step in result.table]
    ['as it was', 'amount=0.5']
    """
    _check_goal(amount, max_drop, max_bytes, parts, dtype, n_epochs)
    if (X_train is None) != (y_train is None):
        raise ValueError(
            "X_train and y_train belong together. Got "
            f"X_train={'None' if X_train is None else 'data'}, "
            f"y_train={'None' if y_train is None else 'data'}."
        )
    transformers, classifier = split_classifier(model)
    if classifier.spec_.head.n_columns:
        raise ValueError(
            "prune knows no columns beside texts so far, but the model reads "
            f"{classifier.spec_.head.n_columns} numbers with each text. Use quantize, which "
            'makes it smaller, or fit on the texts alone: columns="drop".'
        )
    warn_of_odd_tables(classifier.spec_, dtype)
    X = X if hasattr(X, "__len__") else list(X)
    _check_words(parts, X, transformers, classifier)
    sequences = classifier.read_inputs(apply_transformers(transformers, X))
    check_not_empty(sequences)
    targets = encode_targets(y, classifier.classes_)
    check_row_count(sequences, targets.rows)
    training = None
    if X_train is not None:
        X_train = X_train if hasattr(X_train, "__len__") else list(X_train)
        training = Training(X_train, y_train, X, y, n_epochs)
    stored = dtype or find_dtype(classifier.weights_)
    search = PruningSearch(model, sequences.texts, targets.rows, X, stored, training)
    was = Parts(classifier.spec_, classifier.weights_, classifier.ngrams_)
    measured = measure_parts(was, sequences.texts, targets.rows, blend=False)
    table = [search.describe("as it was", measured, copy_model(model))]
    # Bytes are a goal that is reached whatever it costs; at last it may be refused.
    allowed = max_drop if max_bytes is None else None
    if amount is not None:
        measured = search.remove(measured, parts, 1.0 - amount)
        table.append(search.describe(f"amount={amount}", measured))
    else:
        if dtype is not None:
            measured = search.measure(was)
            table.append(search.describe(dtype, measured))
        steps = search.walk(measured, table[0].score, parts, allowed)
        while max_bytes is None or table[-1].n_bytes > max_bytes:
            step = next(steps, None)
            if step is None:
                break
            name, measured = step
            table.append(search.describe(name, measured))
    last = table[-1]
    if max_bytes is not None and last.n_bytes > max_bytes:
        smaller = "" if stored in ("int8", "int4") else ', or take dtype="int8"'
        raise ValueError(
            f"max_bytes={max_bytes:,} cannot be reached: without more than a unit, a word "
            f"and an n-gram of {list(parts)} the file has {last.n_bytes:,} bytes. Allow "
            f"more, or remove from all parts{smaller}."
        )
    left = (
        f"{last.hidden_size} units, {last.n_words:,} words, {last.n_ngrams:,} n-grams"
    )
    scores = table[0].score, last.score
    refuse_drop(left, scores, max_drop, "accuracy", _ADVICE)
    return PruningResult(search.build(measured.parts), table)


def _check_goal(
    amount: float | None,
    max_drop: float | None,
    max_bytes: int | None,
    parts: Any,
    dtype: str | None,
    n_epochs: Any,
) -> None:
    if (amount is None) + (max_bytes is None) == 0 or (
        amount is None and max_drop is None and max_bytes is None
    ):
        raise ValueError(
            "expected one goal: amount, max_bytes or max_drop; max_drop may stand beside "
            f"each of the others. Got amount={amount!r}, max_drop={max_drop!r}, "
            f"max_bytes={max_bytes!r}."
        )
    if amount is not None and not 0 < amount < 1:
        raise ValueError(f"amount must be between 0 and 1. Got {amount!r}.")
    listed = isinstance(parts, (tuple, list)) and len(parts) > 0
    if not listed or any(part not in SHRINK for part in parts):
        raise ValueError(
            f"parts must be a tuple of some of {tuple(SHRINK)}. Got {parts!r}."
        )
    if dtype is not None:
        check_dtype(dtype)
    if not isinstance(n_epochs, Integral) or n_epochs < 1:
        raise ValueError(
            f"n_epochs must be a whole number of at least 1. Got {n_epochs!r}."
        )


def _check_words(
    parts: tuple[str, ...], X: Any, transformers: list[Any], classifier: Any
) -> None:
    """Refuse to remove words that the model's vectorizer would go on to read."""
    if "words" not in parts:
        return
    if isinstance(X, TokenSequences) or (
        find_vectorizer(transformers, classifier) is None
    ):
        raise ValueError(
            "words are removed from the vectorizer too, but X or the classifier knows token "
            "sequences alone. Give raw texts, and a Pipeline of vectorizer and classifier, "
            "or leave words out: parts=('units', 'ngrams')."
        )
