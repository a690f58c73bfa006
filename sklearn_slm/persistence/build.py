"""Make a model of what a file holds, and check that the parts fit together."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..embeddings import WordVectors
from ..estimators import GloveTfidfVectorizer, SLMTextClassifier
from ..estimators.parameters import RefusedError, decode_parameters
from ..estimators.vectors import compute_idf
from ..runtime.weights import SCALE, scale_shape, to_float
from ..spec import NetworkSpec
from ..text import FIRST_ID, Vocabulary
from .container import Arrays, expect
from .describe import HISTORY

__all__ = ["build_model"]


def build_model(state: dict, arrays: Arrays, trusted: frozenset[str]) -> Any:
    """Undo :func:`~sklearn_slm.persistence.describe.describe_model`.

    Parameters
    ----------
    state, arrays
        As they came from a file.
    trusted : frozenset of str
        Functions that may be imported.

    Returns
    -------
    SLMTextClassifier, GloveTfidfVectorizer or Pipeline
        The fitted model.

    Raises
    ------
    RefusedError
        If parts contradict each other, or a function is not trusted.
    Exception
        Of any kind, where a part is of a wrong type.
    """
    kind = state["kind"]
    if kind not in ("vectorizer", "classifier", "pipeline"):
        raise RefusedError(f"the file holds a model of an unknown kind, {kind!r}.")
    of_vocabulary = state.get("vocabulary") or state["vectorizer"]["vocabulary"]
    vocabulary = _build_vocabulary(of_vocabulary, arrays)
    table, classifier, vectorizer = arrays.get("vectors"), None, None
    if kind != "vectorizer":
        classifier = _build_classifier(state["classifier"], arrays, vocabulary, trusted)
        table = to_float(classifier.weights_, "embedding")[FIRST_ID:]
    if "vectorizer" in state:
        expect(table is not None, "it has no word vectors.")
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
    from sklearn.pipeline import Pipeline  # a tenth of the start of a process

    classifier.vectorizer_ = None
    first, second = (str(name) for name in state["steps"])
    return Pipeline(
        [(first, vectorizer), (second, classifier)],
        transform_input=state["transform_input"],
    )


def _build_vocabulary(fields: dict, arrays: Arrays) -> Vocabulary:
    tokens = _split_tokens(arrays)
    expect(all(isinstance(token, str) for token in tokens), "a token is not a string.")
    expect(len(set(tokens)) == len(tokens), "a token comes twice.")
    return Vocabulary(
        tokens=tokens,
        token_counts=_take_counts(arrays, "vocabulary.token_counts", len(tokens)),
        document_counts=_take_counts(arrays, "vocabulary.document_counts", len(tokens)),
        n_documents=int(fields["n_documents"]),
        corpus_size=int(fields["corpus_size"]),
    )


def _split_tokens(arrays: Arrays) -> tuple[str, ...]:
    content = _take(arrays, "vocabulary.tokens", np.uint8).tobytes()
    if "vocabulary.lengths" not in arrays:  # format 1: JSON
        return tuple(json.loads(content))
    text = content.decode("utf-8", "surrogatepass")
    stored = arrays["vocabulary.lengths"]
    # Before anything of this length is made: empty tokens would cost a file nothing.
    n_empty = int(stored.size - np.count_nonzero(stored))
    expect(n_empty < 2, f"{n_empty} tokens are empty.")
    lengths = _take_counts(arrays, "vocabulary.lengths")
    expect(lengths.ndim == 1 and lengths.sum() == len(text), "tokens have no ends.")
    ends = np.cumsum(lengths).tolist()
    return tuple([text[i:j] for i, j in zip([0, *ends], ends)])


def _take_counts(arrays: Arrays, name: str, n: int | None = None) -> np.ndarray:
    array = arrays[name]
    expect(array.dtype.kind in "iu", f"{name} is {array.dtype}, not whole numbers.")
    expect(not array.size or 0 <= int(array.min()), f"{name} holds negative numbers.")
    expect(not array.size or int(array.max()) < 2**62, f"{name} holds too much.")
    array = array.astype(np.int64)
    return array if n is None else _take({name: array}, name, np.int64, (n,))


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
    expect(table.shape == shape, f"word vectors have shape {table.shape}, not {shape}.")
    _check_numbers("vectors", table)
    vectorizer.vocabulary_ = vocabulary
    vectorizer.idf_ = (
        _take(arrays, "idf", np.float64, shape[:1])
        if "idf" in arrays
        else compute_idf(vectorizer.idf, vocabulary)
    )
    vectorizer.vectors_ = WordVectors(vocabulary.tokens, table)
    vectorizer.n_iter_ = int(fields["n_iter"])
    # Neither is in the files of the first days of format 1.
    vectorizer.objective_curve_ = [float(v) for v in fields.get("objective_curve", [])]
    vectorizer.common_direction_ = (
        _take(arrays, "common_direction", np.float32, shape[1:])
        if "common_direction" in arrays
        else np.zeros(shape[1], np.float32)
    )
    vectorizer._found = (
        _take(arrays, "found", np.bool_, shape[:1])
        if "found" in arrays
        else np.ones(shape[:1], bool)
    )
    return vectorizer


def _build_classifier(
    fields: dict, arrays: Arrays, vocabulary: Vocabulary, trusted: frozenset[str]
) -> SLMTextClassifier:
    classifier = SLMTextClassifier(**decode_parameters(fields["parameters"], trusted))
    classifier._validate_params()
    spec = NetworkSpec.from_dict(fields["spec"])
    expect(
        spec.n_tokens == FIRST_ID + len(vocabulary),
        f"the network reads {spec.n_tokens} ids, the vocabulary has {len(vocabulary)} "
        "tokens.",
    )
    dtype = np.dtype(fields["classes"]["dtype"])
    expect(dtype.kind in "biufUO", f"class labels have dtype {dtype}.")
    values = fields["classes"]["values"]
    expect(all(isinstance(v, (str, bool, int, float)) for v in values), "bad labels.")
    classes = np.array(values, dtype)
    expect(
        classes.shape == (spec.n_outputs,),
        f"{classes.shape} labels for {spec.n_outputs} outputs.",
    )
    classifier.classes_, classifier.spec_ = classes, spec
    classifier.vocabulary_ = vocabulary
    classifier.weights_ = _take_weights(spec, arrays)
    keys = classifier.weights_.get("wide.keys", np.zeros(0))
    expect(bool((np.diff(keys) > 0).all()), "the n-grams are not in order.")
    for name in HISTORY:
        setattr(classifier, name, fields["history"][name])
    return classifier


def _take_weights(spec: NetworkSpec, arrays: Arrays) -> Arrays:
    """Return the weights of a spec, each of its shape and kind, quantised or not."""
    found = {}
    dtypes = spec.weight_dtypes()
    for name, shape in spec.weight_shapes().items():
        stored = arrays["weights." + name].dtype
        allowed = [np.dtype(dtypes[name])]
        if dtypes[name] == "float32":
            allowed += [np.dtype(np.float16), np.dtype(np.int8)]
        dtype = stored if stored in allowed else allowed[0]
        found[name] = _take(arrays, "weights." + name, dtype, shape)
        if stored == np.int8:
            key = name + SCALE
            scale = scale_shape(name, shape)
            found[key] = _take(arrays, "weights." + key, np.float32, scale)
    return found


def _take(
    arrays: Arrays, name: str, dtype: Any, shape: tuple[int, ...] | None = None
) -> np.ndarray:
    array = arrays[name]
    expect(array.dtype == dtype, f"{name} is {array.dtype}, not {np.dtype(dtype)}.")
    if shape is not None:
        expect(array.shape == shape, f"{name} has shape {array.shape}, not {shape}.")
    if array.dtype.kind == "f":
        _check_numbers(name, array)
    return array


def _check_numbers(name: str, array: np.ndarray) -> None:
    expect(np.isfinite(array).all(), f"{name} holds a NaN or an infinity.")
