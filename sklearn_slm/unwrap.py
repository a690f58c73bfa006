"""What a model is made of, whatever scikit-learn wraps around it.

It is known by its attributes, not by its class: nothing of scikit-learn is imported.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = [
    "apply_transformers",
    "find_vectorizer",
    "list_steps",
    "split_classifier",
    "split_model",
    "unwrap",
]

# Attributes of models that change the answers of those they hold, and where in them a
# fitted one is.
_INSIDE = {
    "calibrated_classifiers_": "model.calibrated_classifiers_[0].estimator",
    "estimator_": "model.estimator_",
    "estimators_": "model.estimators_[0]",
    "estimator": "model.estimator, fitted",
}


def unwrap(model: Any) -> Any:
    """Take off what answers as the model inside does: searches, ``FrozenEstimator``.

    Parameters
    ----------
    model : estimator
        Anything.

    Returns
    -------
    estimator
        A Pipeline, or an estimator of one step.

    Raises
    ------
    NotFittedError, TypeError
        As :func:`list_steps`.
    """
    frozen = getattr(sys.modules.get("sklearn.frozen"), "FrozenEstimator", ())
    while True:
        if isinstance(model, frozen):
            model = model.estimator
        elif hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(type(model), "_run_search"):
            _refuse_search(model)
        else:
            return model


def list_steps(model: Any) -> list[tuple[str, Any]]:
    """Return the names and estimators that a model applies one after the other.

    Parameters
    ----------
    model : estimator
        A Pipeline, which may hold others, steps that are None or "passthrough", or one
        step alone; a fitted search, which stands for its ``best_estimator_``; a
        ``FrozenEstimator``, which stands for what it freezes; anything else is one step.

    Returns
    -------
    list of (str, estimator)
        At least one; the name is empty where there is no Pipeline.

    Raises
    ------
    NotFittedError
        If a search is not fitted.
    TypeError
        If a search has kept no model, or a Pipeline has no step that does anything.
    """
    model = unwrap(model)
    if not hasattr(model, "steps"):
        return [("", model)]
    steps = [
        (inner_name or name, inner)
        for name, step in model.steps
        if step is not None and not isinstance(step, str)  # "passthrough"
        for inner_name, inner in list_steps(step)
    ]
    if not steps:
        raise TypeError(
            f"expected a fitted model, got a {type(model).__name__} whose steps all pass "
            "their input through."
        )
    return steps


def split_model(model: Any) -> tuple[list[Any], Any]:
    """Return the transformers of a model, and the estimator after them.

    Parameters
    ----------
    model : estimator
        As in :func:`list_steps`.

    Returns
    -------
    transformers : list of estimator
        In the order in which the input goes through them.
    estimator : estimator
        The last one, whose answers are those of the model.

    Raises
    ------
    NotFittedError, TypeError
        As :func:`list_steps`.
    """
    *transformers, estimator = [step for _, step in list_steps(model)]
    return transformers, estimator


def split_classifier(model: Any) -> tuple[list[Any], Any]:
    """Return the transformers of a model, and the SLMTextClassifier after them.

    Parameters
    ----------
    model : estimator
        As in :func:`list_steps`.

    Returns
    -------
    transformers : list of estimator
        In the order in which the input goes through them.
    classifier : SLMTextClassifier
        The last one, fitted.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If it ends in another estimator; the message tells what to pass instead of one
        that changes the answers of the classifier it holds.
    """
    transformers, classifier = split_model(model)
    kind = type(classifier)
    if not (hasattr(kind, "explain") and hasattr(kind, "predict_iter")):
        message = (
            "expected a fitted SLMTextClassifier, or a Pipeline or a search that ends in "
            f"one, got {kind.__name__}"
        )
        inside = [place for name, place in _INSIDE.items() if hasattr(classifier, name)]
        if inside:
            message += (
                ", whose answers are not those of the classifier that it holds. Pass that "
                f"one: {inside[0]}"
            )
        raise TypeError(message + ".")
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(classifier)
    return transformers, classifier


def apply_transformers(transformers: list[Any], X: Any) -> Any:
    """Return what the transformers of :func:`split_model` make of the input."""
    for transformer in transformers:
        X = transformer.transform(X)
    return X


def find_vectorizer(transformers: list[Any], classifier: Any) -> Any:
    """Return the vectorizer that makes the classifier's input, or None.

    Parameters
    ----------
    transformers, classifier
        As :func:`split_classifier` returns them.

    Returns
    -------
    GloveTfidfVectorizer or None
        The classifier's own, or the last one before it.
    """
    if classifier.vectorizer_ is not None:
        return classifier.vectorizer_
    return next((t for t in reversed(transformers) if hasattr(t, "vectors_")), None)


def _refuse_search(search: Any) -> None:
    name = type(search).__name__
    if hasattr(search, "cv_results_"):
        raise TypeError(
            f"this {name} has kept no model: it was fitted with refit={search.refit!r}. "
            "Fit it with refit=True."
        )
    from sklearn.exceptions import NotFittedError

    raise NotFittedError(f"This {name} instance is not fitted yet. Call 'fit' first.")
