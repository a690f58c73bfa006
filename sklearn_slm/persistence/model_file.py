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
from .container import read_file, write_file
from .describe import describe_model

__all__ = ["load_model", "read_notes", "save_model"]


def save_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    notes: Mapping[str, Any] | None = None,
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
    notes : mapping or None, default=None
        What else is to be known of the model, as JSON can hold it: the data it was
        fitted on, scores. :func:`read_notes` returns it; ``slm info --card`` shows it.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model is of another kind, has other steps, or a parameter or class label
        is of a kind that JSON cannot hold. A function can be saved if it can be imported
        by its name.

    Warns
    -----
    UserWarning
        If a parameter that only training needs cannot be kept, such as a Keras
        optimiser; predictions do not depend on it.

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
    state["notes"] = dict(notes or {})
    write_file(path, state, arrays)


def load_model(path: str | os.PathLike[str], *, trusted: Iterable[str] = ()) -> Any:
    """Read a model that :func:`save_model` wrote. Imports no Keras and runs no code.

    Parameters
    ----------
    path : str or path-like
        The file.
    trusted : iterable of str, default=()
        Functions that may be imported, as ``"module:name"``: a model whose analyzer is
        a function of yours names it in the file, and loading imports it only if it is
        named here too.

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
        or names a function that is not in `trusted`.
    """
    path = Path(path)
    try:
        return build_model(*read_file(path), frozenset(trusted))
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
        state, _ = read_file(path)
        return {
            "notes": dict(state.get("notes", {})),
            "kind": str(state["kind"]),
            "versions": {str(k): str(v) for k, v in state["versions"].items()},
        }
    except Exception as error:
        raise _explain(path, error) from None


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
