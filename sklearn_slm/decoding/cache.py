"""The neural cache: what came lately comes again (Grave, Joulin, Usunier, 2017).

A cache remembers the last states and the token that came after each. The tokens after
states like the present one become more probable::

    p(v) = (1 - w) p_network(v) + w p_cache(v)
    p_cache(v) ~ sum over i with x(i + 1) = v of exp(theta h(t) . h(i))

over the last `size` states. Nothing is trained; `weight` and `theta` are found on
held-out text. Where nothing is remembered yet, the network speaks alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "CacheState",
    "NeuralCache",
    "extend_cache",
    "mix_cache",
    "score_with_cache",
    "start_cache",
]

# For n texts: states (n, size, state_size), the tokens after them (n, size) and how many
# came in all (n,), which tells where the next one goes.
CacheState = tuple[np.ndarray, np.ndarray, np.ndarray]

# Tokens of a document that are compared with those before them at a time.
_BLOCK = 256


@dataclass(frozen=True)
class NeuralCache:
    """How much a cache remembers, and how much it counts.

    Parameters
    ----------
    size : int, default=500
        States that are remembered.
    weight : float, default=0.1
        Probability of the cache's word, w above.
    theta : float, default=0.3
        How much more alike states count than others.

    Raises
    ------
    ValueError
        If one is out of its range.
    """

    size: int = 500
    weight: float = 0.1
    theta: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what no cache can be."""
        if self.size < 1:
            raise ValueError(f"size must be at least 1. Got {self.size!r}.")
        if not 0.0 <= self.weight < 1.0:
            raise ValueError(
                f"weight must be at least 0 and below 1. Got {self.weight!r}."
            )
        if not 0.0 <= self.theta < np.inf:
            raise ValueError(
                f"theta must be a number of at least 0. Got {self.theta!r}."
            )


def start_cache(cache: NeuralCache, n: int, state_size: int) -> CacheState:
    """Return the empty caches of n texts.

    They are arrays with a row for each text, to be appended to a network's state.
    """
    return (
        np.zeros((n, cache.size, state_size), np.float32),
        np.zeros((n, cache.size), np.int32),
        np.zeros(n, np.int64),
    )


def extend_cache(
    remembered: CacheState, states: np.ndarray, ids: np.ndarray
) -> CacheState:
    """Remember the token after a state of each text; the oldest ones are forgotten.

    Parameters
    ----------
    remembered : tuple of ndarray
        As :func:`start_cache` returns it. It is written to: a copy at every token would
        take longer than the token.
    states : ndarray of shape (n, state_size), dtype float32
        The last layer's state of each text before the token.
    ids : ndarray of shape (n,), dtype int
        The tokens.

    Returns
    -------
    tuple of ndarray
        The same arrays.
    """
    all_states, tokens, counts = remembered
    rows, places = np.arange(len(ids)), counts % tokens.shape[1]
    all_states[rows, places] = states
    tokens[rows, places] = ids
    counts += 1
    return remembered


def mix_cache(
    cache: NeuralCache,
    remembered: CacheState,
    states: np.ndarray,
    log_probs: np.ndarray,
) -> np.ndarray:
    """Return the log-probabilities of network and cache together.

    Parameters
    ----------
    cache : NeuralCache
        How they are mixed.
    remembered : tuple of ndarray
        What came before.
    states : ndarray of shape (n, state_size), dtype float32
        The last layer's state of each text.
    log_probs : ndarray of shape (n, n_tokens), dtype float32
        Natural logarithms of the network's probabilities of the next tokens.

    Returns
    -------
    ndarray of shape (n, n_tokens), dtype float32
    """
    all_states, tokens, counts = remembered
    n, n_tokens = log_probs.shape
    scores = cache.theta * np.matmul(all_states, states[:, :, None])[:, :, 0]
    scores[np.arange(tokens.shape[1]) >= counts[:, None]] = -np.inf
    is_empty = counts == 0
    scores[is_empty] = 0.0  # any number: it gets no weight
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weight = np.where(is_empty, 0.0, cache.weight)[:, None]
    shares = weight * powers / powers.sum(axis=1, keepdims=True)
    columns = tokens + n_tokens * np.arange(n)[:, None]
    mixed = np.bincount(columns.ravel(), shares.ravel(), n * n_tokens)
    mixed = mixed.reshape(n, n_tokens) + (1.0 - weight) * np.exp(log_probs)
    with np.errstate(divide="ignore"):
        return np.log(mixed.astype(np.float32))


def score_with_cache(
    cache: NeuralCache,
    log_likelihood: np.ndarray,
    states: np.ndarray,
    targets: np.ndarray,
    before: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Return the log-likelihood of the tokens of a document under network and cache.

    Parameters
    ----------
    cache : NeuralCache
        How they are mixed.
    log_likelihood : ndarray of shape (n_tokens,), dtype float32
        That of each target by the network alone.
    states : ndarray of shape (n_tokens, state_size), dtype float32
        The last layer's state before each target.
    targets : ndarray of shape (n_tokens,), dtype int
        The tokens.
    before : tuple of (states, targets) or None, default=None
        Those that came before in a stream; what is older than `size` does not count.

    Returns
    -------
    ndarray of shape (n_tokens,), dtype float32
        Memory beyond it does not grow with the document.
    """
    if before is not None:
        kept = len(before[1]) - min(cache.size, len(before[1]))
        states = np.concatenate([before[0][kept:], states])
        targets = np.concatenate([before[1][kept:], targets])
    first = len(targets) - len(log_likelihood)
    mixed = np.empty(len(log_likelihood), np.float32)
    for start in range(first, len(targets), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(targets)))
        window = np.arange(max(start - cache.size, 0), rows[-1])
        age = rows[:, None] - window
        scores = cache.theta * (states[rows] @ states[window].T)
        scores[(age < 1) | (age > cache.size)] = -np.inf
        largest = scores.max(axis=1, keepdims=True, initial=np.finfo(np.float32).min)
        powers = np.exp(scores - largest)
        total = powers.sum(axis=1)
        powers[targets[rows][:, None] != targets[window]] = 0.0
        share = powers.sum(axis=1) / np.where(total > 0.0, total, 1.0)
        weight = np.where(total > 0.0, cache.weight, 0.0)
        of_network = np.exp(log_likelihood[rows - first])
        with np.errstate(divide="ignore"):
            mixed[rows - first] = np.log((1.0 - weight) * of_network + weight * share)
    return mixed
