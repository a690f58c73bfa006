"""``slm evaluate``: answers beside labels, translations or transcripts."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from .inputs import (
    check_classifier,
    check_kind,
    find_classifier,
    find_kind,
    load_any,
    read_labelled,
)
from .output import as_json as write_json
from .output import show
from .speech_manifest import format_rates, measure_recordings, read_manifest
from .translation_pairs import format_scores, measure_pairs, read_pairs

__all__ = ["evaluate", "measure"]


def evaluate(
    model: str,
    data: Sequence[str],
    text: str,
    label: str,
    kind: str | None,
    quoted: bool | None,
    source: str | None,
    target: str | None,
    audio: str | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
) -> None:
    """Print accuracy, macro F1, log loss and the figures of each class, or BLEU, or WER."""
    loaded = load_any(model, trust, runtime)
    check_kind(loaded, model, "classifier", "translator", "speech recognizer")
    if find_kind(loaded) == "translator":
        pairs = read_pairs(data, kind, source, target, quoted)
        _show_translator(measure_pairs(loaded, *pairs), as_json)
        return
    if find_kind(loaded) == "speech recognizer":
        speech = read_manifest(data, kind, audio, text, quoted)
        _show_recognizer(measure_recordings(loaded, *speech), as_json)
        return
    check_classifier(loaded, model)
    texts, labels = read_labelled(data, kind, text, label, quoted)
    scores = measure(loaded, texts, labels)
    if as_json:
        click.echo(write_json(scores))
        return
    # There is none if no label is known.
    loss = "" if scores["log_loss"] is None else f", log loss {scores['log_loss']:.4f}"
    click.echo(
        f"{scores['n_texts']:,} texts, {scores['texts_per_second']:,.0f} a second: accuracy "
        f"{scores['accuracy']:.4f}, macro F1 {scores['macro_f1']:.4f}{loss}"
    )
    click.echo("\n".join(format_classes(scores["classes"])))


def _show_translator(scores: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(write_json(scores))
        return
    click.echo(
        f"{scores['n_pairs']:,} pairs, {scores['texts_per_second']:,.1f} a second: "
        f"{format_scores(scores)}"
    )


def _show_recognizer(scores: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(write_json(scores))
        return
    click.echo(
        f"{scores['n_recordings']:,} recordings, "
        f"{1 / scores['seconds_per_recording']:,.1f} a second: {format_rates(scores)}"
    )


def measure(model: Any, texts: list[str], labels: list[str]) -> dict[str, Any]:
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
