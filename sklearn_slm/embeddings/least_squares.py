"""The regressions inside GloVe: every word on the vectors of its neighbours.

With one side of the factorisation fixed, the GloVe objective falls apart into one weighted
ridge regression for each row of the counts. All that a regression needs is the Gram matrix
of ``[c_j, 1, b_j]`` under the weights ``f(X_ij)`` and its product with the targets. Where
a block of rows has most of its counts, near the frequent columns, all Gram matrices of the
block are one dense product: the weights times the outer products of the columns. The sparse
rest is gathered row by row, in batches of rows of similar length. A row of fewer counts
than components is solved in its dual form, with one unknown for each count.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Regressions", "prepare_regressions", "solve_rows"]

# Rows of one block: their Gram matrices, 5 MB at 50 components, stay near the cache.
BLOCK_ROWS = 512
# Columns whose density is judged together.
TILE_COLUMNS = 256
# A gathered pair costs about as much as this many slots of a dense product (measured).
SLOTS_PER_PAIR = 7
# Gathered vectors of one batch: 8,192 of 52 numbers are 1.7 MB.
BATCH_PAIRS = 1 << 13


@dataclass(frozen=True)
class Tail:
    """Counts of some rows, padded with weight 0 to the longest; targets are ``f log X``."""

    rows: NDArray[np.intp]
    columns: NDArray[np.int32]
    weights: NDArray[np.float32]
    targets: NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """Some rows with many counts; `energy` is the sum of ``f (log X)^2`` of each row."""

    rows: NDArray[np.intp]
    n_dense: int
    dense_weights: sp.csr_array
    dense_targets: sp.csr_array
    tails: tuple[Tail, ...]
    energy: NDArray[np.float64]


@dataclass(frozen=True)
class Regressions:
    """The rows of the counts: those with many, and batches of equally many but few."""

    heavy: tuple[Block, ...]
    light: tuple[Tail, ...]


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
    is_light = lengths <= n_components // 2
    heavy_rows = np.flatnonzero(~is_light)
    light_rows = np.flatnonzero(is_light & (lengths > 0))

    def prepare_block(start: int) -> Block:
        return _make_block(
            counts, heavy_rows[start : start + BLOCK_ROWS], x_max, exponent
        )

    blocks = pool.map(prepare_block, range(0, len(heavy_rows), BLOCK_ROWS))
    part = counts[light_rows]
    weights, logs = _weigh(part.data, x_max, exponent)
    tails = _make_tails(
        light_rows, part.indptr, part.indices, weights, weights * logs, True
    )
    return Regressions(tuple(blocks), tails)


def solve_rows(
    solved: NDArray[np.float32],
    fixed: NDArray[np.float32],
    regressions: Regressions,
    anchor: NDArray[np.float32],
    ridge: float,
    pool: ThreadPoolExecutor,
) -> float:
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
    float
        ``sum f(X_ij) e_ij^2 / 2`` after the step, e the error of log X.
    """
    ones = np.ones((len(fixed), 1), np.float32)
    table = np.concatenate([fixed[:, :-1], ones, fixed[:, -1:]], axis=1)
    n_dense = max((block.n_dense for block in regressions.heavy), default=0)
    products = _outer_products(table[:n_dense], pool)
    unpack = _unpack_index(table.shape[1])

    def solve_heavy(block: Block) -> float:
        gram, moment = _normal_equations(block, table, products, unpack)
        former, target = solved[block.rows], anchor[block.rows]
        rows, error = _solve_block(block, gram, moment, former, target, ridge)
        solved[block.rows] = rows
        return error

    def solve_light(tail: Tail) -> float:
        rows, error = _solve_dual(tail, table, anchor[tail.rows], ridge)
        solved[tail.rows] = rows
        return error

    heavy = sum(pool.map(solve_heavy, regressions.heavy))
    return 0.5 * (heavy + sum(pool.map(solve_light, regressions.light)))


def _weigh(
    values: NDArray[np.float32], x_max: float, exponent: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return f(X) and log X."""
    weights = np.minimum(np.float32(1), values / np.float32(x_max))
    weights **= np.float32(exponent)
    return weights, np.log(values)


def _make_block(
    counts: sp.csr_array, rows: NDArray[np.intp], x_max: float, exponent: float
) -> Block:
    part = counts[rows]
    pointers, columns = part.indptr, part.indices
    weights, logs = _weigh(part.data, x_max, exponent)
    targets = weights * logs
    n_dense = _count_dense_columns(columns, *part.shape)
    dense = columns < n_dense
    dense_pointers = np.concatenate([[0], np.cumsum(dense)])[pointers]
    shape = (len(rows), n_dense)
    dense_columns = columns[dense]
    owners = np.repeat(np.arange(len(rows)), np.diff(pointers))
    return Block(
        rows=rows,
        n_dense=n_dense,
        dense_weights=sp.csr_array(
            (weights[dense], dense_columns, dense_pointers), shape
        ),
        dense_targets=sp.csr_array(
            (targets[dense], dense_columns, dense_pointers), shape
        ),
        tails=_make_tails(
            np.arange(len(rows)),
            pointers - dense_pointers,
            columns[~dense],
            weights[~dense],
            targets[~dense],
            False,
        ),
        energy=np.bincount(owners, targets * logs, minlength=len(rows)),  # type: ignore[arg-type]
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
    names: NDArray[np.intp],
    pointers: NDArray[np.integer],
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    targets: NDArray[np.float32],
    equal: bool,
) -> tuple[Tail, ...]:
    """Batch rows of similar (or only of equal) length, short ones first."""
    lengths = np.diff(pointers)
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    tails = []
    while len(order):
        sizes = np.arange(1, len(order) + 1) * lengths[order]
        n_rows = max(1, int(np.searchsorted(sizes, BATCH_PAIRS, side="right")))
        if equal:
            same = np.searchsorted(lengths[order], lengths[order[0]], side="right")
            n_rows = min(n_rows, int(same))
        rows, order = order[:n_rows], order[n_rows:]
        inside = np.arange(lengths[rows[-1]]) < lengths[rows, None]
        at = (pointers[rows, None] + np.arange(inside.shape[1]))[inside]
        padded = []
        for source in (columns, weights, targets):
            array = np.zeros(inside.shape, source.dtype)
            array[inside] = source[at]
            padded.append(array)
        tails.append(Tail(names[rows], *padded))  # type: ignore[arg-type]
    return tuple(tails)


def _outer_products(
    table: NDArray[np.float32], pool: ThreadPoolExecutor
) -> NDArray[np.float32]:
    """Return the upper triangle of the outer product of each row with itself."""
    n_rows, width = table.shape
    products = np.empty((n_rows, width * (width + 1) // 2), np.float32)

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


def _normal_equations(
    block: Block,
    table: NDArray[np.float32],
    products: NDArray[np.float32],
    unpack: NDArray[np.intp],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return each row's Gram matrix of ``[c, 1, b]``, and its product with the targets."""
    n_rows, width = len(block.energy), table.shape[1]
    if block.n_dense:
        packed = block.dense_weights.toarray() @ products[: block.n_dense]
        gram = np.take(packed, unpack, axis=1).reshape(n_rows, width, width)
        moment = block.dense_targets.toarray() @ table[: block.n_dense]
    else:
        gram = np.zeros((n_rows, width, width), np.float32)
        moment = np.zeros((n_rows, width), np.float32)
    for tail in block.tails:
        vectors = np.take(table, tail.columns, axis=0)
        moment[tail.rows] += np.matmul(tail.targets[:, None], vectors)[:, 0]
        weighted = vectors * tail.weights[..., None]
        gram[tail.rows] += np.matmul(vectors.transpose(0, 2, 1), weighted)
    return gram, moment


def _solve_block(
    block: Block,
    gram: NDArray[np.float32],
    moment: NDArray[np.float32],
    former: NDArray[np.float32],
    anchor: NDArray[np.float32],
    ridge: float,
) -> tuple[NDArray[np.float32], float]:
    """Solve the regressions of a block; return its rows and its sum of f(X) e^2."""
    # The last entry of [c, 1, b] is no regressor: it is taken off the target.
    left, right = gram[:, :-1, :-1], moment[:, :-1] - gram[:, :-1, -1]
    energy = block.energy - 2.0 * moment[:, -1] + gram[:, -1, -1]
    diagonal = np.arange(left.shape[1])
    left[:, diagonal, diagonal] += np.float32(ridge)
    # The step is solved for, and not the row: a small step loses no digits.
    gradient = right + np.float32(ridge) * anchor - _multiply(left, former)
    rows = former + np.linalg.solve(left, gradient[..., None])[..., 0]
    left[:, diagonal, diagonal] -= np.float32(ridge)
    wide = rows.astype(np.float64)
    errors = energy + np.sum(wide * (_multiply(left, rows) - 2.0 * right), axis=1)
    return rows, float(np.maximum(errors, 0.0).sum())


def _solve_dual(
    tail: Tail, table: NDArray[np.float32], anchor: NDArray[np.float32], ridge: float
) -> tuple[NDArray[np.float32], float]:
    """Solve rows of few counts; return the rows and their sum of f(X) e^2."""
    vectors = np.take(table, tail.columns, axis=0)
    vectors, biases = vectors[..., :-1], vectors[..., -1]
    errors = tail.targets / tail.weights - biases - _multiply(vectors, anchor)
    # The step is a sum of the columns' vectors: (D V V' + ridge) z = D e, step = V' z.
    weighted = vectors * tail.weights[..., None]
    kernel = np.matmul(weighted, vectors.transpose(0, 2, 1))
    diagonal = np.arange(kernel.shape[1])
    kernel[:, diagonal, diagonal] += np.float32(ridge)
    dual = np.linalg.solve(kernel, (tail.weights * errors)[..., None])[..., 0]
    step = _multiply(vectors.transpose(0, 2, 1), dual)  # type: ignore[arg-type]
    errors -= _multiply(vectors, step)
    total = np.sum(tail.weights * np.square(errors), dtype=np.float64)
    return anchor + step, float(total)


def _multiply(
    matrices: NDArray[np.float32], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.matmul(matrices, vectors[..., None])[..., 0]
