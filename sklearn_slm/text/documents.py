"""Check that an input is a collection of texts."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["check_documents", "is_missing", "to_plain"]


def check_documents(
    X: Any, *, name: str = "X", first: int = 0, any_kind: bool = False
) -> list[Any]:
    """Return a collection of raw texts as a list of str.

    Parameters
    ----------
    X : iterable of str
        A list, tuple, generator, one-dimensional array, pandas or polars Series, pyarrow
        array.
    name : str, default="X"
        What the messages call the argument.
    first : int, default=0
        Number of the first document in the messages, where X is a piece of a stream.
    any_kind : bool, default=False
        Whether documents may be other things than strings, such as lists of tokens: a
        callable analyzer alone knows what it reads.

    Returns
    -------
    list of str
        The same texts; those of a subclass of str, such as a NumPy string or an Enum's,
        become plain ones of the same characters. With `any_kind` others are as they were.

    Raises
    ------
    TypeError
        If a document is not a string, or is bytes (except with `any_kind`).
    ValueError
        If ``X`` is one string, a table, a sparse matrix, or a document is missing.

    Examples
    --------
    >>> check_documents(("one text", "another"))
    ['one text', 'another']
    >>> check_documents([["one", "text"], ["another"]], any_kind=True)
    [['one', 'text'], ['another']]
    """
    if isinstance(X, str):
        # scikit-learn's own words, which users already search for.
        raise ValueError(
            "Iterable over raw text documents expected, string object received. "
            f"Put the text into a list: {name}=[text]."
        )
    if isinstance(X, (bytes, bytearray)):
        raise TypeError(
            f"{name} must be a collection of texts, but bytes were given. Decode them "
            "and put the text into a list: [data.decode('utf-8')]."
        )
    # pyarrow calls the names column_names, and the data columns.
    columns = getattr(X, "column_names", None) or getattr(X, "columns", None)
    if columns is not None:
        raise ValueError(
            f"{name} must be a collection of texts, but a table with the columns "
            f"{list(columns)} was given. Select the column that holds the text, "
            f'for example {name}["text"].'
        )
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) != 1:
        kind = "sparse matrix" if hasattr(X, "tocsr") else "array"
        raise ValueError(
            f"{name} must be a collection of texts (one dimension), but a "
            f"{len(shape)}-dimensional {kind} of shape {tuple(shape)} was given. Expected "
            "raw texts or the token sequences of GloveTfidfVectorizer"
            '(output="sequences"); for document vectors or weights use a '
            "scikit-learn estimator such as LogisticRegression."
        )
    try:
        # list would give of a masked array what stands behind the mask.
        documents = X.tolist() if isinstance(X, np.ndarray) else list(X)
    except TypeError:
        raise TypeError(
            f"{name} must be a collection of texts, such as a list of str, but "
            f"{type(X).__name__} was given."
        ) from None
    for i, document in enumerate(documents):
        if type(document) is not str:
            documents[i] = _check_document(document, first + i, name, any_kind)
    return documents


def is_missing(value: Any) -> bool:
    """Tell whether a value stands for one that is not there.

    Parameters
    ----------
    value : object
        A document or a label.

    Returns
    -------
    bool
        True for None, a NaN of any type, NaT and pandas' NA.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing("")
    (True, True, False)
    """
    if value is None or type(value).__name__ == "NAType":
        return True
    try:
        differs = value != value
    except ArithmeticError:  # a signalling NaN of decimal
        return True
    return isinstance(differs, (bool, np.bool_)) and bool(differs)


def to_plain(value: Any) -> Any:
    """Return the plain Python value of a string or scalar of another library.

    Parameters
    ----------
    value : object
        A document or a label.

    Returns
    -------
    object
        A str for an instance of a subclass, such as NumPy's or a member of a string Enum
        (whose name is what ``str()`` would give); the value of a pyarrow scalar; the same
        object for anything else.

    Examples
    --------
    >>> import numpy as np
    >>> to_plain(np.str_("text")), to_plain(["a", "b"])
    ('text', ['a', 'b'])
    """
    if isinstance(value, str):
        return str.__str__(value)
    return value.as_py() if hasattr(value, "as_py") else value


def _check_document(document: Any, i: int, name: str, any_kind: bool) -> Any:
    document = to_plain(document)
    if isinstance(document, str):
        return document
    if is_missing(document):
        raise ValueError(
            f"{name}[{i}] must be a str, but a missing value ({document!r}) was given. "
            'Remove such rows or replace them by "" (with pandas: .fillna("")).'
        )
    if any_kind:
        return document
    if isinstance(document, (bytes, bytearray)):
        raise TypeError(
            f"{name}[{i}] must be a str, but bytes were given. Decode the documents, "
            "for example with .decode('utf-8')."
        )
    advice = "Convert the documents with str() if they are texts."
    if isinstance(document, (list, tuple)):
        advice = "Documents of tokens need an analyzer that takes them: a function."
    raise TypeError(
        f"{name}[{i}] must be a str, but {type(document).__name__} was given: "
        f"{repr(document)[:60]}. {advice}"
    )
