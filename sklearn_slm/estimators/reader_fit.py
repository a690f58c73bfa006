"""From questions, passages and answers to a trained reader; changes no estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..decoding.spans import ScoredSpan, find_spans, fit_temperature
from ..network.examples import Examples
from ..network.options import Seeds
from ..runtime import prepare_network
from ..spec import NetworkSpec, SpanHead
from ..text import FIRST_ID, TokenSequences
from ..text.answer_scores import score_answer
from ..text.passages import FEATURES
from .checkpoints import Checkpoints
from .inputs import read_documents, start_embedding
from .language_fit import ProgressLines, read_options
from .options import choose_epochs, describe_encoder
from .progress import EpochReporter
from .reading import choose_span
from .reading_data import ReadingSet
from .reading_rows import ReadingRows, draw_negatives, make_rows
from .reading_texts import PassageReader, make_reader, score_readings
from .transfer import find_language_model, find_layers, start_weights

__all__ = [
    "FittedReader",
    "ReadingTask",
    "describe_reader",
    "read_reading_task",
    "train_reader",
]

Weights = Mapping[str, np.ndarray]
# Validation questions that the temperature is fitted on.
_MOST_CALIBRATED = 300


class ReadingTask(NamedTuple):
    """What is to be trained on.

    Parameters
    ----------
    reader : PassageReader
        What splits texts.
    vectors : TokenSequences
        With the vectors of words.
    train : Examples
        Windows to train on.
    validation : Examples or None
        Those to choose the epoch by.
    held_out : ReadingSet or None
        Their questions and right answers.
    places : ndarray of shape (n_held_out, 2), dtype int64
        First and last token of the answer to each; -1 and -1 where there is none.
    knows_none : bool
        Whether a question to train on has no answer.
    """

    reader: PassageReader
    vectors: TokenSequences
    train: Examples
    validation: Examples | None
    held_out: ReadingSet | None
    places: np.ndarray
    knows_none: bool


class FittedReader(NamedTuple):
    """What a training gave.

    Parameters
    ----------
    weights : dict of str to ndarray
        Weights of the network.
    temperature : float
        What scores are divided by.
    exact_match, f1 : float or None
        Scores of the validation set.
    epochs : list of Epoch
        Every epoch that was completed.
    interrupted, diverged : bool
        As in :class:`~sklearn_slm.network.train.Trained`.
    """

    weights: dict[str, np.ndarray]
    temperature: float
    exact_match: float | None
    f1: float | None
    epochs: list
    interrupted: bool
    diverged: bool


def read_reading_task(
    model: Any,
    train: ReadingSet,
    held_out: ReadingSet | None,
    seeds: Sequence[int],
) -> tuple[ReadingTask, Any]:
    """Split texts into tokens and windows.

    Parameters
    ----------
    model : SLMReader
        Its parameters are read.
    train : ReadingSet
        What to train on. Words are learned of these texts alone: those of the validation
        set are as new as the words of any text after the fit.
    held_out : ReadingSet or None
        The validation set.
    seeds : sequence of int
        The third is that of wrong windows, the fourth that of the vectorizer.

    Returns
    -------
    task : ReadingTask
        What to train on.
    vectorizer : GloveTfidfVectorizer
        The fitted vectorizer.

    Raises
    ------
    ValueError, TypeError
        If an answer does not stand in its passage, or the vectorizer refuses the texts.
    """
    texts = [*dict.fromkeys(train.readings.questions), *train.readings.passages]
    sequences, vectorizer = read_documents(model, texts, seeds[3], resumes=False)
    reader = make_reader(model, vectorizer, sequences.vocabulary)
    negatives = draw_negatives(train, model.negative_rate, seeds[2])
    rows = make_rows(reader, train, negatives)
    validation, places = None, np.zeros((0, 2), np.int64)
    if held_out is not None:
        negatives = draw_negatives(held_out, model.negative_rate, seeds[2])
        tests = make_rows(reader, held_out, negatives)
        validation, places = _make_examples(tests), tests.places
    task = ReadingTask(
        reader,
        sequences,
        _make_examples(rows),
        validation,
        held_out,
        places,
        not all(train.answers),
    )
    return task, vectorizer


def _make_examples(rows: ReadingRows) -> Examples:
    questions, windows, features = rows.windows.join()
    return Examples(
        {"ids": questions, "second": windows, "features": features},
        {"spans": np.array(rows.spans, np.int32).reshape(-1, 2)},
        np.ones(len(questions), np.float32),
    )


def describe_reader(model: Any, sequences: TokenSequences) -> NetworkSpec:
    """Return the network that a reader's parameters ask for.

    Parameters
    ----------
    model : SLMReader
        Its parameters are read.
    sequences : TokenSequences
        With the vectors of words.
    """
    n_words, n_components = sequences.vectors.shape
    encoder = describe_encoder(model, n_components, FIRST_ID + n_words)
    head = SpanHead(int(model.n_units), n_features=len(FEATURES))
    return NetworkSpec(replace(encoder, **find_layers(model)), head)


def train_reader(
    model: Any,
    spec: NetworkSpec,
    task: ReadingTask,
    seeds: Sequence[int],
    checkpoints: Checkpoints | None = None,
) -> FittedReader:
    """Train a reader, and measure it on the validation set.

    Parameters
    ----------
    model : SLMReader
        Its parameters are read.
    spec : NetworkSpec
        The network.
    task : ReadingTask
        What to train on.
    seeds : sequence of int
        Seeds of weights and of the order.
    checkpoints : Checkpoints or None, default=None
        Where its state is written, and read.

    Returns
    -------
    FittedReader

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the first step, or the first epoch diverges.
    """
    trained = _train_network(model, spec, task, seeds, checkpoints or Checkpoints())
    weights = trained.kept[0][1]
    temperature, exact_match, f1 = 1.0, None, None
    if task.held_out is not None:
        network = prepare_network(spec, weights)
        temperature, exact_match, f1 = _measure(model, network, task)
    return FittedReader(
        weights=weights,
        temperature=temperature,
        exact_match=exact_match,
        f1=f1,
        epochs=trained.epochs,
        interrupted=trained.interrupted,
        diverged=trained.diverged,
    )


def _measure(model: Any, network: Any, task: ReadingTask) -> tuple[float, float, float]:
    """Return the temperature, exact match and F1 of the validation set."""
    assert task.held_out is not None
    readings, answers = task.held_out.readings, task.held_out.answers
    longest = int(model.max_answer_length)
    known: list[ScoredSpan] = []
    scores = {"exact_match": 0.0, "f1": 0.0}
    for row, scored in score_readings(network, task.reader, readings):
        first, last = task.places[row].tolist()
        is_legal = last - first < longest and (first >= 0 or task.knows_none)
        if is_legal and len(known) < _MOST_CALIBRATED:
            known.append(ScoredSpan(scored.start, scored.end, first, last))
        found = find_spans(scored.start, scored.end, max_length=longest)
        span = choose_span(scored.passage, found, task.knows_none)
        answer = scored.passage.text[span.start : span.end]
        right = [a.text for a in answers[row]]
        for metric in scores:
            scores[metric] += score_answer(answer, right, metric) / len(readings)
    temperature = fit_temperature(known, max_length=longest)
    return temperature, scores["exact_match"], scores["f1"]


def _train_network(
    model: Any,
    spec: NetworkSpec,
    task: ReadingTask,
    seeds: Sequence[int],
    checkpoints: Checkpoints,
) -> Any:
    """Train the network; see :func:`train_reader`."""
    from ..network.checkpoints import Checkpoint
    from ..network.sequences.train import train_sequences
    from ..network.train import DivergenceError

    windows = task.train.inputs["second"]
    n_tokens = len(windows.values) + len(task.train.inputs["ids"].values)
    epochs = choose_epochs(model.max_iter, len(windows), n_tokens, model.batch_size)
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
    what = spec, start, task.train, read_options(model)
    how: dict[str, Any] = {
        "seeds": Seeds(*seeds[:2]),
        "epochs": epochs,
        "validation": task.validation,
    }
    how |= checkpoints.begin(Checkpoint, *what, **how)
    try:
        trained = train_sequences(
            *what,
            **how,
            report_epoch=lambda epoch: reporter(epoch, dict),
        )
    except DivergenceError:
        raise ValueError(
            "Training diverged in the first epoch: the loss or the weights are no longer "
            "finite numbers of a usable size. Set a lower learning_rate (now "
            f"{model.learning_rate!r}) or clip_norm (now {model.clip_norm!r})."
        ) from None
    reporter.close()
    return trained
