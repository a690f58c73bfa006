"""From fitted language models to a translator that starts from them.

Each side has a language model of its own, or none. One side's tokens are those of its
language model, so that all rows of the tables fit; layers are those that both have.
"""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..runtime.weights import to_float
from ..spec import NetworkSpec
from ..text import UNKNOWN_ID
from ..unwrap import unwrap
from .base import InvalidParameterError, check_is_fitted
from .copying import find_original
from .options import check_hidden_size
from .pairs import EncodedPairs
from .sides import Side, check_kinds
from .transfer import start_weights

if TYPE_CHECKING:
    from .language_model import SLMLanguageModel

__all__ = [
    "LanguageModels",
    "check_known_tokens",
    "check_language_models",
    "find_language_models",
    "find_layers",
    "find_sides",
    "forget_language_models",
    "start_translator",
]

# Parameters of a translator that say what its layers are.
_LAYERS = ("hidden_size", "n_components", "cell", "candidate_activation")
# Languages share tokens by chance: names, loan words, figures, punctuation.
_USUAL_SHARE = 0.5


class LanguageModels(NamedTuple):
    """What a translator starts from.

    Parameters
    ----------
    source, target : SLMLanguageModel or None
        Fitted ones, of the language that is read and of the one that is written.
    """

    source: SLMLanguageModel | None = None
    target: SLMLanguageModel | None = None


def find_language_models(pretrained: Any) -> LanguageModels:
    """Return the language models that a translator starts from.

    Parameters
    ----------
    pretrained : object
        The parameter ``pretrained`` of a translator. A fitted search and a
        ``FrozenEstimator`` stand for what they hold, and a clone that scikit-learn made
        of a fitted language model for that model.

    Raises
    ------
    InvalidParameterError
        A TypeError and a ValueError, if it is no pair of language models.
    NotFittedError
        If one is not fitted.
    ValueError
        If one splits texts by a pattern of the user's, which no joining restores.
    """
    if pretrained is None:
        return LanguageModels()
    if not isinstance(pretrained, (tuple, list)) or len(pretrained) != 2:
        single = hasattr(pretrained, "perplexity")
        advice = " For one side alone, give (language_model, None)." if single else ""
        raise InvalidParameterError(
            "The 'pretrained' parameter of SLMTranslator must be None or a pair (source, "
            "target) of fitted SLMLanguageModel, one of which may be None. Got "
            f"{pretrained!r:.80} instead.{advice}"
        )
    return LanguageModels(
        *(_find_model(*pair) for pair in zip(LanguageModels._fields, pretrained))
    )


def _find_model(side: str, given: Any) -> SLMLanguageModel | None:
    """Return the language model of one side."""
    if given is None:
        return None
    model = find_original(unwrap(given))
    from .language_model import SLMLanguageModel  # a translator without it is quicker

    if not isinstance(model, SLMLanguageModel):
        is_path = isinstance(given, str) or hasattr(given, "__fspath__")
        advice = " Load the file first: load_model(path)." if is_path else ""
        raise InvalidParameterError(
            "The 'pretrained' parameter of SLMTranslator must hold a fitted "
            f"SLMLanguageModel or None for the {side}. Got {given!r:.80} instead.{advice}"
        )
    check_is_fitted(
        model,
        "weights_",
        msg=f"The language model of the {side} given as pretrained is not fitted yet. "
        "Call its 'fit' with many texts first.",
    )
    if model.tokenizer_.token_pattern is not None:
        raise ValueError(
            f"the language model of the {side} given as pretrained has a token_pattern, "
            "which may drop parts of a text that a translator must write. Fit it without."
        )
    return model


def find_layers(model: Any) -> dict[str, Any]:
    """Return the layers that a translator takes from its language models.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.

    Returns
    -------
    dict
        ``hidden_size`` (a tuple), ``n_components``, ``cell`` and
        ``candidate_activation``; nothing without a language model.
    """
    models = find_language_models(model.pretrained)
    first = next((m for m in models if m is not None), None)
    if first is None:
        return {}
    return {name: getattr(first.spec_.encoder, name) for name in _LAYERS}


def check_language_models(model: Any) -> None:
    """Refuse language models that a translator cannot start from.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.

    Raises
    ------
    ValueError, TypeError
        As :func:`find_language_models`; also if the layers of the two differ, or if a
        parameter that has been set asks for other layers or other tokens than those of
        a language model. One at its default follows.
    """
    models = find_language_models(model.pretrained)
    if models.source is not None and models.target is not None:
        source, target = (m.spec_.encoder for m in (models.source, models.target))
        for name in _LAYERS:
            values = getattr(source, name), getattr(target, name)
            if values[0] != values[1]:
                raise ValueError(
                    f"the language models given as pretrained have different {name}: "
                    f"{values[0]!r} of the source, {values[1]!r} of the target. Fit both "
                    "with the same, or give one of them and None."
                )
    for name, value in find_layers(model).items():
        given = getattr(model, name)
        wanted = check_hidden_size(model) if name == "hidden_size" else given
        if wanted != value and not _is_default(model, name):
            _refuse(name, given, f"{name}={value!r}")
    kinds = check_kinds(model)
    for kind, side, language_model in zip(kinds, models._fields, models):
        if language_model is None:
            continue
        tokenizer = language_model.tokenizer_
        if kind != tokenizer.kind and not _is_default(model, "tokens"):
            _refuse("tokens", model.tokens, f"tokens={tokenizer.kind!r} ({side})")
        for name in ("lowercase", "strip_tags"):
            if getattr(model, name) and not getattr(tokenizer, name):
                _refuse(name, True, f"{name}=False ({side})")
        if model.joint_vocabulary:
            raise ValueError(
                "joint_vocabulary=True learns one vocabulary of both sides, and a "
                "language model given as pretrained brings its own. Leave one of the two "
                "out; to share tokens, give one language model of both languages as "
                "pretrained=(model, model)."
            )


def _is_default(model: Any, name: str) -> bool:
    default = inspect.signature(type(model)).parameters[name].default
    return getattr(model, name) == default


def _refuse(name: str, given: Any, value: str) -> None:
    raise ValueError(
        f"{name}={given!r} contradicts a language model given as pretrained, which has "
        f"{value}. Leave {name} out: what the language model has is then taken."
    )


def find_sides(model: Any) -> list[Side | None]:
    """Return how the texts of both sides are split, where a language model tells it.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.

    Returns
    -------
    list of Side or None
        Of source and target; None where there is no language model.
    """
    return [
        None if m is None else Side(m.tokenizer_, m.vocabulary_)
        for m in find_language_models(model.pretrained)
    ]


def check_known_tokens(model: Any, pairs: EncodedPairs) -> None:
    """Refuse or warn of pairs whose tokens a language model does not know.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.
    pairs : EncodedPairs
        What it is fitted on.

    Raises
    ------
    ValueError
        If a language model knows no token of its side.

    Warns
    -----
    UserWarning
        If it knows less than half of them.
    """
    models = find_language_models(model.pretrained)
    for side, language_model, texts in zip(models._fields, models, pairs):
        if language_model is None:
            continue
        share = float(np.mean(texts.values != UNKNOWN_ID))
        said = (
            f"the language model given as pretrained for the {side} knows {share:.0%} of "
            "the tokens of its texts. Is it a model of this language, and are source and "
            "target in this order?"
        )
        if not share:
            raise ValueError(f"{said} A translator cannot start from it.")
        if share < _USUAL_SHARE:
            warnings.warn(f"{said} A translator learns little from it.", stacklevel=4)


def start_translator(model: Any, spec: NetworkSpec) -> dict[str, np.ndarray]:
    """Return the weights that a translator takes from its language models.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.
    spec : NetworkSpec
        What it is to compute, with the tokens of :func:`find_sides` and the layers of
        :func:`find_layers`.

    Returns
    -------
    dict of str to ndarray, dtype float32
        From the source: the table and the layers of the encoder, its second direction
        only from a language model that has one; see
        :func:`~sklearn_slm.estimators.transfer.start_weights`. From the target: the table,
        the layers of the decoder and the bias of the softmax. What no language model
        has, such as attention, is left out, and starts afresh.
    """
    source, target = find_language_models(model.pretrained)
    start: dict[str, np.ndarray] = {}
    if source is not None:
        table = to_float(source.weights_, "embedding")[: spec.encoder.n_tokens]
        start |= start_weights(source, spec.encoder, table)
    if target is not None:
        decoder = spec.head.decoder
        # Its last rows may be labels of documents.
        table = to_float(target.weights_, "embedding")[: decoder.n_tokens]
        of_decoder = start_weights(target, decoder, table)
        start |= {f"decoder.{name}": value for name, value in of_decoder.items()}
        bias = to_float(target.weights_, "head.bias")[: decoder.n_tokens]
        start["head.bias"] = bias
    return start


def forget_language_models(model: Any) -> dict[str, Any]:
    """Return parameters that make the same translator without pretraining.

    Parameters
    ----------
    model : SLMTranslator
        A fitted one.

    Returns
    -------
    dict
        All parameters but ``pretrained``, with layers and kinds of tokens as they are in
        the fitted model.
    """
    parameters = model.get_params(deep=False)
    if parameters.pop("pretrained") is None:
        return parameters
    for name in _LAYERS:
        parameters[name] = getattr(model.spec_.encoder, name)
    if len(parameters["hidden_size"]) == 1:
        (parameters["hidden_size"],) = parameters["hidden_size"]
    parameters["tokens"] = model.source_tokenizer_.kind, model.target_tokenizer_.kind
    return parameters
