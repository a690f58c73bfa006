"""Make a model of what a file holds, and check that the parts fit together."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..embeddings import WordVectors
from ..estimators import GloveTfidfVectorizer, SLMTextClassifier
from ..estimators.parameters import RefusedError
from ..estimators.vectors import compute_idf
from ..runtime.weights import SCALE, scale_shape, to_float32
from ..runtime.wide import split_keys
from ..spec import NetworkSpec
from ..text import FIRST_ID, Vocabulary
from .constructors import build_estimator
from .container import Arrays
from .fields import expect, is_number, take_count, take_field, take_numbers
from .labels import read_labels
from .vocabulary import read_vocabulary

__all__ = ["build_model"]

_KEYS_AT_A_TIME = 1 << 16


def build_model(state: dict, arrays: Arrays, trusted: frozenset[str]) -> Any:
    """Undo :func:`~sklearn_slm.persistence.describe.describe_model`.

    Parameters
    ----------
    state, arrays
        As they came from a file.
    trusted : frozenset of str
        Functions that may be imported, and ``"token_pattern"``.

    Returns
    -------
    SLMTextClassifier, GloveTfidfVectorizer or Pipeline
        The fitted model.

    Raises
    ------
    RefusedError
        If parts contradict each other, or a function is not trusted.

    Notes
    -----
    What only needs to be looked at comes first, then what takes memory beyond the arrays:
    tokens, and word vectors in float32.
    """
    kind = take_field(state, "kind", str)
    if kind not in ("vectorizer", "classifier", "pipeline"):
        raise RefusedError(f"the file holds a model of an unknown kind, {kind!r:.40}.")
    classifier = vectorizer = None
    if kind == "vectorizer":
        shape = arrays.get("vectors", np.zeros(0)).shape
        expect(len(shape) == 2, "it has no word vectors.")
        _take(arrays, "vectors", np.float32, shape)
    else:
        fields = take_field(state, "classifier", dict)
        classifier = _build_classifier(fields, arrays, trusted)
        spec = classifier.spec_
        shape = (spec.n_tokens - FIRST_ID, spec.n_components)
    fields = state
    if kind != "classifier" or "vectorizer" in state:
        fields = take_field(state, "vectorizer", dict)
        vectorizer = _build_vectorizer(fields, arrays, shape, trusted)
        sequences = vectorizer.output == "sequences" or classifier is None
        expect(sequences, "the vectorizer does not make what the classifier reads.")
    names = _take_steps(state) if kind == "pipeline" else None
    vocabulary = read_vocabulary(
        take_field(fields, "vocabulary", dict), arrays, shape[0]
    )
    if vectorizer is not None:
        table = _take_table(classifier, arrays)
        _complete_vectorizer(vectorizer, arrays, vocabulary, table)
    if classifier is None:
        return vectorizer
    classifier.vocabulary_ = vocabulary
    if names is None:
        classifier.vectorizer_ = vectorizer
        return classifier
    from sklearn.pipeline import Pipeline  # a tenth of the start of a process

    classifier.vectorizer_ = None
    return Pipeline(
        list(zip(names, (vectorizer, classifier))),
        transform_input=state["transform_input"],
    )


def _take_steps(state: dict) -> list[str]:
    """Return the names of a pipeline's steps."""
    names = take_field(state, "steps", list)
    inputs = take_field(state, "transform_input", list, type(None)) or []
    strings = all(isinstance(name, str) for name in [*names, *inputs])
    distinct = strings and len(names) == len(set(names)) == 2
    taken = {"steps", "transform_input", "memory", "verbose"}
    usual = distinct and not taken.intersection(names) and "__" not in "".join(names)
    expect(usual, f"{names!s:.60} cannot name the steps of a pipeline.")
    return names


def _take_table(classifier: SLMTextClassifier | None, arrays: Arrays) -> np.ndarray:
    """Return the word vectors, those of a classifier if there is one."""
    if classifier is None:
        return arrays["vectors"]
    return to_float32(classifier.weights_, "embedding")[FIRST_ID:]


def _build_vectorizer(
    fields: dict, arrays: Arrays, shape: tuple[int, int], trusted: frozenset[str]
) -> GloveTfidfVectorizer:
    """Return a vectorizer that lacks its vocabulary, vectors and idf."""
    vectorizer = build_estimator(GloveTfidfVectorizer, fields, trusted)
    expect(
        shape[1] == vectorizer.n_components,
        f"word vectors have {shape[1]} components, not {vectorizer.n_components}.",
    )
    vectorizer.n_iter_ = take_count(fields, "n_iter")
    # Neither is in the files of the first days of format 1.
    vectorizer.objective_curve_ = (
        take_numbers(fields, "objective_curve") if "objective_curve" in fields else []
    )
    vectorizer.common_direction_ = (
        _take(arrays, "common_direction", np.float32, shape[1:])
        if "common_direction" in arrays
        else np.zeros(shape[1], np.float32)
    )
    vectorizer._found = (
        _take(arrays, "found", np.bool_, shape[:1])
        if "found" in arrays
        else np.ones(shape[0], bool)
    )
    if "idf" in arrays:
        idf = _take(arrays, "idf", np.float64, shape[:1])
        expect(not (idf < 0).any(), "idf holds negative numbers.")
    return vectorizer


def _complete_vectorizer(
    vectorizer: GloveTfidfVectorizer,
    arrays: Arrays,
    vocabulary: Vocabulary,
    table: np.ndarray,
) -> None:
    vectorizer.vocabulary_ = vocabulary
    vectorizer.idf_ = (
        arrays["idf"] if "idf" in arrays else compute_idf(vectorizer.idf, vocabulary)
    )
    vectorizer.vectors_ = WordVectors(vocabulary.tokens, table)


def _build_classifier(
    fields: dict, arrays: Arrays, trusted: frozenset[str]
) -> SLMTextClassifier:
    """Return a classifier that lacks its vocabulary and vectorizer."""
    classifier = build_estimator(SLMTextClassifier, fields, trusted)
    classifier.spec_ = _build_spec(take_field(fields, "spec", dict), arrays)
    classifier.classes_ = read_labels(
        take_field(fields, "classes", dict),
        classifier.spec_.n_outputs,
        sum(array.nbytes for array in arrays.values()),
    )
    classifier.weights_ = _take_weights(classifier.spec_, arrays)
    history = take_field(fields, "history", dict)
    classifier.n_iter_ = take_count(history, "n_iter_")
    classifier.loss_curve_ = take_numbers(history, "loss_curve_")
    scores = take_field(history, "validation_scores_", list, type(None))
    if scores is not None:
        scores = take_numbers(history, "validation_scores_")
    classifier.validation_scores_ = scores
    best = take_field(history, "best_validation_score_", float, int, type(None))
    expect(best is None or is_number(best), "the best score is no number.")
    classifier.best_validation_score_ = best
    return classifier


def _build_spec(fields: dict, arrays: Arrays) -> NetworkSpec:
    sizes = take_field(fields, "hidden_size", list)
    # Before every one of them is given a dozen names.
    expect(len(sizes) <= len(arrays), f"{len(sizes):,} layers have too few arrays.")
    take_field(fields, "bidirectional", bool)
    try:
        spec = NetworkSpec.from_dict(fields)
    except (TypeError, ValueError) as error:
        raise RefusedError(f"the file does not fit together: {error}") from None
    expect(spec.n_tokens > FIRST_ID, "the network knows no word.")
    return spec


def _take_weights(spec: NetworkSpec, arrays: Arrays) -> Arrays:
    """Return the weights of a spec, each of its shape and kind, quantised or not."""
    found = {}
    dtypes = spec.weight_dtypes()
    for name, shape in spec.weight_shapes().items():
        expect("weights." + name in arrays, f"it has no array weights.{name}.")
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
            small = np.abs(found[key]).max(initial=0) < np.finfo(np.float32).max / 128
            expect(bool(small), f"weights.{key} makes infinities.")
    if spec.n_wide:
        _check_ngrams(spec, found["wide.keys"])
    return found


def _check_ngrams(spec: NetworkSpec, keys: np.ndarray) -> None:
    """Refuse keys that are not in order, or no n-grams of known tokens."""
    expect(bool((keys[1:] > keys[:-1]).all()), "the n-grams are not in order.")
    shortest, longest = spec.wide_ngrams
    for first in range(0, len(keys), _KEYS_AT_A_TIME):
        # Last id first; 0 where there is none.
        ids = split_keys(keys[first : first + _KEYS_AT_A_TIME], spec.n_tokens)
        n = np.count_nonzero(ids, axis=1)
        known = (ids >= FIRST_ID) == (np.arange(ids.shape[1]) < n[:, None])
        right = known.all() and n.min() >= shortest and n.max() <= longest
        expect(bool(right), "an n-gram holds no known tokens.")


def _take(arrays: Arrays, name: str, dtype: Any, shape: tuple[int, ...]) -> np.ndarray:
    expect(name in arrays, f"it has no array {name}.")
    array = arrays[name]
    expect(array.dtype == dtype, f"{name} is {array.dtype}, not {np.dtype(dtype)}.")
    expect(array.shape == shape, f"{name} has shape {array.shape}, not {shape}.")
    if array.dtype.kind == "f":
        finite = np.isfinite(array).all()
        expect(bool(finite), f"{name} holds a NaN or an infinity.")
    return array
