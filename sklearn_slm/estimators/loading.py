"""Read fitted models from files; nothing in a file is run.

Everything that a file says is checked before a model is returned.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..persistence.container import read_file
from ..persistence.fields import RefusedError, expect, take_field
from ..persistence.values import Decoder
from ..runtime.weights import to_float
from ..text import FIRST_ID
from ..text.callables import import_name
from .answerer import SLMAnswerer
from .classifier import SLMTextClassifier
from .column_encoder import ColumnEncoder
from .language_model import SLMLanguageModel
from .parameters import check_parameters
from .reader import SLMReader
from .recognizer import SLMSpeechRecognizer
from .translator import SLMTranslator
from .vectorizer import GloveTfidfVectorizer

__all__ = ["KINDS", "load_model", "read_notes"]

# What a file may hold, by the name that it has there: a file cannot name a class.
KINDS: dict[str, Any] = {
    cls._kind: cls
    for cls in (
        ColumnEncoder,
        GloveTfidfVectorizer,
        SLMTextClassifier,
        SLMLanguageModel,
        SLMTranslator,
        SLMSpeechRecognizer,
        SLMAnswerer,
        SLMReader,
    )
}


def load_model(
    path: str | os.PathLike[str],
    *,
    trusted: str | bytes | Iterable[str] = (),
    mmap: bool = False,
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
    mmap : bool, default=False
        Whether the arrays stay in the file and are read from there. All processes of a
        machine that load the same file share its memory, and of the word vectors only
        the rows that are asked for stay in it; of vectors in fewer than 32 bits a model
        with a vectorizer makes a float32 copy of its own. The file may be replaced, as
        :func:`save_model` does it, but must not be written into as long as a process
        has it open.

    Returns
    -------
    estimator or Pipeline
        The fitted model, of the class that was saved. Its predictions are those of the one
        that was saved, bit by bit.

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
        state, arrays = read_file(path, mmap=mmap)
        kind, tagged = _read_head(state)["kind"], take_field(state, "model", dict)
        held = "pipeline" if "pipeline" in tagged else tagged.get("estimator")
        expect(kind == held, f"its kind is {kind!r}, but it holds {held!r:.40}.")
        return _Reader(arrays, names).build(tagged)
    except Exception as error:
        raise _explain(path, error) from None


class _Reader:
    """Makes models of tagged values."""

    def __init__(self, arrays: dict[str, np.ndarray], trusted: frozenset[str]):
        self.decoder = Decoder(arrays, self._decode_other, trusted)
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
    alone = (ColumnEncoder, SLMLanguageModel, SLMTranslator, SLMSpeechRecognizer)
    if isinstance(model, alone):
        model._check_fitted()
        language = getattr(model, "language_model", None)
        if isinstance(language, SLMLanguageModel):
            language._check_fitted()
        return
    vectorizer = model
    if isinstance(model, (SLMTextClassifier, SLMAnswerer, SLMReader)):
        model._check_fitted()
        vectorizer = model.vectorizer_
        if vectorizer is None:
            return
        shared = vectorizer.vocabulary_ is model.vocabulary_
        expect(shared, "vectorizer and network have not the same vocabulary.")
        sequences = vectorizer.output == "sequences"
        expect(sequences, "the vectorizer does not make what the network reads.")
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
    if isinstance(state, dict) and state.get("kind") == "checkpoint":
        raise RefusedError(
            "it is a checkpoint of a training, and no model. fit(..., resume_from=path) "
            "goes on from it."
        )
    versions = take_field(state, "versions", dict)
    expect(
        all(isinstance(v, str) for v in versions.values()), "versions are no strings."
    )
    kind, notes = take_field(state, "kind", str), state.get("notes")
    known = kind in (*KINDS, "pipeline")
    expect(known, f"it holds a model of an unknown kind, {kind!r:.40}.")
    return {
        "notes": {} if notes is None else notes,
        "kind": kind,
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
