"""Fit an n-gram model beside a trained network."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from ..network.examples import Examples
from ..spec import ClassHead, NetworkSpec
from .blend import USUAL_BLEND, fit_blend
from .keys import count_ngrams, find_ngrams, weigh_ngrams
from .model import NgramModel
from .run import run_ngrams

__all__ = ["HeldOut", "fit_margins", "fit_ngrams", "scale_ngrams"]

# Penalties of the linear model to choose from: of 0.1 to 2.0, these won on some data
# set's dev part (docs/benchmarks/training.md).
_PENALTIES = (0.5, 0.25, 1.0)
# N-grams kept, and n-grams times outputs: what a file of two megabytes has room for.
_MOST_NGRAMS, _MOST_WEIGHTS = 2**15, 2**20
# From so many texts on, n-grams of one text only are left out.
_MANY_DOCUMENTS = 1000
# liblinear has one random generator for the process: fits in threads take turns, so
# that each has its own numbers.
_liblinear = threading.Lock()


class HeldOut(NamedTuple):
    """Texts that a network did not see, and what it made of them.

    Parameters
    ----------
    train, held_out : Examples
        What the network was trained on, and what it was not.
    network_logits : ndarray of shape (n_held_out, n_outputs), dtype float32
        Its logits of the latter.
    """

    train: Examples
    held_out: Examples
    network_logits: np.ndarray


def fit_ngrams(
    spec: NetworkSpec,
    folds: Sequence[HeldOut],
    whole: Examples,
    *,
    lengths: tuple[int, int],
    seed: int,
    blend: np.ndarray = USUAL_BLEND,
) -> NgramModel:
    """Fit the n-gram model that stands beside a network.

    The linear model is fitted to the training part of each fold. Its n-grams, its penalty
    and the blend weights are those of least log loss on the held-out texts of all folds.
    Then it is fitted once more to all texts.

    Parameters
    ----------
    spec : NetworkSpec
        The network, with a head for classes.
    folds : sequence of HeldOut
        Texts with the logits of a network that did not see them; without any, `blend`
        and a usual penalty are taken.
    whole : Examples
        What to fit the linear model to at last.
    lengths : tuple of (int, int)
        Tokens of the shortest and of the longest n-gram. Where single words alone do
        better, they are taken.
    seed : int
        Seed of the linear model.
    blend : ndarray of shape (2,), default=USUAL_BLEND
        Blend weights where no held-out text tells.

    Returns
    -------
    NgramModel
    """
    penalty = 0.5
    if folds:
        lengths, penalty, blend = _choose_model(spec, folds, lengths, seed)
    features = _choose_features(spec, whole, lengths, seed)
    return _fit_model(spec, features, whole, penalty, blend, seed)


def _choose_model(
    spec: NetworkSpec, folds: Sequence[HeldOut], lengths: tuple[int, int], seed: int
) -> tuple[tuple[int, int], float, np.ndarray]:
    """Return lengths, penalty and blend weights of least loss on held-out texts."""
    network_logits = np.concatenate([fold.network_logits for fold in folds])
    targets = np.concatenate([fold.held_out.targets["classes"] for fold in folds])
    weight = np.concatenate([fold.held_out.weight for fold in folds])
    tried: dict[tuple[tuple[int, int], float], tuple[float, np.ndarray]] = {}

    def measure(lengths: tuple[int, int], penalties: Sequence[float]) -> None:
        features = [_choose_features(spec, fold.train, lengths, seed) for fold in folds]
        for penalty in penalties:
            logits = []
            for chosen, fold in zip(features, folds):
                model = _fit_model(spec, chosen, fold.train, penalty, USUAL_BLEND, seed)
                inputs = fold.held_out.inputs
                logits.append(run_ngrams(model, inputs["ids"], inputs.get("columns")))
            blend, loss = fit_blend(
                spec.head, network_logits, np.concatenate(logits), targets, weight
            )
            tried[lengths, penalty] = loss, blend

    def best() -> tuple[tuple[int, int], float]:
        return min(tried, key=lambda choice: tried[choice][0])

    first, *others = _PENALTIES
    measure(lengths, [first])
    if lengths[0] == 1 < lengths[1]:
        measure((1, 1), [first])
    lengths = best()[0]
    measure(lengths, others)
    penalty = best()[1]
    return lengths, penalty, tried[lengths, penalty][1]


@dataclass(frozen=True)
class _Features:
    """The n-grams of some documents: keys, idf, and a row of features for each text."""

    lengths: tuple[int, int]
    keys: np.ndarray
    idf: np.ndarray
    rows: sp.csr_matrix


def _choose_features(
    spec: NetworkSpec, examples: Examples, lengths: tuple[int, int], seed: int
) -> _Features:
    """Find the n-grams of documents; of too many, keep those that decide most."""
    texts, n_documents = examples.inputs["ids"], len(examples)
    owners, occurring = find_ngrams(texts, spec.encoder.table_rows, lengths)
    keys, places = np.unique(occurring, return_inverse=True)
    pairs = np.unique(owners * max(len(keys), 1) + places)
    document_counts = np.bincount(pairs % max(len(keys), 1), minlength=len(keys))
    least = 2 if n_documents >= _MANY_DOCUMENTS else 1
    kept = document_counts >= least
    keys = keys[kept]
    idf = np.log((1 + n_documents) / (1 + document_counts[kept])) + 1
    features = _compute_features(spec, examples, lengths, keys, idf.astype(np.float32))
    most = min(_MOST_NGRAMS, max(1, _MOST_WEIGHTS // spec.head.n_outputs))
    if len(keys) <= most:
        return features
    kernel, _ = fit_margins(spec.head, features.rows, examples, 0.5, seed)
    kernel = kernel[: len(keys)]
    # A weight alone would favour n-grams that hardly occur.
    spread = np.sqrt(np.asarray(features.rows.power(2).sum(axis=0)).ravel())
    strength = np.abs(kernel).max(axis=1) * spread
    best = np.sort(np.argsort(-strength, kind="stable")[:most])
    return _compute_features(spec, examples, lengths, keys[best], features.idf[best])


def _compute_features(
    spec: NetworkSpec,
    examples: Examples,
    lengths: tuple[int, int],
    keys: np.ndarray,
    idf: np.ndarray,
) -> _Features:
    documents, places, counts = count_ngrams(
        keys, examples.inputs["ids"], spec.encoder.table_rows, lengths
    )
    values = weigh_ngrams(documents, idf[places], counts, len(examples))
    rows = sp.csr_matrix((values, (documents, places)), (len(examples), len(keys)))
    return _Features(lengths, keys, idf, rows)


def _fit_model(
    spec: NetworkSpec,
    features: _Features,
    examples: Examples,
    penalty: float,
    blend: np.ndarray,
    seed: int,
) -> NgramModel:
    kernel, bias = fit_margins(spec.head, features.rows, examples, penalty, seed)
    n_ngrams = len(features.keys)
    return NgramModel(
        lengths=features.lengths,
        n_tokens=spec.encoder.table_rows,
        keys=features.keys,
        idf=features.idf,
        kernel=kernel[:n_ngrams],
        bias=bias,
        blend=blend.astype(np.float32),
        columns=kernel[n_ngrams:] if "columns" in examples.inputs else None,
    )


def fit_margins(
    head: ClassHead,
    rows: sp.csr_matrix,
    examples: Examples,
    penalty: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a linear support vector machine, each output against the rest.

    Features are scaled by what their n-gram says of the output, see :func:`scale_ngrams`;
    the scales go into the weights. With squared hinge loss the machine is as accurate on
    n-grams as logistic regression, and 10 to 100 times as fast to fit. A text with a soft
    label counts for the output and against it, as far as the label says. Where columns
    come with the texts, they are features too, behind the others, and all of them together
    as long as the n-grams of a text.

    Parameters
    ----------
    head : ClassHead
        The head of the network.
    rows : csr_matrix of shape (n_documents, n_features)
        Features.
    examples : Examples
        Targets and weights of the documents, and their columns, if there are any.
    penalty : float
        ``C`` of :class:`~sklearn.svm.LinearSVC`.
    seed : int
        Seed of the order in which liblinear visits documents.

    Returns
    -------
    kernel : ndarray of shape (n_features, n_outputs), dtype float32
        Weights of the margins; (n_features + n_columns, n_outputs) with columns.
    bias : ndarray of shape (n_outputs,), dtype float32
        Constants of the margins; -1 and no weights for an output that no document has,
        1 for one that all have.
    """
    counts = examples.weight > 0
    rows, weight = rows[counts], examples.weight[counts]
    targets = examples.targets["classes"][counts]
    share = targets.mean(axis=0)
    mixed = np.flatnonzero((share > 0) & (share < 1))
    bias = np.where(share < 1, -1.0, 1.0).astype(np.float32)
    scales = scale_ngrams(rows, targets, weight)
    if "columns" in examples.inputs:
        columns = examples.inputs["columns"][counts].astype(np.float64)
        factors = _balance(rows, scales, columns)
        rows = sp.hstack([rows, sp.csr_matrix(columns)], format="csr")
        of_columns = np.repeat(factors[:, None], columns.shape[1], axis=1)
        scales = np.concatenate([scales, of_columns], axis=1)
    kernel = np.zeros((rows.shape[1], head.n_outputs), np.float32)
    two = not head.multilabel and len(mixed) == 2
    for place in mixed[1:] if two else mixed:
        documents, is_true, counted = _harden(targets[:, place], weight)
        machine = LinearSVC(C=penalty, dual=True, tol=0.01, random_state=seed)
        features = rows @ sp.diags(scales[place])
        with _liblinear, warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(features[documents], is_true, counted)
        kernel[:, place] = machine.coef_[0] * scales[place]
        bias[place] = machine.intercept_[0]
    if two:
        # One margin: half of it for, half of it against.
        against, of = mixed
        kernel[:, of] /= 2
        bias[of] /= 2
        kernel[:, against], bias[against] = -kernel[:, of], -bias[of]
    return kernel, bias


def _balance(
    rows: sp.csr_matrix, scales: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Return a scale for columns, for each label: that of the n-grams of a text.

    The penalty asks the more of a feature the smaller it is. With columns as long as
    n-grams, in the mean of squares, it asks as much of both.
    """
    n = max(len(columns), 1)
    of_columns = max(float((columns**2).sum()) / n, 1e-12)
    of_ngrams = np.asarray(rows.power(2).sum(axis=0)).ravel() @ (scales**2).T / n
    # Texts without any n-gram leave the columns as they are.
    return np.sqrt(np.where(of_ngrams > 0, of_ngrams, of_columns) / of_columns)


def _harden(
    targets: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the documents, labels and weights that stand for soft labels.

    A document whose label is neither 0 nor 1 comes twice: true, and not true.
    """
    is_soft = (targets > 0) & (targets < 1)
    documents = np.repeat(np.arange(len(targets)), 1 + is_soft)
    is_second = np.concatenate([[False], documents[1:] == documents[:-1]])
    is_true = (targets[documents] > 0) & ~is_second
    share = np.where(is_true, targets[documents], 1 - targets[documents])
    return documents, is_true, weight[documents] * share


def scale_ngrams(
    rows: sp.csr_matrix, targets: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return how much each n-gram says of each label: a scale for its feature.

    With r the logarithm of the n-gram's share of all n-grams in the label's documents
    over its share in the others (counted once a document, and once more everywhere), it is
    the root of ``(|r| + the largest |r| of any label) / 2``.

    Parameters
    ----------
    rows : csr_matrix of shape (n_documents, n_features)
        Features, above 0 where a document has the n-gram.
    targets : ndarray of shape (n_documents, n_labels)
        1 where a document has the label, 0 where not; soft labels are between.
    weight : ndarray of shape (n_documents,)
        Weights of the documents.

    Returns
    -------
    ndarray of shape (n_labels, n_features), dtype float64
        The scales.

    Notes
    -----
    The ratio is that of Wang and Manning, "Baselines and Bigrams: Simple, Good Sentiment
    and Topic Classification", ACL 2012, who multiply by r itself. Its root, and the label
    that the n-gram says most of, were as good or better on every data set
    (docs/benchmarks/training.md): with many labels of few documents r alone is noise.

    Examples
    --------
    >>> rows = sp.csr_matrix([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
    >>> targets = np.array([[1.0], [1.0], [0.0]])
    >>> (scale_ngrams(rows, targets, np.ones(3)) ** 2).round(3)
    array([[0.405, 0.693]])
    """
    occurs = (rows > 0).astype(np.float64)
    of_label = (targets * weight[:, None]).T @ occurs + 1.0
    of_others = ((1 - targets) * weight[:, None]).T @ occurs + 1.0
    ratio = np.abs(
        np.log(of_label / of_label.sum(axis=1, keepdims=True))
        - np.log(of_others / of_others.sum(axis=1, keepdims=True))
    )
    return np.sqrt((ratio + ratio.max(axis=0)) / 2)
