"""What an answerer's network is trained on, epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..network.examples import Examples
from ..runtime import prepare_network
from ..spec import NetworkSpec
from ..text import Ragged, TokenSequences
from .answer_data import Questions, mine_by_vectors, mine_negatives

__all__ = [
    "AnswerTask",
    "encode_texts",
    "make_examples",
    "make_miner",
    "start_negatives",
]

Weights = Mapping[str, np.ndarray]


class AnswerTask(NamedTuple):
    """What is to be trained on.

    Parameters
    ----------
    data : Questions
        All questions and answers.
    questions, answers : Ragged
        Their token ids.
    vectors : TokenSequences
        With the vectors of words.
    train, held_out : ndarray of int
        Questions to train on, and to choose the epoch and the blend weights by.
    known : ndarray of int
        Questions that the index is to know in the end.
    """

    data: Questions
    questions: Ragged
    answers: Ragged
    vectors: TokenSequences
    train: np.ndarray
    held_out: np.ndarray
    known: np.ndarray


def encode_texts(network: Any, texts: Ragged) -> np.ndarray:
    """Return the vectors of texts; zeros for those without any token.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        With a :class:`~sklearn_slm.spec.PairHead`.
    texts : Ragged
        Token ids.

    Returns
    -------
    ndarray of shape (n_texts, n_components), dtype float32
    """
    vectors = np.zeros((len(texts), network.spec.head.n_outputs), np.float32)
    rows = np.flatnonzero(texts.lengths)
    if len(rows):
        vectors[rows] = network.run(texts.take(rows))["vectors"]
    return vectors


def start_negatives(task: AnswerTask, n_lexical: int, n_mined: int) -> Any:
    """Return wrong answers of all questions before training.

    Parameters
    ----------
    task : AnswerTask
        The questions.
    n_lexical, n_mined : int
        Wrong answers of each by BM25, and places for those that the network will find.

    Returns
    -------
    ndarray of shape (n_questions, n_lexical + n_mined), dtype int32, or None
        Rows of answers, -1 for none; None where none are wanted.
    """
    if not n_lexical + n_mined:
        return None
    negatives = np.full((len(task.data.questions), n_lexical + n_mined), -1, np.int32)
    if n_lexical:
        negatives[:, :n_lexical] = mine_negatives(task.data, n_lexical)
    return negatives


def make_examples(
    task: AnswerTask, rows: np.ndarray, negatives: np.ndarray | None
) -> Examples:
    """Return questions with a token as the network's training reads them.

    Parameters
    ----------
    task : AnswerTask
        What to train on.
    rows : ndarray of int
        Which questions.
    negatives : ndarray or None
        What :func:`start_negatives` returned.

    Raises
    ------
    ValueError
        If no question has a token, and its answer too.
    """
    rows = _find_readable(task, rows)
    if not len(rows):
        raise ValueError(
            "no pair of question and answer has a token on both sides, but at least one "
            "is needed to train on. Give other texts, or another vectorizer."
        )
    inputs: dict[str, Any] = {"ids": task.questions.take(rows), "second": task.answers}
    if negatives is not None:
        inputs["negatives"] = _keep_readable(task, negatives[rows])
    targets = {"answers": task.data.rows[rows].astype(np.int32)}
    return Examples(inputs, targets, np.ones(len(rows), np.float32))


def make_miner(
    spec: NetworkSpec, task: AnswerTask, train: Examples, n_mined: int
) -> Callable[[Weights], Examples]:
    """Return what gives each question the wrong answers that the network finds best.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    task : AnswerTask
        What is trained on.
    train : Examples
        What :func:`make_examples` returned for ``task.train``.
    n_mined : int
        How many for each question, at least 1; they take the last columns.

    Returns
    -------
    callable
        From weights to examples of the same shapes.
    """
    rows = _find_readable(task, task.train)
    known = train.inputs["negatives"][:, :-n_mined]
    among = np.flatnonzero(task.answers.lengths)

    def renew(weights: Weights) -> Examples:
        network = prepare_network(spec, weights)
        texts = train.inputs["ids"], task.answers.take(among)
        vectors = encode_texts(network, texts[0]), encode_texts(network, texts[1])
        mined = mine_by_vectors(task.data, rows, among, vectors, n_mined, known)
        negatives = np.concatenate([known, mined], axis=1)
        return replace(train, inputs={**train.inputs, "negatives": negatives})

    return renew


def _find_readable(task: AnswerTask, rows: np.ndarray) -> np.ndarray:
    """Return the questions that have a token on both sides."""
    right = task.data.rows[rows]
    texts, answers = task.questions, task.answers
    return rows[(texts.lengths[rows] > 0) & (answers.lengths[right] > 0)]


def _keep_readable(task: AnswerTask, negatives: np.ndarray) -> np.ndarray:
    """Return wrong answers, -1 for one without any token: nothing tells it apart."""
    has_tokens = task.answers.lengths[np.maximum(negatives, 0)] > 0
    return np.where(has_tokens, negatives, -1).astype(np.int32)
