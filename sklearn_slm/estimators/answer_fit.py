"""From questions and answers to a trained answerer; nothing here changes an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..network.options import Seeds
from ..retrieval import USUAL_BLEND, EntryIndex
from ..runtime import prepare_network
from ..spec import NetworkSpec, PairHead
from ..text import FIRST_ID, Ragged, TokenSequences
from .answer_blend import blend_questions, index_questions
from .answer_data import Questions, join_questions, split_questions
from .answer_examples import (
    AnswerTask,
    encode_texts,
    make_examples,
    make_miner,
    start_negatives,
)
from .checkpoints import Checkpoints
from .inputs import read_documents, start_embedding
from .language_fit import ProgressLines, read_options
from .options import choose_epochs, describe_encoder
from .progress import EpochReporter
from .transfer import find_language_model, find_layers, start_weights

__all__ = [
    "FittedAnswerer",
    "describe_answerer",
    "read_task",
    "train_answerer",
]

Weights = Mapping[str, np.ndarray]


class FittedAnswerer(NamedTuple):
    """What a training gave.

    Parameters
    ----------
    weights : dict of str to ndarray
        Weights of the network.
    entries : EntryIndex
        All answers and known questions.
    blend : ndarray of shape (3,), dtype float32
        Weights of network, words and pieces.
    accuracy, lexical_accuracy : float or None
        First places that are right among held-out questions: of the whole, and of words and
        pieces alone.
    epochs : list of Epoch
        Every epoch that was completed.
    interrupted, diverged : bool
        As in :class:`~sklearn_slm.network.train.Trained`.
    """

    weights: dict[str, np.ndarray]
    entries: EntryIndex
    blend: np.ndarray
    accuracy: float | None
    lexical_accuracy: float | None
    epochs: list
    interrupted: bool
    diverged: bool


def read_task(
    model: Any, data: Questions, tests: Questions | None, seeds: list[int]
) -> tuple[AnswerTask, Any]:
    """Split texts into tokens, and set questions aside.

    Parameters
    ----------
    model : SLMAnswerer
        Its parameters are read.
    data : Questions
        What was given to ``fit``.
    tests : Questions or None
        A validation set that the user gave.
    seeds : list of int
        The third is that of the choice, the fourth that of the vectorizer.

    Returns
    -------
    task : AnswerTask
        Questions and answers of a validation set that was given come last.
    vectorizer : GloveTfidfVectorizer
        The fitted vectorizer.

    Raises
    ------
    ValueError, TypeError
        If the vectorizer refuses the texts, or no question can be set aside.
    """
    n = len(data.questions)
    train, held_out = np.arange(n), np.arange(0)
    if tests is None:
        train, held_out = split_questions(model, data.questions, seeds[2])
    texts = [*data.questions, *data.answers]
    sequences, vectorizer = read_documents(model, texts, seeds[3], resumes=False)
    questions = sequences.texts.slice(0, n)
    answers = sequences.texts.slice(n, len(sequences))
    if tests is not None:
        joined = join_questions(data, tests)
        held_out = np.arange(n, len(joined.questions))
        # Their words are as new as those of any text after the fit.
        more = vectorizer.transform(tests.questions).texts
        others = vectorizer.transform(joined.answers[len(data.answers) :]).texts
        questions, answers = _join(questions, more), _join(answers, others)
        data = joined
    known = np.arange(n)
    task = AnswerTask(data, questions, answers, sequences, train, held_out, known)
    return task, vectorizer


def _join(texts: Ragged, more: Ragged) -> Ragged:
    offsets = np.concatenate([texts.offsets, more.offsets[1:] + texts.offsets[-1]])
    return Ragged(np.concatenate([texts.values, more.values]), offsets)


def describe_answerer(model: Any, sequences: TokenSequences) -> NetworkSpec:
    """Return the network that an answerer's parameters ask for.

    Parameters
    ----------
    model : SLMAnswerer
        Its parameters are read.
    sequences : TokenSequences
        With the vectors of words.
    """
    n_words, n_components = sequences.vectors.shape
    encoder = describe_encoder(model, n_components, FIRST_ID + n_words)
    head = PairHead(int(model.n_components), pooling=model.pooling)
    return NetworkSpec(replace(encoder, **find_layers(model)), head)


def train_answerer(
    model: Any,
    spec: NetworkSpec,
    task: AnswerTask,
    seeds: list[int],
    checkpoints: Checkpoints | None = None,
) -> FittedAnswerer:
    """Train an answerer, index its answers, and choose its blend weights.

    Parameters
    ----------
    model : SLMAnswerer
        Its parameters are read.
    spec : NetworkSpec
        The network.
    task : AnswerTask
        What to train on.
    seeds : list of int
        Seeds of weights and of the order.
    checkpoints : Checkpoints or None, default=None
        Where its state is written, and read.

    Returns
    -------
    FittedAnswerer

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the first step, or the first epoch diverges.
    """
    trained = _train_network(model, spec, task, seeds, checkpoints or Checkpoints())
    weights = trained.kept[0][1]
    network = prepare_network(spec, weights)
    vectors = encode_texts(network, task.questions), encode_texts(network, task.answers)
    known = task.known if model.match_questions else task.known[:0]
    index = index_questions(task.data, vectors, known, lexical=model.lexical)
    blend, accuracy, lexical_accuracy = USUAL_BLEND, None, None
    if len(task.held_out):
        blend, accuracy, lexical_accuracy = blend_questions(
            task.data,
            vectors,
            task.train if model.match_questions else task.train[:0],
            task.held_out,
            lexical=model.lexical,
        )
    return FittedAnswerer(
        weights=weights,
        entries=index,
        blend=blend.astype(np.float32),
        accuracy=accuracy,
        lexical_accuracy=lexical_accuracy,
        epochs=trained.epochs,
        interrupted=trained.interrupted,
        diverged=trained.diverged,
    )


def _train_network(
    model: Any,
    spec: NetworkSpec,
    task: AnswerTask,
    seeds: list[int],
    checkpoints: Checkpoints,
) -> Any:
    """Train the network; see :func:`train_answerer`."""
    from ..network.checkpoints import Checkpoint
    from ..network.sequences.train import train_sequences
    from ..network.train import DivergenceError

    n_mined = int(model.n_mined)
    negatives = start_negatives(task, int(model.n_negatives), n_mined)
    train = make_examples(task, task.train, negatives)
    validation = None
    if len(task.held_out):
        validation = make_examples(task, task.held_out, negatives)
    texts = train.inputs["ids"]
    n_tokens = len(texts.values) + len(task.answers.values)
    epochs = choose_epochs(model.max_iter, len(texts), n_tokens, model.batch_size)
    lines = ProgressLines() if model.verbose else None
    reporter = EpochReporter(
        model,
        epochs,
        (None, None),
        write=lines.write if lines else None,
        reconstruct=lambda weights: {"spec_": spec, "weights_": weights},
    )
    start: Weights = {"embedding": start_embedding(task.vectors)}
    language_model = find_language_model(model.pretrained)
    if language_model is not None:
        start = start_weights(language_model, spec.encoder, start["embedding"])
    what = spec, start, train, read_options(model)
    how: dict[str, Any] = {
        "seeds": Seeds(*seeds[:2]),
        "epochs": epochs,
        "validation": validation,
    }
    how |= checkpoints.begin(Checkpoint, *what, **how)
    try:
        trained = train_sequences(
            *what,
            **how,
            report_epoch=lambda epoch: reporter(epoch, dict),
            renew=make_miner(spec, task, train, n_mined) if n_mined else None,
        )
    except DivergenceError:
        raise ValueError(
            "Training diverged in the first epoch: the loss or the weights are no longer "
            "finite numbers of a usable size. Set a lower learning_rate (now "
            f"{model.learning_rate!r}) or clip_norm (now {model.clip_norm!r})."
        ) from None
    reporter.close()
    return trained
