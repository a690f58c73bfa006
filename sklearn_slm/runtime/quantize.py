"""Smaller weights: int8 with a scale for each row or column, or float16."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..text import FIRST_ID
from ..unwrap import apply_transformers, find_vectorizer, split_classifier, unwrap
from .weights import SCALE, to_float32
from .wide import keep_ngrams, split_keys

__all__ = ["count_bytes", "quantize", "quantize_weights"]

# What parameters, history and the names of weights take in a file, generously.
_JSON_BYTES = 12_000


def quantize_weights(
    weights: Mapping[str, np.ndarray], dtype: str = "int8"
) -> dict[str, np.ndarray]:
    """Return weights in fewer bytes.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Weights, quantised or not.
    dtype : {"int8", "float16"}, default="int8"
        ``"int8"`` rounds the embedding row by row and every kernel column by column to
        127 steps on each side of zero; biases, the attention and the head, which are
        few, stay float32. ``"float16"`` halves every matrix.

    Returns
    -------
    dict of str to ndarray
        As :mod:`sklearn_slm.runtime.weights` describes.

    Examples
    --------
    >>> found = quantize_weights({"embedding": np.array([[1.0, -2.0]], np.float32)})
    >>> found["embedding"].tolist(), found["embedding.scale"].round(4).tolist()
    ([[64, -127]], [0.015699999406933784])
    """
    if dtype not in ("int8", "float16"):
        raise ValueError(f"dtype must be 'int8' or 'float16'. Got {dtype!r} instead.")
    found: dict[str, np.ndarray] = {}
    for name in weights:
        if name.endswith(SCALE):
            continue
        if weights[name].dtype.kind in "iu" and name + SCALE not in weights:
            found[name] = weights[name]  # whole numbers, such as keys
            continue
        value = to_float32(weights, name)
        small = value.ndim < 2 or name.startswith(("attention", "head"))
        if dtype == "float16" and value.ndim == 2:
            # What float16 cannot hold would become infinite.
            found[name] = np.clip(value, -65504, 65504).astype(np.float16)
        elif dtype == "float16" or small:
            found[name] = value
        else:
            axis = 1 if name == "embedding" else 0
            largest = np.abs(value).max(axis=axis)
            scale = (np.where(largest > 0, largest, 1.0) / 127).astype(np.float32)
            shaped = np.expand_dims(scale, axis)
            found[name] = np.rint(value / shaped).clip(-127, 127).astype(np.int8)
            found[name + SCALE] = scale
    return found


def count_bytes(weights: Mapping[str, np.ndarray]) -> int:
    """Return the bytes of all arrays together."""
    return sum(value.nbytes for value in weights.values())


def quantize(
    model: Any,
    dtype: str = "int8",
    *,
    X: Any = None,
    y: Any = None,
    max_drop: float | None = None,
    max_bytes: int | None = None,
) -> Any:
    """Return a copy of a fitted model with smaller weights.

    Parameters
    ----------
    model : SLMTextClassifier, Pipeline that ends in one, or a fitted search over these
        A fitted model; it stays as it is.
    dtype : {"int8", "float16"}, default="int8"
        As in :func:`quantize_weights`.
    X, y : texts and labels or None, default=None
        Data to measure the accuracy on, before and after.
    max_drop : float or None, default=None
        The most accuracy that may be lost on X and y, such as 0.003.
    max_bytes : int or None, default=None
        The most bytes of the file that :func:`~sklearn_slm.save_model` writes. Where
        there are more, the rarest words are left out, and read as unknown ones.

    Returns
    -------
    SLMTextClassifier or Pipeline
        A fitted model of the same kind; for a search, of its best model. The
        classifier's ``quantization_`` is a dict of ``dtype``, ``n_bytes`` of the weights
        before and after, ``n_words`` before and after and, with X and y, ``score``
        before and after.

    Raises
    ------
    ValueError
        If more than `max_drop` is lost, `max_drop` comes without X and y, or no word
        fits into `max_bytes`.
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model ends in another estimator.

    Notes
    -----
    Training that goes on from a quantised model goes on from its rounded weights, in
    float32.
    """
    found = _copy_model(model)
    transformers, classifier = split_classifier(found)
    vectorizer = find_vectorizer(transformers, classifier)
    if (X is None) != (y is None) or (max_drop is not None and X is None):
        raise ValueError(
            "X and y belong together, and max_drop needs them. Got "
            f"X={'None' if X is None else 'data'}, y={'None' if y is None else 'data'}, "
            f"max_drop={max_drop!r}."
        )
    before = classifier.weights_
    classifier.weights_ = quantize_weights(before, dtype)
    n_words = [len(classifier.vocabulary_)] * 2
    if max_bytes is not None:
        n_words[1] = _count_words_that_fit(classifier, max_bytes)
        if n_words[1] < n_words[0]:
            _keep_words(classifier, vectorizer, n_words[1])
    report: dict[str, Any] = {
        "dtype": dtype,
        "n_bytes": (count_bytes(before), count_bytes(classifier.weights_)),
        "n_words": tuple(n_words),
    }
    if X is not None:
        scores = (_measure(model, X, y), _measure(found, X, y))
        report["score"] = scores
        drop = scores[0] - scores[1]
        if max_drop is not None and drop > max_drop:
            raise ValueError(
                f"{dtype} weights lose {drop:.4f} of accuracy, from {scores[0]:.4f} to "
                f"{scores[1]:.4f}, which is more than max_drop={max_drop}. Allow more, "
                'or take dtype="float16".'
            )
    classifier.quantization_ = report
    return found


def _copy_model(model: Any) -> Any:
    """Return a copy of a model whose estimators are copies too, their arrays shared."""
    found = copy.copy(unwrap(model))
    if hasattr(found, "steps"):
        found.steps = [
            (name, step if step is None or isinstance(step, str) else _copy_model(step))
            for name, step in found.steps
        ]
    if getattr(found, "vectorizer_", None) is not None:
        found.vectorizer_ = copy.copy(found.vectorizer_)
    return found


def _measure(model: Any, X: Any, y: Any) -> float:
    """Return the accuracy, also of a search that measures something else."""
    transformers, classifier = split_classifier(model)
    return float(classifier.score(apply_transformers(transformers, X), y))


def _count_words_that_fit(classifier: Any, max_bytes: int) -> int:
    """Return how many words, most frequent first, a file of so many bytes holds."""
    weights, vocabulary = classifier.weights_, classifier.vocabulary_
    rows = [
        weights[name] for name in ("embedding", "embedding" + SCALE) if name in weights
    ]
    row_bytes = sum(value.nbytes // len(value) for value in rows)
    # Beside the words: the other weights, two rows, and the JSON (parameters, classes).
    rest = count_bytes(weights) - row_bytes * (len(rows[0]) - FIRST_ID)
    rest += _JSON_BYTES + 2 * sum(len(str(c)) + 4 for c in classifier.classes_)
    # Of a word: its row, letters, length, and two counts.
    letters = [len(t.encode("utf-8", "surrogatepass")) for t in vocabulary.tokens]
    counts = (vocabulary.token_counts, vocabulary.document_counts, letters)
    width = sum(np.min_scalar_type(int(max(c))).itemsize for c in counts)
    sizes = np.array(letters) + row_bytes + width
    if "wide.keys" in weights:
        # An n-gram stays as long as its rarest word does.
        digits = split_keys(weights["wide.keys"], classifier.spec_.n_tokens)
        rarest = digits.max(axis=1) - FIRST_ID
        names = ("wide.keys", "wide.idf", "wide.kernel")
        gram_bytes = sum(weights[name].nbytes // len(digits) for name in names)
        rest -= gram_bytes * len(digits)
        sizes += gram_bytes * np.bincount(rarest, minlength=len(sizes))
    ends = np.cumsum(sizes)
    n = int(np.searchsorted(ends, max_bytes - rest, "right"))
    if n == 0:
        raise ValueError(
            f"max_bytes={max_bytes:,} has no room for words: the rest of the model takes "
            f"{rest:,} bytes. Allow more, or fit with a smaller hidden_size."
        )
    return n


def _keep_words(classifier: Any, vectorizer: Any, n: int) -> None:
    """Leave a copied model only its n most frequent words."""
    if classifier.spec_.n_wide:
        kept = keep_ngrams(classifier.spec_, classifier.weights_, FIRST_ID + n)
        classifier.weights_ |= kept
        classifier.spec_ = replace(classifier.spec_, n_wide=len(kept["wide.keys"]))
    classifier.spec_ = replace(classifier.spec_, n_tokens=FIRST_ID + n)
    classifier.vocabulary_ = classifier.vocabulary_.keep_first(n)
    for name in ("embedding", "embedding" + SCALE):
        if name in classifier.weights_:
            classifier.weights_[name] = classifier.weights_[name][: FIRST_ID + n].copy()
    if vectorizer is not None:
        vectorizer.vocabulary_ = classifier.vocabulary_
        vectorizer.idf_ = vectorizer.idf_[:n]
        vectorizer._found = vectorizer._found[:n]
        vectorizer.vectors_ = vectorizer.vectors_.subset(classifier.vocabulary_.tokens)
