"""Fitted models in one safetensors file: arrays and JSON, no code.

Metadata of the file: ``format`` ("sklearn_slm"), ``version`` of the format, ``state``
(JSON) and ``sha256`` of the state and all arrays. Everything that a file says is
checked against what it holds before a model is made of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import sklearn
from safetensors.numpy import save as pack_arrays
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ..embeddings import WordVectors
from ..embeddings.files import replace_file
from ..estimators import GloveTfidfVectorizer, SLMTextClassifier
from ..estimators.parameters import RefusedError, decode_parameters, encode_parameters
from ..runtime.weights import SCALE, to_float32
from ..spec import NetworkSpec
from ..text import FIRST_ID, Vocabulary

__all__ = ["load_model", "save_model"]

FORMAT, VERSION = "sklearn_slm", 1
Arrays = dict[str, np.ndarray]
_HISTORY = ("n_iter_", "loss_curve_", "validation_scores_", "best_validation_score_")


def save_model(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to one file.

    Parameters
    ----------
    model : SLMTextClassifier, GloveTfidfVectorizer or Pipeline of the two
        What to save. Of a classifier the trained word vectors are kept, not those that
        training began with; its vectorizer has the trained ones after loading.
    path : str or path-like
        The file, by custom ``.slm``. One that is there is replaced when the new one is
        whole, and stays as it was if anything fails before.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model is of another kind, or a parameter or class label is of a kind that
        JSON cannot hold. A function can be saved if it can be imported by its name.

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
    arrays: Arrays = {}
    state: dict[str, Any] = {
        "versions": {
            "sklearn_slm": _own_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        }
    }
    if isinstance(model, Pipeline):
        kinds = [type(step) for step in model.named_steps.values()]
        if kinds != [GloveTfidfVectorizer, SLMTextClassifier]:
            raise TypeError(
                "A pipeline can be saved if its steps are a GloveTfidfVectorizer and an "
                f"SLMTextClassifier. Got {[kind.__name__ for kind in kinds]}. joblib.dump "
                "saves any pipeline."
            )
        (_, vectorizer), (_, classifier) = model.steps
        state |= {
            "kind": "pipeline",
            "steps": [name for name, _ in model.steps],
            "transform_input": model.transform_input,
            "vectorizer": _describe_vectorizer(vectorizer, arrays),
            "classifier": _describe_classifier(classifier, arrays),
        }
    elif isinstance(model, SLMTextClassifier):
        state |= {"kind": "classifier"}
        state["classifier"] = _describe_classifier(model, arrays)
        if model.vectorizer_ is not None:
            state["vectorizer"] = _describe_vectorizer(model.vectorizer_, arrays)
        else:
            state["vocabulary"] = _describe_vocabulary(model.vocabulary_, arrays)
    elif isinstance(model, GloveTfidfVectorizer):
        state |= {"kind": "vectorizer"}
        state["vectorizer"] = _describe_vectorizer(model, arrays)
        arrays["vectors"] = model.vectors_.table
    else:
        raise TypeError(
            "model must be an SLMTextClassifier, a GloveTfidfVectorizer or a Pipeline of "
            f"the two. Got {type(model).__name__}."
        )
    text = json.dumps(state, allow_nan=False)
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "state": text,
        "sha256": _digest(text, arrays),
    }
    content = pack_arrays(arrays, metadata)
    with replace_file(path) as stream:
        stream.write(content)


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
        text, arrays = _read(path)
        state = json.loads(text)
        return _build(state, arrays, frozenset(trusted))
    except (FileNotFoundError, PermissionError):
        raise
    except RefusedError as error:
        raise ValueError(f"{path}: {error}") from None
    except Exception as error:
        # Whatever a hostile file provokes; nothing of it was run or kept.
        reason = str(error) or type(error).__name__
        raise ValueError(
            f"{path} is not a model of sklearn_slm, or is damaged: {reason} Expected a "
            "file that save_model wrote."
        ) from error


def _read(path: Path) -> tuple[str, Arrays]:
    """Return the state and the arrays of a file whose checksum is right."""
    if path.is_dir():
        raise RefusedError("this is a folder; expected a file that save_model wrote.")
    with open(path, "rb"):  # for the usual errors, which the library words its own way
        pass
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata() or {}
        if metadata.get("format") != FORMAT:
            raise RefusedError(
                "this is a safetensors file of another kind, without the mark of "
                "sklearn_slm. Expected a file that save_model wrote."
            )
        version = int(metadata["version"])
        if version > VERSION:
            raise RefusedError(
                f"the file has format {version}; this version of sklearn_slm "
                f"({_own_version()}) reads up to {VERSION}. Upgrade: pip install -U "
                "sklearn_slm"
            )
        arrays = {name: file.get_tensor(name) for name in file.keys()}
    text = metadata["state"]
    if metadata["sha256"] != _digest(text, arrays):
        raise RefusedError(
            "the file is damaged: its content does not have the checksum it was written "
            "with. Copy it again, or save the model again."
        )
    return text, arrays


def _digest(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    found = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        found.update(f"{name} {array.dtype.str} {array.shape}".encode())
        found.update(array.data)
    return found.hexdigest()


def _own_version() -> str:
    from .. import __version__

    return __version__


def _describe_vocabulary(vocabulary: Vocabulary, arrays: Arrays) -> dict:
    tokens = json.dumps(vocabulary.tokens, separators=(",", ":")).encode()
    arrays["vocabulary.tokens"] = np.frombuffer(tokens, np.uint8)
    arrays["vocabulary.token_counts"] = vocabulary.token_counts.astype(np.int64)
    arrays["vocabulary.document_counts"] = vocabulary.document_counts.astype(np.int64)
    return {
        "n_documents": int(vocabulary.n_documents),
        "corpus_size": int(vocabulary.corpus_size),
    }


def _describe_vectorizer(vectorizer: GloveTfidfVectorizer, arrays: Arrays) -> dict:
    arrays["idf"] = vectorizer.idf_
    arrays["found"] = vectorizer._found
    arrays["common_direction"] = vectorizer.common_direction_
    return {
        "parameters": encode_parameters(vectorizer),
        "vocabulary": _describe_vocabulary(vectorizer.vocabulary_, arrays),
        "n_iter": int(vectorizer.n_iter_),
        "objective_curve": _plain(vectorizer.objective_curve_),
    }


def _describe_classifier(classifier: SLMTextClassifier, arrays: Arrays) -> dict:
    classes = classifier.classes_
    values = classes.tolist()
    if classes.dtype.kind not in "biufUO" or not all(
        isinstance(value, (str, bool, int, float)) for value in values
    ):
        raise TypeError(
            "Class labels can be saved if they are strings, numbers or booleans. Got "
            f"labels of dtype {classes.dtype}: {values[:3]}."
        )
    arrays.update({f"weights.{k}": v for k, v in classifier.weights_.items()})
    return {
        "parameters": encode_parameters(classifier),
        "spec": classifier.spec_.to_dict(),
        "classes": {"dtype": classes.dtype.str, "values": values},
        "history": {name: _plain(getattr(classifier, name)) for name in _HISTORY},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [float(v) for v in value]
    return value if value is None or isinstance(value, int) else float(value)


def _build(state: dict, arrays: Arrays, trusted: frozenset[str]) -> Any:
    kind = state["kind"]
    if kind not in ("vectorizer", "classifier", "pipeline"):
        raise RefusedError(f"the file holds a model of an unknown kind, {kind!r}.")
    of_vocabulary = state.get("vocabulary") or state["vectorizer"]["vocabulary"]
    vocabulary = _build_vocabulary(of_vocabulary, arrays)
    table, classifier, vectorizer = arrays.get("vectors"), None, None
    if kind != "vectorizer":
        classifier = _build_classifier(state["classifier"], arrays, vocabulary, trusted)
        table = to_float32(classifier.weights_, "embedding")[FIRST_ID:]
    if "vectorizer" in state:
        _expect(table is not None, "it has no word vectors.")
        assert table is not None  # for mypy
        vectorizer = _build_vectorizer(
            state["vectorizer"], arrays, vocabulary, table, trusted
        )
    if kind == "vectorizer":
        return vectorizer
    assert classifier is not None  # for mypy
    if kind == "classifier":
        classifier.vectorizer_ = vectorizer
        return classifier
    classifier.vectorizer_ = None
    first, second = (str(name) for name in state["steps"])
    return Pipeline(
        [(first, vectorizer), (second, classifier)],
        transform_input=state["transform_input"],
    )


def _build_vocabulary(fields: dict, arrays: Arrays) -> Vocabulary:
    tokens = tuple(json.loads(_take(arrays, "vocabulary.tokens", np.uint8).tobytes()))
    _expect(all(isinstance(token, str) for token in tokens), "a token is not a string.")
    _expect(len(set(tokens)) == len(tokens), "a token comes twice.")
    n = (len(tokens),)
    return Vocabulary(
        tokens=tokens,
        token_counts=_take(arrays, "vocabulary.token_counts", np.int64, n),
        document_counts=_take(arrays, "vocabulary.document_counts", np.int64, n),
        n_documents=int(fields["n_documents"]),
        corpus_size=int(fields["corpus_size"]),
    )


def _build_vectorizer(
    fields: dict,
    arrays: Arrays,
    vocabulary: Vocabulary,
    table: np.ndarray,
    trusted: frozenset[str],
) -> GloveTfidfVectorizer:
    vectorizer = GloveTfidfVectorizer(
        **decode_parameters(fields["parameters"], trusted)
    )
    vectorizer._validate_params()
    shape = (len(vocabulary), vectorizer.n_components)
    _expect(
        table.shape == shape, f"word vectors have shape {table.shape}, not {shape}."
    )
    _check_numbers("vectors", table)
    vectorizer.vocabulary_ = vocabulary
    vectorizer.idf_ = _take(arrays, "idf", np.float64, shape[:1])
    vectorizer.vectors_ = WordVectors(vocabulary.tokens, table)
    vectorizer.n_iter_ = int(fields["n_iter"])
    vectorizer.objective_curve_ = [float(v) for v in fields.get("objective_curve", [])]
    vectorizer._found = _take(arrays, "found", np.bool_, shape[:1])
    # Files of the first days of format 1 lack it, when it could not be asked for.
    arrays.setdefault("common_direction", np.zeros(shape[1], np.float32))
    vectorizer.common_direction_ = _take(
        arrays, "common_direction", np.float32, shape[1:]
    )
    return vectorizer


def _build_classifier(
    fields: dict, arrays: Arrays, vocabulary: Vocabulary, trusted: frozenset[str]
) -> SLMTextClassifier:
    classifier = SLMTextClassifier(**decode_parameters(fields["parameters"], trusted))
    classifier._validate_params()
    spec = NetworkSpec.from_dict(fields["spec"])
    _expect(
        spec.n_tokens == FIRST_ID + len(vocabulary),
        f"the network reads {spec.n_tokens} ids, the vocabulary has {len(vocabulary)} "
        "tokens.",
    )
    dtype = np.dtype(fields["classes"]["dtype"])
    _expect(dtype.kind in "biufUO", f"class labels have dtype {dtype}.")
    values = fields["classes"]["values"]
    _expect(all(isinstance(v, (str, bool, int, float)) for v in values), "bad labels.")
    classes = np.array(values, dtype)
    _expect(
        classes.shape == (spec.n_outputs,),
        f"{classes.shape} labels for {spec.n_outputs} outputs.",
    )
    classifier.classes_, classifier.spec_ = classes, spec
    classifier.vocabulary_ = vocabulary
    classifier.weights_ = _take_weights(spec, arrays)
    for name in _HISTORY:
        setattr(classifier, name, fields["history"][name])
    return classifier


def _take_weights(spec: NetworkSpec, arrays: Arrays) -> Arrays:
    """Return the weights of a spec, each of its shape, quantised or not."""
    found = {}
    for name, shape in spec.weight_shapes().items():
        array = arrays["weights." + name]
        if name == "wide.keys":
            keys = found[name] = _take(arrays, "weights." + name, np.int64, shape)
            _expect(bool((np.diff(keys) > 0).all()), "the n-grams are not in order.")
            continue
        if array.dtype == np.int8:
            scale = shape[:1] if name == "embedding" else shape[-1:]
            key = name + SCALE
            found[key] = _take(arrays, "weights." + key, np.float32, scale)
        dtype = array.dtype if array.dtype in (np.int8, np.float16) else np.float32
        found[name] = _take(arrays, "weights." + name, dtype, shape)
    return found


def _take(
    arrays: Arrays, name: str, dtype: Any, shape: tuple[int, ...] | None = None
) -> np.ndarray:
    array = arrays[name]
    _expect(array.dtype == dtype, f"{name} is {array.dtype}, not {np.dtype(dtype)}.")
    if shape is not None:
        _expect(array.shape == shape, f"{name} has shape {array.shape}, not {shape}.")
    if array.dtype.kind == "f":
        _check_numbers(name, array)
    return array


def _expect(right: bool, message: str) -> None:
    if not right:
        raise RefusedError(f"the file does not fit together: {message}")


def _check_numbers(name: str, array: np.ndarray) -> None:
    _expect(np.isfinite(array).all(), f"{name} holds a NaN or an infinity.")
