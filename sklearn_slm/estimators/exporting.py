"""A fitted model's network as an ONNX file, or as two."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..embeddings.replacing import replace_file
from ..graph.network import build_graphs
from ..text import Tokenizer
from ..text.callables import find_name
from ..text.passages import FEATURES
from ..unwrap import find_vectorizer, split_classifier, split_model
from .answerer import SLMAnswerer
from .base import check_is_fitted
from .column_encoder import ColumnEncoder
from .language_model import SLMLanguageModel
from .reader import SLMReader
from .recognizer import SLMSpeechRecognizer
from .translator import SLMTranslator

__all__ = ["export_onnx"]


def export_onnx(model: Any, path: str | os.PathLike[str]) -> None:
    """Write the network of a fitted model to an ONNX file.

    Parameters
    ----------
    model : SLMTextClassifier, SLMLanguageModel, SLMTranslator, SLMSpeechRecognizer, \
SLMAnswerer or SLMReader
        What to export, or a Pipeline that ends in it, or a search.
    path : str or path-like
        The file, by custom ``.onnx``. One that is there is replaced when the new one
        is whole. A translator makes two files: for ``model.onnx``, ``model.encoder.onnx``
        and ``model.step.onnx``, a reader ``model.encoder.onnx`` and ``model.spans.onnx``;
        so does a recogniser of one direction, with ``model.step.onnx`` beside
        ``model.onnx``.

    Raises
    ------
    ImportError
        If onnx is not installed.
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model ends in another estimator.

    Warns
    -----
    UserWarning
        If the pipeline has other steps than the vectorizer and the classifier.

    Notes
    -----
    Texts are split outside of the graph. The model's metadata holds, as JSON,
    ``vocabulary`` (the tokens; the first has id 2, 0 is padding, 1 any other token),
    ``classes`` and, where the vectorizer is known, ``preprocessing`` (its options). A
    classifier of tables has a third input, ``columns``, the numbers that its transformer
    makes. ``text_column`` is then in the metadata, too, and ``columns``: of a
    :class:`~sklearn_slm.ColumnEncoder` each column with its ``mean`` and ``scale`` or
    its ``categories``, and whether a column follows that tells where it was ``missing``;
    of another transformer null.
    ``examples/plot_onnx.py`` answers from such a file with ONNX Runtime alone.

    The file of a language model holds its step: from token ids and a state to the
    log-probabilities of the next tokens and the state after them, see
    :func:`~sklearn_slm.graph.network.build_graphs`. Its metadata holds ``vocabulary``,
    ``classes`` (the labels, whose ids follow those of the tokens, or null) and
    ``tokenizer``. Id 0 is the boundary of a document.

    The files of a translator hold its encoder, and a step of its decoder. The metadata of
    both holds ``source_vocabulary``, ``source_tokenizer``, ``target_vocabulary`` and
    ``target_tokenizer``.

    The file of a recogniser goes from frames to log-probabilities of symbols, and
    ``model.step.onnx`` does so block by block, with a state. The metadata holds
    ``symbols`` (what each writes; symbol 0 is the blank) and ``features``, how frames are
    computed: see :class:`~sklearn_slm.audio.FeatureOptions`.

    The file of an answerer goes from texts to vectors, whose products tell how well texts
    go together; index and BM25 are outside of it. Its metadata holds ``vocabulary`` and
    ``preprocessing`` as that of a classifier.

    The files of a reader hold its encoder, for questions and passages, and what finds
    answers in the states of both. The metadata of both holds ``vocabulary``,
    ``preprocessing`` and ``features``, the names of what is told of each token of a
    passage: see :func:`~sklearn_slm.text.passages.match_passage`.
    """
    estimator = split_model(model)[1]
    if isinstance(estimator, SLMLanguageModel):
        _write(path, _build_step(estimator))
        return
    if isinstance(estimator, SLMTranslator):
        _write_graphs(Path(path), *_describe_translator(estimator))
        return
    if isinstance(estimator, SLMAnswerer):
        _write(path, _build_answerer(estimator))
        return
    if isinstance(estimator, SLMReader):
        _write_graphs(Path(path), *_describe_reader(estimator))
        return
    if isinstance(estimator, SLMSpeechRecognizer):
        _write_recognizer(Path(path), estimator)
        return
    transformers, classifier = split_classifier(model)
    vectorizer = find_vectorizer(transformers, classifier)
    outside = [type(t).__name__ for t in transformers if t is not vectorizer]
    if outside:
        warnings.warn(
            f"the file says nothing of {', '.join(outside)}: what reads it must do to the "
            "texts what these steps of the pipeline do.",
            stacklevel=2,
        )
    metadata = {
        "vocabulary": json.dumps(classifier.vocabulary_.tokens),
        "classes": json.dumps(classifier.classes_.tolist()),
    }
    if vectorizer is not None:
        metadata["preprocessing"] = _describe_vectorizer(vectorizer)
    if classifier.text_column is not None:
        metadata["text_column"] = json.dumps(classifier.text_column)
        metadata["columns"] = json.dumps(_describe_columns(classifier.columns_))
    graphs = build_graphs(
        classifier.spec_, classifier.weights_, classifier.ngrams_, metadata
    )
    _write(path, graphs["model"])


def _write(path: str | os.PathLike[str], graph: Any) -> None:
    content = graph.SerializeToString()
    with replace_file(path) as stream:
        stream.write(content)


def _build_step(model: SLMLanguageModel) -> Any:
    """Return the graph of one step of a language model."""
    check_is_fitted(model, "weights_")
    classes = model.classes_
    metadata = {
        "vocabulary": json.dumps(model.vocabulary_.tokens),
        "classes": json.dumps(None if classes is None else classes.tolist()),
        "tokenizer": _describe_tokenizer(model.tokenizer_),
    }
    return build_graphs(model.spec_, model.weights_, metadata=metadata)["step"]


def _write_graphs(path: Path, model: Any, metadata: dict[str, str]) -> None:
    """Write the graphs of a model beside each other, each under its name."""
    graphs = build_graphs(model.spec_, model.weights_, metadata=metadata)
    for name, graph in graphs.items():
        _write(path.with_name(f"{path.stem}.{name}{path.suffix}"), graph)


def _describe_translator(model: SLMTranslator) -> tuple[Any, dict[str, str]]:
    """Return a translator and what its files say of it."""
    check_is_fitted(model, "weights_")
    return model, {
        "source_vocabulary": json.dumps(model.source_vocabulary_.tokens),
        "source_tokenizer": _describe_tokenizer(model.source_tokenizer_),
        "target_vocabulary": json.dumps(model.target_vocabulary_.tokens),
        "target_tokenizer": _describe_tokenizer(model.target_tokenizer_),
    }


def _describe_reader(model: SLMReader) -> tuple[Any, dict[str, str]]:
    """Return a reader and what its files say of it."""
    check_is_fitted(model, "weights_")
    return model, {
        "vocabulary": json.dumps(model.vocabulary_.tokens),
        "preprocessing": _describe_vectorizer(model.vectorizer_),
        "features": json.dumps(FEATURES),
    }


def _build_answerer(model: SLMAnswerer) -> Any:
    """Return the graph of an answerer's network."""
    check_is_fitted(model, "weights_")
    metadata = {
        "vocabulary": json.dumps(model.vocabulary_.tokens),
        "preprocessing": _describe_vectorizer(model.vectorizer_),
    }
    return build_graphs(model.spec_, model.weights_, metadata=metadata)["model"]


def _write_recognizer(path: Path, model: SLMSpeechRecognizer) -> None:
    """Write the graph of a recogniser, and the one that reads block by block."""
    check_is_fitted(model, "weights_")
    metadata = {
        "symbols": json.dumps(model.symbols_),
        "features": json.dumps(asdict(model.features_)),
    }
    graphs = build_graphs(model.spec_, model.weights_, metadata=metadata)
    _write(path, graphs["model"])
    if not model.spec_.encoder.bidirectional:
        _write(path.with_name(f"{path.stem}.step{path.suffix}"), graphs["step"])


def _describe_vectorizer(vectorizer: Any) -> str:
    names = (
        "analyzer",
        "lowercase",
        "strip_tags",
        "strip_accents",
        "remove_punctuation",
        "stop_words",
        "token_pattern",
        "max_length",
    )
    options = {name: getattr(vectorizer, name) for name in names}
    return json.dumps(options, default=_describe)


def _describe_columns(encoder: Any) -> list[dict[str, Any]] | None:
    """Return how each column of a table becomes numbers; None if that is not known."""
    if encoder is None:
        return []
    if not isinstance(encoder, ColumnEncoder):
        return None
    columns = []
    for i, name in enumerate(encoder.names_):
        about: dict[str, Any] = {"column": name, "categories": encoder.categories_[i]}
        if about["categories"] is None:
            about = {
                "column": name,
                "mean": float(encoder.means_[i]),
                "scale": float(encoder.scales_[i]),
            }
        columns.append(about | {"missing": encoder.gaps_[i]})
    return columns


def _describe_tokenizer(tokenizer: Tokenizer) -> str:
    return json.dumps(
        {
            "kind": tokenizer.kind,
            "lowercase": tokenizer.lowercase,
            "token_pattern": tokenizer.token_pattern,
            "strip_tags": tokenizer.strip_tags,
        }
    )


def _describe(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return find_name(value) or repr(value)
