"""A fitted model as what JSON can hold and named arrays."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import sklearn

from ..estimators import GloveTfidfVectorizer, SLMTextClassifier
from ..estimators.parameters import encode_parameters
from ..estimators.vectors import compute_idf
from ..unwrap import list_steps, unwrap
from .container import Arrays
from .labels import describe_labels
from .vocabulary import describe_vocabulary

__all__ = ["describe_model"]

_HISTORY = ("n_iter_", "loss_curve_", "validation_scores_", "best_validation_score_")


def describe_model(model: Any) -> tuple[dict[str, Any], Arrays]:
    """Return the state and the arrays that make up a fitted model.

    Parameters
    ----------
    model : SLMTextClassifier, GloveTfidfVectorizer, Pipeline of the two, or a search
        What is to be kept.

    Returns
    -------
    state : dict
        Versions, kind, parameters, spec, classes: what JSON can hold.
    arrays : dict of str to ndarray
        Vocabulary, weights, word vectors.

    Raises
    ------
    TypeError
        As :func:`~sklearn_slm.save_model`.
    """
    arrays: Arrays = {}
    steps = list_steps(model)
    kinds = [type(step) for _, step in steps]
    state: dict[str, Any] = {
        "versions": {
            "sklearn_slm": _own_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }
    _, last = steps[-1]
    if kinds == [GloveTfidfVectorizer, SLMTextClassifier]:
        names = [name for name, _ in steps]
        if len(set(names)) == 1:  # each in a pipeline of its own
            names = ["vectorizer", "classifier"]
        state |= {
            "kind": "pipeline",
            "steps": names,
            "transform_input": getattr(unwrap(model), "transform_input", None),
            "vectorizer": _describe_vectorizer(steps[0][1], arrays),
            "classifier": _describe_classifier(last, arrays),
        }
    elif kinds == [SLMTextClassifier]:
        state |= {"kind": "classifier"}
        state["classifier"] = _describe_classifier(last, arrays)
        if last.vectorizer_ is not None:
            state["vectorizer"] = _describe_vectorizer(last.vectorizer_, arrays)
        else:
            state["vocabulary"] = describe_vocabulary(last.vocabulary_, arrays)
    elif kinds == [GloveTfidfVectorizer]:
        state |= {"kind": "vectorizer"}
        state["vectorizer"] = _describe_vectorizer(last, arrays)
        arrays["vectors"] = last.vectors_.table
    elif len(kinds) > 1:
        raise TypeError(
            "A pipeline can be saved if its steps are a GloveTfidfVectorizer and an "
            f"SLMTextClassifier. Got {[kind.__name__ for kind in kinds]}. joblib.dump "
            "saves any pipeline."
        )
    else:
        raise TypeError(
            "model must be an SLMTextClassifier, a GloveTfidfVectorizer or a Pipeline of "
            f"the two. Got {kinds[0].__name__}. joblib.dump saves any model."
        )
    return state, arrays


def _own_version() -> str:
    from .. import __version__

    return __version__


def _describe_vectorizer(vectorizer: GloveTfidfVectorizer, arrays: Arrays) -> dict:
    # What follows from other things in the file is left out: a fifth of a small file.
    idf = compute_idf(vectorizer.idf, vectorizer.vocabulary_)
    if not np.array_equal(idf, vectorizer.idf_):
        arrays["idf"] = vectorizer.idf_
    if not vectorizer._found.all():
        arrays["found"] = vectorizer._found
    if vectorizer.common_direction_.any():
        arrays["common_direction"] = vectorizer.common_direction_
    return {
        "parameters": encode_parameters(vectorizer),
        "vocabulary": describe_vocabulary(vectorizer.vocabulary_, arrays),
        "n_iter": int(vectorizer.n_iter_),
        "objective_curve": _plain(vectorizer.objective_curve_),
    }


def _describe_classifier(classifier: SLMTextClassifier, arrays: Arrays) -> dict:
    arrays.update({f"weights.{k}": v for k, v in classifier.weights_.items()})
    return {
        "parameters": encode_parameters(classifier),
        "spec": classifier.spec_.to_dict(),
        "classes": describe_labels(classifier.classes_),
        "history": {name: _plain(getattr(classifier, name)) for name in _HISTORY},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [float(v) for v in value]
    return value if value is None or isinstance(value, int) else float(value)
