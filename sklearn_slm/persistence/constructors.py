"""Make estimators of the parameters in a file, and check these as ``fit`` would."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..estimators import GloveTfidfVectorizer, SLMTextClassifier
from ..estimators.fitting import check_hidden_size, check_wide_ngrams
from ..estimators.parameters import RefusedError, construct
from .fields import expect, is_number, take_field
from .patterns import is_linear

__all__ = ["build_estimator", "read_trusted"]

# What is trusted by its name, beside functions.
_PATTERN = "token_pattern"


def read_trusted(trusted: Iterable[str] | str | bytes) -> frozenset[str]:
    """Return the names that a user trusts; a single one may stand alone.

    Examples
    --------
    >>> sorted(read_trusted("module:name")), sorted(read_trusted([b"a:b", "c:d"]))
    (['module:name'], ['a:b', 'c:d'])
    """
    names = [trusted] if isinstance(trusted, (str, bytes)) else trusted
    try:
        names = [n.decode() if isinstance(n, bytes) else n for n in names]
        if all(isinstance(name, str) for name in names):
            return frozenset(names)
    except (TypeError, UnicodeDecodeError):
        pass
    raise TypeError(
        "trusted must be names such as ['module:name'] or ['token_pattern']. Got "
        f"{trusted!r:.80}."
    )


def build_estimator(kind: type, fields: dict, trusted: frozenset[str]) -> Any:
    """Return an estimator that is not fitted yet.

    Parameters
    ----------
    kind : type
        Its class.
    fields : dict
        ``parameters`` as :func:`~sklearn_slm.estimators.parameters.encode_parameters`
        returned them.
    trusted : frozenset of str
        Functions that may be imported; ``"token_pattern"`` if any pattern may be used.

    Returns
    -------
    estimator
        Its parameters are of the right types, as in a fit.

    Raises
    ------
    RefusedError
        If one is not, or is not trusted.
    """
    estimator = construct(kind, take_field(fields, "parameters", dict), trusted)
    try:
        _check(estimator, trusted)
    except RefusedError:
        raise
    except (TypeError, ValueError) as error:
        raise RefusedError(f"the file does not fit together: {error}") from None
    return estimator


def _check(estimator: Any, trusted: frozenset[str]) -> None:
    for name, value in estimator.get_params(deep=False).items():
        if isinstance(value, (int, float)):
            expect(abs(value) < 2**63, f"the parameter {name} is {value!r:.40}.")
    estimator._validate_params()
    if isinstance(estimator, GloveTfidfVectorizer):
        _check_vectorizer(estimator, trusted)
    else:
        _check_classifier(estimator, trusted)


def _check_vectorizer(
    vectorizer: GloveTfidfVectorizer, trusted: frozenset[str]
) -> None:
    vectors = vectorizer.vectors
    expect(vectors is None or isinstance(vectors, str), "vectors is no path.")
    stop_words = vectorizer.stop_words or ()
    strings = all(isinstance(word, str) for word in stop_words)
    expect(strings, "stop_words are not strings.")
    pattern = vectorizer.token_pattern
    if not (pattern is None or _PATTERN in trusted or is_linear(pattern)):
        raise RefusedError(
            f"its token_pattern is {pattern!r:.200}. Such a pattern can take very long over "
            f"a text. If you trust it, pass trusted=[{_PATTERN!r}] (slm: --trust "
            f"{_PATTERN})."
        )
    vectorizer._build_analyzer()


def _check_classifier(classifier: SLMTextClassifier, trusted: frozenset[str]) -> None:
    check_hidden_size(classifier.hidden_size)
    check_wide_ngrams(classifier.wide_ngrams)
    weights = classifier.class_weight
    tables = [weights] if isinstance(weights, dict) else weights or []
    right = isinstance(tables, str) or all(
        isinstance(table, dict) and all(is_number(w) and w >= 0 for w in table.values())
        for table in tables
    )
    expect(right, "class_weight does not hold weights.")
    callbacks = classifier.callbacks or ()
    expect(all(hasattr(c, "set_model") for c in callbacks), "callbacks are none.")
    if isinstance(classifier.vectorizer, GloveTfidfVectorizer):
        _check(classifier.vectorizer, trusted)
