"""Targets: labels to what a network is trained on, and back."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from ..text import is_missing, to_plain

__all__ = ["Targets", "encode_targets", "read_labels"]

# Most of what comes: but for NaN, values of these types need no look.
_PLAIN = frozenset({str, int, bool, float})
# What rounding to a few digits leaves of a sum of one.
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Targets:
    """Encoded targets.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Class labels; label numbers for multilabel targets.
    rows : ndarray of shape (n_documents, n_classes), dtype float32
        1 where a class or label is true, 0 elsewhere; soft labels are between, and sum
        to one.
    multilabel : bool
        Whether a document can have several labels.
    """

    classes: np.ndarray
    rows: np.ndarray
    multilabel: bool

    @property
    def strata(self) -> np.ndarray:
        """What to split by: the (most probable) class of each document, or a constant."""
        if self.multilabel:
            return np.zeros(len(self.rows))
        return self.rows.argmax(axis=1)


def encode_targets(y: Any, classes: Any = None) -> Targets:
    """Check targets and encode them.

    Parameters
    ----------
    y : array-like of shape (n_documents,) or (n_documents, n_labels)
        Labels, or an indicator matrix of 0 and 1, or soft labels: rows of probabilities
        that sum to one.
    classes : array-like or None, default=None
        The classes to encode by; by default those found in ``y``. The classes of soft
        labels are the names of their columns, or numbers where they have none.

    Returns
    -------
    Targets
        The encoded targets.

    Raises
    ------
    ValueError
        If ``y`` is missing, has missing values, one class only, labels that are not
        in ``classes``, or is not a kind of classification target.
    """
    if y is None:
        raise ValueError(
            "SLMTextClassifier requires y to be passed, but the target y is None."
        )
    y = read_labels(y)
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind == "multilabel-indicator":
        return _encode_indicators(y, classes)
    if kind == "continuous-multioutput":
        return _encode_soft_labels(y, classes)
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. Expected one class label for each document, "
            "an indicator matrix of 0 and 1 for several labels, or rows of probabilities "
            "that sum to one; SLMTextClassifier does not do regression."
        )
    labels = column_or_1d(y, warn=True)
    distinct = np.unique(labels)
    if classes is None:
        if len(distinct) < 2:
            raise ValueError(
                "Classifier can't train when only one class is present: y holds only "
                f"{distinct.tolist()[0]!r}. Give documents of at least two classes."
            )
        classes = distinct
    else:
        classes = np.unique(read_labels(classes, "classes"))
        unknown = np.setdiff1d(distinct, classes)
        if len(unknown):
            raise ValueError(
                f"y holds labels that are not among the classes {_show(classes)}: "
                f"{_show(unknown)}. Pass every class to the first call of partial_fit, "
                'as classes=[...], or set new_classes="add".'
            )
    rows = np.eye(len(classes), dtype=np.float32)[np.searchsorted(classes, labels)]
    return Targets(classes, rows, multilabel=False)


def _encode_indicators(y: Any, classes: Any) -> Targets:
    indicators = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    n_labels = indicators.shape[1]
    if classes is not None and len(classes) != n_labels:
        raise ValueError(
            f"y must have {len(classes)} columns, one for each label, but has {n_labels}."
        )
    return Targets(np.arange(n_labels), indicators.astype(np.float32), multilabel=True)


def _encode_soft_labels(y: Any, classes: Any) -> Targets:
    rows = np.asarray(y.toarray() if hasattr(y, "toarray") else y, np.float64)
    sums = rows.sum(axis=1)
    is_wrong = (rows < 0).any(axis=1) | (np.abs(sums - 1) > _SUM_TOLERANCE)
    if is_wrong.any():
        first = int(np.flatnonzero(is_wrong)[0])
        raise ValueError(
            "Soft labels must be probabilities, each row of which sums to one, but "
            f"y[{first}] is {rows[first].tolist()!s:.60}, with a sum of {sums[first]:.6g}."
        )
    names = _read_names(y) if hasattr(y, "columns") else np.arange(rows.shape[1])
    order = np.argsort(names, kind="stable")
    names, rows = names[order], rows[:, order]
    if classes is not None and not np.array_equal(np.unique(classes), names):
        raise ValueError(
            f"Soft labels must have the columns {_show(np.unique(classes))}, one for each "
            f"class, but have {_show(names)}."
        )
    rows /= rows.sum(axis=1, keepdims=True)
    return Targets(names, rows.astype(np.float32), multilabel=False)


def _read_names(y: Any) -> np.ndarray:
    """Return the names of columns as class labels."""
    columns = list(y.columns)
    names = np.asarray(read_labels(columns, "the columns of y"))
    n_kinds = len({isinstance(name, str) for name in columns})
    if names.ndim > 1 or n_kinds > 1 or len(np.unique(names)) < len(names):
        raise ValueError(
            "The columns of soft labels are the classes: they must be different, and all "
            f"strings or all numbers, but are {columns!s:.200}."
        )
    return names


def read_labels(labels: Any, name: str = "y") -> Any:
    """Refuse missing labels, and read strings and scalars of other libraries.

    Parameters
    ----------
    labels : array-like of shape (n_documents,) or (n_documents, n_labels)
        Labels of any type.
    name : str, default="y"
        What the message calls them.

    Returns
    -------
    array-like
        The same object, or an array of plain values where some were not, as members of
        a string Enum, of which NumPy would take the names.

    Raises
    ------
    ValueError
        If a label is None, a NaN of any type, NaT, pandas' NA, or masked.

    Examples
    --------
    >>> from enum import Enum
    >>> Label = Enum("Label", {"BAD": "bad", "GOOD": "good"}, type=str)
    >>> read_labels([Label.GOOD, Label.BAD])
    array(['good', 'bad'], dtype='<U4')
    """
    values = np.array(
        labels.toarray() if hasattr(labels, "toarray") else labels, dtype=object
    )
    if isinstance(labels, np.ma.MaskedArray):
        values[np.ma.getmaskarray(labels)] = None
    flat = values.ravel().tolist()
    others = [i for i, v in enumerate(flat) if type(v) not in _PLAIN or v != v]
    given = [flat[i] for i in others]
    for i, value in zip(others, given):
        flat[i] = to_plain(value)
        if is_missing(flat[i]):
            raise ValueError(_describe_missing(labels, values, i, name))
    if all(map(is_, given, (flat[i] for i in others))):
        return labels
    return np.array(flat).reshape(values.shape)


def _describe_missing(labels: Any, values: np.ndarray, i: int, name: str) -> str:
    place = f"{name}[{i}] is missing"
    if values.ndim > 1:
        row, column = divmod(i, values.shape[1])
        numbers: Any = range(values.shape[1])
        # pyarrow calls the names column_names, and the data columns.
        columns = getattr(labels, "column_names", getattr(labels, "columns", numbers))
        place = f"{name}[{row}] is missing in column {list(columns)[column]!r}"
    return (
        f"Input {name} contains NaN: {place}. Every document needs a label; remove those "
        "without one."
    )


def _show(labels: np.ndarray) -> str:
    shown = ", ".join(repr(label) for label in labels[:10].tolist())
    return f"[{shown}{', ...' if len(labels) > 10 else ''}]"
