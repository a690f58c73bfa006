"""Batches of texts of similar length, in a seeded order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..text import UNKNOWN_ID, Ragged
from .backend import import_keras
from .examples import Examples

keras = import_keras()

__all__ = ["TextBatches", "choose_widths", "limit_weights", "plan_batches"]

# Compiling for one more width takes as long as training on half as many tokens or fewer;
# on the side of fewer widths, whose batches are more mixed.
_COMPILE_TOKENS = 250_000
# Rows shrink beyond this many tokens a batch, which bounds memory on long texts.
_BATCH_TOKENS = 65_536
_MOST_WIDTHS = 12
# Mean weight of a batch beyond which only the ratio of its weights counts: one step of ten
# times the learning rate moves a model, one of a thousand times destroys it.
_LARGEST_MEAN = 10.0


def choose_widths(lengths: np.ndarray, epochs: int) -> np.ndarray:
    """Choose the padded widths that make training quickest.

    Fewer widths mean more padding, more widths mean more compilation; the best trade
    for ``epochs`` is found by dynamic programming over a grid of four
    widths per power of two. The grid makes similar data, such as the folds of a
    cross-validation, meet at the same widths. The last one is no wider than the longest
    document needs, in steps of 16: often, a limit has cut many to the same length.

    Parameters
    ----------
    lengths : ndarray of shape (n_documents,), dtype int
        Tokens of each document.
    epochs : int
        Expected number of epochs.

    Returns
    -------
    ndarray of shape (n_widths,), dtype int
        Rising widths; the last one is no less than the longest document.

    Examples
    --------
    >>> choose_widths(np.array([3] * 1000 + [100] * 1000), epochs=10).tolist()
    [4, 112]
    >>> choose_widths(np.array([3] * 1000 + [400] * 1000), epochs=10).tolist()
    [4, 400]
    """
    powers = 2 ** np.arange(2, 32)
    grid = (powers[:, None] * np.array([4, 5, 6, 7]) // 4).ravel()
    longest = max(int(lengths.max(initial=1)), 1)
    grid = grid[: np.searchsorted(grid, longest) + 1]
    grid[-1] = min(grid[-1], -(-longest // 16) * 16)
    # documents[i]: those no longer than grid[i].
    documents = np.searchsorted(np.sort(lengths), grid, "right")
    best = [(_COMPILE_TOKENS + epochs * n * w, [w]) for n, w in zip(documents, grid)]
    for i, width in enumerate(grid):
        for j in range(i):
            if len(best[j][1]) < _MOST_WIDTHS:
                here = epochs * (documents[i] - documents[j]) * width + _COMPILE_TOKENS
                if best[j][0] + here < best[i][0]:
                    best[i] = (best[j][0] + here, [*best[j][1], width])
    return np.array(best[-1][1])


def plan_batches(
    lengths: np.ndarray,
    widths: np.ndarray,
    batch_size: int,
    random_state: np.random.RandomState,
) -> list[tuple[np.ndarray, int]]:
    """Put shuffled documents into batches of one width each, in random order.

    The documents left over of one width join the next wider one, so that only the
    widest can have a batch that is not full.

    Parameters
    ----------
    lengths : ndarray of shape (n_documents,), dtype int
        Tokens of each document.
    widths : ndarray of shape (n_widths,), dtype int
        As :func:`choose_widths` returns them.
    batch_size : int
        Documents in a batch; fewer where the width is very large.
    random_state : RandomState
        Source of the order.

    Returns
    -------
    list of (rows, width)
        Document numbers of each batch and its width.
    """
    shuffled = random_state.permutation(len(lengths))
    bucket = np.searchsorted(widths, lengths[shuffled])
    batches: list[tuple[np.ndarray, int]] = []
    rest = shuffled[:0]
    for i, width in enumerate(widths.tolist()):
        rows = np.concatenate([rest, shuffled[bucket == i]])
        size = rows_in_batch(batch_size, width)
        last = i == len(widths) - 1
        full = len(rows) if last else len(rows) - len(rows) % size
        batches += [(rows[j : j + size], width) for j in range(0, full, size)]
        rest = rows[full:]
    return [batches[i] for i in random_state.permutation(len(batches))]


def rows_in_batch(batch_size: int, width: int) -> int:
    """Return how many documents a batch of this width has room for."""
    return max(1, min(batch_size, _BATCH_TOKENS // width))


def limit_weights(weight: np.ndarray) -> np.ndarray:
    """Return the weights of a batch with a mean of no more than 10, as float32.

    Parameters
    ----------
    weight : ndarray of shape (n_documents,), dtype float64
        Weights above 0, however large or small.

    Returns
    -------
    ndarray of shape (n_documents,), dtype float32
        Weights above 0.

    Examples
    --------
    >>> limit_weights(np.array([0.5, 1.0])).tolist()
    [0.5, 1.0]
    >>> limit_weights(np.array([1e300, 3e300])).tolist()
    [5.0, 15.0]
    """
    largest = weight.max()
    share = weight / largest
    mean = share.mean()
    # In this order nothing overflows but the mean, which is then limited.
    with np.errstate(over="ignore"):
        limited = share * (np.minimum(mean * largest, _LARGEST_MEAN) / mean)
    return np.maximum(limited, np.finfo(np.float32).tiny).astype(np.float32)


class TextBatches(keras.utils.PyDataset):  # type: ignore[name-defined]
    """The batches of one epoch after another, as Keras reads them.

    Every batch of a width has the same shape: rows that no text fills are padding of
    weight zero. The order of an epoch depends on the seed and its number alone.

    Parameters
    ----------
    examples : Examples
        Texts with ``"ids"``, and one kind of targets; with ``"columns"``, the inputs of a
        batch are a pair of ids and these. With `keep_weights` all weights are above 0.
    target : str
        Which targets.
    batch_size : int
        Texts in a batch.
    epochs : int
        Expected number of epochs, for the choice of widths.
    seed : int
        Seed of the order and of the tokens that are read as unknown.
    word_dropout : float, default=0.0
        Dropout rate of tokens: those dropped are read as unknown.
    first_epoch : int, default=0
        Number of the first epoch.
    keep_weights : bool, default=False
        Whether the size of the weights is to count, within the bounds of
        :func:`limit_weights`.
    unlabeled : Ragged or None, default=None
        Texts without labels. The second half of the rows of every batch are then some of
        these, as many as the batch has room for, with targets of zeros and a weight of 1.
        Where one is longer than the batch is wide, a random stretch is read.
    """

    def __init__(
        self,
        examples: Examples,
        target: str,
        *,
        batch_size: int,
        epochs: int,
        seed: int,
        word_dropout: float = 0.0,
        first_epoch: int = 0,
        keep_weights: bool = False,
        unlabeled: Ragged | None = None,
    ):
        super().__init__()
        self.unlabeled = unlabeled
        self.texts, self.targets = examples.inputs["ids"], examples.targets[target]
        self.columns = examples.inputs.get("columns")
        self.weight = examples.weight
        self.batch_size = min(batch_size, len(examples))
        self.seed, self.epoch = seed, first_epoch
        self.word_dropout = word_dropout
        self.keep_weights = keep_weights
        self.widths = choose_widths(self.texts.lengths, epochs)
        self._plan()

    def _plan(self) -> None:
        random_state = np.random.RandomState([self.seed, self.epoch])
        self.plan = plan_batches(
            self.texts.lengths, self.widths, self.batch_size, random_state
        )

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self.epoch += 1
        self._plan()

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, i: int) -> tuple:
        rows, width = self.plan[i]
        # A generator of its own: Keras may ask for batches in any order.
        random = np.random.default_rng([self.seed, self.epoch, i])
        ids = self._drop_words(self.texts.take(rows), random).pad(width)
        weight = self.weight[rows]
        if self.keep_weights:
            weight = limit_weights(weight)
        size = rows_in_batch(self.batch_size, width)
        filled: list[Any] = [
            _fill(part, size) for part in (ids, self.targets[rows], weight)
        ]
        if self.columns is not None:
            filled[0] = filled[0], _fill(self.columns[rows], size)
        if self.unlabeled is None:
            return tuple(filled)
        n = min(size, len(self.unlabeled))
        chosen = random.choice(len(self.unlabeled), n, replace=False)
        texts = self.unlabeled.take(chosen).cut(width, random)
        ids = self._drop_words(texts, random).pad(width)
        targets = np.zeros((n, *self.targets.shape[1:]), self.targets.dtype)
        others = (ids, targets, np.ones(n, np.float32))
        return tuple(
            np.concatenate([part, _fill(other, size)])
            for part, other in zip(filled, others)
        )

    def _drop_words(self, texts: Ragged, random: np.random.Generator) -> Ragged:
        """Return texts with some tokens read as unknown."""
        if not self.word_dropout:
            return texts
        is_dropped = random.random(len(texts.values)) < self.word_dropout
        ids = np.where(is_dropped, UNKNOWN_ID, texts.values).astype(np.int32)
        return Ragged(ids, texts.offsets)


def _fill(values: np.ndarray, size: int) -> np.ndarray:
    """Return rows of zeros behind those that there are."""
    missing = size - len(values)
    if not missing:
        return values
    return np.pad(values, [(0, missing)] + [(0, 0)] * (values.ndim - 1))
