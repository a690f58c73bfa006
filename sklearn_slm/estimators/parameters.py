"""Check the parameters that came from a file as a fit would check them."""

from __future__ import annotations

from typing import Any

from ..persistence.fields import RefusedError, check_pattern, expect
from .column_encoder import ColumnEncoder
from .columns import check_columns
from .options import check_hidden_size, check_ngrams
from .recognition_data import check_augmentation
from .sides import check_joint, check_kinds
from .unlabeled import check_unlabeled

__all__ = ["check_parameters"]

_OPTIMIZERS = ("adam", "adamw", "sgd")


def check_parameters(estimator: Any, trusted: frozenset[str]) -> None:
    """Refuse parameters that no fit would take, or that must be trusted.

    Parameters
    ----------
    estimator : estimator
        An estimator of this package, made of what a file holds.
    trusted : frozenset of str
        ``"token_pattern"`` is in it if any pattern may be used.

    Raises
    ------
    RefusedError
        If one is of a wrong type, out of range or not trusted.
    """
    parameters = estimator.get_params(deep=False)
    for name, value in parameters.items():
        if isinstance(value, (int, float)):
            expect(abs(value) < 2**63, f"the parameter {name} is {value!r:.40}.")
    try:
        estimator._validate_params()
        for name, check in _CHECKS.items():
            if name in parameters:
                check(estimator, parameters[name])
    except RefusedError:
        raise
    except (TypeError, ValueError) as error:
        raise RefusedError(f"the file does not fit together: {error}") from None
    pattern = parameters.get("token_pattern")
    if pattern is not None:
        check_pattern(pattern, trusted)
    if hasattr(estimator, "_build_analyzer"):
        estimator._build_analyzer()


def _check_class_weight(estimator: Any, weights: Any) -> None:
    tables = [weights] if isinstance(weights, dict) else weights or []
    right = isinstance(tables, str) or all(
        isinstance(table, dict) and all(_is_weight(w) for w in table.values())
        for table in tables
    )
    expect(right, "class_weight does not hold weights.")


def _is_weight(value: Any) -> bool:
    return isinstance(value, (int, float)) and 0 <= value < 1e300


def _check_stop_words(estimator: Any, words: Any) -> None:
    right = all(isinstance(word, str) for word in words or ())
    expect(right, "stop_words are not strings.")


def _check_none_or_text(name: str) -> Any:
    def check(estimator: Any, value: Any) -> None:
        expect(value is None or isinstance(value, str), f"{name} is no path.")

    return check


_CHECKS = {
    "hidden_size": lambda estimator, _: check_hidden_size(estimator),
    "tokens": lambda estimator, _: check_kinds(estimator),
    "joint_vocabulary": lambda estimator, _: check_joint(estimator),
    "ngrams": lambda estimator, _: check_ngrams(estimator),
    "unlabeled": lambda estimator, _: check_unlabeled(estimator),
    "speeds": lambda estimator, _: check_augmentation(estimator),
    "word_list": lambda _, value: expect(
        value is None or all(isinstance(word, str) for word in value),
        "word_list holds no words.",
    ),
    "class_weight": _check_class_weight,
    "stop_words": _check_stop_words,
    "vectors": _check_none_or_text("vectors"),
    "checkpoint": _check_none_or_text("checkpoint"),
    # No file says where to write.
    "memory": lambda _, value: expect(value is None, "memory is not None."),
    # A file holds the network that came of it.
    "pretrained": lambda _, value: expect(value is None, "pretrained is not None."),
    "optimizer": lambda _, value: expect(
        isinstance(value, str) and value in _OPTIMIZERS, "optimizer is none."
    ),
    "callbacks": lambda _, value: expect(not value, "callbacks are none."),
    "text_column": lambda estimator, _: check_columns(estimator),
    "columns": lambda _, value: expect(
        value in (None, "drop") or type(value) is ColumnEncoder, "columns are none."
    ),
    "vectorizer": lambda _, value: expect(
        value is None or hasattr(value, "_build_analyzer"), "vectorizer is none."
    ),
}
