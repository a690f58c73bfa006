"""Write fitted models to one file, without code.

A file can hold the estimators that declare a ``_kind``, each with its parameters and the
attributes that it declares, and pipelines of them.
"""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import sklearn
from sklearn.utils.validation import check_is_fitted

from ..persistence.container import write_file
from ..persistence.values import Encoder
from ..text.callables import find_name
from ..unwrap import list_steps, split_model, unwrap

__all__ = ["save_model"]

# Only training needs them; these values each accepts.
_REPLACED = {
    "optimizer": "adam",
    "callbacks": None,
    "vectors": None,
    "random_state": None,
}


def save_model(model: Any, path: str | os.PathLike[str], *, notes: Any = None) -> None:
    """Write a fitted model to one file.

    Parameters
    ----------
    model : estimator of this package or Pipeline
        What to save: an SLMTextClassifier, SLMLanguageModel, SLMTranslator,
        SLMSpeechRecognizer, SLMAnswerer, SLMReader or GloveTfidfVectorizer, or vectorizer
        and classifier in a Pipeline. A classifier's trained word vectors are kept, not
        those that training began with; its vectorizer has the trained ones after loading.
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
        If the model is of another kind, has other steps, or a parameter or class label
        is of a kind that JSON cannot hold. A callable can be saved if a module has it
        under a name: a function, a class method, ``jieba.lcut``.
    ValueError
        If parameters, class labels and notes are so many, or nested so deep, that
        :func:`load_model` would refuse them: beyond 200,000 values, or 4 MB, only in
        proportion to the size of the file.

    Warns
    -----
    UserWarning
        If a parameter that only training needs cannot be kept, such as a Keras
        optimizer; predictions do not depend on it. If a file had to be overwritten
        where it is, because its folder refuses new names.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_slm import GloveTfidfVectorizer, load_model, save_model
    >>> vectorizer = GloveTfidfVectorizer(5, random_state=0).fit(["a good day", "a day"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "vectors.slm")
    ...     save_model(vectorizer, path)
    ...     load_model(path).vocabulary_
    Vocabulary(n_tokens=3, n_documents=2)
    """
    state = {
        "versions": {
            "sklearn_slm": _own_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "notes": dict(notes) if isinstance(notes, Mapping) else notes,
    }
    if notes is None:
        state["notes"] = {}
    has_network = hasattr(split_model(model)[1], "weights_")
    writer = _Writer(has_network=has_network)
    state |= writer.describe(model)
    write_file(path, state, writer.encoder.arrays)


def _own_version() -> str:
    from .. import __version__

    return __version__


def _find_kind(estimator: Any) -> str | None:
    """Return the name that a file has for an estimator; None if it has no place there.

    A class of somebody else, derived from ours, has none: a file could not name it.
    """
    return vars(type(estimator)).get("_kind")


class _Writer:
    """Turns models into tagged values.

    Parameters
    ----------
    has_network : bool
        Whether a network's table holds the word vectors: those of a vectorizer are left
        out then.
    """

    def __init__(self, *, has_network: bool):
        self.encoder = Encoder(self._encode_other)
        self.has_network = has_network

    def describe(self, model: Any) -> dict[str, Any]:
        """Return the kind of a model and its tagged value."""
        steps = list_steps(model)
        kinds = [_find_kind(step) for _, step in steps]
        for _, step in steps:
            check_is_fitted(step)
        if len(steps) == 1 and kinds[0] is not None:
            encoded = self._encode_estimator(steps[0][1], kinds[0])
            return {"kind": kinds[0], "model": encoded}
        names = [type(step).__name__ for _, step in steps]
        if len(steps) == 1:
            raise TypeError(
                "model must be an SLMTextClassifier, an SLMLanguageModel, an "
                "SLMTranslator, an SLMSpeechRecognizer, an SLMAnswerer, an SLMReader, a "
                "GloveTfidfVectorizer or a Pipeline of vectorizer and classifier. Got "
                f"{names[0]}."
            )
        if kinds != ["vectorizer", "classifier"]:
            raise TypeError(
                "A pipeline can be saved if its steps are a GloveTfidfVectorizer and an "
                f"SLMTextClassifier. Got {names}. joblib.dump saves any pipeline."
            )
        names = [name for name, _ in steps]
        if len(set(names)) == 1:  # each in a pipeline of its own
            names = ["vectorizer", "classifier"]
        pairs = [
            [name, self._encode_estimator(step, name)]
            for name, (_, step) in zip(names, steps)
        ]
        inputs = getattr(unwrap(model), "transform_input", None)
        return {
            "kind": "pipeline",
            "model": {
                "pipeline": pairs,
                "transform_input": self.encoder.encode(inputs, "transform_input"),
            },
        }

    def _encode_estimator(self, estimator: Any, name: str) -> dict[str, Any]:
        # No file says where to write.
        given = estimator._get_stored_params()
        if "checkpoint" in given:
            given = given | {"checkpoint": None}
        encoded: dict[str, Any] = {
            "estimator": _find_kind(estimator),
            "parameters": {
                parameter: self._encode_parameter(parameter, value, name)
                for parameter, value in given.items()
            },
        }
        if not estimator.__sklearn_is_fitted__():
            return encoded
        stored = estimator._get_stored()
        if self.has_network:
            stored.pop("vectors_", None)
        encoded["fitted"] = {
            attribute: self.encoder.encode(value, f"{name}.{attribute}")
            for attribute, value in stored.items()
        }
        return encoded

    def _encode_parameter(self, parameter: str, value: Any, name: str) -> Any:
        try:
            return self.encoder.encode(value, f"{name}.{parameter}")
        except TypeError as error:
            if parameter not in _REPLACED:
                raise TypeError(
                    f"The parameter {parameter} cannot be saved: {error}"
                ) from None
        replaced = _REPLACED[parameter]
        warnings.warn(
            f"{parameter}={value!r:.80} is not kept in the file; after loading {parameter} "
            f"is {replaced!r}. Predictions do not depend on it, a new fit may.",
            stacklevel=7,
        )
        return replaced

    def _encode_other(self, value: Any, name: str) -> Any:
        if _find_kind(value) is not None:
            return self._encode_estimator(value, name)
        if not callable(value):
            raise TypeError(
                f"a {type(value).__name__} has no place in a file without code."
            )
        function = find_name(value)
        if function is None:
            raise TypeError(
                f"{value!r} cannot be imported by its name. Define it at the top of a "
                "module that the loading process can import."
            )
        return {"function": function}
