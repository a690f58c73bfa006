"""What is said, by all paths there are: for the tests of the searches."""

from itertools import groupby, product

import numpy as np


def draw_log_probs(n_frames, n_symbols, seed=0, scale=1.5):
    logits = scale * np.random.RandomState(seed).standard_normal((n_frames, n_symbols))
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def read_path(path):
    """Return what a path says."""
    return tuple(symbol for symbol, _ in groupby(path) if symbol)


def sum_paths(log_probs):
    """Return the logarithm of the probability of everything that may be said."""
    totals = {}
    for path in product(range(log_probs.shape[1]), repeat=len(log_probs)):
        own = log_probs[np.arange(len(path)), list(path)].sum()
        said = read_path(path)
        totals[said] = np.logaddexp(totals.get(said, -np.inf), own)
    return totals


def write_words(symbols, texts):
    return "".join(texts[symbol] for symbol in symbols).split()
