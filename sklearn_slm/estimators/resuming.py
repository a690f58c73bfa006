"""Refuse to resume a training whose tokens or network the parameters no longer describe."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NoReturn

from ..spec import NetworkSpec
from ..text.tokenizers import Tokenizer

__all__ = ["check_same_layers", "check_same_tokenizer", "refuse_changed"]


def check_same_layers(fitted: NetworkSpec, asked: NetworkSpec) -> None:
    """Refuse parameters that ask for another encoder than the fitted one.

    Parameters
    ----------
    fitted, asked : NetworkSpec
        The network that there is, and the one that the parameters describe, of the same
        tokens.

    Raises
    ------
    ValueError
        Naming the first such parameter, its value in the fit and the one now.
    """
    # Vectors are as long as the last layer is wide, if nothing else is said.
    for name in ("hidden_size", *(field.name for field in fields(fitted.encoder))):
        value, now = (getattr(spec.encoder, name) for spec in (fitted, asked))
        if value != now:
            refuse_changed(name, value, now)


def check_same_tokenizer(model: Any, tokenizer: Tokenizer) -> None:
    """Refuse parameters that would split texts in another way than the fitted one.

    Parameters
    ----------
    model : estimator
        With ``tokens``, ``lowercase``, ``strip_tags`` and ``token_pattern``.
    tokenizer : Tokenizer
        What the fitted model splits with.

    Raises
    ------
    ValueError
        As :func:`check_same_layers`.
    """
    if model.tokens != tokenizer.kind:
        refuse_changed("tokens", tokenizer.kind, model.tokens)
    for name in ("lowercase", "strip_tags", "token_pattern"):
        fitted = getattr(tokenizer, name)
        value = getattr(model, name)
        value = bool(value) if isinstance(fitted, bool) else value
        if value != fitted:
            refuse_changed(name, fitted, value)


def refuse_changed(name: str, fitted: Any, value: Any) -> NoReturn:
    """Refuse a parameter that is no longer what the model was fitted with."""
    raise ValueError(
        f"training continues from a model that was fitted with {name}={fitted!r}, "
        f"but {name} is {value!r} now. Set it back to go on, or call fit with "
        "warm_start=False to begin anew."
    )
