"""Explain predictions: a score for each token of a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ngrams import blend_logits, compute_ngram_terms, run_blended, run_ngrams
from ..runtime import encode_batches, prepare_network
from ..runtime.gradients import float_weights, pull_back_logits
from ..runtime.heads.classes import compute_pooling_weights, compute_probabilities
from ..runtime.weights import to_float
from ..text import FIRST_ID, TokenSequences
from .explanation import Explanation
from .texts import ReadTexts, each_hidden, read_texts

__all__ = ["METHODS", "explain", "read_logits"]

METHODS = ("attention", "gradient", "occlusion", "contribution")
_OCCLUSION_TOKENS = 262_144


def explain(
    model: Any, X: Any, target: Any = None, method: str = "contribution"
) -> list[Explanation]:
    """Give each token of each text a score for a class.

    Parameters
    ----------
    model : SLMTextClassifier, Pipeline that ends in one, or a fitted search over these
        The fitted model.
    X : iterable of str, TokenSequences or data frame, of length n_documents
        Texts; a data frame for a classifier with ``text_column``.
    target : class label, list of class labels or None, default=None
        What to explain. None takes the predicted class of each text (for multilabel
        targets the most probable label); ``list(model.classes_)`` gives a column of
        scores for each class.
    method : {"contribution", "occlusion", "gradient", "attention"}, \
default="contribution"
        - ``"contribution"``: what the token's state, and its share in the
          n-grams, add to the class's logit. These terms and a constant sum to the
          logit: nothing is left over. One forward pass.
        - ``"occlusion"``: how much the logit falls when the token is read as unknown.
          One forward pass for each token.
        - ``"gradient"``: gradient of the logit by the word vector, times that vector;
          the n-gram model, which is linear, adds its contribution.
        - ``"attention"``: the weight that attention pooling gave the token. The same
          for every class. It tells where the network looked, not what for.

    Returns
    -------
    list of Explanation
        One for each text.

    Raises
    ------
    ValueError
        If the method or the target does not exist, or attention is asked of a network
        that has none.
    TypeError
        If the model is not one that can be explained.
    NotFittedError
        If the model is not fitted.

    Notes
    -----
    Logits here are less their mean over the classes, which changes no probability:
    what lifts every class alike explains none. Which method to believe was measured,
    see the page on explanations in the user guide.

    Columns beside the text add to the logit, each by itself: their scores
    (``column_scores``) are these terms for every method but attention, which has none.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> from sklearn_slm.inspection import explain
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(4, max_iter=1, adversarial=0.0, random_state=0)
    >>> model = model.fit(corpus.data[:200], corpus.target[:200])
    >>> text = "The film was not BAD."
    >>> (found,) = explain(model, [text], method="occlusion")
    >>> found.tokens
    ['the', 'film', 'was', 'not', 'bad', '.']
    >>> [text[start:end] for start, end in found.offsets]
    ['The', 'film', 'was', 'not', 'BAD', '.']
    >>> found.scores.shape, found.target == found.prediction
    ((6,), True)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}. Got {method!r}.")
    read = read_texts(model, X)
    logits, columns, scores = _SCORES[method](read, target)
    beside = None if method == "attention" else _compute_column_terms(read)
    probabilities = compute_probabilities(read.classifier.spec_.head, logits)
    return _build_explanations(
        read, probabilities, columns, scores, beside, target, method
    )


def _find_targets(classifier: Any, logits: np.ndarray, target: Any) -> np.ndarray:
    """Return the columns to explain, shape (n_documents, n_targets)."""
    if target is None:
        return logits.argmax(axis=1)[:, None]
    labels = target if isinstance(target, (list, tuple, np.ndarray)) else [target]
    classes = classifier.classes_.tolist()
    missing = [label for label in labels if label not in classes]
    if missing or not len(labels):
        raise ValueError(
            f"target must be one or several of the classes {classes[:20]}, or None. "
            f"Got {target!r}."
        )
    columns = [classes.index(label) for label in labels]
    return np.tile(columns, (len(logits), 1))


def read_logits(classifier: Any, sequences: TokenSequences) -> np.ndarray:
    """Return the classifier's logits, shape (n_documents, n_outputs), dtype float64."""
    network = classifier.prepare_network()
    outputs = run_blended(
        network, classifier.ngrams_, sequences.texts, sequences.columns
    )
    return outputs["logits"].astype(np.float64)


def _compute_column_terms(read: ReadTexts) -> np.ndarray | None:
    """Return what each number beside the texts adds to the logits.

    Of shape (n_documents, n_numbers, n_outputs), dtype float64; None if there are none.
    """
    classifier, columns = read.classifier, read.sequences.columns
    if columns is None:
        return None
    kernel = to_float(classifier.weights_, "columns.kernel", np.float64)
    model = classifier.ngrams_
    if model is not None:
        own = np.zeros_like(kernel) if model.columns is None else model.columns
        kernel = blend_logits(kernel, own, model)
    return columns[:, :, None].astype(np.float64) * kernel


def _sum_columns(read: ReadTexts) -> np.ndarray | float:
    """Return what all columns beside the texts add to the logits."""
    terms = _compute_column_terms(read)
    return 0.0 if terms is None else terms.sum(axis=1)


def _score_columns(
    read: ReadTexts, terms: np.ndarray, columns: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """Return the columns beside the texts, and the score of each for the targets.

    The scores are of shape (n_documents, n_names, n_targets).
    """
    features = read.classifier.list_features()
    names = list(dict.fromkeys(features))
    belongs = np.array([[name == f for f in features] for name in names], np.float64)
    by_name = np.einsum("cf,nfo->nco", belongs, _centre(read.classifier, terms))
    return names, np.take_along_axis(by_name, columns[:, None, :], axis=2)


def _centre(classifier: Any, values: np.ndarray) -> np.ndarray:
    """Take the mean over classes off, where softmax does not see it."""
    if classifier.spec_.head.multilabel:
        return values
    return values - values.mean(axis=-1, keepdims=True)


def _take_columns(
    read: ReadTexts, values: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Return the columns of each document's tokens."""
    by_token = np.repeat(columns, read.sequences.lengths, axis=0)
    return np.take_along_axis(values, by_token, axis=1)


# Each method returns the logits of the texts, the columns that are explained, and a score
# of each token for each of them. It runs the network once, occlusion once for each token.
_Scores = tuple[np.ndarray, np.ndarray, np.ndarray]


def _attention(read: ReadTexts, target: Any) -> _Scores:
    classifier, texts = read.classifier, read.sequences.texts
    outputs = run_blended(
        classifier.prepare_network(),
        classifier.ngrams_,
        texts,
        read.sequences.columns,
    )
    if "attention" not in outputs:
        raise ValueError(
            f'method="attention" needs pooling="attention", but the classifier has '
            f'pooling={classifier.spec_.head.pooling!r}. Use method="contribution" or '
            '"occlusion".'
        )
    logits = outputs["logits"].astype(np.float64)
    columns = _find_targets(classifier, logits, target)
    weight = outputs["attention"].astype(np.float64)
    return logits, columns, np.repeat(weight[:, None], columns.shape[1], axis=1)


def _gradient(read: ReadTexts, target: Any) -> _Scores:
    classifier, texts = read.classifier, read.sequences.texts
    spec, weights, model = classifier.spec_, classifier.weights_, classifier.ngrams_
    network = prepare_network(spec, weights, np.float64)
    floats = float_weights(spec, weights)
    if model is None:
        scale, linear = 1.0, np.zeros((len(texts), spec.head.n_outputs))
        terms = np.zeros((len(texts.values), spec.head.n_outputs))
    else:
        scale, linear = float(model.blend[0]), run_ngrams(model, texts)
        terms = model.blend[1] * compute_ngram_terms(model, texts)
        linear = model.blend[1] * linear
    linear = linear + _sum_columns(read)
    # What the head gives of an empty text.
    logits = scale * network.head.bias + linear
    columns = _find_targets(classifier, logits, target)
    scores = np.zeros((len(texts.values), columns.shape[1]))
    for batch in encode_batches(network, texts):
        own = scale * batch.outputs["logits"] + linear[batch.rows]
        chosen = _find_targets(classifier, own, target)
        logits[batch.rows], columns[batch.rows] = own, chosen
        for k in range(columns.shape[1]):
            outputs = _centre(classifier, np.eye(spec.head.n_outputs)[chosen[:, k]])
            gradient = pull_back_logits(network, floats, batch, outputs)
            scores[batch.tokens, k] = (gradient * batch.inputs).sum(axis=1)
    terms = _take_columns(read, _centre(classifier, terms), columns)
    return logits, columns, scale * scores + terms


def _occlusion(read: ReadTexts, target: Any) -> _Scores:
    classifier, sequences = read.classifier, read.sequences
    logits = read_logits(classifier, sequences)
    columns = _find_targets(classifier, logits, target)
    fall = np.repeat(_centre(classifier, logits), sequences.lengths, axis=0)
    for places, copies in each_hidden(sequences, _OCCLUSION_TOKENS):
        fall[places] -= _centre(classifier, read_logits(classifier, copies))
    return logits, columns, _take_columns(read, fall, columns)


def _contribution(read: ReadTexts, target: Any) -> _Scores:
    classifier, texts = read.classifier, read.sequences.texts
    spec, model = classifier.spec_, classifier.ngrams_
    network = prepare_network(spec, classifier.weights_, np.float64)
    logits = np.tile(network.head.bias, (len(texts), 1))
    terms = np.zeros((len(texts.values), spec.head.n_outputs))
    for batch in encode_batches(network, texts):
        pooling = compute_pooling_weights(network.head, batch.encoded, batch.packing)
        terms[batch.tokens] = (pooling * batch.encoded.states) @ network.head.kernel
        logits[batch.rows] = batch.outputs["logits"]
    if model is not None:
        terms = blend_logits(terms, compute_ngram_terms(model, texts), model)
        logits = blend_logits(logits, run_ngrams(model, texts), model)
    logits = logits + _sum_columns(read)
    columns = _find_targets(classifier, logits, target)
    return logits, columns, _take_columns(read, _centre(classifier, terms), columns)


_SCORES: dict[str, Callable[[ReadTexts, Any], _Scores]] = {
    "attention": _attention,
    "gradient": _gradient,
    "occlusion": _occlusion,
    "contribution": _contribution,
}


def _build_explanations(
    read: ReadTexts,
    probabilities: np.ndarray,
    columns: np.ndarray,
    scores: np.ndarray,
    beside: np.ndarray | None,
    target: Any,
    method: str,
) -> list[Explanation]:
    classifier, sequences = read.classifier, read.sequences
    classes = classifier.classes_.tolist()
    several = isinstance(target, (list, tuple, np.ndarray))
    names, of_columns = None, [None] * len(probabilities)
    if beside is not None:
        names, by_target = _score_columns(read, beside, columns)
        of_columns = list(by_target if several else by_target[:, :, 0])
    explanations = []
    for i, row in enumerate(probabilities):
        part = slice(sequences.offsets[i], sequences.offsets[i + 1])
        chosen = [classes[c] for c in columns[i]]
        if classifier.spec_.head.multilabel:
            prediction: Any = [name for name, p in zip(classes, row) if p > 0.5]
        else:
            prediction = classes[row.argmax()]
        offsets = None
        if read.offsets is not None:
            offsets = np.array(read.offsets[i], np.int64).reshape(-1, 2)
        explanations.append(
            Explanation(
                text=None if read.texts is None else read.texts[i],
                tokens=read.tokens[i],
                offsets=offsets,
                scores=scores[part] if several else scores[part, 0],
                target=chosen if several else chosen[0],
                prediction=prediction,
                probability=row[columns[i]] if several else float(row[columns[i, 0]]),
                known=sequences.ids[part] >= FIRST_ID,
                method=method,
                columns=names,
                column_scores=of_columns[i],
            )
        )
    return explanations
