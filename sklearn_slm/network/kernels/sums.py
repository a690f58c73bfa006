"""Sums over many rows whose bits do not depend on the number of threads.

XLA cuts a long sum into as many parts as it has threads, and where it is cut changes the
last bits. It leaves whole what sums up to 128 outer products, with 1 to 64 threads
(docs/notes/threads.md), and the product of one row with a matrix, however long.
"""

from __future__ import annotations

from typing import Any

from ..backend import import_keras

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["sum_products", "sum_rows"]

_LONGEST_SUM = 128


def sum_products(left: Any, right: Any) -> Any:
    """Return the sum over rows of left x right.

    Parameters
    ----------
    left, right : tensors of shape (rows, m), (rows, n)
        Rows of which the outer products are summed.

    Returns
    -------
    tensor of shape (m, n)
        ``left.T @ right``.
    """
    rows = left.shape[0]
    if rows is None:
        return ops.matmul(ops.transpose(left), right)
    parts = [slice(i, i + _LONGEST_SUM) for i in range(0, rows, _LONGEST_SUM)]
    return sum(ops.matmul(ops.transpose(left[part]), right[part]) for part in parts)


def sum_rows(values: Any) -> Any:
    """Return the sum over rows.

    Parameters
    ----------
    values : tensor of shape (rows, n)
        Rows to sum.

    Returns
    -------
    tensor of shape (n,)
        ``values.sum(axis=0)``.
    """
    return ops.matmul(ops.transpose(ops.ones_like(values[:, :1])), values)[0]
