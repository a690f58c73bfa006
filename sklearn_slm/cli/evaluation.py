"""``slm evaluate``: answers beside labels, translations, known answers or transcripts."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from .answer_pairs import format_scores as format_answers
from .answer_pairs import measure_answers
from .examples import Columns, read_examples
from .inputs import (
    check_classifier,
    check_kind,
    find_classifier,
    find_kind,
    load_any,
)
from .output import as_json as write_json
from .output import show
from .reading_pairs import format_scores as format_reading
from .reading_pairs import measure_passages
from .speech_manifest import format_rates, measure_recordings
from .translation_pairs import format_scores, measure_pairs

__all__ = ["evaluate", "measure"]


def evaluate(
    model: str,
    data: Sequence[str],
    kind: str | None,
    quoted: bool | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    **columns: Any,
) -> None:
    """Print accuracy, macro F1, log loss and the figures of each class; or BLEU, WER, MRR."""
    loaded = load_any(model, trust, runtime)
    check_kind(loaded, model, *_SCORES)
    model_kind = find_kind(loaded)
    if model_kind == "classifier":
        check_classifier(loaded, model)
    examples = read_examples(
        model_kind, data, kind, Columns(**columns), quoted, model=loaded
    )
    measure_kind, write = _SCORES[model_kind]
    scores = measure_kind(loaded, *examples)
    click.echo(write_json(scores) if as_json else write(scores))


def _write_classifier(scores: dict[str, Any]) -> str:
    # There is none if no label is known.
    loss = "" if scores["log_loss"] is None else f", log loss {scores['log_loss']:.4f}"
    total = (
        f"{scores['n_texts']:,} texts, {scores['texts_per_second']:,.0f} a second: accuracy "
        f"{scores['accuracy']:.4f}, macro F1 {scores['macro_f1']:.4f}{loss}"
    )
    return "\n".join([total, *format_classes(scores["classes"])])


def _write_translator(scores: dict[str, Any]) -> str:
    return (
        f"{scores['n_pairs']:,} pairs, {scores['texts_per_second']:,.1f} a second: "
        f"{format_scores(scores)}"
    )


def _write_recognizer(scores: dict[str, Any]) -> str:
    return (
        f"{scores['n_recordings']:,} recordings, "
        f"{1 / scores['seconds_per_recording']:,.1f} a second: {format_rates(scores)}"
    )


def _write_answerer(scores: dict[str, Any]) -> str:
    return (
        f"{scores['n_questions']:,} questions, "
        f"{scores['questions_per_second']:,.0f} a second: {format_answers(scores)}"
    )


def _write_reader(scores: dict[str, Any]) -> str:
    return (
        f"{scores['n_questions']:,} questions, "
        f"{scores['questions_per_second']:,.0f} a second: {format_reading(scores)}"
    )


def measure(model: Any, texts: Any, labels: list[str]) -> dict[str, Any]:
    """Return scores of a model on labelled texts, as what JSON can hold.

    Labels are compared as strings, as files have them. One that the model does not know
    counts as missed, with a warning, and is left out of the log loss.
    """
    from sklearn.metrics import f1_score, log_loss, precision_recall_fscore_support

    classifier = find_classifier(model)
    if classifier.spec_.head.multilabel:
        raise click.UsageError(
            "the model gives each text several labels; the data have one each. Use "
            "sklearn.metrics in Python."
        )
    names = np.array([str(name) for name in classifier.classes_.tolist()])
    truth = np.array(labels)
    known = np.isin(truth, names)
    if not known.all():
        others = sorted(set(truth[~known].tolist()))
        warnings.warn(
            f"{(~known).sum()} texts have labels that the model does not know: "
            f"{', '.join(map(repr, others[:5]))}; they count as missed.",
            stacklevel=2,
        )
    began = time.perf_counter()
    probabilities = model.predict_proba(texts)
    seconds = time.perf_counter() - began
    predicted = names[probabilities.argmax(axis=1)]
    everything = sorted({*names.tolist(), *labels})
    columns = precision_recall_fscore_support(
        truth, predicted, labels=everything, zero_division=0
    )
    order = np.argsort(names)
    loss = None
    if known.any():
        loss = float(
            log_loss(truth[known], probabilities[known][:, order], labels=names[order])
        )
    return {
        "n_texts": len(texts),
        "accuracy": float((predicted == truth).mean()),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "log_loss": loss,
        "texts_per_second": len(texts) / seconds,
        "classes": {
            name: {
                "precision": float(precision),
                "recall": float(recall),
                "f1": float(f1),
                "n_texts": int(n),
            }
            for name, precision, recall, f1, n in zip(everything, *columns)
        },
    }


def format_classes(classes: dict[str, dict[str, float]]) -> list[str]:
    """Return the lines of a table with the figures of each class."""
    classes = {show(name): row for name, row in classes.items()}
    width = max(5, *map(len, classes))
    lines = [f"{'class':{width}}  precision  recall      F1    texts"]
    for name, row in classes.items():
        lines.append(
            f"{name:{width}}     {row['precision']:.4f}  {row['recall']:.4f}  "
            f"{row['f1']:.4f}  {row['n_texts']:7,}"
        )
    return lines


# What measures each kind of model, and what makes lines for people of its scores.
_SCORES: dict[str, Any] = {
    "classifier": (measure, _write_classifier),
    "translator": (measure_pairs, _write_translator),
    "speech recognizer": (measure_recordings, _write_recognizer),
    "answerer": (measure_answers, _write_answerer),
    "reader": (measure_passages, _write_reader),
}
