"""Batches of recordings of similar length, in a seeded order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...audio.augment import mask_features
from ..batches import choose_widths, plan_batches, rows_in_batch
from ..examples import Examples
from ..options import TrainingOptions
from .batches import extend_widths

__all__ = ["FrameBatch", "FrameBatches"]


class FrameBatch(NamedTuple):
    """What a step hears.

    Parameters
    ----------
    frames : ndarray of shape (steps, n_rows, n_inputs), dtype float32
        The recordings, padded with 0.
    lengths : ndarray of shape (n_rows,), dtype int32
        Frames of each.
    symbols : ndarray of shape (n_rows, longest), dtype int32
        The symbols of each, padded with 0.
    n_symbols : ndarray of shape (n_rows,), dtype int32
        How many.
    weight : ndarray of shape (n_rows,), dtype float32
        Weight of each recording; 0 where there is none.
    """

    frames: np.ndarray
    lengths: np.ndarray
    symbols: np.ndarray
    n_symbols: np.ndarray
    weight: np.ndarray

    @property
    def row_axes(self) -> tuple[int, ...]:
        """The axis of the rows of each part, which devices share."""
        return 1, 0, 0, 0, 0

    @property
    def n_targets(self) -> int:
        """Recordings."""
        return int(np.count_nonzero(self.weight))

    def halve(self) -> list[FrameBatch]:
        """Return its rows in two halves; in one if there is one row."""
        n_rows = len(self.weight)
        middle = (n_rows + 1) // 2
        halves = [slice(0, middle), slice(middle, None)][: min(n_rows, 2)]
        return [
            FrameBatch(self.frames[:, half], *(part[half] for part in self[1:]))
            for half in halves
        ]


@dataclass(frozen=True)
class FrameBatches:
    """The batches of one epoch after another; the first one begins with short recordings.

    Parameters
    ----------
    examples : Examples
        With ``"frames"`` as inputs, and ``"symbols"``.
    batch_size : int
        Recordings in a batch; fewer where they are very long.
    widths : ndarray of shape (n_widths,), dtype int
        Rising widths, the last one of which is wide enough for all.
    n_masks : int, default=0
        Stretches of time, and bands of frequencies, that are silenced in each recording
        (SpecAugment: Park et al., 2019).
    n_mels : int, default=40
        Frequencies of a frame, of which several may stand side by side in a vector.
    """

    examples: Examples
    batch_size: int
    widths: np.ndarray
    n_masks: int = 0
    n_mels: int = 40

    @classmethod
    def of(
        cls,
        examples: Examples,
        options: TrainingOptions,
        epochs: int,
        like: FrameBatches | None = None,
    ) -> FrameBatches:
        """Return the batches of a training; see :meth:`~.batches.PairBatches.of`."""
        lengths = examples.inputs["frames"].lengths
        if like is None:
            chosen = choose_widths(lengths, epochs)
            masks = options.n_masks, options.n_mels
            return cls(examples, options.batch_size, chosen, *masks)
        return cls(examples, options.batch_size, extend_widths(like.widths, lengths))

    def __len__(self) -> int:
        return len(self._plan(np.random.RandomState(0)))

    @property
    def n_targets(self) -> int:
        """Recordings of an epoch."""
        return len(self.examples)

    def _plan(self, random_state: np.random.RandomState) -> list:
        lengths = self.examples.inputs["frames"].lengths
        size = min(self.batch_size, len(lengths))
        return plan_batches(lengths, self.widths, size, random_state)

    def read(self, seed: int = 0, epoch: int = 0) -> Iterator[FrameBatch]:
        """Yield the batches of an epoch.

        Parameters
        ----------
        seed, epoch : int
            The order, and what is masked, depend on these two alone.

        Yields
        ------
        FrameBatch
        """
        frames, symbols = (
            self.examples.inputs["frames"],
            self.examples.targets["symbols"],
        )
        size = min(self.batch_size, len(self.examples))
        plan = self._plan(np.random.RandomState([seed, epoch]))
        if epoch == 0:
            # An alignment is found in short recordings first.
            plan.sort(key=lambda batch: batch[1])
        # One for all batches: nothing is compiled for how much is said.
        longest = max(-(-int(symbols.lengths.max(initial=1)) // 8) * 8, 8)
        for i, (rows, width) in enumerate(plan):
            missing = rows_in_batch(size, width) - len(rows)
            heard = frames.take(rows).pad(width)
            lengths = frames.lengths[rows]
            if self.n_masks:
                random = np.random.default_rng([seed, epoch, i])
                n = {"n_time": self.n_masks, "n_mel": self.n_masks}
                for row, length in zip(heard, lengths):
                    row[:length] = mask_features(
                        row[:length], random, n_mels=self.n_mels, **n
                    )
            said = symbols.take(rows)

            def fill(values: np.ndarray) -> np.ndarray:
                return np.pad(values, [(0, missing)] + [(0, 0)] * (values.ndim - 1))  # noqa: B023

            yield FrameBatch(
                np.ascontiguousarray(fill(heard).transpose(1, 0, 2)),
                fill(lengths).astype(np.int32),
                fill(said.pad(longest)),
                fill(said.lengths).astype(np.int32),
                fill(self.examples.weight[rows]),
            )
