"""What the estimators share; the only module that uses scikit-learn's internals."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in: there is no callback to call."""


__all__ = [
    "BaseEstimator",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "RealNotInt",
    "StrOptions",
    "build_visual_block",
    "check_is_fitted",
    "check_not_empty",
    "check_random_state",
    "check_row_count",
    "clone",
    "draw_seeds",
    "fit_method",
    "tag_text_input",
    "take_rows",
]

fit_method = _fit_context(prefer_skip_nested_validation=True)
# Rows of a list, an array or a frame, in the type that it has.
take_rows = _safe_indexing


def build_visual_block(estimator: Any, caption: str) -> Any:
    """Return what scikit-learn's HTML shows of an estimator that is not composed.

    scikit-learn falls back on its own block if this raises.
    """
    from sklearn.utils._repr_html.estimator import _VisualBlock

    return _VisualBlock(
        "single",
        estimator,
        names=type(estimator).__name__,
        name_details=str(estimator),
        name_caption=caption or None,
    )


def draw_seeds(random_state: Any, n: int) -> list[int]:
    """Draw n integer seeds from the one source of randomness of a fit.

    None draws from the operating system, not from NumPy's global generator: that one
    is neither read nor moved.
    """
    if random_state is None:
        random_state = np.random.RandomState()
    seeds = check_random_state(random_state).randint(2**31 - 1, size=n)
    return [int(seed) for seed in seeds]


def tag_text_input(tags: Any, *, sequences: bool = False) -> Any:
    """Tell scikit-learn that the input is text, not a numeric table."""
    tags.input_tags.one_d_array = True
    tags.input_tags.two_d_array = False
    tags.input_tags.three_d_array = sequences
    tags.input_tags.string = True
    return tags


def check_not_empty(X: Any, name: str = "X") -> None:
    """Refuse a collection without documents; what has no length yet is let through."""
    try:
        is_empty = len(X) == 0
    except TypeError:
        return
    if is_empty:
        raise ValueError(
            f"{name} holds no document, but at least one is needed. Leave out empty "
            "pieces of a stream."
        )


def check_row_count(X: Any, y: Any, names: str = "X and y") -> None:
    """Refuse inputs of different lengths."""
    if len(X) != len(y):
        raise ValueError(
            f"{names} must have the same number of rows, but have {len(X)} and {len(y)}."
        )
