"""Fitted models in one file, without code.

A model is described by JSON and arrays (:mod:`.describe`), which one file holds
(:mod:`.container`). Everything that a file says is checked against what it holds
before a model is made of it (:mod:`.build`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from ..estimators.parameters import RefusedError
from .build import build_model
from .constructors import read_trusted
from .container import read_file, write_file
from .describe import describe_model
from .fields import expect, take_field

__all__ = ["load_model", "read_notes", "save_model"]


def save_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    notes: Any = None,
) -> None:
    """Write a fitted model to one file.

    Parameters
    ----------
    model : SLMTextClassifier, GloveTfidfVectorizer or Pipeline of the two
        What to save. A fitted search over these is saved as its best model, and steps
        that pass their input through are left out. Of a classifier the trained word
        vectors are kept, not those that training began with; its vectorizer has the
        trained ones after loading.
    path : str or path-like
        The file, by custom ``.slm``. One that is there is replaced when the new one is
        whole, and stays as it was if anything fails before.
    notes : mapping, list, str, number or None, default=None
        What else is to be known of the model, in any form that JSON can hold; by custom
        a mapping, of the data it was fitted on and its scores. :func:`read_notes`
        returns it; ``slm info`` shows it. None stands for ``{}``.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model is of another kind, has other steps, or a parameter or class label is of a kind that
        JSON cannot hold. A callable can be saved if a module has it under a name: a
        function, a class method, ``jieba.lcut``.
    ValueError
        If parameters, class labels and notes are so many, or nested so deep, that
        :func:`load_model` would refuse them: beyond 200,000 values, or 4 MB, only in
        proportion to the size of the file.

    Warns
    -----
    UserWarning
        If a parameter that only training needs cannot be kept, such as a Keras
        optimiser; predictions do not depend on it. If a file had to be overwritten
        where it is, because its folder refuses new names.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_slm import GloveTfidfVectorizer
    >>> vectorizer = GloveTfidfVectorizer(5, random_state=0).fit(["a good day", "a day"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "vectors.slm")
    ...     save_model(vectorizer, path)
    ...     load_model(path).vocabulary_
    Vocabulary(n_tokens=3, n_documents=2)
    """
    check_is_fitted(model)
    state, arrays = describe_model(model)
    state["notes"] = dict(notes) if isinstance(notes, Mapping) else notes
    if notes is None:
        state["notes"] = {}
    write_file(path, state, arrays)


def load_model(
    path: str | os.PathLike[str], *, trusted: str | bytes | Iterable[str] = ()
) -> Any:
    r"""Read a model that :func:`save_model` wrote. Imports no Keras and runs no code.

    Parameters
    ----------
    path : str or path-like
        The file.
    trusted : str or iterable of str, default=()
        Functions that may be imported, as ``"module:name"``: a model whose analyzer is
        a function of yours names it in the file, and loading imports it only if it is
        named here too. ``"token_pattern"`` allows any regular expression that the file
        holds; without it only such are allowed as read every text in linear time, as
        scikit-learn's ``(?u)\b\w\w+\b`` does, because others may never end.

    Returns
    -------
    SLMTextClassifier, GloveTfidfVectorizer or Pipeline
        The fitted model; its predictions are those of the one that was saved, bit by
        bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no model file, is damaged, comes from a later version of the package,
        holds what no fit would accept, or what is not in `trusted`.
    TypeError
        If `trusted` does not hold names.
    """
    names, path = read_trusted(trusted), Path(path)
    try:
        state, arrays = read_file(path)
        _read_head(state)
        return build_model(state, arrays, names)
    except Exception as error:
        raise _explain(path, error) from None


def read_notes(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what a file tells of its model, without building the model.

    Parameters
    ----------
    path : str or path-like
        A file that :func:`save_model` wrote.

    Returns
    -------
    dict
        ``notes`` (as given to :func:`save_model`), ``kind`` ("classifier", "vectorizer"
        or "pipeline") and ``versions`` of what wrote the file.

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`load_model`.
    """
    path = Path(path)
    try:
        return _read_head(read_file(path)[0])
    except Exception as error:
        raise _explain(path, error) from None


def _read_head(state: dict) -> dict[str, Any]:
    versions = take_field(state, "versions", dict)
    expect(
        all(isinstance(v, str) for v in versions.values()), "versions are no strings."
    )
    notes = state.get("notes")
    return {
        "notes": {} if notes is None else notes,
        "kind": take_field(state, "kind", str),
        "versions": versions,
    }


def _explain(path: Path, error: Exception) -> Exception:
    """Return the error to raise for whatever a file provoked."""
    if isinstance(error, (FileNotFoundError, PermissionError)):
        return error
    if isinstance(error, RefusedError):
        return ValueError(f"{path}: {error}")
    # Nothing of a hostile file was run or kept.
    reason = str(error) or type(error).__name__
    return ValueError(
        f"{path} is not a model of sklearn_slm, or is damaged: {reason} Expected a "
        "file that save_model wrote."
    )
