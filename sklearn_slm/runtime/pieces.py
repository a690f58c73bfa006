"""One long document as pieces that run side by side.

A step of one document is dearer in Python's calls than in numbers: 32 pieces in one
batch take a quarter of the time. A recurrent network forgets, so that a piece can begin
with the state after the last tokens before it, read from a state of zeros. Whether that
was right is seen when the piece before it has ended; where it was not, the piece runs
again from the true state. Where a network forgets nothing, this does not end soon, and
the rest of the document runs step by step.
"""

from __future__ import annotations

import numpy as np

from .cells import Layer, prepare_step

__all__ = ["LONG", "run_long"]

# Tokens from which on a document is cut, into pieces of an eighth of it at least.
LONG = 8_192
_MOST_PIECES, _SHORTEST = 32, LONG // 8
# Tokens that are read before a piece, and how often wrong beginnings are mended.
_BEFORE, _MOST_REPEATS = 256, 3
# What rounding does to a state when it is computed beside other ones.
_TOLERANCE = 1e-6


def run_long(
    layer: Layer,
    projected: np.ndarray,
    index: np.ndarray,
    state: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Run the recurrence of one document as :func:`~.cells.run_layer` does.

    Parameters
    ----------
    layer, projected
        As there.
    index : ndarray of shape (n_tokens, n_directions), dtype intp
        As there; at least ``LONG`` tokens.
    state : ndarray of shape (2, 1, n_directions, units) or None, default=None
        As there.

    Returns
    -------
    states, last
        As there.
    """
    _, n_directions, units, _ = layer.recurrent_kernel.shape
    n_pieces = min(_MOST_PIECES, len(index) // _SHORTEST)
    length = len(index) // n_pieces
    dtype = layer.kernel.dtype
    states = np.empty((len(index), n_directions, units), dtype)
    cut = slice(0, n_pieces * length)
    pieces = index[cut].reshape(n_pieces, length, n_directions)
    by_piece = states[cut].reshape(n_pieces, length, n_directions, units)
    # The hidden state and the cell state in which each piece begins and ends.
    start = np.zeros((2, n_pieces, n_directions, units), dtype)
    if state is not None:
        start[:, :1] = state
    _run(layer, projected, pieces[:-1, -_BEFORE:], start[:, 1:])
    end = start.copy()
    _run(layer, projected, pieces, end, by_piece)
    wrong = _find_wrong(start, end)
    for _ in range(_MOST_REPEATS):
        if not len(wrong):
            break
        start[:, wrong] = end[:, wrong - 1]
        state, again = start[:, wrong], by_piece[wrong]
        _run(layer, projected, pieces[wrong], state, again)
        end[:, wrong], by_piece[wrong] = state, again
        wrong = _find_wrong(start, end)
    n_right = int(wrong[0]) if len(wrong) else n_pieces
    rest = slice(n_right * length, None)
    last = end[:, n_right - 1 : n_right].copy()
    _run(layer, projected, index[None, rest], last, states[None, rest])
    if state is not None:
        state[:] = last
    return states, last[0]


def _find_wrong(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the pieces that did not begin where the piece before them ended."""
    expected = end[:, :-1]
    allowed = _TOLERANCE * np.maximum(np.abs(expected), 1.0)
    # A NaN is as right as it can be: it stays one.
    differs = np.abs(start[:, 1:] - expected) > allowed
    return 1 + np.flatnonzero(differs.any(axis=(0, 2, 3)))


def _run(
    layer: Layer,
    projected: np.ndarray,
    index: np.ndarray,
    state: np.ndarray,
    states: np.ndarray | None = None,
) -> None:
    """Run pieces of one length side by side, moving their state, and store all states."""
    hidden, cell = state
    shape = (len(layer.recurrent_kernel), *hidden.shape)
    gates, recurrent = np.empty((2, *shape), state.dtype)
    step = prepare_step(layer, gates, hidden, cell, recurrent)
    for t in range(index.shape[1]):
        projected.take(index[:, t], axis=1, out=gates, mode="clip")
        step()
        if states is not None:
            states[:, t] = hidden
