"""Pooling: the packed states of documents to one vector each."""

from __future__ import annotations

import numpy as np

from .packing import Packing

__all__ = ["attend", "pool_max", "pool_sum", "share_max"]


def attend(
    states: np.ndarray, kernel: np.ndarray, bias: np.ndarray, packing: Packing
) -> np.ndarray:
    """Softmax over each document of ``W_a.[h(t-1), h(t)] + b_a``, with h(0) = 0.

    Parameters
    ----------
    states : ndarray of shape (n_tokens, state_size), dtype float32
        Packed states.
    kernel : ndarray of shape (2, state_size), dtype float32
        For the state before, and for the state itself.
    bias : ndarray of shape (), dtype float32
        Added to every score.
    packing : Packing
        Where the tokens lie.

    Returns
    -------
    ndarray of shape (n_tokens,), dtype float32
        Weight of each token, in flat order; those of a document sum to one.
    """
    parts = np.empty((len(states), 2), states.dtype)
    parts[packing.flat] = states @ kernel.T
    lengths = packing.lengths[packing.lengths > 0]
    first = packing.first[: len(lengths)]
    score = parts[:, 1] + bias
    before = np.roll(parts[:, 0], 1)
    # What ended the document before is no predecessor.
    before[first] = 0.0
    score += before
    score -= np.repeat(np.maximum.reduceat(score, first), lengths)
    weight = np.exp(score)
    weight /= np.repeat(np.add.reduceat(weight, first), lengths)
    return weight


def pool_sum(states: np.ndarray, weight: np.ndarray, packing: Packing) -> np.ndarray:
    """Sum packed states under packed weights; zeros for an empty document.

    Parameters
    ----------
    states : ndarray of shape (n_tokens, state_size), dtype float32
        Packed states.
    weight : ndarray of shape (n_tokens,), dtype float32
        Packed weights.
    packing : Packing
        Where the tokens lie.

    Returns
    -------
    ndarray of shape (n_documents, state_size), dtype float32
        One vector a document.
    """
    n_documents = len(packing.lengths)
    if n_documents == 1:
        return (weight @ states)[None]
    pooled = np.zeros((n_documents, states.shape[1]), states.dtype)
    weighted = states * weight[:, None]
    for start, n in zip(packing.starts.tolist(), packing.active.tolist()):
        pooled[:n] += weighted[start : start + n]
    return pooled


def pool_max(states: np.ndarray, packing: Packing) -> np.ndarray:
    """Take the largest value of each component; zeros for an empty document."""
    n_documents = len(packing.lengths)
    if n_documents == 1:
        return states.max(axis=0)[None]
    pooled = np.full((n_documents, states.shape[1]), -np.inf, states.dtype)
    for start, n in zip(packing.starts.tolist(), packing.active.tolist()):
        np.maximum(pooled[:n], states[start : start + n], out=pooled[:n])
    pooled[packing.lengths == 0] = 0.0
    return pooled


def share_max(states: np.ndarray, packing: Packing) -> np.ndarray:
    """Return 1 where a component is the first largest one of its document, else 0.

    Parameters
    ----------
    states : ndarray of shape (n_tokens, state_size)
        Packed states.
    packing : Packing
        Where the tokens lie.

    Returns
    -------
    ndarray of shape (n_tokens, state_size)
    """
    largest = pool_max(states, packing)
    is_largest = np.zeros_like(states)
    is_open = np.ones_like(largest, bool)
    for start, n in zip(packing.starts.tolist(), packing.active.tolist()):
        is_first = is_open[:n] & (states[start : start + n] == largest[:n])
        is_largest[start : start + n] = is_first
        is_open[:n] &= ~is_first
    return is_largest
