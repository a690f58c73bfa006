"""GloVe: word vectors from co-occurrence counts, by alternating least squares."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, effective_n_jobs
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..text import Analyzer, learn_vocabulary
from .cooccurrences import count_cooccurrences
from .least_squares import prepare_regressions, solve_rows
from .shares import are_workers_apart, make_shares, solve_shares
from .word_vectors import WordVectors

__all__ = ["count_cooccurrences", "fit_glove", "train_glove"]

# Vectors of the most frequent words are fitted first, among themselves: 12 cheap half
# passes there save two or three over all words.
COARSE_WORDS = 1024
COARSE_PASSES = 6
# Below so many words the passes over all of them are as cheap.
LEAST_WORDS = 16 * COARSE_WORDS
# The ridge draws vectors to a tenth of their random start: near 0, but not one and the same.
ANCHOR_SCALE = np.float32(0.1)
# Workers that share no memory begin where there is work for some seconds.
LEAST_SHARED_PAIRS = 1 << 21


def fit_glove(
    cooccurrences: Any,
    n_components: int = 50,
    *,
    x_max: float = 10.0,
    weighting_exponent: float = 0.75,
    max_iter: int = 4,
    tol: float = 0.05,
    ridge: float = 1.0,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> tuple[NDArray[np.float32], list[float]]:
    r"""Fit GloVe vectors to co-occurrence counts.

    Minimises ``sum f(X_ij) (w_i . c_j + b_i + b_j - log X_ij)^2`` over the counts that are
    not 0, ``f(x) = min(1, (x / x_max) ** weighting_exponent)``. With one side fixed the
    other one is a small regression for each word, solved exactly; the sides take turns.
    There is no learning rate, and the result has the same bits for any number of threads.

    Under a backend of joblib whose workers share no memory, such as those of Dask and Ray,
    the workers share the rows of counts of 2 million pairs or more; with the same bits
    where they have CPUs of the same kind.

    Parameters
    ----------
    cooccurrences : sparse matrix of shape (n_words, n_words)
        Symmetric counts from :func:`count_cooccurrences`. Fastest with frequent words first.
    n_components : int, default=50
        Length of the vectors; may exceed the number of words.
    x_max : float, default=10.0
        The count from which on a pair has full weight.
    weighting_exponent : float, default=0.75
        How the weight falls below `x_max`.
    max_iter : int, default=4
        The most passes over the counts; each solves for both sides.
    tol : float, default=0.05
        Stop when a pass lowers the objective by less than this part of it.
    ridge : float, default=1.0
        Weight of the squared length of each vector and bias. A word of few neighbours gets
        a short vector; without it such words would be fitted exactly, noise and all.
    n_jobs : int or None, default=None
        Threads, as in scikit-learn; workers, where such a backend is active.
    random_state : int, RandomState instance or None, default=None
        Seeds the start; None takes fresh entropy and leaves NumPy's global generator alone.
    verbose : int, default=0
        Above 0, write one line a pass to standard output.

    Returns
    -------
    table : ndarray of float32, shape (n_words, n_components)
        The vectors of the words as rows of the counts. The authors add those of the words
        as columns; here that was never better, and worse on small corpora. A word without
        neighbours keeps its small random start.
    objective_curve : list of float
        Mean of ``f(X) e^2 / 2`` over the counts after each pass; empty without any counts.

    Raises
    ------
    ValueError
        If the counts are not square, symmetric in shape and positive, or a parameter is out
        of range.

    References
    ----------
    Pennington, Socher and Manning (2014), GloVe: Global Vectors for Word Representation.

    Examples
    --------
    >>> counts = count_cooccurrences([2, 3, 4, 2, 3, 5], [0, 6], n_tokens=4)
    >>> table, curve = fit_glove(counts, n_components=2, random_state=0)
    >>> table.shape, curve[0] > curve[-1]
    ((4, 2), True)
    """
    _check_parameters(n_components, x_max, weighting_exponent, max_iter, tol, ridge)
    counts = _check_counts(cooccurrences)
    words, contexts = _draw_start(counts.shape[0], n_components, random_state)
    # Two words of equal neighbours must differ at least a little for the layers above.
    anchors = words * ANCHOR_SCALE, contexts * ANCHOR_SCALE
    curve: list[float] = []
    started = time.perf_counter()
    # One BLAS thread each: the rows are the parallel part, and more BLAS threads would
    # change the last bits of a product.
    n_workers = effective_n_jobs(n_jobs)
    is_shared = counts.nnz >= LEAST_SHARED_PAIRS and are_workers_apart()
    workers: Any = Parallel(n_jobs=n_jobs) if is_shared else nullcontext()
    with (
        threadpool_limits(1),
        ThreadPoolExecutor(n_workers) as pool,
        workers as parallel,
    ):
        weighting = (n_components, x_max, weighting_exponent, pool)
        if counts.shape[0] >= LEAST_WORDS:
            _start_coarse(words, contexts, anchors, counts, ridge, weighting)
        solve: Callable[..., NDArray[np.float64]]
        if is_shared:
            shares = make_shares(counts, n_workers, *weighting)
            solve = partial(solve_shares, shares=shares, parallel=parallel)
        else:
            regressions = prepare_regressions(counts, *weighting)
            solve = partial(solve_rows, regressions=regressions, pool=pool)
        while counts.nnz and len(curve) < max_iter:
            solve(contexts, words, anchor=anchors[1], ridge=ridge)
            errors = solve(words, contexts, anchor=anchors[0], ridge=ridge)
            curve.append(float(errors.sum()) / counts.nnz)
            if verbose:
                _report(curve, max_iter, time.perf_counter() - started)
            if len(curve) > 1 and curve[-2] - curve[-1] <= tol * curve[-2]:
                break
    return np.ascontiguousarray(words[:, :-1]), curve


def train_glove(
    documents: Iterable[str],
    n_components: int = 50,
    *,
    analyzer: Callable[[str], Sequence[str]] | None = None,
    min_df: float = 1,
    max_df: float = 1.0,
    max_features: int | None = None,
    window_size: int = 10,
    x_max: float = 10.0,
    weighting_exponent: float = 0.75,
    max_iter: int = 4,
    tol: float = 0.05,
    ridge: float = 1.0,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> WordVectors:
    """Train word vectors on raw texts.

    Parameters
    ----------
    documents : iterable of str
        Read once, one document at a time: a generator or an open text file (one document a
        line) will do.
    n_components : int, default=50
        Length of the vectors.
    analyzer : callable or None, default=None
        From a document to its tokens; None takes :class:`sklearn_slm.text.Analyzer`'s
        defaults.
    min_df, max_df, max_features : default=1, 1.0 and None
        Which words get a vector, as in :class:`~sklearn_slm.GloveTfidfVectorizer`.
    window_size : int, default=10
        The greatest distance of two words that counts, see :func:`count_cooccurrences`.
    x_max, weighting_exponent, max_iter, tol, ridge : see :func:`fit_glove`
        Options of the solver.
    n_jobs : int or None, default=None
        Threads, as in scikit-learn. The vectors have the same bits for any number.
    random_state : int, RandomState instance or None, default=None
        Seeds the start.
    verbose : int, default=0
        Above 0, write one line a pass to standard output.

    Returns
    -------
    WordVectors
        Most frequent words first.

    Raises
    ------
    TypeError, ValueError
        If `documents` is one string or holds something else than texts, no token is left,
        or a parameter is out of range.

    Notes
    -----
    Memory holds a little over 4 bytes for each token of the corpus and, for each pair of
    words that occur together, at most about 50 while counting and 100 while solving; the
    solver works in another 0.3 GB, and 0.1 GB for each thread at 100 components.

    Examples
    --------
    >>> texts = ["the cat sat on the mat", "the dog sat on the rug"]
    >>> vectors = train_glove(texts, n_components=8, random_state=0)
    >>> vectors
    <WordVectors: 7 words x 8 components>
    """
    _check_parameters(n_components, x_max, weighting_exponent, max_iter, tol, ridge)
    analyze = Analyzer("word" if analyzer is None else analyzer)
    vocabulary, ids, offsets = learn_vocabulary(
        map(analyze, _iterate_texts(documents)),
        min_df=min_df,
        max_df=max_df,
        max_features=max_features,
    )
    counts = count_cooccurrences(
        ids, offsets, len(vocabulary), window_size=window_size, n_jobs=n_jobs
    )
    table, _ = fit_glove(
        counts,
        n_components,
        x_max=x_max,
        weighting_exponent=weighting_exponent,
        max_iter=max_iter,
        tol=tol,
        ridge=ridge,
        n_jobs=n_jobs,
        random_state=random_state,
        verbose=verbose,
    )
    return WordVectors(vocabulary.tokens, table)


def _check_parameters(
    n_components: int,
    x_max: float,
    exponent: float,
    max_iter: int,
    tol: float,
    ridge: float,
) -> None:
    """Refuse parameters out of range, before any work is done."""
    for name, value, low, strict in (
        ("n_components", n_components, 1, False),
        ("x_max", x_max, 0, True),
        ("weighting_exponent", exponent, 0, False),
        ("max_iter", max_iter, 1, False),
        ("tol", tol, 0, False),
        ("ridge", ridge, 0, True),
    ):
        if not (value > low if strict else value >= low):
            bound = "above" if strict else "at least"
            raise ValueError(f"{name} must be {bound} {low}. Got {value!r}.")


def _check_counts(cooccurrences: Any) -> sp.csr_array:
    counts = sp.csr_array(cooccurrences, dtype=np.float32)
    if counts.shape[0] != counts.shape[1]:
        raise ValueError(
            "The co-occurrence counts must be square, one row and one column for each "
            f"word. Got the shape {counts.shape}."
        )
    if not counts.has_canonical_format:
        counts = counts.copy()
        counts.sum_duplicates()
    if counts.nnz and not (counts.data.min() > 0 and np.isfinite(counts.data.max())):
        raise ValueError(
            "Every stored co-occurrence count must be above 0 and finite. Got "
            f"{counts.data.min()} to {counts.data.max()}; their logarithm is taken."
        )
    return counts


def _draw_start(
    n_words: int, n_components: int, random_state: int | np.random.RandomState | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw words and contexts, small vectors with a bias of 0 behind them."""
    if not isinstance(random_state, np.random.RandomState):
        random_state = np.random.RandomState(random_state)
    scale = 0.5 / np.sqrt(n_components)
    sides = random_state.normal(0.0, scale, (2, n_words, n_components + 1))
    sides[..., -1] = 0.0
    return sides[0].astype(np.float32), sides[1].astype(np.float32)


def _start_coarse(
    words: NDArray[np.float32],
    contexts: NDArray[np.float32],
    anchors: tuple[NDArray[np.float32], NDArray[np.float32]],
    counts: sp.csr_array,
    ridge: float,
    weighting: tuple[int, float, float, ThreadPoolExecutor],
) -> None:
    """Fit the most frequent words among themselves, then all words to those."""
    pool = weighting[-1]
    by_neighbours = np.argsort(-np.diff(counts.indptr), kind="stable")
    top = np.sort(by_neighbours[:COARSE_WORDS])
    columns = counts[:, top]
    columns.sort_indices()
    coarse_words, coarse_contexts = words[top], contexts[top]
    coarse = prepare_regressions(columns[top], *weighting)
    for _ in range(COARSE_PASSES):
        solve_rows(coarse_contexts, coarse_words, coarse, anchors[1][top], ridge, pool)
        solve_rows(coarse_words, coarse_contexts, coarse, anchors[0][top], ridge, pool)
    contexts[top] = coarse_contexts
    onto_coarse = prepare_regressions(columns, *weighting)
    solve_rows(words, coarse_contexts, onto_coarse, anchors[0], ridge, pool)


def _report(curve: list[float], max_iter: int, seconds: float) -> None:
    sys.stdout.write(
        f"GloVe pass {len(curve)}/{max_iter}: objective {curve[-1]:.5f}, {seconds:.1f} s\n"
    )
    sys.stdout.flush()


def _iterate_texts(documents: Iterable[str]) -> Iterable[str]:
    """Yield the documents; refuse what is no text, at the document where it comes."""
    if isinstance(documents, str):
        raise ValueError(
            "Iterable over raw text documents expected, string object received. Put the "
            "text into a list: documents=[text]."
        )

    def iterate() -> Iterable[str]:
        for number, document in enumerate(documents):
            if not isinstance(document, str):
                raise TypeError(
                    f"Every document must be a string. Got {type(document).__name__} in "
                    f"document {number}: {document!r:.60}; decode bytes and leave missing "
                    "ones out."
                )
            yield document

    return iterate()
