"""What a translator is fitted on: pairs of texts, read, split and made ids."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..text import Ragged, check_documents
from ..text.corpus import read_lines
from .base import check_row_count
from .sides import Side

__all__ = [
    "EncodedPairs",
    "TextPairs",
    "encode_pairs",
    "read_pairs",
    "read_texts",
    "split_pairs",
]

# Fewer pairs are all trained on: what is set aside could not tell epochs apart.
_FEW_PAIRS = 1000


class TextPairs(NamedTuple):
    """Texts and what each is to become.

    Parameters
    ----------
    sources, targets : list of str
        As many of each.
    """

    sources: list[str]
    targets: list[str]

    def take(self, rows: np.ndarray) -> TextPairs:
        """Return the pairs of these numbers, in this order."""
        return TextPairs(
            [self.sources[i] for i in rows], [self.targets[i] for i in rows]
        )


class EncodedPairs(NamedTuple):
    """Pairs as ids.

    Parameters
    ----------
    sources, targets : Ragged
        As many rows of each.
    """

    sources: Ragged
    targets: Ragged


def read_texts(texts: Any, name: str) -> list[str]:
    """Return texts of a collection, an iterator or a file of one text a line.

    Parameters
    ----------
    texts : iterable of str or path-like
        The texts.
    name : str
        What the messages call them.

    Raises
    ------
    TypeError, ValueError
        If it is something else, or a document is no text.
    """
    if isinstance(texts, os.PathLike):
        return list(read_lines(Path(texts)))
    return check_documents(texts, name=name)


def read_pairs(X: Any, y: Any, names: str = "X and y") -> TextPairs:
    """Return pairs of texts.

    Parameters
    ----------
    X, y : iterable of str or path-like
        Sources and targets.
    names : str, default="X and y"
        What the messages call them.

    Raises
    ------
    TypeError, ValueError
        If they are no texts, none, or not as many of each.
    """
    source, target = names.split(" and ")
    if y is None:
        raise ValueError(
            f"a translator needs what the texts are to become: {target} must be texts, as "
            f"many as {source}. Got None."
        )
    pairs = TextPairs(read_texts(X, source), read_texts(y, target))
    check_row_count(*pairs, names)
    if not pairs.sources:
        raise ValueError(f"{names} hold no pair of texts, but at least one is needed.")
    return pairs


def split_pairs(
    model: Any, pairs: TextPairs, seed: int
) -> tuple[TextPairs, TextPairs | None]:
    """Set pairs aside as a validation set, as ``early_stopping`` asks.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.
    pairs : TextPairs
        All pairs. Those with the same source stay together, so that none is trained on
        and tested with.
    seed : int
        Seed of the choice.
    """
    n, wants = len(pairs.sources), model.early_stopping
    if not wants or (wants == "auto" and n < _FEW_PAIRS):
        return pairs, None
    numbers: dict[str, int] = {}
    group = np.array([numbers.setdefault(s, len(numbers)) for s in pairs.sources])
    order = np.random.RandomState(seed).permutation(len(numbers))
    n_held_out = max(1, round(n * model.validation_fraction))
    sums = np.cumsum(np.bincount(group)[order])
    chosen = order[: int(np.searchsorted(sums, n_held_out)) + 1]
    is_held_out = np.isin(group, chosen)
    if is_held_out.all():
        raise ValueError(
            f"no pair is left to train on: there are {n} with {len(numbers)} different "
            f"sources, of which validation_fraction={model.validation_fraction} sets "
            f"{len(chosen)} aside. Set early_stopping=False or give more pairs."
        )
    parts = np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)
    return pairs.take(parts[0]), pairs.take(parts[1])


def encode_pairs(
    source: Side, target: Side, pairs: TextPairs, names: str = "X and y"
) -> tuple[EncodedPairs, np.ndarray]:
    """Return pairs as ids, without those of which a side is empty.

    Parameters
    ----------
    source, target : Side
        How each side is split.
    pairs : TextPairs
        The texts.
    names : str, default="X and y"
        What the messages call them.

    Returns
    -------
    encoded : EncodedPairs
        Those with a token on both sides.
    rows : ndarray of int
        Their numbers among the pairs.

    Raises
    ------
    ValueError
        If none is left.

    Warns
    -----
    UserWarning
        If some are left out.
    """
    sources, targets = source.encode(pairs.sources), target.encode(pairs.targets)
    rows = np.flatnonzero((sources.lengths > 0) & (targets.lengths > 0))
    n, n_empty = len(sources), len(sources) - len(rows)
    if not len(rows):
        raise ValueError(
            f"{names} hold no pair with a token on both sides: one side is empty in each "
            f"of {n} pairs. Give texts for both."
        )
    if n_empty:
        warnings.warn(
            f"{n_empty:,} of {n:,} pairs in {names} have an empty side and are left out.",
            stacklevel=4,
        )
        sources, targets = sources.take(rows), targets.take(rows)
    return EncodedPairs(sources, targets), rows
