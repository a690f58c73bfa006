from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sklearn_slm.embeddings import least_squares
from sklearn_slm.embeddings.least_squares import prepare_regressions, solve_rows

X_MAX, EXPONENT, RIDGE = 5.0, 0.75, 0.3


def make_problem(lengths, n_columns, n_components, seed=0):
    """Counts with so many entries a row, both sides, and an anchor."""
    rng = np.random.default_rng(seed)
    dense = np.zeros((len(lengths), n_columns), np.float32)
    for row, length in enumerate(lengths):
        columns = rng.choice(n_columns, length, replace=False)
        dense[row, columns] = np.exp(rng.normal(0.5, 1.0, length))
    sides = [
        rng.normal(0, 0.5, (n, n_components + 1)).astype(np.float32)
        for n in (len(lengths), n_columns, len(lengths))
    ]
    return dense, *sides


def solve_by_hand(dense, fixed, start, anchor):
    """Solve each row by the normal equations in double precision."""
    rows, total = start.astype(np.float64), 0.0
    for row, counts in enumerate(dense):
        used = np.flatnonzero(counts)
        if not len(used):
            continue
        design = np.column_stack([fixed[used, :-1], np.ones(len(used))]).astype(float)
        weights = np.minimum(1, (counts[used].astype(float) / X_MAX) ** EXPONENT)
        target = np.log(counts[used].astype(float)) - fixed[used, -1]
        left = design.T * weights @ design + RIDGE * np.eye(design.shape[1])
        right = design.T @ (weights * target) + RIDGE * anchor[row]
        rows[row] = np.linalg.solve(left, right)
        total += 0.5 * np.sum(weights * (target - design @ rows[row]) ** 2)
    return rows, total


@pytest.mark.parametrize(
    ("slots_per_pair", "product_numbers"),
    [(0, 10**6), (3, 10**6), (10**9, 10**6), (10**9, 2000)],
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_path_solves_the_same_regressions(
    slots_per_pair, product_numbers, n_jobs, monkeypatch
):
    # Few counts take the dual path, many the primal one: all dense, mixed or all gathered.
    monkeypatch.setattr(least_squares, "SLOTS_PER_PAIR", slots_per_pair)
    monkeypatch.setattr(least_squares, "PRODUCT_NUMBERS", product_numbers)
    monkeypatch.setattr(least_squares, "BLOCK_ROWS", 8)
    monkeypatch.setattr(least_squares, "TILE_COLUMNS", 16)
    monkeypatch.setattr(least_squares, "BATCH_PAIRS", 64)
    lengths = [100, 60, 0, 40, 1, 5, 5, 3, 2, 0, 7, 99, 12, 13, 80, 4, 6, 33, 1, 90]
    dense, start, fixed, anchor = make_problem(lengths, 100, n_components=10)
    expected, error = solve_by_hand(dense, fixed, start, anchor)
    solved = start.copy()
    with ThreadPoolExecutor(n_jobs) as pool:
        regressions = prepare_regressions(
            sp.csr_array(dense), 10, X_MAX, EXPONENT, pool
        )
        total = solve_rows(solved, fixed, regressions, anchor, RIDGE, pool).sum()
    assert_allclose(solved, expected, rtol=1e-3, atol=2e-4)
    assert total == pytest.approx(error, rel=1e-4)


def test_outer_products_stay_within_their_budget(monkeypatch):
    dense, *_ = make_problem([100] * 8, 100, n_components=10)
    for numbers, expected in ((10**6, 100), (2000, 2000 // (12 * 13 // 2))):
        monkeypatch.setattr(least_squares, "PRODUCT_NUMBERS", numbers)
        with ThreadPoolExecutor(1) as pool:
            regressions = prepare_regressions(
                sp.csr_array(dense), 10, X_MAX, EXPONENT, pool
            )
        assert [block.n_dense for block in regressions.heavy] == [expected]


def test_a_matrix_that_rounding_made_indefinite_is_still_solved():
    matrices = np.array([[[4, 2], [2, 3]], [[1, 2], [2, 1]]], np.float32)
    vectors = np.array([[8, 8], [5, 4]], np.float32)
    least_squares._solve_positive(matrices, vectors)
    assert_allclose(vectors, [[1, 2], [1, 2]], rtol=1e-6)


def test_rows_without_counts_stay():
    dense, start, fixed, anchor = make_problem([0, 0], 3, n_components=2)
    solved = start.copy()
    with ThreadPoolExecutor(1) as pool:
        regressions = prepare_regressions(sp.csr_array(dense), 2, X_MAX, EXPONENT, pool)
        assert not solve_rows(solved, fixed, regressions, anchor, RIDGE, pool).any()
    assert_allclose(solved, start)


def test_one_neighbour_and_full_weight_by_hand():
    # w = anchor + V (target - V.anchor) / (V.V + ridge) for one count of weight 1.
    fixed = np.array([[2.0, 0.5]], np.float32)
    anchor = np.zeros((1, 2), np.float32)
    solved = np.ones((1, 2), np.float32)
    with ThreadPoolExecutor(1) as pool:
        counts = sp.csr_array(np.array([[np.e**2]], np.float32))
        regressions = prepare_regressions(counts, 1, X_MAX, EXPONENT, pool)
        solve_rows(solved, fixed, regressions, anchor, 1.0, pool)
    assert_allclose(solved, [[2 * 1.5 / 6, 1.5 / 6]], rtol=1e-5)
