"""The regressions inside GloVe: every word on the vectors of its neighbours.

With one side of the factorisation fixed, the GloVe objective falls apart into one weighted
ridge regression for each row of the counts. All that a regression needs is the Gram matrix
of ``[c_j, 1]`` under the weights ``f(X_ij)`` and its product with the targets ``log X_ij -
b_j``. Where a block of rows has most of its counts, near the frequent columns, all Gram
matrices of the block are one dense product: the weights times the outer products of the
columns. The sparse rest is gathered row by row, in batches of rows of similar length. A row
of no more counts than components is solved in its dual form, with one unknown a count.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg.lapack import sposv

__all__ = ["Regressions", "prepare_regressions", "solve_rows"]

# Rows of one block: their Gram matrices, 5 MB at 50 components, stay near the cache.
BLOCK_ROWS = 512
# Columns whose density is judged together.
TILE_COLUMNS = 256
# A gathered pair costs about as much as this many slots of a dense product (measured).
SLOTS_PER_PAIR = 3
# Most numbers in the outer products of the columns: 256 MB.
PRODUCT_NUMBERS = 1 << 26
# Gathered vectors of one batch: 4,096 of 101 numbers are 1.7 MB.
BATCH_PAIRS = 1 << 12


@dataclass(frozen=True)
class Tail:
    """Counts of some rows, padded with weight 0 to the longest; `roots` are ``f ** 0.5``."""

    rows: slice
    columns: NDArray[np.int32]
    roots: NDArray[np.float32]
    logs: NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """Some rows with many counts; `energy` is a row's dense sum of ``f (log X)^2``."""

    rows: NDArray[np.intp]
    n_dense: int
    dense_weights: sp.csr_array
    dense_targets: sp.csr_array
    energy: NDArray[np.float64]
    tails: tuple[Tail, ...]


@dataclass(frozen=True)
class Regressions:
    """The rows of the counts: those with many, and batches of equally many but few."""

    heavy: tuple[Block, ...]
    light: tuple[Tail, ...]
    light_rows: NDArray[np.intp]


def prepare_regressions(
    counts: sp.csr_array,
    n_components: int,
    x_max: float,
    exponent: float,
    pool: ThreadPoolExecutor,
) -> Regressions:
    """Prepare counts for :func:`solve_rows`.

    Parameters
    ----------
    counts : csr_array of float32, shape (n_rows, n_columns)
        Positive, with sorted indices. The more frequent words come first, the more of the
        work is dense; any order gives the same solution.
    n_components : int
        Length of the vectors.
    x_max, exponent : float
        ``f(x) = min(1, (x / x_max) ** exponent)``.
    pool : ThreadPoolExecutor
        Where the blocks are made.

    Returns
    -------
    Regressions
        Independent of the number of threads.
    """
    lengths = np.diff(counts.indptr)
    is_light = lengths <= n_components
    heavy_rows = np.flatnonzero(~is_light)
    light_rows = np.flatnonzero(is_light & (lengths > 0))
    light_rows = light_rows[np.argsort(lengths[light_rows], kind="stable")]
    most_dense = PRODUCT_NUMBERS // _count_products(n_components + 2)

    def prepare_block(start: int) -> Block:
        rows = heavy_rows[start : start + BLOCK_ROWS]
        return _make_block(counts, rows, most_dense, x_max, exponent)

    blocks = pool.map(prepare_block, range(0, len(heavy_rows), BLOCK_ROWS))
    part = counts[light_rows]
    weights, logs = _weigh(part.data, x_max, exponent)
    tails = _make_tails(part.indptr, part.indices, weights, logs, True)
    return Regressions(tuple(blocks), tails, light_rows)


def solve_rows(
    solved: NDArray[np.float32],
    fixed: NDArray[np.float32],
    regressions: Regressions,
    anchor: NDArray[np.float32],
    ridge: float,
    pool: ThreadPoolExecutor,
) -> NDArray[np.float64]:
    """Minimise the GloVe objective over one side, in place.

    Parameters
    ----------
    solved : ndarray of float32, shape (n_rows, n_components + 1)
        Vectors and, in the last column, biases. A row without counts stays as it is.
    fixed : ndarray of float32, shape (n_columns, n_components + 1)
        The other side.
    regressions : Regressions
        From :func:`prepare_regressions`.
    anchor : ndarray of float32, shape (n_rows, n_components + 1)
        Where the ridge draws each row to.
    ridge : float
        Weight of the squared distance from the anchor. It decides about the directions in
        which a word's few neighbours say nothing.
    pool : ThreadPoolExecutor
        Rows are independent, so the bits do not depend on its size. BLAS must use one
        thread.

    Returns
    -------
    ndarray of shape (n_rows,)
        ``sum f(X_ij) e_ij^2 / 2`` of each row after the step, e the error of log X.
    """
    biases = fixed[:, -1].copy()
    table = fixed.copy()
    table[:, -1] = 1.0
    n_dense = max((block.n_dense for block in regressions.heavy), default=0)
    dense = np.concatenate([biases[:n_dense, None], table[:n_dense]], axis=1)
    products = _outer_products(dense, pool)
    unpack = _unpack_index(table.shape[1]) + dense.shape[1]

    errors = np.zeros(len(solved))

    def solve_heavy(block: Block) -> None:
        equations = _normal_equations(block, table, biases, products, unpack)
        former, target = solved[block.rows], anchor[block.rows]
        found = _solve_primal(*equations, former, target, ridge)
        solved[block.rows], errors[block.rows] = found

    def solve_light(tail: Tail) -> None:
        names = regressions.light_rows[tail.rows]
        found = _solve_dual(tail, table, biases, anchor[names], ridge)
        solved[names], errors[names] = found

    heavy = pool.map(solve_heavy, regressions.heavy)
    light = pool.map(solve_light, regressions.light)
    for results in (heavy, light):
        list(results)  # waits, and raises what was raised in a thread
    return 0.5 * errors


def _weigh(
    values: NDArray[np.float32], x_max: float, exponent: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return f(X) and log X."""
    weights = np.minimum(np.float32(1), values / np.float32(x_max))
    weights **= np.float32(exponent)
    return weights, np.log(values)


def _make_block(
    counts: sp.csr_array,
    rows: NDArray[np.intp],
    most_dense: int,
    x_max: float,
    exponent: float,
) -> Block:
    part = counts[rows]
    n_dense = min(_count_dense_columns(part.indices, *part.shape), most_dense)
    # By the length of the sparse rest, so that a batch of it is a slice of the rows.
    owners = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    rest = np.bincount(owners[part.indices >= n_dense], minlength=len(rows))
    order = np.argsort(rest, kind="stable")
    rows, part = rows[order], part[order]
    pointers, columns = part.indptr, part.indices
    weights, logs = _weigh(part.data, x_max, exponent)
    dense = columns < n_dense
    dense_pointers = np.concatenate([[0], np.cumsum(dense)])[pointers]
    shape, columns_dense = (len(rows), n_dense), columns[dense]
    targets = weights[dense] * logs[dense]
    owners = np.repeat(np.arange(len(rows)), np.diff(dense_pointers))
    return Block(
        rows=rows,
        n_dense=n_dense,
        dense_weights=sp.csr_array(
            (weights[dense], columns_dense, dense_pointers), shape
        ),
        dense_targets=sp.csr_array((targets, columns_dense, dense_pointers), shape),
        energy=np.bincount(owners, targets * logs[dense], minlength=len(rows)).astype(
            np.float64
        ),
        tails=_make_tails(
            pointers - dense_pointers,
            columns[~dense],
            weights[~dense],
            logs[~dense],
            False,
        ),
    )


def _count_dense_columns(
    columns: NDArray[np.int32], n_rows: int, n_columns: int
) -> int:
    """Return how many leading columns are full enough for a dense product."""
    n_tiles = -(-n_columns // TILE_COLUMNS)
    pairs = np.bincount(columns // TILE_COLUMNS, minlength=n_tiles)
    sparse = pairs * SLOTS_PER_PAIR < n_rows * TILE_COLUMNS
    n_dense = int(np.argmax(sparse)) if sparse.any() else n_tiles
    return min(n_dense * TILE_COLUMNS, n_columns)


def _make_tails(
    pointers: NDArray[np.integer],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    logs: NDArray[np.float32],
    equal: bool,
) -> tuple[Tail, ...]:
    """Batch rows of similar (or only of equal) length; they come short ones first."""
    lengths = np.diff(pointers)
    roots = np.sqrt(weights)
    start, tails = int(np.searchsorted(lengths, 1)), []
    while start < len(lengths):
        sizes = np.arange(1, len(lengths) - start + 1) * lengths[start:]
        n_rows = max(1, int(np.searchsorted(sizes, BATCH_PAIRS, side="right")))
        if equal:
            same = np.searchsorted(lengths, lengths[start], side="right") - start
            n_rows = min(n_rows, int(same))
        rows = slice(start, start + n_rows)
        inside = np.arange(lengths[rows][-1]) < lengths[rows, None]
        part = slice(pointers[start], pointers[start + n_rows])
        padded = []
        for source in (columns, roots, logs):
            array = np.zeros(inside.shape, source.dtype)
            array[inside] = source[part]
            padded.append(array)
        tails.append(Tail(rows, *padded))
        start += n_rows
    return tuple(tails)


def _count_products(width: int) -> int:
    return width * (width + 1) // 2


def _outer_products(
    table: NDArray[np.float32], pool: ThreadPoolExecutor
) -> NDArray[np.float32]:
    """Return the upper triangle of the outer product of each row with itself."""
    n_rows, width = table.shape
    products = np.empty((n_rows, _count_products(width)), np.float32)

    def multiply(start: int) -> None:
        rows = slice(start, start + TILE_COLUMNS)
        at = 0
        for first in range(width):
            part = products[rows, at : at + width - first]
            np.multiply(table[rows, first : first + 1], table[rows, first:], out=part)
            at += width - first

    for _ in pool.map(multiply, range(0, n_rows, TILE_COLUMNS)):
        pass
    return products


def _unpack_index(width: int) -> NDArray[np.intp]:
    """Return where each entry of a symmetric matrix stands in its packed upper half."""
    rows, columns = np.triu_indices(width)
    index = np.empty((width, width), np.intp)
    index[rows, columns] = index[columns, rows] = np.arange(len(rows))
    return index.ravel()


def _gather(
    tail: Tail, table: NDArray[np.float32], biases: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the regressors ``[c, 1]`` and the targets ``log X - b``, times ``f ** 0.5``."""
    design = np.take(table, tail.columns, axis=0)
    design *= tail.roots[..., None]
    return design, (tail.logs - biases[tail.columns]) * tail.roots


def _normal_equations(
    block: Block,
    table: NDArray[np.float32],
    biases: NDArray[np.float32],
    products: NDArray[np.float32],
    unpack: NDArray[np.intp],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Return each row's Gram matrix of ``[c, 1]``, its product with the targets, theirs."""
    n_rows, width = len(block.rows), table.shape[1]
    gram = np.empty((n_rows, width, width), np.float32)
    moment = np.empty((n_rows, width), np.float32)
    energy = block.energy.copy()
    start = block.tails[0].rows.start if block.tails else n_rows
    gram[:start] = moment[:start] = 0.0
    for tail in block.tails:
        design, targets = _gather(tail, table, biases)
        # A matrix times its own transpose is half the work (BLAS syrk).
        np.matmul(design.transpose(0, 2, 1), design, out=gram[tail.rows])
        moment[tail.rows] = np.matmul(targets[:, None], design)[:, 0]
        energy[tail.rows] += np.square(targets).sum(axis=1, dtype=np.float64)
    if block.n_dense:
        packed = block.dense_weights.toarray() @ products[: block.n_dense]
        gram += np.take(packed, unpack, axis=1).reshape(gram.shape)
        # The first row of the triangle is of the biases, which are taken off log X.
        targets = block.dense_targets.toarray()
        moment += targets @ table[: block.n_dense] - packed[:, 1 : width + 1]
        energy += packed[:, 0] - 2.0 * (targets @ biases[: block.n_dense])
    return gram, moment, energy


def _solve_primal(
    gram: NDArray[np.float32],
    moment: NDArray[np.float32],
    energy: NDArray[np.float64],
    former: NDArray[np.float32],
    anchor: NDArray[np.float32],
    ridge: float,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Solve normal equations; return the rows and the sum of f(X) e^2 of each."""
    # The step is solved for, and not the row: a small step loses no digits.
    product = _multiply(gram, former)
    step = moment + np.float32(ridge) * (anchor - former) - product
    gradient = step.copy()
    diagonal = np.arange(gram.shape[1])
    gram[:, diagonal, diagonal] += np.float32(ridge)
    _solve_positive(gram, step)
    rows = former + step
    product += gradient - np.float32(ridge) * step
    errors = energy + np.sum(rows * (product - 2.0 * moment), axis=1, dtype=np.float64)
    return rows, np.maximum(errors, 0.0)


def _solve_dual(
    tail: Tail,
    table: NDArray[np.float32],
    biases: NDArray[np.float32],
    anchor: NDArray[np.float32],
    ridge: float,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Solve rows of few counts; return the rows and the sum of f(X) e^2 of each."""
    design, errors = _gather(tail, table, biases)
    errors -= _multiply(design, anchor)
    # The step is a sum of the columns' vectors: (V V' + ridge) z = e, step = V' z.
    kernel = np.matmul(design, design.transpose(0, 2, 1))
    diagonal = np.arange(kernel.shape[1])
    kernel[:, diagonal, diagonal] += np.float32(ridge)
    dual = errors.copy()
    _solve_positive(kernel, dual)
    step = np.matmul(dual[:, None], design)[:, 0]
    errors -= _multiply(design, step)
    return anchor + step, np.sum(np.square(errors), axis=1, dtype=np.float64)


def _solve_positive(
    matrices: NDArray[np.float32], vectors: NDArray[np.float32]
) -> None:
    """Solve positive definite systems in place of their right sides."""
    # One by one: LAPACK's Cholesky has a third of the time of NumPy's solver for stacks.
    diagonals = np.diagonal(matrices, axis1=1, axis2=2).copy()
    for matrix, vector, diagonal in zip(matrices, vectors, diagonals, strict=True):
        # The transposed view is as LAPACK wants it: nothing is copied.
        info = sposv(matrix.T, vector, lower=1, overwrite_a=1, overwrite_b=1)[-1]
        if info:
            # Rounding can leave an eigenvalue below 0; the strict lower half still stands.
            lower = np.tril(matrix, -1)
            vector[:] = np.linalg.solve(lower + lower.T + np.diag(diagonal), vector)


def _multiply(
    matrices: NDArray[np.float32], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.matmul(matrices, vectors[..., None])[..., 0]
