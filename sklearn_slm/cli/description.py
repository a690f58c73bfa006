"""``slm info``: what a model is, for people, for machines, and as a model card."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..unwrap import find_vectorizer, split_classifier
from .evaluation import measure
from .inputs import load, read_labelled
from .output import as_json as write_json
from .output import show, show_in_markdown

__all__ = ["describe", "show_info", "write_card"]

_LIMITS = (
    "It knows {n_words:,} words; every other word is the same unknown one to it. Texts "
    "of another language, domain or time hold more of them, and are labelled worse.",
    "{reading}",
    "It always chooses among the classes above, also for a text of none of them.",
    "Its probabilities come calibrated on texts like the training texts, if the blend of "
    "its network and its n-grams was fitted on held-out texts, as a fit does (expected "
    "calibration error on six public data sets: 0.5 to 3.0 percent). Measure them on your "
    "own data before you act on a threshold.",
    "It repeats what its data taught it, prejudice included. Test it on the groups that "
    "it will meet.",
)


def show_info(
    model: str,
    card: bool,
    data: Sequence[str],
    text: str,
    label: str,
    kind: str | None,
    quoted: bool | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
) -> None:
    """Print what a model is."""
    if data and not card:
        raise click.UsageError("--data is for the card; use slm evaluate for scores.")
    facts = describe(model, load(model, trust, runtime))
    if data:
        texts, labels = read_labelled(data, kind, text, label, quoted)
        facts["test"] = {
            "data": [Path(path).name for path in data],
            **measure(load(model, trust, runtime), texts, labels),
        }
    if as_json:
        click.echo(write_json(facts))
    elif card:
        click.echo(write_card(facts))
    else:
        click.echo("\n".join(_format(facts)))


def describe(path: str, model: Any) -> dict[str, Any]:
    """Return what can be told of a model and its file, as what JSON can hold."""
    from ..estimators.loading import read_notes

    transformers, classifier = split_classifier(model)
    vectorizer = find_vectorizer(transformers, classifier)
    spec, weights, ngrams = classifier.spec_, classifier.weights_, classifier.ngrams_
    stored = read_notes(path)
    return {
        "file": Path(path).name,
        "bytes": os.path.getsize(path),
        "kind": stored["kind"],
        "versions": stored["versions"],
        "network": asdict(spec),
        "n_parameters": sum(math.prod(w.shape) for w in spec.weights().values()),
        "n_ngrams": 0 if ngrams is None else len(ngrams),
        "weight_types": sorted({str(value.dtype) for value in weights.values()}),
        "n_words": len(classifier.vocabulary_),
        "max_length": vectorizer.max_length,
        "classes": [str(name) for name in classifier.classes_.tolist()],
        "epochs": classifier.n_iter_,
        "validation_accuracy": classifier.best_validation_score_,
        "notes": stored["notes"],
    }


def _summarise_network(network: dict[str, Any]) -> str:
    encoder, head = network["encoder"], network["head"]
    directions = "both directions" if encoder["bidirectional"] else "one direction"
    sizes = ", ".join(map(str, encoder["hidden_size"]))
    return (
        f"{encoder['cell'].upper()} of {sizes} units in {directions}, "
        f"{head['pooling']} pooling, word vectors of {encoder['n_components']}"
    )


def _format(facts: dict[str, Any]) -> list[str]:
    classes = facts["classes"]
    shown = ", ".join(classes[:12]) + (", ..." if len(classes) > 12 else "")
    score = facts["validation_accuracy"]
    rows = [
        (
            "file",
            f"{facts['file']}, {facts['bytes']:,} bytes, {facts['kind']}",
        ),
        ("network", _summarise_network(facts["network"])),
        (
            "parameters",
            f"{facts['n_parameters']:,}, {', '.join(facts['weight_types'])}",
        ),
        ("words", f"{facts['n_words']:,}"),
        ("classes", f"{len(classes)}: {shown}"),
        (
            "training",
            f"{facts['epochs']} epochs"
            + ("" if score is None else f", validation accuracy {score:.4f}"),
        ),
        ("written by", ", ".join(f"{k} {v}" for k, v in facts["versions"].items())),
    ]
    rows += [
        (name.replace("_", " "), write_json(value))
        for name, value in _name_notes(facts["notes"]).items()
    ]
    rows = [(show(name), show(value)) for name, value in rows]
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}}  {value}" for name, value in rows]


def _name_notes(notes: Any) -> dict[str, Any]:
    """Return notes, which may be anything that JSON holds, by name."""
    return notes if isinstance(notes, dict) else {"notes": notes}


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
        Notes may be of any form; a figure that they do not hold is left out.

    Returns
    -------
    str
        Sections on the model, its data, classes, scores, sizes and limits.
    """
    notes, test = _name_notes(facts["notes"]), facts.get("test")
    counts = notes.get("classes")
    counts = counts if isinstance(counts, dict) else {}
    version = show_in_markdown(facts["versions"].get("sklearn_slm", ""))
    lines = [
        f"# {show_in_markdown(Path(facts['file']).stem)}",
        "",
        f"A text classifier of {len(facts['classes'])} classes, made with sklearn_slm "
        f"{version}: {_summarise_network(facts['network'])}.",
        "",
        "## Data",
        "",
        _tell_data(notes),
        "",
        "## Classes",
        "",
        "| class | texts in training |" + (" F1 on test |" if test else ""),
        "|---|---|" + ("---|" if test else ""),
    ]
    for name in facts["classes"]:
        count = f"{counts[name]:,}" if _is_count(counts.get(name)) else "not recorded"
        row = f"| {show_in_markdown(name)} | {count} |"
        if test:
            row += f" {test['classes'][name]['f1']:.3f} |"
        lines.append(row)
    lines += ["", "## Scores", "", *_tell_scores(facts, notes), "", "## Sizes", ""]
    lines += [
        f"- File: {facts['bytes']:,} bytes",
        f"- Parameters: {facts['n_parameters']:,} ({', '.join(facts['weight_types'])})",
        f"- Words: {facts['n_words']:,}",
        "",
        "## Limits",
        "",
    ]
    reading = "It reads a text from its first to its last word, however long."
    if facts["max_length"] is not None:
        reading = f"It reads the first {facts['max_length']} tokens of a text, no more."
    lines += [
        f"- {limit.format(n_words=facts['n_words'], reading=reading)}"
        for limit in _LIMITS
    ]
    name = shlex.quote(show(facts["file"]))
    lines += ["", "## Use", "", f"    slm predict {name} texts.csv"]
    return "\n".join(lines)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _list_names(value: Any) -> str:
    """Return what notes hold as the names of something, for Markdown."""
    values = value if isinstance(value, list) else [value]
    texts = (v if isinstance(v, str) else write_json(v) for v in values)
    return ", ".join(map(show_in_markdown, texts))


def _tell_data(notes: dict[str, Any]) -> str:
    names = _list_names(notes.get("data") or [])
    if not names:
        return "Not recorded in the file."
    n_texts = notes.get("n_texts")
    size = f"{n_texts:,} labelled texts" if _is_count(n_texts) else "Labelled texts"
    return f"{size}: {names}."


def _tell_scores(facts: dict[str, Any], notes: dict[str, Any]) -> list[str]:
    lines = []
    score, test = facts["validation_accuracy"], facts.get("test")
    if score is not None:
        data = _list_names(
            notes.get("validation_data") or "a part of the training data"
        )
        lines.append(
            f"- Validation ({data}), which chose the best epoch: accuracy {score:.4f}"
        )
    if test:
        lines.append(
            f"- Test ({_list_names(test['data'])}, {test['n_texts']:,} texts): accuracy "
            f"{test['accuracy']:.4f}, macro F1 {test['macro_f1']:.4f}"
        )
    match notes.get("quantization"):
        case {"score": [float(before), float(after)], "dtype": str(dtype)}:
            lines.append(
                f"- {show_in_markdown(dtype)} weights moved accuracy from {before:.4f} "
                f"to {after:.4f}"
            )
    return lines or ["None was measured."]
