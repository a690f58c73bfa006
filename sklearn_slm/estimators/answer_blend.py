"""The index of an answerer, and how much its parts count."""

from __future__ import annotations

import numpy as np

from ..retrieval import (
    EntryIndex,
    FittedBlend,
    build_entries,
    compute_fields,
    fit_field_blend,
    fit_statistics,
)
from .answer_data import Questions, group_questions

__all__ = ["blend_questions", "index_questions"]

# Numbers that the choice of blend weights may take, and held-out questions that it reads
# at the least, where there are so many.
_MOST_SCORES, _LEAST_QUESTIONS = 30_000_000, 100


def index_questions(
    data: Questions,
    vectors: tuple[np.ndarray, np.ndarray],
    known: np.ndarray,
    *,
    lexical: bool = True,
) -> EntryIndex:
    """Return an index of all answers and of some questions that have them.

    Parameters
    ----------
    data : Questions
        All questions and answers.
    vectors : tuple of (ndarray, ndarray)
        Vectors of the questions and of the answers, float32.
    known : ndarray of int
        Questions that the index is to know; each comes in once for each answer.
    lexical : bool, default=True
        Whether it is to know words and pieces of words.

    Returns
    -------
    EntryIndex
    """
    group = group_questions(data.questions)[known]
    pairs = np.stack([data.rows[known], group], axis=1).reshape(-1, 2)
    _, first = np.unique(pairs, axis=0, return_index=True)
    known = known[np.sort(first)]
    owners = np.concatenate([np.arange(len(data.answers)), data.rows[known]])
    order = np.argsort(owners, kind="stable")
    texts = [*data.answers, *(data.questions[i] for i in known)]
    texts = [texts[i] for i in order]
    stacked = np.concatenate([vectors[1], vectors[0][known]])[order]
    if not lexical:
        return build_entries(texts, owners[order], stacked)
    statistics = fit_statistics(texts), fit_statistics(texts, "pieces")
    return build_entries(texts, owners[order], stacked, statistics)


def blend_questions(
    data: Questions,
    vectors: tuple[np.ndarray, np.ndarray],
    known: np.ndarray,
    held_out: np.ndarray,
    *,
    lexical: bool = True,
) -> FittedBlend:
    """Choose blend weights by held-out questions, which the index does not know yet.

    Parameters
    ----------
    data, vectors, lexical
        As in :func:`index_questions`.
    known, held_out : ndarray of int
        Questions that the index knows meanwhile, and others.

    Returns
    -------
    FittedBlend
    """
    group = group_questions(data.questions)
    _, first = np.unique(group[held_out], return_index=True)
    asked = held_out[np.sort(first)]
    # Where a question is the only one of its answer, other answers would be found by
    # their questions, and its own by its text alone.
    has_others = np.isin(data.rows[asked], data.rows[known])
    if has_others.mean() < 0.5:
        known = known[:0]
    index = index_questions(data, vectors, known, lexical=lexical)
    most = max(_MOST_SCORES // (3 * len(index.texts)), _LEAST_QUESTIONS)
    # From all over the set, which may be sorted.
    asked = asked[:: -(-len(asked) // most)]
    questions = [data.questions[i] for i in asked]
    fields = compute_fields(index, questions, vectors[0][asked])
    right = np.zeros((len(asked), len(index)), bool)
    place = {int(number): i for i, number in enumerate(group[asked])}
    for row in held_out:
        if int(group[row]) in place:
            right[place[int(group[row])], data.rows[row]] = True
    return fit_field_blend(fields, right)
