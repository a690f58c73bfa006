"""ColumnEncoder: columns of a table as numbers, stored without code."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from numbers import Integral, Number
from typing import Any, ClassVar

import numpy as np
from sklearn.base import TransformerMixin

from ..persistence.fields import expect
from ..text.tables import check_table, is_table, list_cells
from .base import BaseEstimator, Interval, check_is_fitted, fit_method
from .storing import StoredMixin

__all__ = ["ColumnEncoder"]

# Standard deviations: one slip of a keyboard, as an age of 3,300, decides nothing alone.
_FARTHEST = 10.0
# Squares of larger ones would overflow.
_LARGEST = 1e100
_DATES = (date, time, timedelta)


class ColumnEncoder(StoredMixin, TransformerMixin, BaseEstimator):
    """Turn the columns of a table into numbers: what a classifier does by default.

    Numbers and truth values are standardised. Where some are missing, the mean stands
    for them, and a second column tells which. Of anything else each frequent value is a
    category with a column of its own, which is 1 in its rows and 0 elsewhere. A value
    that is not known, or rare, is 0 in all of them; a missing one is a category.

    Parameters
    ----------
    max_categories : int, default=100
        Most categories of a column; the most frequent ones are kept.
    min_frequency : int, default=2
        Rows in which a value must occur to be a category: what occurs once, as an order
        number, tells nothing of other rows.

    Attributes
    ----------
    names_ : list of str
        The columns that were seen in ``fit``.
    means_, scales_ : ndarray of shape (n_columns,), dtype float64
        Mean and standard deviation of each column of numbers; 0 and 1 of the others, and
        1 where all numbers are equal.
    categories_ : list of (list of str or None)
        The categories of each column, sorted; None for numbers. Values that are no strings
        are written as such.
    gaps_ : list of bool
        Whether some values of a column were missing.

    See Also
    --------
    SLMTextClassifier : Takes one as its parameter ``columns``.

    Notes
    -----
    Tables are pandas or polars data frames. Columns are found by their names, whatever
    their order; others are ignored. Numbers beyond ten standard deviations count as ten.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_slm import ColumnEncoder
    >>> table = pd.DataFrame({"age": [20, 40, None, 30], "size": ["S", "L", "S", "L"]})
    >>> encoder = ColumnEncoder().fit(table)
    >>> encoder.get_feature_names_out().tolist()
    ['age', 'missingindicator_age', 'size_L', 'size_S']
    >>> print(encoder.transform(table)[:3].round(2))
    [[-1.22  0.    0.    1.  ]
     [ 1.22  0.    1.    0.  ]
     [ 0.    1.    0.    1.  ]]
    """

    _parameter_constraints: ClassVar[dict] = {
        "max_categories": [Interval(Integral, 1, None, closed="left")],
        "min_frequency": [Interval(Integral, 1, None, closed="left")],
    }
    _kind: ClassVar[str] = "columns"
    _stored: ClassVar[dict[str, Any]] = {
        "names_": list[str],
        "means_": np.ndarray,
        "scales_": np.ndarray,
        "categories_": list[list[str] | None],
        "gaps_": list[bool],
    }

    def __init__(self, max_categories: int = 100, min_frequency: int = 2):
        self.max_categories = max_categories
        self.min_frequency = min_frequency

    @fit_method
    def fit(self, X: Any, y: Any = None) -> ColumnEncoder:
        """Learn means, standard deviations and categories.

        Parameters
        ----------
        X : data frame of shape (n_rows, n_columns)
            The columns.
        y : object, default=None
            Not used.

        Returns
        -------
        ColumnEncoder
            The fitted encoder.

        Raises
        ------
        TypeError
            If X is no data frame, a name is no string, or a column holds dates or times.
        ValueError
            If a number is infinite, or numbers and other values stand in one column.
        """
        names = read_names(X)
        check_table(X, names)
        means, scales = np.zeros(len(names)), np.ones(len(names))
        categories: list[list[str] | None] = []
        gaps = []
        for i, name in enumerate(names):
            cells = _read_column(X[name], name)
            gaps.append(any(cell is None for cell in cells))
            if not any(isinstance(cell, float) for cell in cells):
                categories.append(self._choose_categories(cells))
                continue
            categories.append(None)
            numbers = np.array([c for c in cells if c is not None], np.float64)
            means[i], scales[i] = numbers.mean(), numbers.std() or 1.0
        self.names_, self.gaps_, self.categories_ = names, gaps, categories
        self.means_, self.scales_ = means, scales
        return self

    def _choose_categories(self, cells: list[Any]) -> list[str]:
        counts = Counter(cell for cell in cells if cell is not None)
        frequent = [
            (-n, value) for value, n in counts.items() if n >= self.min_frequency
        ]
        return sorted(value for _, value in sorted(frequent)[: self.max_categories])

    def transform(self, X: Any) -> np.ndarray:
        """Return the columns as numbers.

        Parameters
        ----------
        X : data frame
            With the columns of the fit, in any order; strings in a column of numbers are
            read as numbers.

        Returns
        -------
        ndarray of shape (n_rows, n_features), dtype float32

        Raises
        ------
        TypeError, ValueError
            As :meth:`fit`, or if a column is missing.
        """
        check_is_fitted(self, "names_")
        check_table(X, self.names_)
        parts = [np.zeros((len(X), 0), np.float32)]
        for i, name in enumerate(self.names_):
            cells = _read_column(X[name], name)
            known = self.categories_[i]
            if known is None:
                values = _read_numbers(cells, name, self.means_[i])
                far = (values - self.means_[i]) / self.scales_[i]
                columns = [np.clip(far, -_FARTHEST, _FARTHEST)]
            else:
                texts = np.array([write_value(cell) for cell in cells], object)
                columns = [texts == value for value in known]
            if self.gaps_[i]:
                columns.append(np.array([cell is None for cell in cells], bool))
            if columns:
                parts.append(np.stack(columns, axis=1).astype(np.float32))
        return np.concatenate(parts, axis=1)

    def list_sources(self) -> list[str]:
        """Return, for each column of :meth:`transform`, the column it was made of."""
        return [
            name
            for i, name in enumerate(self.names_)
            for _ in range(self._count_values(i) + self.gaps_[i])
        ]

    def _count_values(self, i: int) -> int:
        known = self.categories_[i]
        return 1 if known is None else len(known)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of :meth:`transform`.

        Parameters
        ----------
        input_features : object, default=None
            Not used: the names are those of the fit.

        Returns
        -------
        ndarray of str, dtype object
            As scikit-learn names them: ``age``, ``department_Tops``,
            ``missingindicator_age``.
        """
        check_is_fitted(self, "names_")
        names = []
        for i, name in enumerate(self.names_):
            known = self.categories_[i]
            names += [name] if known is None else [f"{name}_{value}" for value in known]
            names += [f"missingindicator_{name}"] * self.gaps_[i]
        return np.array(names, object)

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns seen in ``fit``, dtype object."""
        return np.array(self.names_, object)

    @property
    def n_features_in_(self) -> int:
        """Number of columns seen in ``fit``."""
        return len(self.names_)

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are columns."""
        return hasattr(self, "names_")

    def _check_fitted(self) -> None:
        super()._check_fitted()
        n = len(self.names_)
        for name in ("categories_", "gaps_", "means_", "scales_"):
            expect(len(getattr(self, name)) == n, f"{name} is not of {n} columns.")
        for name in ("means_", "scales_"):
            array = getattr(self, name)
            right = array.dtype == np.float64 and array.shape == (n,)
            expect(right, f"{name} is {array.dtype} of shape {array.shape}.")
        expect(bool((self.scales_ > 0).all()), "a scale is not above 0.")


def read_names(X: Any) -> list[str]:
    """Return the names of a table's columns; refuse those that are no strings.

    Parameters
    ----------
    X : data frame
        What has no columns has no names, and is refused elsewhere.
    """
    names = list(X.columns) if is_table(X) else []
    others = [name for name in names if not isinstance(name, str)]
    if others:
        raise TypeError(
            f"the columns of X must have strings as names. Got {others[0]!r}. Rename "
            "them: X.columns = X.columns.astype(str)."
        )
    return names


def write_value(value: Any) -> str | None:
    """Return a category as a string, the same one whichever type holds it.

    Examples
    --------
    >>> [write_value(v) for v in ("1", 1, 1.0, True, None)]
    ['1', '1', '1', 'True', None]
    """
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return None if value is None else str(value)


def _read_column(column: Any, name: str) -> list[Any]:
    """Return the cells of a column: numbers alone, or strings alone, and None."""
    cells = list_cells(column)
    is_number = [isinstance(c, (Number, np.bool_)) for c in cells if c is not None]
    # Periods of pandas are of no type of Python's.
    if any(isinstance(c, _DATES) or hasattr(c, "to_timestamp") for c in cells):
        _refuse_dates(name)
    is_category = getattr(getattr(column, "dtype", None), "name", "") == "category"
    if is_number and not is_category:
        if all(is_number):
            return _check_finite(cells, name)
        if any(is_number):
            raise ValueError(
                f"the column {name!r} holds numbers and other values. Make all of them "
                f"numbers, or all of them strings: X[{name!r}].astype(str)."
            )
    return [write_value(cell) for cell in cells]


def _check_finite(cells: list[Any], name: str) -> list[Any]:
    numbers = []
    for i, cell in enumerate(cells):
        try:
            numbers.append(None if cell is None else float(cell))
        except TypeError:
            raise TypeError(
                f"the column {name!r} holds {cell!r:.40} in row {i}, which is no real "
                "number."
            ) from None
        except OverflowError:
            numbers.append(np.inf)
        if numbers[-1] is not None and not abs(numbers[-1]) < _LARGEST:
            raise ValueError(
                f"the column {name!r} holds {cell!s:.40} in row {i}. Expected finite "
                f"numbers below {_LARGEST:.0e}; leave the cell empty where the number is "
                "not known."
            )
    return numbers


def _read_numbers(cells: list[Any], name: str, missing: float) -> np.ndarray:
    """Return cells as numbers, with another one for those that are missing."""
    numbers = np.empty(len(cells))
    for i, cell in enumerate(cells):
        try:
            numbers[i] = missing if cell is None else float(cell)
        except OverflowError:
            numbers[i] = np.inf
        except ValueError:
            raise ValueError(
                f"the column {name!r} held numbers in the fit, but row {i} holds "
                f"{cell!r:.40}. Give a number, or leave the cell empty."
            ) from None
    if not (np.abs(numbers) < _LARGEST).all():
        raise ValueError(
            f"the column {name!r} must hold finite numbers below {_LARGEST:.0e}. Leave a "
            "cell empty where the number is not known."
        )
    return numbers


def _refuse_dates(name: str) -> None:
    raise TypeError(
        f"the column {name!r} holds dates or times, which are no numbers and no "
        f"categories. Make columns of what counts, such as X[{name!r}].dt.month or the "
        "days since a day, and leave it out of X; or give a transformer as columns=, such "
        'as one that drops it; or ignore all other columns with columns="drop".'
    )
