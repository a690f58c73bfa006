"""Examples: what a network is trained on, whatever the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..text import Ragged

__all__ = ["Examples"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and targets of a number of texts, and how much each counts.

    Parameters
    ----------
    inputs : mapping of str to Ragged or ndarray
        ``"ids"``: token ids of the texts. ``"columns"``: numbers that come with each
        text, where the head reads any; float32 rows of shape (n_texts, n_columns).
    targets : mapping of str to Ragged or ndarray
        ``"classes"``: float32 rows of shape (n_texts, n_outputs), 1 where a class or
        label is true; soft labels are between 0 and 1.
    weight : ndarray of shape (n_texts,), dtype float32
        Weight of each text in the loss.
    """

    inputs: Mapping[str, Any]
    targets: Mapping[str, Any]
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, rows: np.ndarray) -> Examples:
        """Select texts.

        Parameters
        ----------
        rows : ndarray of shape (n,), dtype int
            Which, in this order.
        """
        return Examples(
            {name: _take(values, rows) for name, values in self.inputs.items()},
            {name: _take(values, rows) for name, values in self.targets.items()},
            self.weight[rows],
        )

    def join(self, other: Examples) -> Examples:
        """Return these texts and then others, with the inputs that both of them have."""
        return Examples(
            {
                name: _join(values, other.inputs[name])
                for name, values in self.inputs.items()
                if name in other.inputs
            },
            {
                name: _join(values, other.targets[name])
                for name, values in self.targets.items()
            },
            np.concatenate([self.weight, other.weight]),
        )


def _take(values: Any, rows: np.ndarray) -> Any:
    return values.take(rows) if isinstance(values, Ragged) else values[rows]


def _join(first: Any, second: Any) -> Any:
    if isinstance(first, Ragged):
        return first.join(second)
    return np.concatenate([first, second])
