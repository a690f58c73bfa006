from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal
from threadpoolctl import threadpool_limits

from sklearn_slm.embeddings import fit_glove, glove, least_squares, shares
from sklearn_slm.embeddings.least_squares import prepare_regressions, solve_rows
from sklearn_slm.embeddings.shares import make_shares, solve_shares

WEIGHTING = 4, 5.0, 0.75


@pytest.fixture
def small_blocks(monkeypatch):
    for module in (least_squares, shares):
        monkeypatch.setattr(module, "BLOCK_ROWS", 8)
    monkeypatch.setattr(least_squares, "TILE_COLUMNS", 16)
    monkeypatch.setattr(least_squares, "BATCH_PAIRS", 64)


def draw_counts(n_words=120):
    """Return symmetric counts: the first words have many, the last ones few or none."""
    random = np.random.RandomState(0)
    ranks = np.arange(1, n_words + 1)
    draws = random.poisson(20.0 / np.outer(ranks, ranks) ** 0.8)
    return sp.csr_array(np.triu(draws) + np.triu(draws, 1).T, dtype=np.float32)


@pytest.mark.parametrize("n_shares", [1, 2, 3, 100])
def test_shares_give_the_bits_of_the_whole(n_shares, small_blocks):
    counts = draw_counts()
    random = np.random.RandomState(1)
    start, fixed, anchor = random.standard_normal((3, 120, 5)).astype(np.float32)
    expected, found = start.copy(), start.copy()
    parallel = joblib.Parallel(n_jobs=1)
    with threadpool_limits(1), ThreadPoolExecutor(1) as pool:
        whole = prepare_regressions(counts, *WEIGHTING, pool)
        made = make_shares(counts, n_shares, *WEIGHTING, pool)
        errors = solve_rows(expected, fixed, whole, anchor, 0.5, pool)
        of_shares = solve_shares(found, fixed, made, anchor, 0.5, parallel)
    assert len(whole.heavy) > 2 and len(whole.light) > 2
    assert_array_equal(found, expected)
    assert_array_equal(of_shares, errors)
    rows = np.concatenate([share.rows for share in made])
    assert sorted(rows) == np.flatnonzero(np.diff(counts.indptr)).tolist()


def test_workers_apart_give_the_vectors_of_one_process(small_blocks, monkeypatch):
    counts = draw_counts()
    expected, curve = fit_glove(counts, 4, random_state=0)
    monkeypatch.setattr(glove, "LEAST_SHARED_PAIRS", 0)
    monkeypatch.setattr(glove, "are_workers_apart", lambda: True)
    with joblib.parallel_config("threading", n_jobs=3):
        found, other_curve = fit_glove(counts, 4, random_state=0)
    assert_array_equal(found, expected)
    assert other_curve == curve
