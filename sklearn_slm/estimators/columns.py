"""The columns beside the texts of a table: what a classifier makes of them.

The text columns of a data frame become one text a row, all other columns numbers, which a
transformer makes of them. The numbers go with the token ids, as
``TokenSequences.columns``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..persistence.fields import expect
from ..text import TokenSequences
from ..text.tables import check_table, is_table, join_texts, take_columns
from .base import clone
from .column_encoder import ColumnEncoder, read_names

__all__ = [
    "ColumnsMixin",
    "FittedColumns",
    "add_columns",
    "check_columns",
    "check_same_columns",
    "check_same_table",
    "check_stored_columns",
    "extract_texts",
    "fit_columns",
    "refuse_other_columns",
]


class FittedColumns(NamedTuple):
    """What was learned of a table.

    Parameters
    ----------
    names : list of str or None
        All columns of the table, those of the texts too; None for texts alone.
    transformer : transformer or None
        Makes numbers of the columns that hold no texts; None if there are none.
    """

    names: list[str] | None = None
    transformer: Any = None


class _Derived:
    """A property that instances may set, as scikit-learn's ``validate_data`` does."""

    def __init__(self, compute: Callable[[Any], Any]):
        self.compute, self.__doc__ = compute, compute.__doc__

    def __get__(self, model: Any, kind: type | None = None) -> Any:
        return self if model is None else self.compute(model)


class ColumnsMixin:
    """The names of what a classifier was fitted on, if it reads tables."""

    spec_: Any
    text_column: Any
    # So they are after a fit on texts, and in files from before there were tables.
    columns_: Any = None
    column_names_: list[str] | None = None

    @_Derived
    def feature_names_in_(self) -> np.ndarray:
        """List the columns of X seen in ``fit``, dtype object.

        Only with ``text_column``.
        """
        return np.array(self._list_names("feature_names_in_"), object)

    @_Derived
    def n_features_in_(self) -> int:
        """Count the columns of X seen in ``fit``; only with ``text_column``."""
        return len(self._list_names("n_features_in_"))

    def list_features(self) -> list[str]:
        """Return what each number that is made of the columns is about.

        Returns
        -------
        list of str
            The columns beside the texts, each as often as it has numbers; of another
            transformer than :class:`~sklearn_slm.ColumnEncoder` the names of the numbers,
            or ``"column 0"`` and so on. Empty if the model reads no columns.
        """
        if self.columns_ is None:
            return []
        return _list_features(self.columns_, self.spec_.head.n_columns)

    def _list_names(self, attribute: str) -> list[str]:
        if self.column_names_ is None:
            raise AttributeError(
                f"{type(self).__name__} has no {attribute}: it was fitted on no table."
            )
        return self.column_names_


def list_text_columns(text_column: Any) -> list[str]:
    """Return the names of the text columns; of one name, that one."""
    return [text_column] if isinstance(text_column, str) else list(text_column)


def check_columns(model: Any) -> None:
    """Refuse values of ``text_column`` and ``columns`` that name nothing.

    Raises
    ------
    ValueError, TypeError
        If the names of text columns are none, not strings, or repeat; or if ``columns`` is
        given without ``text_column``.
    """
    if model.text_column is None:
        if model.columns is not None:
            raise ValueError(
                "columns= says what is made of the columns beside the text, but "
                "text_column is None. Name the column, or the columns, of the texts: "
                'text_column="review".'
            )
        return
    names = list_text_columns(model.text_column)
    if not names or any(not isinstance(name, str) for name in names):
        raise TypeError(
            "text_column must be the name of a column, or a list of names. Got "
            f"{model.text_column!r:.80}."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"text_column names a column twice: {names}.")
    if model.unlabeled not in ("vectors", ("vectors",), ["vectors"], (), []):
        raise ValueError(
            f"unlabeled={model.unlabeled!r} trains on texts without labels, which have no "
            'columns. With text_column, only unlabeled="vectors" can be used.'
        )


def fit_columns(
    model: Any, X: Any, y: Any, *, resumes: bool
) -> tuple[Any, np.ndarray | None, FittedColumns]:
    """Return the texts of X, its other columns as numbers, and what was learned of them.

    Parameters
    ----------
    model : SLMTextClassifier
        Its transformer is cloned and fitted, unless training resumes.
    X : data frame
        As given to ``fit``; anything else without ``text_column``.
    y : array-like
        As given to ``fit``, for transformers that learn from it.
    resumes : bool
        Whether the fitted transformer goes on: ``read_inputs`` reads the whole table.

    Returns
    -------
    texts : list of str, or X where there is nothing to take apart
    columns : ndarray of shape (n_rows, n_columns), dtype float32, or None
    fitted : FittedColumns
    """
    check_columns(model)
    if model.text_column is None:
        return X, None, FittedColumns()
    if resumes:
        return X, None, FittedColumns(model.column_names_, model.columns_)
    texts = list_text_columns(model.text_column)
    check_table(X, texts)
    names = read_names(X)
    others = [name for name in names if name not in texts]
    documents = join_texts(X, texts)
    if model.columns == "drop" or not others:
        return documents, None, FittedColumns(names)
    check_table(X, others)
    transformer = ColumnEncoder() if model.columns is None else clone(model.columns)
    table = take_columns(X, others)
    if hasattr(transformer, "fit_transform"):
        columns = transformer.fit_transform(table, y)
    else:
        columns = transformer.fit(table, y).transform(table)
    columns = _check_numbers(columns, transformer, len(documents))
    if not columns.shape[1]:
        return documents, None, FittedColumns(names)
    return documents, columns, FittedColumns(names, transformer)


def _read(
    text_column: Any, fitted: FittedColumns, X: Any, name: str
) -> tuple[list[Any], np.ndarray | None]:
    """Return the texts of a table and its other columns as numbers."""
    texts = list_text_columns(text_column)
    others: list[str] = []
    if fitted.transformer is not None and fitted.names is not None:
        others = [column for column in fitted.names if column not in texts]
    check_table(X, [*texts, *others], name=name)
    documents = join_texts(X, texts, name=name)
    if not others:
        return documents, None
    columns = fitted.transformer.transform(take_columns(X, others))
    return documents, _check_numbers(columns, fitted.transformer, len(documents))


def add_columns(
    text_column: Any, fitted: FittedColumns, X: Any, read: Any, *, name: str = "X"
) -> TokenSequences:
    """Return new rows of a table as token sequences with columns.

    Parameters
    ----------
    text_column : str or list of str
        Where the texts are.
    fitted : FittedColumns
        What the fit learned.
    X : data frame
        The rows; columns in any order, and others too.
    read : callable
        From texts to token sequences.
    name : str, default="X"
        What messages call X.

    Returns
    -------
    TokenSequences
    """
    documents, columns = _read(text_column, fitted, X, name)
    return replace(read(documents), columns=columns)


def extract_texts(text_column: Any, X: Any, *, name: str = "X") -> Any:
    """Return the texts of a table, or what is no table as it is."""
    if text_column is None or not is_table(X):
        return X
    texts = list_text_columns(text_column)
    check_table(X, texts, name=name)
    return join_texts(X, texts, name=name)


def check_same_columns(model: Any) -> None:
    """Refuse to go on training with other columns than those of the last fit.

    Raises
    ------
    ValueError
        If ``text_column`` was, or was not, None then, or ``columns`` is another kind of
        transformer or one with other parameters.
    """
    check_columns(model)
    check_same_table(model)
    advice = "Training can only go on as it began; set warm_start=False to begin anew."
    if model.columns_ is None or model.columns == "drop":
        return
    transformer = ColumnEncoder() if model.columns is None else model.columns
    if type(transformer) is not type(model.columns_) or (
        repr(transformer.get_params()) != repr(model.columns_.get_params())
    ):
        raise ValueError(
            f"columns={transformer!r:.200} is not what the last fit made numbers with, "
            f"{model.columns_!r:.200}. {advice}"
        )


def check_same_table(model: Any) -> None:
    """Refuse a classifier of tables that has become one of texts, or the other way."""
    was, now = model.column_names_ is not None, model.text_column is not None
    if was != now:
        raise ValueError(
            f"text_column is {model.text_column!r}, but the last fit was on "
            f"{'a table' if was else 'texts alone'}. Fit anew, or set text_column back."
        )


def _list_features(transformer: Any, n_columns: int) -> list[str]:
    if isinstance(transformer, ColumnEncoder):
        return transformer.list_sources()
    try:
        names = [str(name) for name in transformer.get_feature_names_out()]
    except (AttributeError, ValueError):
        names = []
    right = len(names) == n_columns
    return names if right else [f"column {i}" for i in range(n_columns)]


def refuse_other_columns(transformer: Any) -> None:
    """Refuse to store a transformer that a file without code has no place for.

    Raises
    ------
    TypeError
        If it is no :class:`ColumnEncoder`.
    """
    if transformer is None or type(transformer) is ColumnEncoder:
        return
    raise TypeError(
        "a file without code holds a ColumnEncoder as columns, which is the default, but "
        f"this model has a {type(transformer).__name__}. joblib.dump(model, path) saves "
        "any; or fit with columns=None or columns=ColumnEncoder(...)."
    )


def check_stored_columns(model: Any) -> None:
    """Refuse what a file says of a table, where it does not fit together.

    Parameters
    ----------
    model : SLMTextClassifier
        With what came from a file.
    """
    names, encoder = model.column_names_, model.columns_
    n_columns = model.spec_.head.n_columns
    expect((names is None) == (model.text_column is None), "its table has no texts.")
    if encoder is None:
        expect(not n_columns, f"nothing makes its {n_columns} columns.")
        return
    expect(names is not None, "it has columns of no table.")
    encoder._check_fitted()
    texts = list_text_columns(model.text_column)
    expect(set(texts) <= set(names), "its table has no texts.")
    others = [name for name in names if name not in texts]
    expect(encoder.names_ == others, "its columns are not those of the table.")
    n_made = len(encoder.list_sources())
    expect(n_made == n_columns, f"{n_made} numbers for {n_columns} columns.")


def _check_numbers(columns: Any, transformer: Any, n_rows: int) -> np.ndarray:
    """Return what a transformer made as float32, or say why that cannot be."""
    kind = type(transformer).__name__
    columns = columns.toarray() if hasattr(columns, "toarray") else columns
    try:
        numbers = np.asarray(columns, np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"columns= must make numbers, but {kind} made values of another kind. Encode "
            "them, for instance with OneHotEncoder in a ColumnTransformer, or leave "
            "columns=None."
        ) from None
    if numbers.ndim != 2 or len(numbers) != n_rows:
        raise ValueError(
            f"columns= must make a row of numbers for each row of X, ({n_rows}, n). "
            f"{kind} made an array of shape {numbers.shape}."
        )
    # Products with weights of float32 must not overflow.
    if not (np.abs(numbers) < 1e9).all():
        row, place = np.argwhere(~(np.abs(numbers) < 1e9))[0].tolist()
        raise ValueError(
            f"columns= must make finite numbers of a usual size, but {kind} made "
            f"{numbers[row, place]} in column {place} of row {row}. Handle missing values "
            "and scale the numbers, for instance with SimpleImputer and StandardScaler, or "
            "leave columns=None."
        )
    return numbers.astype(np.float32)
