"""Fit the wide branch beside a trained network, and blend the two."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from ..runtime.forward import to_probabilities
from ..runtime.wide import count_ngrams, find_ngrams, run_wide, weigh_ngrams
from ..spec import NetworkSpec
from .fitting import Fold, Part, log_losses

__all__ = ["add_wide", "fit_blend", "fit_margins", "scale_ngrams"]

Weights = dict[str, np.ndarray]
# Penalties of the linear model to choose from: of 0.1 to 2.0, these won on some data
# set's dev part (docs/benchmarks/training.md).
_PENALTIES = (0.5, 0.25, 1.0)
# N-grams kept, and n-grams times outputs: what a file of two megabytes has room for.
_MOST_NGRAMS, _MOST_WEIGHTS = 2**15, 2**20
# From so many texts on, n-grams of one text only are left out.
_MANY_DOCUMENTS = 1000
# Weight of the two branches where no held-out part tells: about the mean of what held-out
# parts of TREC-6 and SST-2, whole and of 30 or 100 texts a class, gave.
_USUAL = np.array([0.6, 1.8])
# How many held-out texts the usual weights count for.
_PRIOR = 0.5
# liblinear has one random generator for the process: fits in threads take turns, so
# that each has its own numbers.
_liblinear = threading.Lock()


def add_wide(
    spec: NetworkSpec,
    weights: Weights,
    folds: Sequence[Fold],
    whole: Part,
    *,
    wide_ngrams: tuple[int, int],
    seed: int,
) -> tuple[NetworkSpec, Weights]:
    """Give a trained network its wide branch.

    The linear model is fitted to the training part of each fold. Its n-grams, its penalty
    and the share of each branch are those of least log loss on the held-out texts of
    all folds. Then it is fitted once more to all texts.

    Parameters
    ----------
    spec : NetworkSpec
        The recurrent branch.
    weights : dict of str to ndarray
        Its weights.
    folds : sequence of Fold
        Texts with the logits of a network that did not see them; without any, usual
        values are taken.
    whole : Part
        What to fit the linear model to at last.
    wide_ngrams : tuple of (int, int)
        Shortest and longest n-gram. Where single words alone do better, they are taken.
    seed : int
        Seed of the linear model.

    Returns
    -------
    spec, weights
        Of both branches.
    """
    lengths, penalty, shares = wide_ngrams, 0.5, _USUAL
    if folds:
        lengths, penalty, shares = _choose_wide(spec, folds, wide_ngrams, seed)
    spec = replace(spec.without_wide(), wide_ngrams=lengths)
    features = _choose_features(spec, whole, seed)
    wide = _fit_wide(spec, features, whole, penalty, seed)
    of_deep, of_wide = shares.astype(np.float32)
    blended = weights | {
        "head.kernel": weights["head.kernel"] * of_deep,
        "head.bias": weights["head.bias"] * of_deep,
        "wide.keys": wide["wide.keys"],
        "wide.idf": wide["wide.idf"],
        "wide.kernel": wide["wide.kernel"] * of_wide,
        "wide.bias": wide["wide.bias"] * of_wide,
    }
    return replace(spec, n_wide=len(features.keys)), blended


def _choose_wide(
    spec: NetworkSpec, folds: Sequence[Fold], wide_ngrams: tuple[int, int], seed: int
) -> tuple[tuple[int, int], float, np.ndarray]:
    """Return lengths, penalty and shares of least loss on what the folds hold out."""
    deep = np.concatenate([fold.deep for fold in folds])
    held_out = [fold.held_out for fold in folds]
    truth = np.concatenate([part.targets.encoded for part in held_out])
    weight = np.concatenate([part.weight for part in held_out])
    found: dict[tuple, tuple] = {}

    def measure(lengths: tuple[int, int], penalties: Sequence[float]) -> None:
        own = replace(spec.without_wide(), wide_ngrams=lengths)
        features = [_choose_features(own, fold.train, seed) for fold in folds]
        for penalty in penalties:
            logits = [
                run_wide(
                    own,
                    _fit_wide(own, chosen, fold.train, penalty, seed),
                    fold.held_out.sequences.ids,
                    fold.held_out.sequences.offsets,
                )
                for chosen, fold in zip(features, folds)
            ]
            shares, loss = fit_blend(spec, deep, np.concatenate(logits), truth, weight)
            found[lengths, penalty] = loss, shares

    def best() -> tuple:
        return min(found, key=lambda choice: found[choice][0])

    first, *others = _PENALTIES
    measure(wide_ngrams, [first])
    if wide_ngrams[0] == 1 < wide_ngrams[1]:
        measure((1, 1), [first])
    lengths = best()[0]
    measure(lengths, others)
    penalty = best()[1]
    return lengths, penalty, found[lengths, penalty][1]


@dataclass(frozen=True)
class _Features:
    """The n-grams of some documents: keys, idf, and a row of features for each text."""

    keys: np.ndarray
    idf: np.ndarray
    rows: sp.csr_matrix


def _choose_features(spec: NetworkSpec, part: Part, seed: int) -> _Features:
    """Find the n-grams of documents; of too many, keep those that decide most."""
    ids, offsets = part.sequences.ids, part.sequences.offsets
    n_documents = len(part.weight)
    owners, found = find_ngrams(ids, offsets, spec.n_tokens, spec.wide_ngrams)
    keys, places = np.unique(found, return_inverse=True)
    pairs = np.unique(owners * max(len(keys), 1) + places)
    document_counts = np.bincount(pairs % max(len(keys), 1), minlength=len(keys))
    least = 2 if n_documents >= _MANY_DOCUMENTS else 1
    kept = document_counts >= least
    keys = keys[kept]
    idf = np.log((1 + n_documents) / (1 + document_counts[kept])) + 1
    features = _compute_features(spec, part, keys, idf.astype(np.float32))
    most = min(_MOST_NGRAMS, max(1, _MOST_WEIGHTS // spec.n_outputs))
    if len(keys) <= most:
        return features
    kernel, _ = fit_margins(spec, features.rows, part, 0.5, seed)
    # A weight alone would favour n-grams that hardly occur.
    spread = np.sqrt(np.asarray(features.rows.power(2).sum(axis=0)).ravel())
    strength = np.abs(kernel).max(axis=1) * spread
    best = np.sort(np.argsort(-strength, kind="stable")[:most])
    return _compute_features(spec, part, keys[best], features.idf[best])


def _compute_features(
    spec: NetworkSpec, part: Part, keys: np.ndarray, idf: np.ndarray
) -> _Features:
    n_documents = len(part.weight)
    documents, places, counts = count_ngrams(
        spec, keys, part.sequences.ids, part.sequences.offsets
    )
    values = weigh_ngrams(documents, idf[places], counts, n_documents)
    rows = sp.csr_matrix((values, (documents, places)), (n_documents, len(keys)))
    return _Features(keys, idf, rows)


def _fit_wide(
    spec: NetworkSpec, features: _Features, part: Part, penalty: float, seed: int
) -> Weights:
    kernel, bias = fit_margins(spec, features.rows, part, penalty, seed)
    return {
        "wide.keys": features.keys,
        "wide.idf": features.idf,
        "wide.kernel": kernel,
        "wide.bias": bias,
    }


def fit_margins(
    spec: NetworkSpec, rows: sp.csr_matrix, part: Part, penalty: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a linear support vector machine, each output against the rest.

    Features are scaled by what their n-gram says of the output, see :func:`scale_ngrams`;
    the scales go into the weights. With squared hinge loss the machine is as accurate on
    n-grams as logistic regression, and 10 to 100 times as fast to fit.

    Parameters
    ----------
    spec : NetworkSpec
        Its output and ``n_outputs`` are read.
    rows : csr_matrix of shape (n_documents, n_features)
        Features.
    part : Part
        Targets and weights of the documents.
    penalty : float
        ``C`` of :class:`~sklearn.svm.LinearSVC`.
    seed : int
        Seed of the order in which liblinear visits documents.

    Returns
    -------
    kernel : ndarray of shape (n_features, n_outputs), dtype float32
        Weights of the margins.
    bias : ndarray of shape (n_outputs,), dtype float32
        Constants of the margins; -1 and no weights for an output that no document has,
        1 for one that all have.
    """
    counts = part.weight > 0
    rows, weight, labels = (
        rows[counts],
        part.weight[counts],
        part.targets.encoded[counts],
    )
    if spec.output == "softmax":
        labels = labels[:, None] == np.arange(spec.n_outputs)
    labels = labels.astype(bool)
    share = labels.mean(axis=0)
    mixed = np.flatnonzero((share > 0) & (share < 1))
    kernel = np.zeros((rows.shape[1], spec.n_outputs), np.float32)
    bias = np.where(share < 1, -1.0, 1.0).astype(np.float32)
    scales = scale_ngrams(rows, labels, weight)
    two = spec.output == "softmax" and len(mixed) == 2
    for place in mixed[1:] if two else mixed:
        machine = LinearSVC(C=penalty, dual=True, tol=0.01, random_state=seed)
        with _liblinear, warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(rows @ sp.diags(scales[place]), labels[:, place], weight)
        kernel[:, place] = machine.coef_[0] * scales[place]
        bias[place] = machine.intercept_[0]
    if two:
        # One margin: half of it for, half of it against.
        against, of = mixed
        kernel[:, of] /= 2
        bias[of] /= 2
        kernel[:, against], bias[against] = -kernel[:, of], -bias[of]
    return kernel, bias


def scale_ngrams(
    rows: sp.csr_matrix, labels: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return how much each n-gram says of each label: a scale for its feature.

    With r the logarithm of the n-gram's share of all n-grams in the label's documents
    over its share in the others (counted once a document, and once more everywhere), it is
    the root of ``(|r| + the largest |r| of any label) / 2``.

    Parameters
    ----------
    rows : csr_matrix of shape (n_documents, n_features)
        Features, above 0 where a document has the n-gram.
    labels : ndarray of shape (n_documents, n_labels), dtype bool
        Labels of the documents.
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
    >>> labels = np.array([[True], [True], [False]])
    >>> (scale_ngrams(rows, labels, np.ones(3)) ** 2).round(3)
    array([[0.405, 0.693]])
    """
    there = (rows > 0).astype(np.float64)
    of = (labels * weight[:, None]).T @ there + 1.0
    others = (~labels * weight[:, None]).T @ there + 1.0
    ratio = np.abs(
        np.log(of / of.sum(axis=1, keepdims=True))
        - np.log(others / others.sum(axis=1, keepdims=True))
    )
    return np.sqrt((ratio + ratio.max(axis=0)) / 2)


def fit_blend(
    spec: NetworkSpec,
    deep: np.ndarray,
    wide: np.ndarray,
    truth: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Find the weights of two branches' logits that give the least log loss.

    The problem is convex. A few imagined texts that are content with the usual weights
    keep it sane where little is held out.

    Parameters
    ----------
    spec : NetworkSpec
        Its output is read.
    deep, wide : ndarray of shape (n_documents, n_outputs), dtype float32
        Logits of the two branches.
    truth : ndarray of shape (n_documents,) or (n_documents, n_outputs)
        Class numbers or label indicators.
    weight : ndarray of shape (n_documents,)
        Weights of the documents.

    Returns
    -------
    shares : ndarray of shape (2,), dtype float64
        Weights of the two branches, not negative.
    loss : float
        Mean log loss under them.
    """
    weight = weight.astype(np.float64)
    if spec.output == "softmax":
        truth = np.eye(spec.n_outputs)[truth]
    logits = np.stack([deep, wide]).astype(np.float64)

    def penalised(shares: np.ndarray) -> tuple[float, np.ndarray]:
        probabilities = to_probabilities(spec, np.tensordot(shares, logits, 1))
        errors = (probabilities - truth) * weight[:, None]
        loss = log_losses(spec, probabilities, truth) @ weight
        slope = np.tensordot(logits, errors, 2)
        if spec.output == "sigmoid":
            slope = slope / spec.n_outputs
        off = (shares - _USUAL) / _USUAL
        return (
            (loss + 0.5 * _PRIOR * off @ off) / weight.sum(),
            (slope + _PRIOR * off / _USUAL) / weight.sum(),
        )

    found = minimize(penalised, _USUAL, jac=True, bounds=[(0, None)] * 2)
    return found.x, float(found.fun)
