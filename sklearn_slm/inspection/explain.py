"""Explain predictions: a score for each token of a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runtime import (
    forward,
    input_gradients,
    to_probabilities,
    token_contributions,
)
from ..runtime.contributions import wide_terms
from ..runtime.weights import take_embedding
from ..text import FIRST_ID, TokenSequences
from .texts import ReadTexts, each_hidden, read_texts

__all__ = ["METHODS", "Explanation", "explain", "read_logits"]

METHODS = ("attention", "gradient", "occlusion", "contribution")
_OCCLUSION_TOKENS = 262_144


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a model predicted what it did for one text.

    Parameters
    ----------
    text : str or None
        The original text; None if token sequences were explained.
    tokens : list of str
        What the network read.
    offsets : ndarray of shape (n_tokens, 2), dtype int64, or None
        ``text[start:end]`` is where a token comes from. None if that is not known:
        for token sequences, or behind a step of a Pipeline that changes texts.
    scores : ndarray of shape (n_tokens,) or (n_tokens, n_targets), dtype float64
        Score of each token: positive speaks for the target, negative against it
        (attention is never negative, and speaks for nothing).
    target : object or list
        The class, or the classes, that the scores are about.
    prediction : object
        The predicted class; for multilabel targets the labels predicted, as a list.
    probability : float or ndarray of shape (n_targets,)
        Probability of each target.
    known : ndarray of shape (n_tokens,), dtype bool
        Whether a token is in the vocabulary.
    method : str
        How the scores were made.
    """

    text: str | None
    tokens: list[str]
    offsets: np.ndarray | None
    scores: np.ndarray
    target: Any
    prediction: Any
    probability: Any
    known: np.ndarray
    method: str

    def top(self, n: int = 5) -> list[tuple[str, float]]:
        """Return the tokens of largest absolute score and their scores.

        Parameters
        ----------
        n : int, default=5
            How many.

        Returns
        -------
        list of (str, float)
            Strongest first; of equal ones the first in the text.

        Raises
        ------
        ValueError
            If there are scores for several targets.
        """
        if self.scores.ndim != 1:
            raise ValueError(
                f"these are scores for {len(self.target)} targets. Explain one target: "
                f"explain(..., target={self.target[0]!r})."
            )
        order = np.argsort(-np.abs(self.scores), kind="stable")[:n]
        return [(self.tokens[i], float(self.scores[i])) for i in order]

    def _repr_html_(self) -> str:
        from .html import render_explanations

        return render_explanations([self])


def explain(
    model: Any, X: Any, target: Any = None, method: str = "contribution"
) -> list[Explanation]:
    """Give each token of each text a score for a class.

    Parameters
    ----------
    model : SLMTextClassifier, Pipeline that ends in one, or a fitted search over these
        The fitted model.
    X : iterable of str or TokenSequences, of length n_documents
        Texts.
    target : class label, list of class labels or None, default=None
        What to explain. None takes the predicted class of each text (for multilabel
        targets the most probable label); ``list(model.classes_)`` gives a column of
        scores for each class.
    method : {"contribution", "occlusion", "gradient", "attention"}, \
default="contribution"
        - ``"contribution"``: what the token's state, and its share in the n-grams of the
          wide branch, add to the class's logit. These terms and a constant sum to the
          logit: nothing is left over. One forward pass.
        - ``"occlusion"``: how much the logit falls when the token is read as unknown.
          One forward pass for each token.
        - ``"gradient"``: gradient of the logit by the word vector, times that vector;
          the wide branch, which is linear, adds its contribution.
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

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> from sklearn_slm.inspection import explain
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(8, max_iter=2, random_state=0)
    >>> model = model.fit(corpus.data[:500], corpus.target[:500])
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
    probabilities = to_probabilities(
        read.classifier.spec_, read_logits(read.classifier, read.sequences)
    )
    columns = _find_targets(read.classifier, probabilities, target)
    scores = _SCORES[method](read, columns)
    return _build_explanations(read, probabilities, columns, scores, target, method)


def _find_targets(
    classifier: Any, probabilities: np.ndarray, target: Any
) -> np.ndarray:
    """Return the columns to explain, shape (n_documents, n_targets)."""
    if target is None:
        return probabilities.argmax(axis=1)[:, None]
    labels = target if isinstance(target, (list, tuple, np.ndarray)) else [target]
    classes = classifier.classes_.tolist()
    missing = [label for label in labels if label not in classes]
    if missing or not len(labels):
        raise ValueError(
            f"target must be one or several of the classes {classes[:20]}, or None. "
            f"Got {target!r}."
        )
    columns = [classes.index(label) for label in labels]
    return np.tile(columns, (len(probabilities), 1))


def read_logits(classifier: Any, sequences: TokenSequences) -> np.ndarray:
    """Return the classifier's logits, shape (n_documents, n_outputs), dtype float64."""
    found = classifier._network().run(sequences.ids, sequences.offsets)
    return found.logits.astype(np.float64)


def _centred(classifier: Any, values: np.ndarray) -> np.ndarray:
    """Take the mean over classes off, where softmax does not see it."""
    if classifier.spec_.output == "sigmoid":
        return values
    return values - values.mean(axis=-1, keepdims=True)


def _by_token(read: ReadTexts, columns: np.ndarray) -> np.ndarray:
    """Repeat the columns of each document for each of its tokens."""
    return np.repeat(columns, read.sequences.lengths, axis=0)


def _attention(read: ReadTexts, columns: np.ndarray) -> np.ndarray:
    spec = read.classifier.spec_
    if spec.pooling != "attention":
        raise ValueError(
            f'method="attention" needs pooling="attention", but the classifier has '
            f'pooling={spec.pooling!r}. Use method="contribution" or "occlusion".'
        )
    sequences = read.sequences
    found = forward(spec, read.classifier.weights_, sequences.ids, sequences.offsets)
    assert found.attention is not None
    weight = found.attention.astype(np.float64)
    return np.repeat(weight[:, None], columns.shape[1], axis=1)


def _gradient(read: ReadTexts, columns: np.ndarray) -> np.ndarray:
    classifier, sequences = read.classifier, read.sequences
    spec, weights = classifier.spec_, classifier.weights_
    vectors = take_embedding(weights, sequences.ids).astype(np.float64)
    scores = np.zeros((len(vectors), columns.shape[1]))
    if spec.n_wide:
        terms = wide_terms(spec, weights, sequences.ids, sequences.offsets)
        terms = _centred(classifier, terms)
        scores += np.take_along_axis(terms, _by_token(read, columns), axis=1)
    for k in range(columns.shape[1]):
        outputs = np.eye(spec.n_outputs)[columns[:, k]]
        gradients = input_gradients(
            spec,
            weights,
            sequences.ids,
            sequences.offsets,
            _centred(classifier, outputs),
        )
        scores[:, k] += (gradients * vectors).sum(axis=1)
    return scores


def _occlusion(read: ReadTexts, columns: np.ndarray) -> np.ndarray:
    classifier, sequences = read.classifier, read.sequences
    whole = _centred(classifier, read_logits(classifier, sequences))
    fall = np.repeat(whole, sequences.lengths, axis=0)
    for places, copies in each_hidden(sequences, _OCCLUSION_TOKENS):
        fall[places] -= _centred(classifier, read_logits(classifier, copies))
    return np.take_along_axis(fall, _by_token(read, columns), axis=1)


def _contribution(read: ReadTexts, columns: np.ndarray) -> np.ndarray:
    classifier, sequences = read.classifier, read.sequences
    terms = token_contributions(
        classifier.spec_, classifier.weights_, sequences.ids, sequences.offsets
    )
    terms = _centred(classifier, terms)
    return np.take_along_axis(terms, _by_token(read, columns), axis=1)


_SCORES: dict[str, Callable[[ReadTexts, np.ndarray], np.ndarray]] = {
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
    target: Any,
    method: str,
) -> list[Explanation]:
    classifier, sequences = read.classifier, read.sequences
    classes = classifier.classes_.tolist()
    several = isinstance(target, (list, tuple, np.ndarray))
    explanations = []
    for i, row in enumerate(probabilities):
        part = slice(sequences.offsets[i], sequences.offsets[i + 1])
        chosen = [classes[c] for c in columns[i]]
        if classifier.spec_.output == "sigmoid":
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
            )
        )
    return explanations
