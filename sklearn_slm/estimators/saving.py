"""Fitted models in one file, without code.

A file can hold the estimators of `KINDS`, each with its parameters and the attributes that
it declares, and pipelines of them. Everything in it is checked before a model is returned.
"""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.utils.validation import check_is_fitted

from ..persistence import (
    Decoder,
    Encoder,
    RefusedError,
    expect,
    read_file,
    take_field,
    write_file,
)
from ..runtime.weights import to_float
from ..text import FIRST_ID
from ..text.callables import find_name, import_name
from ..unwrap import list_steps, split_model, unwrap
from .classifier import SLMTextClassifier
from .parameters import check_parameters
from .vectorizer import GloveTfidfVectorizer

__all__ = ["KINDS", "load_model", "read_notes", "save_model"]

# What a file may hold, by the name that it has there: a file cannot name a class.
KINDS: dict[str, type] = {
    "vectorizer": GloveTfidfVectorizer,
    "classifier": SLMTextClassifier,
}
_NAMES = {cls: kind for kind, cls in KINDS.items()}
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
    model : SLMTextClassifier, GloveTfidfVectorizer or Pipeline of the two
        What to save. Of a classifier the trained word vectors are kept, not those that
        training began with; its vectorizer has the trained ones after loading.
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
        is of a kind that JSON cannot hold. A callable can be saved if a module has it under a name: a
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
    has_network = type(split_model(model)[1]) is SLMTextClassifier
    writer = _Writer(has_network=has_network)
    state |= writer.describe(model)
    write_file(path, state, writer.encoder.arrays)


def _own_version() -> str:
    from .. import __version__

    return __version__


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
        kinds = [type(step) for _, step in steps]
        for _, step in steps:
            check_is_fitted(step)
        if len(steps) == 1 and kinds[0] in _NAMES:
            kind = _NAMES[kinds[0]]
            return {"kind": kind, "model": self._encode_estimator(steps[0][1], kind)}
        if len(steps) == 1:
            raise TypeError(
                "model must be an SLMTextClassifier, a GloveTfidfVectorizer or a "
                f"Pipeline of the two. Got {kinds[0].__name__}."
            )
        if kinds != [GloveTfidfVectorizer, SLMTextClassifier]:
            raise TypeError(
                "A pipeline can be saved if its steps are a GloveTfidfVectorizer and an "
                f"SLMTextClassifier. Got {[kind.__name__ for kind in kinds]}. joblib.dump "
                "saves any pipeline."
            )
        names = [name for name, _ in steps]
        if len(set(names)) == 1:  # each in a pipeline of its own
            names = ["vectorizer", "classifier"]
        encoded = [
            [name, self._encode_estimator(step, _NAMES[type(step)])]
            for name, (_, step) in zip(names, steps)
        ]
        inputs = getattr(unwrap(model), "transform_input", None)
        return {
            "kind": "pipeline",
            "model": {
                "pipeline": encoded,
                "transform_input": self.encoder.encode(inputs, "transform_input"),
            },
        }

    def _encode_estimator(self, estimator: Any, name: str) -> dict[str, Any]:
        encoded: dict[str, Any] = {
            "estimator": _NAMES[type(estimator)],
            "parameters": {
                parameter: self._encode_parameter(parameter, value, name)
                for parameter, value in estimator.get_params(deep=False).items()
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
        if type(value) in _NAMES:
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
    names, path = _read_trusted(trusted), Path(path)
    try:
        state, arrays = read_file(path)
        _read_head(state)
        return _Reader(arrays, names).build(take_field(state, "model", dict))
    except Exception as error:
        raise _explain(path, error) from None


class _Reader:
    """Makes models of tagged values."""

    def __init__(self, arrays: dict[str, np.ndarray], trusted: frozenset[str]):
        self.decoder = Decoder(arrays, self._decode_other)
        self.trusted = trusted

    def build(self, tagged: dict) -> Any:
        """Return the model; its parts are checked, and fit together."""
        if "pipeline" not in tagged:
            model = self._decode_estimator(tagged)
            _complete(model)
            return model
        steps = take_field(tagged, "pipeline", list)
        names = [step[0] for step in steps if isinstance(step, list) and len(step) == 2]
        inputs = self.decoder.decode(tagged.get("transform_input"))
        _check_step_names(names, inputs)
        first, last = (self._decode_estimator(step) for _, step in steps)
        right = type(first) is GloveTfidfVectorizer and type(last) is SLMTextClassifier
        expect(right, "a pipeline has other steps than a vectorizer and a classifier.")
        # Not stored: a step of its own.
        last.vectorizer_ = first
        _complete(last)
        last.vectorizer_ = None
        from sklearn.pipeline import Pipeline  # a tenth of the start of a process

        return Pipeline(list(zip(names, (first, last))), transform_input=inputs)

    def _decode_estimator(self, tagged: dict) -> Any:
        kind = take_field(tagged, "estimator", str)
        expect(kind in KINDS, f"it holds a model of an unknown kind, {kind!r:.40}.")
        estimator = self._construct(KINDS[kind], take_field(tagged, "parameters", dict))
        if tagged.get("fitted") is None:
            return estimator
        fitted = take_field(tagged, "fitted", dict)
        estimator._set_stored(
            {name: self.decoder.decode(value) for name, value in fitted.items()}
        )
        return estimator

    def _construct(self, cls: Any, fields: dict) -> Any:
        unknown = sorted(fields.keys() - cls().get_params(deep=False).keys())
        if unknown:
            raise RefusedError(
                f"it holds the parameter {unknown[0]!r:.40}, which this version of "
                "sklearn_slm does not know. Upgrade: pip install -U sklearn_slm"
            )
        parameters = {}
        for name, value in fields.items():
            try:
                parameters[name] = self.decoder.decode(value)
            except (TypeError, ValueError) as error:
                if isinstance(error, RefusedError) and "trust" in str(error):
                    raise
                raise RefusedError(
                    f"the parameter {name!r:.40} cannot be read: {error}"
                ) from None
        estimator = cls(**parameters)
        check_parameters(estimator, self.trusted)
        return estimator

    def _decode_other(self, tagged: dict) -> Any:
        if "estimator" in tagged:
            return self._decode_estimator(tagged)
        tag = next(iter(tagged))
        expect(tag == "function", f"a value has the unknown tag {tag!r:.40}.")
        name = take_field(tagged, "function", str)
        if name not in self.trusted:
            raise RefusedError(
                f"the model calls the function {name!r}, which loading would import. If "
                f"you trust it, pass trusted=[{name!r}]."
            )
        try:
            return import_name(name)
        except (ImportError, AttributeError) as error:
            raise RefusedError(
                f"the model calls the function {name!r}, which is not here ({error}). "
                "Install the module that you trust, or put it where Python finds it."
            ) from error


def _complete(model: Any) -> None:
    """Give a vectorizer the word vectors of the network, and check the model."""
    vectorizer = model
    if isinstance(model, SLMTextClassifier):
        model._check_fitted()
        vectorizer = model.vectorizer_
        if vectorizer is None:
            return
        shared = vectorizer.vocabulary_ is model.vocabulary_
        expect(shared, "vectorizer and classifier have not the same vocabulary.")
        sequences = vectorizer.output == "sequences"
        expect(sequences, "the vectorizer does not make what the classifier reads.")
        table = to_float(model.weights_, "embedding")[FIRST_ID:]
        vectorizer._set_stored({"vectors_": table})
    vectorizer._check_fitted()


def _check_step_names(names: list, inputs: Any) -> None:
    inputs = [] if inputs is None else inputs
    right = isinstance(inputs, list) and len(names) == 2
    strings = right and all(isinstance(name, str) for name in [*names, *inputs])
    taken = {"steps", "transform_input", "memory", "verbose"}
    usual = strings and len(set(names)) == 2 and not taken.intersection(names)
    expect(
        usual and "__" not in "".join(names),
        f"{names!s:.60} cannot name the steps of a pipeline.",
    )


def _read_trusted(trusted: Iterable[str] | str | bytes) -> frozenset[str]:
    """Return the names that a user trusts; a single one may stand alone."""
    names = [trusted] if isinstance(trusted, (str, bytes)) else trusted
    try:
        names = [n.decode() if isinstance(n, bytes) else n for n in names]
        if all(isinstance(name, str) for name in names):
            return frozenset(names)
    except (TypeError, UnicodeDecodeError):
        pass
    raise TypeError(
        "trusted must be names such as ['module:name'] or ['token_pattern']. Got "
        f"{trusted!r:.80}."
    )


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
