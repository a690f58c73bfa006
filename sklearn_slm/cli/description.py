"""What a classifier is: facts, a table, its scores, a model card."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..unwrap import find_vectorizer, split_classifier
from .cards import (
    describe_file,
    is_count,
    list_names,
    name_notes,
    show_some,
    tell_data,
    tell_sizes,
)
from .evaluation import measure
from .inputs import read_labelled
from .output import show, show_in_markdown

__all__ = ["describe", "list_rows", "measure_files", "write_card"]

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


def describe(path: str, model: Any) -> dict[str, Any]:
    """Return what can be told of a model and its file, as what JSON can hold."""
    transformers, classifier = split_classifier(model)
    vectorizer = find_vectorizer(transformers, classifier)
    spec, weights, ngrams = classifier.spec_, classifier.weights_, classifier.ngrams_
    about = describe_file(path)
    notes = about.pop("notes")
    return about | {
        "network": asdict(spec),
        "n_parameters": sum(math.prod(w.shape) for w in spec.weights().values()),
        "n_ngrams": 0 if ngrams is None else len(ngrams),
        "weight_types": sorted({str(value.dtype) for value in weights.values()}),
        "n_words": len(classifier.vocabulary_),
        "max_length": vectorizer.max_length,
        "classes": [str(name) for name in classifier.classes_.tolist()],
        "epochs": classifier.n_iter_,
        "validation_accuracy": classifier.best_validation_score_,
        "notes": notes,
    }


def measure_files(
    model: Any,
    files: Sequence[str],
    text: str,
    label: str,
    kind: str | None,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the labelled texts of files."""
    return measure(model, *read_labelled(files, kind, text, label, quoted))


def list_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table tells people of a model.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns.
    """
    score = facts["validation_accuracy"]
    types = ", ".join(facts["weight_types"])
    return [
        ("network", _summarise_network(facts["network"])),
        ("parameters", f"{facts['n_parameters']:,}, {types}"),
        ("words", f"{facts['n_words']:,}"),
        ("classes", show_some(facts["classes"])),
        (
            "training",
            f"{facts['epochs']} epochs"
            + ("" if score is None else f", validation accuracy {score:.4f}"),
        ),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    encoder, head = network["encoder"], network["head"]
    directions = "both directions" if encoder["bidirectional"] else "one direction"
    sizes = ", ".join(map(str, encoder["hidden_size"]))
    return (
        f"{encoder['cell'].upper()} of {sizes} units in {directions}, "
        f"{head['pooling']} pooling, word vectors of {encoder['n_components']}"
    )


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
    notes, test = name_notes(facts["notes"]), facts.get("test")
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
        tell_data(notes, "labelled texts"),
        "",
        "## Classes",
        "",
        "| class | texts in training |" + (" F1 on test |" if test else ""),
        "|---|---|" + ("---|" if test else ""),
    ]
    for name in facts["classes"]:
        count = f"{counts[name]:,}" if is_count(counts.get(name)) else "not recorded"
        row = f"| {show_in_markdown(name)} | {count} |"
        if test:
            row += f" {test['classes'][name]['f1']:.3f} |"
        lines.append(row)
    lines += ["", "## Scores", "", *_tell_scores(facts, notes), "", "## Sizes", ""]
    lines += [
        *tell_sizes(facts),
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


def _tell_scores(facts: dict[str, Any], notes: dict[str, Any]) -> list[str]:
    lines = []
    score, test = facts["validation_accuracy"], facts.get("test")
    if score is not None:
        data = list_names(notes.get("validation_data") or "a part of the training data")
        lines.append(
            f"- Validation ({data}), which chose the best epoch: accuracy {score:.4f}"
        )
    if test:
        lines.append(
            f"- Test ({list_names(test['data'])}, {test['n_texts']:,} texts): accuracy "
            f"{test['accuracy']:.4f}, macro F1 {test['macro_f1']:.4f}"
        )
    match notes.get("quantization"):
        case {"score": [float(before), float(after)], "dtype": str(dtype)}:
            lines.append(
                f"- {show_in_markdown(dtype)} weights moved accuracy from {before:.4f} "
                f"to {after:.4f}"
            )
    return lines or ["None was measured."]
