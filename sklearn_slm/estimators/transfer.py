"""From a fitted language model to an estimator that starts from it.

Weights are carried over by their names, and rows of the table by the words they stand for.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..embeddings import WordVectors, fill_missing
from ..runtime.weights import to_float
from ..spec import EncoderSpec
from ..text import FIRST_ID, UNKNOWN_ID, TokenSequences
from ..unwrap import unwrap
from .base import InvalidParameterError, check_is_fitted, clone
from .copying import find_original
from .options import check_hidden_size
from .vectorizer import GloveTfidfVectorizer

if TYPE_CHECKING:
    from .language_model import SLMLanguageModel

__all__ = [
    "adapt_sequences",
    "check_pretrained",
    "find_language_model",
    "find_layers",
    "forget_pretrained",
    "match_vectors",
    "match_words",
    "settle_vectorizer",
    "start_weights",
]

# Parameters of an estimator that say what its layers are.
_LAYERS = ("hidden_size", "cell", "candidate_activation")
# Parameters of a vectorizer that follow from a language model.
_FOLLOWING = ("n_components", "analyzer", "token_pattern")
# A language model of film reviews knows 88 to 95 percent of the words of English texts of
# other fields, and 18 to 41 percent of Czech, French and German ones (names, loan words,
# words that look alike).
_USUAL_SHARE = 0.5


def find_language_model(
    pretrained: Any, owner: str = "SLMTextClassifier"
) -> SLMLanguageModel | None:
    """Return the language model that an estimator starts from.

    Parameters
    ----------
    pretrained : object
        The parameter ``pretrained`` of a classifier or an answerer. A fitted search and a
        ``FrozenEstimator`` stand for what they hold, and a clone that scikit-learn made
        of a fitted language model for that model.
    owner : str, default="SLMTextClassifier"
        The class whose parameter it is, for the messages.

    Returns
    -------
    SLMLanguageModel or None
        A fitted one, of words or characters; None where there is none.

    Raises
    ------
    InvalidParameterError
        A TypeError and a ValueError, if it is something else.
    NotFittedError
        If it is not fitted.
    ValueError
        If its tokens are subwords.
    """
    if pretrained is None:
        return None
    model = find_original(unwrap(pretrained))
    from .language_model import SLMLanguageModel  # what does without it is quicker

    if not isinstance(model, SLMLanguageModel):
        raise InvalidParameterError(
            f"The 'pretrained' parameter of {owner} must be a fitted "
            f"SLMLanguageModel or None. Got {pretrained!r:.80} instead."
            + _advise(pretrained)
        )
    check_is_fitted(
        model,
        "weights_",
        msg="The language model given as pretrained is not fitted yet. Call its 'fit' "
        f"with many texts first: {owner}(pretrained=SLMLanguageModel().fit(many_texts)).",
    )
    if model.tokenizer_.kind == "subword":
        raise ValueError(
            f"pretrained is a language model of tokens='subword', but {owner} reads "
            "whole words or characters. Fit the language model with tokens='word' or "
            "tokens='char'."
        )
    return model


def _advise(pretrained: Any) -> str:
    if isinstance(pretrained, str) or hasattr(pretrained, "__fspath__"):
        return " Load the file first: pretrained=load_model(path)."
    if hasattr(pretrained, "warm_start"):
        return (
            f" To go on training {type(pretrained).__name__}, set its warm_start=True."
        )
    return ""


def find_layers(model: Any) -> dict[str, Any]:
    """Return the layers that an estimator takes from its language model.

    Parameters
    ----------
    model : SLMTextClassifier or SLMAnswerer
        Its parameters are read.

    Returns
    -------
    dict
        ``hidden_size`` (a tuple), ``cell`` and ``candidate_activation``; nothing without a
        language model.
    """
    language_model = find_language_model(model.pretrained, type(model).__name__)
    if language_model is None:
        return {}
    encoder = language_model.spec_.encoder
    return {name: getattr(encoder, name) for name in _LAYERS}


def check_pretrained(model: Any) -> None:
    """Refuse a language model that an estimator cannot start from.

    Parameters
    ----------
    model : SLMTextClassifier or SLMAnswerer
        Its parameters are read.

    Raises
    ------
    ValueError, TypeError
        As :func:`find_language_model`; also if a parameter that has been set asks for
        other layers than those of the language model. One at its default follows.
    """
    for name, value in find_layers(model).items():
        given = getattr(model, name)
        default = inspect.signature(type(model)).parameters[name].default
        wanted = check_hidden_size(model) if name == "hidden_size" else given
        if wanted != value and given != default:
            _refuse(name, given, value)


def _refuse(name: str, given: Any, value: Any) -> None:
    raise ValueError(
        f"{name}={given!r} contradicts the language model given as pretrained, which has "
        f"{name}={value!r}. Leave {name.split('__')[-1]} out: what the language model has "
        "is then taken."
    )


def settle_vectorizer(vectorizer: Any, language_model: SLMLanguageModel) -> None:
    """Set the parameters of a vectorizer that follow from a language model.

    Parameters
    ----------
    vectorizer : GloveTfidfVectorizer or another transformer
        A clone, which is changed; one of another class stays as it is.
    language_model : SLMLanguageModel
        A fitted one.

    Raises
    ------
    ValueError
        If a parameter that has been set contradicts the language model.
    """
    if not isinstance(vectorizer, GloveTfidfVectorizer):
        return
    if vectorizer.vectors is not None:
        raise ValueError(
            "word vectors were given to the vectorizer, and pretrained brings its own, "
            "which its layers read. Leave vectorizer__vectors or pretrained out."
        )
    encoder, tokenizer = language_model.spec_.encoder, language_model.tokenizer_
    default = inspect.signature(GloveTfidfVectorizer).parameters["n_components"].default
    if vectorizer.n_components not in (default, encoder.n_components):
        given = vectorizer.n_components
        _refuse("vectorizer__n_components", given, encoder.n_components)
    vectorizer.set_params(n_components=encoder.n_components)
    if tokenizer.kind == "char" and vectorizer.analyzer == "word":
        vectorizer.set_params(analyzer="char")
    if tokenizer.kind == "word" and vectorizer.analyzer == "char":
        raise ValueError(
            "pretrained is a language model of tokens='word', but the vectorizer has "
            "analyzer='char'. Leave the analyzer out (characters of scripts without "
            "spaces are words of their own), or fit the language model with "
            "tokens='char'."
        )
    if vectorizer.token_pattern is None:
        vectorizer.set_params(token_pattern=tokenizer.token_pattern)


def match_vectors(
    language_model: SLMLanguageModel, documents: Iterable[Any], vectorizer: Any
) -> WordVectors:
    """Return the vectors of a language model for the words that a vectorizer makes.

    Parameters
    ----------
    language_model : SLMLanguageModel
        A fitted one.
    documents : iterable of str
        The texts that the vectorizer will be fitted on.
    vectorizer : GloveTfidfVectorizer
        With the parameters that :func:`settle_vectorizer` sets.

    Returns
    -------
    WordVectors
        The words of the language model as the vectorizer writes them, those first that it
        saw most often, then words of the documents that it knows in another case.

    Raises
    ------
    ValueError
        If it knows no word of the documents.

    Warns
    -----
    UserWarning
        If it knows less than half of them.
    """
    analyze, counts = vectorizer._build_analyzer(), dict[str, int]()
    for document in documents:
        for token in analyze(document)[: vectorizer.max_length]:
            counts[token] = counts.get(token, 0) + 1

    def write(token: str) -> str | None:
        if callable(vectorizer.analyzer):  # It alone knows what it reads.
            return token
        if token.isspace():
            return " " if vectorizer.analyzer == "char" else None
        written = analyze(token)
        return written[0] if len(written) == 1 else None

    vectors = match_words(language_model, counts, write)
    _check_share(counts, vectors)
    return vectors


def adapt_sequences(
    language_model: SLMLanguageModel, sequences: TokenSequences
) -> TokenSequences:
    """Return token sequences with the vectors of a language model.

    Words that it does not know get the mean of words that share pieces with them, see
    :func:`~sklearn_slm.embeddings.fill_missing`.

    Parameters
    ----------
    language_model : SLMLanguageModel
        A fitted one.
    sequences : TokenSequences
        Texts over a vocabulary of their own.

    Raises
    ------
    ValueError
        If the vectors are of another length, which a file would not store, or as
        :func:`match_vectors`.
    """
    n_components = language_model.spec_.encoder.n_components
    if sequences.vectors.shape[1] != n_components:
        raise ValueError(
            f"the word vectors of X have {sequences.vectors.shape[1]} components, those of "
            f"the language model given as pretrained {n_components}. Set "
            f"n_components={n_components} in the vectorizer that makes X, or give raw "
            "texts as X."
        )
    vocabulary = sequences.vocabulary
    counts = dict(zip(vocabulary.tokens, vocabulary.token_counts.tolist()))
    is_lower = all(token == token.lower() for token in counts)
    vectors = match_words(language_model, counts, str.lower if is_lower else str)
    _check_share(counts, vectors)
    table = fill_missing(vectors, vocabulary.tokens).table
    return TokenSequences(sequences.ids, sequences.offsets, table, vocabulary)


def match_words(
    language_model: SLMLanguageModel,
    words: Iterable[str],
    write: Callable[[str], str | None],
) -> WordVectors:
    """Return the vectors of words, whose tokens a language model has in several forms.

    Its tokens carry the space before them, and their case: " Word", " word" and "word" can
    all be forms of one word. The form that it saw most often counts.

    Parameters
    ----------
    language_model : SLMLanguageModel
        A fitted one. Its vocabulary begins with the most frequent tokens.
    words : iterable of str
        Words that are wanted; one without a form of its own takes that of another case.
    write : callable
        From a token without its space to the word that it stands for; None for none.

    Returns
    -------
    WordVectors
        All words of the language model, then those of another case.
    """
    rows: dict[str, int] = {}
    folded: dict[str, int] = {}
    for row, token in enumerate(language_model.vocabulary_.tokens, FIRST_ID):
        word = write(token.strip(" ") or token)
        if word is not None:
            rows.setdefault(word, row)
            folded.setdefault(word.lower(), row)
    for word in words:
        if word not in rows and word.lower() in folded:
            rows[word] = folded[word.lower()]
    table = to_float(language_model.weights_, "embedding")
    return WordVectors(rows, table[np.fromiter(rows.values(), np.intp, len(rows))])


def _check_share(counts: Mapping[str, int], vectors: WordVectors) -> None:
    """Refuse or warn of texts whose words a language model does not know."""
    # Punctuation and figures are those of any language.
    words = {w: n for w, n in counts.items() if any(c.isalpha() for c in w)}
    known = sum(n for word, n in words.items() if word in vectors)
    if not words or known >= _USUAL_SHARE * sum(words.values()):
        return
    share = known / max(sum(words.values()), 1)
    unknown = [word for word in words if word not in vectors]
    named = ", ".join(repr(word) for word in unknown[:5])
    said = (
        f"the language model given as pretrained knows {share:.0%} of the words of the "
        f"texts (not {named}, ...). Is it a model of this language and of such texts?"
    )
    if not known:
        raise ValueError(f"{said} No network can start from it.")
    warnings.warn(f"{said} A network learns little from it.", stacklevel=7)


def start_weights(
    language_model: SLMLanguageModel, encoder: EncoderSpec, table: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the weights that a network starts with.

    Parameters
    ----------
    language_model : SLMLanguageModel
        A fitted one, with layers as those of the encoder.
    encoder : EncoderSpec
        That of the network.
    table : ndarray of shape (n_tokens, n_components), dtype float32
        Its first embedding table. A row of zeros stands for a word of which nothing is
        known; no layer has read such a vector, so it becomes that of unknown words.

    Returns
    -------
    dict of str to ndarray
        The table, with the row of unknown words of the language model, and the layers
        under the network's names. In a bidirectional network a layer reads the
        states of both directions of the layer before it, in the language model those of
        its own: rows of the others are zeros, so that the states are the same. A
        direction that the language model does not have is left out.
    """
    table = table.copy()
    table[UNKNOWN_ID] = to_float(language_model.weights_, "embedding")[UNKNOWN_ID]
    words = table[FIRST_ID:]
    words[~words.any(axis=1)] = table[UNKNOWN_ID]
    start, wanted = {"embedding": table}, encoder.weights()
    by_direction = {
        "forward": language_model.weights_,
        "backward": language_model.backward_weights_,
    }
    for k, direction in enumerate(encoder.directions):
        weights = by_direction[direction]
        if weights is None:
            continue
        for name in wanted:
            layer, _, part = name.rpartition(f".{direction}.")
            if not layer:
                continue
            value = to_float(weights, f"{layer}.forward.{part}")
            if value.shape != wanted[name].shape:
                kernel = np.zeros(wanted[name].shape, np.float32)
                kernel[k * len(value) : (k + 1) * len(value)] = value
                value = kernel
            start[name] = value
    return start


def forget_pretrained(model: Any) -> dict[str, Any]:
    """Return parameters of a fitted estimator that make the same one without pretraining.

    Parameters
    ----------
    model : SLMTextClassifier or SLMAnswerer
        A fitted one.

    Returns
    -------
    dict
        All parameters but ``pretrained``, with layers and a vectorizer as they are in the
        fitted network: training can go on from it.
    """
    parameters = model.get_params(deep=False)
    if parameters.pop("pretrained") is None:
        return parameters
    for name in _LAYERS:
        parameters[name] = getattr(model.spec_.encoder, name)
    if len(parameters["hidden_size"]) == 1:
        (parameters["hidden_size"],) = parameters["hidden_size"]
    fitted = model.vectorizer_
    if isinstance(fitted, GloveTfidfVectorizer):
        vectorizer = GloveTfidfVectorizer()
        if model.vectorizer is not None:
            vectorizer = clone(model.vectorizer)
        parameters["vectorizer"] = vectorizer.set_params(
            **{name: getattr(fitted, name) for name in _FOLLOWING}
        )
    return parameters
