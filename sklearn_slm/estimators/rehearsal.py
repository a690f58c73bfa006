"""Texts that a classifier keeps, to learn them again beside those of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..network.examples import Examples
from ..network.growing import spread_columns
from ..text import TokenSequences, check_documents, takes_any_document

__all__ = ["Rehearsal", "draw_rehearsal", "read_raw_texts", "remember_texts"]


@dataclass(frozen=True, eq=False, repr=False)
class Rehearsal:
    """A uniform sample of the texts that a classifier was given so far.

    Parameters
    ----------
    texts : tuple of str
        The texts, as they were given.
    targets : ndarray of shape (n_texts, n_classes), dtype float32
        1 where a class or label is true; soft labels are between 0 and 1. The columns
        are those of ``classes_``.
    weight : ndarray of shape (n_texts,), dtype float64
        Their weights.
    n_seen : int
        Texts that the sample was drawn from.
    """

    texts: tuple[Any, ...]
    targets: np.ndarray
    weight: np.ndarray
    n_seen: int

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"<Rehearsal: {len(self)} of {self.n_seen} texts>"

    def spread(self, places: np.ndarray, n_classes: int) -> Rehearsal:
        """Return the same texts with targets of more classes.

        Parameters
        ----------
        places : ndarray of shape (n_old_classes,), dtype int
            Where each class that there was stands among all.
        n_classes : int
            How many there are.
        """
        targets = spread_columns(self.targets, places, n_classes)
        return replace(self, targets=targets)


def read_raw_texts(model: Any, X: Any, why: str) -> list[Any]:
    """Return texts as a list.

    Parameters
    ----------
    model : SLMTextClassifier
        Its vectorizer says what a text may be.
    X : iterable of str
        As given to ``fit`` or ``partial_fit``.
    why : str
        The parameter that needs them, for the message.

    Raises
    ------
    ValueError, TypeError
        If X is token sequences, or no collection of texts.
    """
    if isinstance(X, TokenSequences):
        raise ValueError(
            f"{why} needs raw texts, but X is token sequences, as in a Pipeline with a "
            "vectorizer. Leave the vectorizer out of the Pipeline and give it to the "
            f"classifier: SLMTextClassifier(vectorizer=..., {why})."
        )
    analyzer = getattr(model.vectorizer, "analyzer", None)
    return check_documents(X, any_kind=takes_any_document(analyzer))


def remember_texts(
    before: Rehearsal | None,
    texts: Sequence[Any],
    targets: np.ndarray,
    weight: np.ndarray,
    *,
    size: int,
    seed: int,
) -> Rehearsal | None:
    """Return a sample in which each text so far is with the same probability.

    Reservoir sampling (Vitter, 1985, algorithm R). A text that is in the sample is not
    offered again, so that several epochs over a piece fill it no more than one.

    Parameters
    ----------
    before : Rehearsal or None
        The sample before, with targets of these classes.
    texts : sequence of str
        The next texts; those of weight 0 are left out.
    targets, weight : ndarray of shape (n_texts, n_classes) and (n_texts,)
        Their targets and weights.
    size : int
        Most texts to keep. Of more that were kept, the others are forgotten at random.
    seed : int
        Seed of the choice; together with the number of texts before.

    Returns
    -------
    Rehearsal or None
        None if `size` is 0.

    Examples
    --------
    >>> rows = np.eye(2, dtype=np.float32)
    >>> kept = remember_texts(None, ["a", "b"], rows, np.ones(2), size=1, seed=0)
    >>> len(kept), kept.n_seen
    (1, 2)
    """
    if not size:
        return None
    if before is None:
        no_targets = np.zeros((0, targets.shape[1]), np.float32)
        before = Rehearsal((), no_targets, np.zeros(0), 0)
    random = np.random.default_rng([seed, before.n_seen])
    held = list(range(len(before)))
    if len(held) > size:
        held = sorted(random.choice(len(held), size, replace=False).tolist())
    # Texts of other kinds, such as lists of tokens, cannot be looked up.
    known = {text for text in before.texts if isinstance(text, str)}
    n_seen, n_before = before.n_seen, len(before)
    for row, text in enumerate(texts):
        if not weight[row] or (isinstance(text, str) and text in known):
            continue
        n_seen += 1
        if len(held) < size:
            held.append(n_before + row)
        elif (place := int(random.integers(n_seen))) < size:
            held[place] = n_before + row
    all_texts = [*before.texts, *texts]
    return Rehearsal(
        tuple(all_texts[i] for i in held),
        np.concatenate([before.targets, targets])[held],
        np.concatenate([before.weight, weight])[held],
        n_seen,
    )


def draw_rehearsal(
    rehearsal: Rehearsal | None, vectorizer: Any, n: int, seed: int
) -> Examples | None:
    """Return texts to learn again.

    Parameters
    ----------
    rehearsal : Rehearsal or None
        What is kept.
    vectorizer : GloveTfidfVectorizer
        Encodes them, with the words that are known now.
    n : int
        How many; all if fewer are kept.
    seed : int
        Seed of the choice; together with the number of texts that were seen.

    Returns
    -------
    Examples or None
        None where there are none.
    """
    if rehearsal is None or not len(rehearsal) or not n:
        return None
    random = np.random.default_rng([seed, rehearsal.n_seen, 1])
    chosen = random.permutation(len(rehearsal))[:n]
    sequences = vectorizer.transform([rehearsal.texts[i] for i in chosen])
    return Examples(
        {"ids": sequences.texts},
        {"classes": rehearsal.targets[chosen]},
        rehearsal.weight[chosen],
    )
