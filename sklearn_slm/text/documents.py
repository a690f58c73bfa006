"""Check that an input is a collection of texts."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["check_documents"]


def check_documents(X: Any, *, name: str = "X", first: int = 0) -> list[str]:
    """Return a collection of raw texts as a list of str.

    Parameters
    ----------
    X : iterable of str
        A list, tuple, generator, one-dimensional array, pandas or polars Series.
    name : str, default="X"
        What the messages call the argument.
    first : int, default=0
        Number of the first document in the messages, where X is a piece of a stream.

    Returns
    -------
    list of str
        The same texts; NumPy strings become plain ones.

    Raises
    ------
    TypeError
        If a document is not a string, or is bytes.
    ValueError
        If ``X`` is one string, a table, a sparse matrix, or a document is missing.

    Examples
    --------
    >>> check_documents(("one text", "another"))
    ['one text', 'another']
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
    if hasattr(X, "columns"):
        raise ValueError(
            f"{name} must be a collection of texts, but a table with the columns "
            f"{list(X.columns)} was given. Select the column that holds the text, "
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
        documents = X.tolist() if isinstance(X, np.ndarray) else list(X)
    except TypeError:
        raise TypeError(
            f"{name} must be a collection of texts, such as a list of str, but "
            f"{type(X).__name__} was given."
        ) from None
    for i, document in enumerate(documents):
        if type(document) is not str:
            documents[i] = _check_document(document, first + i, name)
    return documents


def _check_document(document: Any, i: int, name: str) -> str:
    if isinstance(document, str):
        return str(document)
    if isinstance(document, (bytes, bytearray)):
        raise TypeError(
            f"{name}[{i}] must be a str, but bytes were given. Decode the documents, "
            "for example with .decode('utf-8')."
        )
    missing = document is None or document != document
    if (isinstance(missing, bool) and missing) or type(document).__name__ == "NAType":
        raise ValueError(
            f"{name}[{i}] must be a str, but a missing value ({document!r}) was given. "
            'Remove such rows or replace them by "" (with pandas: .fillna("")).'
        )
    raise TypeError(
        f"{name}[{i}] must be a str, but {type(document).__name__} was given: "
        f"{repr(document)[:60]}. Convert the documents with str() if they are texts."
    )
