"""What a classifier is: facts, a table, its scores, a model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..unwrap import find_vectorizer, split_classifier
from . import cards
from .cards import (
    Card,
    describe_model,
    is_count,
    name_notes,
    show_some,
    summarise_layers,
    tell_quantization,
    tell_test,
    tell_validation,
)
from .evaluation import measure
from .examples import Columns, read_examples
from .output import show_in_markdown, tell_epochs

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
    ngrams = classifier.ngrams_
    from ..estimators.columns import list_text_columns

    names, texts = classifier.column_names_ or [], classifier.text_column
    texts = list_text_columns(texts or [])
    others = [] if classifier.columns_ is None else [n for n in names if n not in texts]
    return describe_model(
        path,
        classifier,
        n_ngrams=0 if ngrams is None else len(ngrams),
        n_words=len(classifier.vocabulary_),
        max_length=vectorizer.max_length,
        classes=[str(name) for name in classifier.classes_.tolist()],
        text_columns=texts,
        other_columns=others,
        epochs=classifier.n_iter_,
        validation_accuracy=classifier.best_validation_score_,
    )


def measure_files(
    model: Any,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the labelled texts of files."""
    examples = read_examples("classifier", files, kind, columns, quoted, model=model)
    return measure(model, *examples)


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
        *_list_columns(facts),
        (
            "training",
            tell_epochs(facts["epochs"])
            + ("" if score is None else f", validation accuracy {score:.4f}"),
        ),
    ]


def _list_columns(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return which columns of a table the model reads, if it reads any."""
    named = {"text columns": "text_columns", "other columns": "other_columns"}
    return [(k, ", ".join(facts[v])) for k, v in named.items() if facts[v]]


def _summarise_network(network: dict[str, Any]) -> str:
    return (
        f"{summarise_layers(network)}, {network['head']['pooling']} pooling, word vectors "
        f"of {network['encoder']['n_components']}"
    )


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown; see :func:`~.cards.write_card`.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
    """
    reading = "It reads a text from its first to its last word, however long."
    if facts["max_length"] is not None:
        reading = f"It reads the first {facts['max_length']} tokens of a text, no more."
    card = Card(
        kind=f"A text classifier of {len(facts['classes'])} classes",
        network=_summarise_network(facts["network"]),
        texts="labelled texts",
        scores=_tell_scores(facts),
        limits=[
            limit.format(n_words=facts["n_words"], reading=reading) for limit in _LIMITS
        ],
        use=["slm predict {name} texts.csv"],
        sizes=[
            f"- Words: {facts['n_words']:,}",
            *(
                f"- {name.capitalize()}: {show_in_markdown(columns)}"
                for name, columns in _list_columns(facts)
            ),
        ],
        classes=_list_classes(facts),
    )
    return cards.write_card(facts, card)


def _list_classes(facts: dict[str, Any]) -> list[str]:
    counts, test = name_notes(facts["notes"]).get("classes"), facts.get("test")
    counts = counts if isinstance(counts, dict) else {}
    lines = [
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
    return lines


def _tell_scores(facts: dict[str, Any]) -> list[str]:
    notes, score = name_notes(facts["notes"]), facts["validation_accuracy"]
    lines = []
    if score is not None:
        told = f"accuracy {score:.4f}"
        lines.append(tell_validation(notes, "the best epoch", told))
    if test := facts.get("test"):
        told = f"accuracy {test['accuracy']:.4f}, macro F1 {test['macro_f1']:.4f}"
        lines.append(tell_test(test, f"{test['n_texts']:,} texts", told))
    return lines + tell_quantization(notes, "accuracy", ".4f")
