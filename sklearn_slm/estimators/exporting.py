"""A fitted classifier's network as an ONNX file."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any

from ..embeddings.replacing import replace_file
from ..graph.network import build_graphs
from ..text.callables import find_name
from ..unwrap import find_vectorizer, split_classifier, split_model
from .base import check_is_fitted
from .language_model import SLMLanguageModel

__all__ = ["export_onnx"]


def export_onnx(model: Any, path: str | os.PathLike[str]) -> None:
    """Write the network of a fitted classifier or language model to an ONNX file.

    Parameters
    ----------
    model : SLMTextClassifier or SLMLanguageModel, Pipeline that ends in one, or a search
        What to export.
    path : str or path-like
        The file, by custom ``.onnx``. One that is there is replaced when the new one
        is whole.

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
    ``classes`` and, where the vectorizer is known, ``preprocessing`` (its options).
    ``examples/plot_onnx.py`` answers from such a file with ONNX Runtime alone.

    The file of a language model holds its step: from token ids and a state to the
    log-probabilities of the next tokens and the state after them, see
    :func:`~sklearn_slm.graph.network.build_graphs`. Its metadata holds ``vocabulary``,
    ``classes`` (the labels, whose ids follow those of the tokens, or null) and
    ``tokenizer``. Id 0 is the boundary of a document.
    """
    language_model = split_model(model)[1]
    if isinstance(language_model, SLMLanguageModel):
        _write(path, _build_step(language_model))
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
        metadata["preprocessing"] = json.dumps(options, default=_describe)
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
    classes, tokenizer = model.classes_, model.tokenizer_
    metadata = {
        "vocabulary": json.dumps(model.vocabulary_.tokens),
        "classes": json.dumps(None if classes is None else classes.tolist()),
        "tokenizer": json.dumps(
            {
                "kind": tokenizer.kind,
                "lowercase": tokenizer.lowercase,
                "token_pattern": tokenizer.token_pattern,
                "strip_tags": tokenizer.strip_tags,
            }
        ),
    }
    return build_graphs(model.spec_, model.weights_, metadata=metadata)["step"]


def _describe(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return find_name(value) or repr(value)
