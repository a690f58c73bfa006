"""The rows of GloVe's regressions, shared among the workers of a joblib backend.

A row is solved from its counts and the other side alone, so that who solves it changes no
bit of it. Threads of one process share rows in :mod:`.least_squares`; this is for workers
that share no memory: processes, or those of Dask and Ray on other machines.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from joblib.parallel import get_active_backend
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .least_squares import BLOCK_ROWS, Regressions, prepare_regressions, solve_rows

__all__ = ["Share", "are_workers_apart", "make_shares", "solve_shares"]


class Share(NamedTuple):
    """What one worker solves.

    Parameters
    ----------
    rows : ndarray of shape (n,), dtype int
        Which rows of the counts.
    regressions : Regressions
        Those of these rows, numbered from 0.
    """

    rows: NDArray[np.intp]
    regressions: Regressions


def are_workers_apart() -> bool:
    """Tell whether joblib's backend, where one is active, has workers without our memory.

    Examples
    --------
    >>> import joblib
    >>> are_workers_apart()
    False
    >>> with joblib.parallel_config("loky"):
    ...     are_workers_apart()
    True
    """
    backend, _ = get_active_backend(prefer="threads")
    return not getattr(backend, "supports_sharedmem", False)


def make_shares(
    counts: sp.csr_array,
    n_shares: int,
    n_components: int,
    x_max: float,
    exponent: float,
    pool: ThreadPoolExecutor,
) -> list[Share]:
    """Cut the rows of counts into shares of about as much work.

    Rows of many counts are solved in blocks, and how a block is added up depends on all of
    its rows; so whole blocks are dealt out, the same as without shares.

    Parameters
    ----------
    counts, n_components, x_max, exponent, pool
        As in :func:`~.least_squares.prepare_regressions`.
    n_shares : int
        The most shares.

    Returns
    -------
    list of Share
    """
    lengths = np.diff(counts.indptr)
    heavy = np.flatnonzero(lengths > n_components)
    light = np.flatnonzero((lengths <= n_components) & (lengths > 0))
    starts = np.arange(0, len(heavy), BLOCK_ROWS)
    blocks = [heavy[start : start + BLOCK_ROWS] for start in starts]
    shares = []
    for k in range(n_shares):
        rows = np.concatenate([*blocks[k::n_shares], light[k::n_shares]]).astype(
            np.intp
        )
        if len(rows):
            weighting = n_components, x_max, exponent, pool
            shares.append(Share(rows, prepare_regressions(counts[rows], *weighting)))
    return shares


def solve_shares(
    solved: NDArray[np.float32],
    fixed: NDArray[np.float32],
    shares: list[Share],
    anchor: NDArray[np.float32],
    ridge: float,
    parallel: Parallel,
) -> NDArray[np.float64]:
    """Do what :func:`~.least_squares.solve_rows` does, by workers.

    Parameters
    ----------
    solved, fixed, anchor, ridge
        As there.
    shares : list of Share
        From :func:`make_shares`.
    parallel : joblib.Parallel
        Brings each worker its share, its rows of `solved` and `anchor`, and all of `fixed`.

    Returns
    -------
    ndarray of shape (n_rows,)
        What :func:`~.least_squares.solve_rows` returns.
    """
    errors = np.zeros(len(solved))
    results: Any = parallel(
        delayed(_solve)(regressions, fixed, solved[rows], anchor[rows], ridge)
        for rows, regressions in shares
    )
    for (rows, _), (found, of_rows) in zip(shares, results):
        solved[rows], errors[rows] = found, of_rows
    return errors


def _solve(
    regressions: Regressions,
    fixed: NDArray[np.float32],
    former: NDArray[np.float32],
    anchor: NDArray[np.float32],
    ridge: float,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    # What joblib maps from a file cannot be written to.
    former = former.copy()
    with threadpool_limits(1), ThreadPoolExecutor(1) as pool:
        return former, solve_rows(former, fixed, regressions, anchor, ridge, pool)
