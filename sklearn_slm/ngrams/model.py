"""NgramModel: what the n-gram model knows, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["NgramModel"]


@dataclass(frozen=True, eq=False)
class NgramModel:
    """A linear model over n-grams, and how much it and the network count.

    A text's logits are ``blend[0]`` times the network's plus ``blend[1]`` times those of
    this model. It reads the token ids of the network, and nothing else of it.

    Parameters
    ----------
    lengths : tuple of (int, int)
        Tokens of the shortest and of the longest n-gram, from 1 to 3.
    n_tokens : int
        Token ids are below it.
    keys : ndarray of shape (n_ngrams,), dtype int64
        The known n-grams by their keys (:mod:`sklearn_slm.ngrams.keys`), rising.
    idf : ndarray of shape (n_ngrams,), dtype float32
        Inverse document frequency of each.
    kernel : ndarray of shape (n_ngrams, n_outputs), dtype float32, float16 or int8
        What each adds to the logits.
    bias : ndarray of shape (n_outputs,), dtype float32
        What is added to every text's logits.
    blend : ndarray of shape (2,), dtype float32
        Weights of the network's logits and of this model's.
    scale : ndarray of shape (n_outputs,), dtype float32, or None, default=None
        What the columns of an int8 kernel are multiplied by.
    columns : ndarray of shape (n_columns, n_outputs), dtype float32, or None, default=None
        What the numbers that come with each text add to the logits, where there are any.
    """

    lengths: tuple[int, int]
    n_tokens: int
    keys: np.ndarray
    idf: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    blend: np.ndarray
    scale: np.ndarray | None = None
    columns: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse lengths that no key can hold."""
        shortest, longest = self.lengths
        if not 1 <= shortest <= longest <= 3:
            raise ValueError(
                "lengths must be two numbers from 1 to 3, the shorter first. Got "
                f"{self.lengths}."
            )

    @property
    def n_outputs(self) -> int:
        """Number of classes or labels."""
        return len(self.bias)

    def __len__(self) -> int:
        return len(self.keys)

    def take_kernel(self, rows: np.ndarray) -> np.ndarray:
        """Return rows of the kernel, dtype float32, whatever type they are stored in."""
        taken = self.kernel[rows].astype(np.float32, copy=False)
        return taken if self.scale is None else taken * self.scale
