"""One small classifier that learns what larger ones answer."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from ..text import is_missing
from ..unwrap import split_classifier, split_model
from .base import check_not_empty, check_row_count, clone
from .classifier import SLMTextClassifier
from .targets import read_labels

__all__ = ["distill"]

# The least probability of a class: rows of zeros and ones would be read as several labels.
_LEAST = 1e-7


def distill(
    student: Any,
    teacher: Any,
    X: Any,
    y: Any = None,
    *,
    temperature: float = 1.0,
    label_weight: float = 0.5,
    classes: Any = None,
) -> Any:
    """Fit a classifier to the probabilities that others give.

    A student learns more of a text from probabilities than from a label: which other
    classes it is near to (Hinton et al., 2015). And a teacher can label texts that nobody
    has labelled.

    Parameters
    ----------
    student : SLMTextClassifier or Pipeline
        What is to learn, not fitted; it stays as it is, a clone of it is fitted.
    teacher : fitted classifier, list of them, or array-like of shape \
(n_documents, n_classes)
        Any classifier of scikit-learn's kind that reads X: by ``predict_proba``, or else
        by ``decision_function``, of which a softmax makes probabilities (for two classes
        the sigmoid). Of a list, such as fits of one network with five seeds, the mean of
        the probabilities. Or the probabilities themselves, such as those of
        ``cross_val_predict(..., method="predict_proba")``: of the texts that it was
        trained on itself, a teacher is surer than it should be. The columns of a DataFrame
        name the classes.
    X : iterable of str or TokenSequences, of length n_documents
        Texts, labelled or not: the more, and the more like those that will come, the
        better.
    y : array-like of shape (n_documents,) or None, default=None
        Their labels where they are known, None where they are not.
    temperature : float, default=1.0
        What logits are divided by before the student learns them. Above 1, it learns more
        of the less probable classes; its own logits are multiplied by the temperature
        afterwards, so that its probabilities are those of 1.
    label_weight : float, default=0.5
        How much a known label counts beside the teacher, from 0 to 1.
    classes : array-like of shape (n_classes,) or None, default=None
        Names of the columns of an array of probabilities. None takes those of a DataFrame,
        else the labels in `y` if there are as many, else numbers.

    Returns
    -------
    SLMTextClassifier or Pipeline
        The fitted clone.

    Raises
    ------
    ValueError
        If teachers know different classes, the probabilities are none, their rows are not
        as many as the texts, or a label is not among the classes.
    TypeError
        If the student ends in another estimator, or a teacher tells no probabilities of
        single classes.

    Notes
    -----
    Divided by the temperature T, the loss of a student of logits z is the cross-entropy of
    softmax(t / T) and softmax(z / T), with the teacher's logits t. Here the network learns
    z / T, and is multiplied by T at the end, which is the same.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> corpus = load_demo_corpus("en")
    >>> teacher = make_pipeline(TfidfVectorizer(), LogisticRegression())
    >>> teacher = teacher.fit(corpus.data[:200], corpus.target[:200])
    >>> student = SLMTextClassifier(4, max_iter=1, adversarial=0.0, random_state=0)
    >>> student = distill(student, teacher, corpus.data[:300])  # a third not labelled
    >>> student.classes_.tolist()
    ['negative', 'positive']
    """
    try:
        learns = isinstance(split_model(student)[1], SLMTextClassifier)
    except NotFittedError:  # a search
        learns = False
    if not learns:
        raise TypeError(
            "student must be an SLMTextClassifier or a Pipeline that ends in one. Got "
            f"{type(student).__name__}."
        )
    numbers = isinstance(temperature, Real) and isinstance(label_weight, Real)
    if not numbers or not (0.0 < temperature < np.inf and 0.0 <= label_weight <= 1.0):
        raise ValueError(
            "temperature must be above 0 and label_weight from 0 to 1. Got "
            f"temperature={temperature!r} and label_weight={label_weight!r}."
        )
    X = X if hasattr(X, "__len__") else list(X)
    check_not_empty(X)
    rows, names = _ask(teacher, X, y, classes)
    check_row_count(X, rows, "X and the probabilities of the teacher")
    rows = _soften(rows, temperature)
    if y is not None:
        check_row_count(X, y)
        rows = _mix(rows, y, names, label_weight)
    fitted = clone(student).fit(X, _NamedRows.of(rows, names))
    if temperature != 1.0:
        _multiply_logits(split_classifier(fitted)[1], temperature)
    return fitted


class _NamedRows(np.ndarray):
    """Soft labels with the names of their classes, as a DataFrame has them."""

    columns: list

    @classmethod
    def of(cls, rows: np.ndarray, names: np.ndarray) -> _NamedRows:
        named = rows.view(cls)
        named.columns = names.tolist()
        return named


def _ask(teacher: Any, X: Any, y: Any, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of the texts, and the classes of their columns."""
    if hasattr(teacher, "predict_proba") or hasattr(teacher, "decision_function"):
        teacher = [teacher]
    elif not _is_list_of_models(teacher):
        return _read_matrix(teacher, y, classes)
    answers = [_ask_one(model, X) for model in teacher]
    names = answers[0][1]
    for _, others in answers[1:]:
        if not np.array_equal(others, names):
            raise ValueError(
                f"the teachers know different classes: {names.tolist()!s:.80} and "
                f"{others.tolist()!s:.80}."
            )
    return np.mean([rows for rows, _ in answers], axis=0), names


def _is_list_of_models(teacher: Any) -> bool:
    return (
        isinstance(teacher, (list, tuple))
        and len(teacher) > 0
        and all(hasattr(model, "predict") for model in teacher)
    )


def _ask_one(model: Any, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of one teacher, its classes in order."""
    kind = type(model).__name__
    if hasattr(model, "predict_proba"):
        rows = model.predict_proba(X)
    elif hasattr(model, "decision_function"):
        rows = np.asarray(model.decision_function(X), np.float64)
        if rows.ndim == 1:
            rows = np.stack([np.zeros_like(rows), rows], axis=1)
        rows = np.exp(rows - rows.max(axis=1, keepdims=True))
        rows /= rows.sum(axis=1, keepdims=True)
    else:
        raise TypeError(
            f"{kind} has neither predict_proba nor decision_function: it cannot teach."
        )
    names = np.asarray(model.classes_) if hasattr(model, "classes_") else None
    is_matrix = isinstance(rows, np.ndarray) and rows.ndim == 2
    if names is None or not is_matrix or rows.shape[1:] != names.shape:
        raise TypeError(
            f"{kind} tells no probabilities of classes that exclude each other, one "
            "column for each of its classes_. Teachers of several labels are not supported."
        )
    order = np.argsort(names, kind="stable")
    return _check_rows(rows[:, order]), names[order]


def _read_matrix(teacher: Any, y: Any, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities that were given, and the classes of their columns."""
    try:
        rows = np.asarray(teacher, np.float64)
    except (TypeError, ValueError):
        rows = np.zeros(0)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise TypeError(
            "teacher must be a fitted classifier, a list of such, or a matrix of "
            f"probabilities, one column for each class. Got {type(teacher).__name__}."
        )
    n_classes = rows.shape[1]
    if classes is None:
        classes = getattr(teacher, "columns", None)
    if classes is None and y is not None:
        labels = np.unique(read_labels([label for _, label in _find_known(y)]))
        classes = labels if len(labels) == n_classes else None
    names = np.arange(n_classes) if classes is None else np.asarray(list(classes))
    if names.shape != (n_classes,) or len(np.unique(names)) < n_classes:
        raise ValueError(
            f"classes must name each of the {n_classes} columns of the probabilities. Got "
            f"{names.tolist()!s:.80}."
        )
    order = np.argsort(names, kind="stable")
    return _check_rows(rows[:, order]), names[order]


def _check_rows(rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, np.float64)
    is_wrong = ~np.isfinite(rows).all(axis=1) | (rows < 0).any(axis=1)
    is_wrong |= np.abs(rows.sum(axis=1) - 1.0) > 1e-3
    if is_wrong.any():
        first = int(np.flatnonzero(is_wrong)[0])
        raise ValueError(
            "the teacher must give probabilities of classes that exclude each other, each "
            f"row of which sums to one. Got {rows[first].tolist()!s:.80} for text {first}."
        )
    return rows


def _soften(rows: np.ndarray, temperature: float) -> np.ndarray:
    """Divide the logits by the temperature; every class has a chance."""
    if temperature != 1.0:
        logits = np.log(np.maximum(rows, 1e-30)) / temperature
        rows = np.exp(logits - logits.max(axis=1, keepdims=True))
    rows = np.maximum(rows, _LEAST)
    return rows / rows.sum(axis=1, keepdims=True)


def _find_known(y: Any) -> list[tuple[int, Any]]:
    """Return the texts that have a label, and their labels."""
    return [(i, label) for i, label in enumerate(y) if not is_missing(label)]


def _mix(
    rows: np.ndarray, y: Any, names: np.ndarray, label_weight: float
) -> np.ndarray:
    """Mix known labels into the probabilities."""
    found = _find_known(y)
    if not found:
        return rows
    known = [i for i, _ in found]
    labels = np.asarray(read_labels([label for _, label in found]))
    unknown = np.setdiff1d(labels, names)
    if len(unknown):
        raise ValueError(
            f"y holds labels that the teacher does not know: {unknown[:10].tolist()}. Its "
            f"classes are {names.tolist()!s:.80}."
        )
    mixed = rows.copy()
    mixed[known] *= 1.0 - label_weight
    mixed[known, np.searchsorted(names, labels)] += label_weight
    mixed = np.maximum(mixed, _LEAST)
    return mixed / mixed.sum(axis=1, keepdims=True)


def _multiply_logits(classifier: Any, factor: float) -> None:
    """Multiply the logits of a classifier that was fitted here."""
    model = classifier.ngrams_
    if model is not None:
        blend = (factor * model.blend).astype(np.float32)
        classifier.ngrams_ = replace(model, blend=blend)
        return
    scaled = ("head.kernel", "head.bias", "columns.kernel")
    classifier.weights_ = {
        name: np.float32(factor) * value if name in scaled else value
        for name, value in classifier.weights_.items()
    }
