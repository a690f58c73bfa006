"""Copies of fitted models that take fewer bytes."""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from typing import Any

import numpy as np

from ..compression import count_ngrams_by_word, quantize_weights
from ..compression.parts import count_bytes, key_itemsize
from ..compression.quantize import check_dtype, round_to_int8, to_float16
from ..retrieval import EntryIndex
from ..runtime.weights import SCALE
from ..text import FIRST_ID
from ..unwrap import (
    apply_transformers,
    find_vectorizer,
    split_classifier,
    split_model,
)
from .answerer import SLMAnswerer
from .language_model import SLMLanguageModel
from .reader import SLMReader
from .recognizer import SLMSpeechRecognizer
from .shrinking import (
    copy_model,
    keep_first_words,
    quantize_classifier,
    refuse_drop,
    warn_of_odd_tables,
)
from .translator import SLMTranslator

__all__ = ["quantize"]

# Words of these cannot be left out: they write them, or answers were encoded with them.
_WRITERS = (
    SLMLanguageModel,
    SLMTranslator,
    SLMSpeechRecognizer,
    SLMAnswerer,
    SLMReader,
)
# What parameters, history and the names of weights take in a file, generously.
_JSON_BYTES = 12_000


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
    model : SLMTextClassifier, SLMLanguageModel, SLMTranslator, SLMSpeechRecognizer, \
SLMAnswerer or SLMReader
        A fitted model, or a Pipeline that ends in one, or a search; it stays as it is.
    dtype : {"int8", "int4", "float16"}, default="int8"
        ``"int8"`` rounds tables row by row and kernels column by column to 127 steps on
        each side of zero; what is small stays float32. ``"int4"`` rounds tables of word
        vectors to 7 steps on each side, with a scale for each group of at most 64
        components, and the rest as ``"int8"``: for the smallest files, not for speed.
        Vectors of an odd number of components stay int8, with a warning.
        ``"float16"`` halves every matrix.
    X, y : texts and labels or None, default=None
        Data to measure the accuracy on, before and after; of a language model, texts (and
        their labels, if it has any) for the mean log-likelihood of a token; of a
        translator, texts and their translations for its ``score``, a hundredth of BLEU;
        of a recogniser, recordings and transcripts for 1 minus the word error rate; of an
        answerer, questions and answers; of a reader, what its ``score`` takes.
    max_drop : float or None, default=None
        The most accuracy, log-likelihood or score that may be lost on X and y, such as
        0.003.
    max_bytes : int or None, default=None
        The most bytes of the file that :func:`~sklearn_slm.save_model` writes. Where
        there are more, the rarest words are left out, and read as unknown ones. Not for
        language models and translators, which would have to write without them.

    Returns
    -------
    SLMTextClassifier, SLMLanguageModel, SLMTranslator, SLMSpeechRecognizer, \
SLMAnswerer, SLMReader or Pipeline
        A fitted model of the same kind; for a search, of its best model. The vectors in an
        answerer's index are rounded too, row by row, to int8 at least. The
        estimator's ``quantization_`` is a dict of ``dtype``, ``n_bytes`` of the weights
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
    Training that continues from a quantised model starts from its rounded weights, in
    float32.
    """
    check_dtype(dtype)
    quantized = copy_model(model)
    estimator = split_model(quantized)[1]
    warn_of_odd_tables(getattr(estimator, "spec_", None), dtype)
    if isinstance(estimator, _WRITERS):
        return _quantize_writer(model, quantized, dtype, X, y, max_drop, max_bytes)
    transformers, classifier = split_classifier(quantized)
    vectorizer = find_vectorizer(transformers, classifier)
    if (X is None) != (y is None) or (max_drop is not None and X is None):
        raise ValueError(
            "X and y belong together, and max_drop needs them. Got "
            f"X={'None' if X is None else 'data'}, y={'None' if y is None else 'data'}, "
            f"max_drop={max_drop!r}."
        )
    X, y = (v if v is None or hasattr(v, "__len__") else list(v) for v in (X, y))
    before = copy.copy(classifier)
    quantize_classifier(classifier, dtype)
    n_words = [len(classifier.vocabulary_)] * 2
    if max_bytes is not None:
        n_words[1] = _count_words_that_fit(classifier, max_bytes)
        if n_words[1] < n_words[0]:
            if vectorizer is None:
                raise ValueError(
                    f"max_bytes={max_bytes:,} asks for fewer words, and they are removed "
                    "from the vectorizer too, but this classifier has none of its own. Give "
                    "the Pipeline of both, or leave max_bytes out."
                )
            keep_first_words(classifier, vectorizer, n_words[1])
    report: dict[str, Any] = {
        "dtype": dtype,
        "n_bytes": (
            count_bytes(before.weights_, before.ngrams_),
            count_bytes(classifier.weights_, classifier.ngrams_),
        ),
        "n_words": tuple(n_words),
    }
    if X is not None:
        scores = (_measure(model, X, y), _measure(quantized, X, y))
        report["score"] = scores
        _check_drop(dtype, scores, max_drop, "accuracy")
    classifier.quantization_ = report
    return quantized


def _check_drop(
    dtype: str, scores: tuple[float, float], max_drop: float | None, measured: str
) -> None:
    finer = "int8" if dtype == "int4" else "float16"
    advice = f'Allow more, or take dtype="{finer}".'
    refuse_drop(f"{dtype} weights", scores, max_drop, measured, advice)


def _quantize_writer(
    model: Any,
    quantized: Any,
    dtype: str,
    X: Any,
    y: Any,
    max_drop: float | None,
    max_bytes: int | None,
) -> Any:
    """Give a copied model that writes smaller weights."""
    if max_bytes is not None:
        raise ValueError(
            f"max_bytes={max_bytes:,} is for classifiers: a model that writes needs its "
            "words to write them. Fit it with a lower max_features or hidden_size."
        )
    if max_drop is not None and X is None:
        raise ValueError(f"max_drop={max_drop} needs texts X to measure the loss on.")
    if y is not None and X is None:
        raise ValueError("y was given without X. Give the inputs that it belongs to.")
    if isinstance(X, str):
        raise ValueError("X must be a collection. Got one string; put it into a list.")
    writer = split_model(quantized)[1]
    before = _count_arrays(writer)
    if isinstance(writer, SLMTranslator):
        writer.weights_ = quantize_weights(writer.spec_, writer.weights_, dtype)
        vocabularies = (writer.source_vocabulary_, writer.target_vocabulary_)
        n_words, measured = sum(map(len, vocabularies)), "the score"
    elif isinstance(writer, SLMAnswerer):
        writer.weights_ = quantize_weights(writer.spec_, writer.weights_, dtype)
        writer.index_ = _quantize_index(writer.index_, dtype)
        n_words, measured = len(writer.vocabulary_), "the score"
    elif isinstance(writer, (SLMSpeechRecognizer, SLMReader)):
        writer.weights_ = quantize_weights(writer.spec_, writer.weights_, dtype)
        n_words, measured = len(writer.vocabulary_), "the score"
    else:
        _quantize_directions(writer, dtype)
        n_words, measured = len(writer.vocabulary_), "mean log-likelihood"
    report: dict[str, Any] = {
        "dtype": dtype,
        "n_bytes": (before, _count_arrays(writer)),
        "n_words": (n_words, n_words),
    }
    if X is not None:
        texts, y = (
            v if v is None or isinstance(v, os.PathLike) else list(v) for v in (X, y)
        )
        scores = (split_model(model)[1].score(texts, y), writer.score(texts, y))
        report["score"] = scores
        _check_drop(dtype, scores, max_drop, measured)
    writer.quantization_ = report
    return quantized


def _quantize_directions(language: Any, dtype: str) -> None:
    """Give a copied language model smaller weights, in both directions."""
    spec, backward = language.spec_, language.backward_weights_
    weights = quantize_weights(spec, language.weights_, dtype)
    if backward is not None:
        both = quantize_weights(spec, {**language.weights_, **backward}, dtype)
        shared = ("embedding", "embedding" + SCALE)
        backward = {name: v for name, v in both.items() if name not in shared}
    language.weights_, language.backward_weights_ = weights, backward


def _quantize_index(index: EntryIndex, dtype: str) -> EntryIndex:
    vectors = index.vectors.astype(np.float32, copy=False)
    if index.scale is not None:
        vectors = vectors * index.scale
    if dtype == "float16":
        return replace(index, vectors=to_float16(vectors), scale=None)
    rounded, scale = round_to_int8(vectors, axis=1)
    return replace(index, vectors=rounded, scale=scale[:, None])


def _count_arrays(writer: Any) -> int:
    """Return the bytes of the weights of a model, and of the vectors of its index."""
    parts = [writer.weights_, getattr(writer, "backward_weights_", None) or {}]
    if isinstance(writer, SLMAnswerer):
        arrays = writer.index_.vectors, writer.index_.scale
        parts.append({str(i): a for i, a in enumerate(arrays) if a is not None})
    return sum(value.nbytes for part in parts for value in part.values())


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
    others = count_bytes(weights, classifier.ngrams_) - row_bytes * (
        len(rows[0]) - FIRST_ID
    )
    others += _JSON_BYTES + 2 * sum(len(str(c)) + 4 for c in classifier.classes_)
    # A word has its row, letters, length, and two counts.
    letters = [len(t.encode("utf-8", "surrogatepass")) for t in vocabulary.tokens]
    counts = (vocabulary.token_counts, vocabulary.document_counts, letters)
    width = sum(np.min_scalar_type(int(max(c))).itemsize for c in counts)
    sizes = np.array(letters) + row_bytes + width
    model = classifier.ngrams_
    if model is not None and len(model):
        arrays = (model.idf, model.kernel)
        ngram_bytes = sum(array.nbytes // len(model) for array in arrays)
        ngram_bytes += key_itemsize(model)
        others -= ngram_bytes * len(model)
        sizes += ngram_bytes * count_ngrams_by_word(model, len(sizes))
    n = int(np.searchsorted(np.cumsum(sizes), max_bytes - others, "right"))
    if n == 0:
        raise ValueError(
            f"max_bytes={max_bytes:,} has no room for words: the rest of the model takes "
            f"{others:,} bytes. Allow more, or fit with a smaller hidden_size."
        )
    return n
