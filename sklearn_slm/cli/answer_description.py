"""What an answerer is: facts, a table, its scores, a model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import cards
from .answer_pairs import format_scores, measure_answers
from .cards import (
    Card,
    describe_model,
    name_notes,
    summarise_layers,
    tell_quantization,
    tell_test,
    tell_validation,
)
from .examples import Columns, read_examples
from .output import tell_epochs

__all__ = ["describe", "list_rows", "measure_files", "write_card"]

_LIMITS = (
    "It finds one of its {n_answers:,} answers, and writes none of its own. What they do not "
    "say it cannot say, and what has become wrong stays until it is removed.",
    "It always finds an answer, also where none fits: give answers from a probability on "
    "that was chosen with questions of those who will ask.",
    "It knows {n_words:,} words. Others are found by their letters alone, where an answer "
    "or a known question has the same ones.",
    "It reads each question alone: what was asked before counts for nothing.",
    "Its answers and known questions stand readable in the file: what nobody may read must "
    "not go in.",
)


def describe(path: str, model: Any) -> dict[str, Any]:
    """Return what can be told of a model and its file, as what JSON can hold."""
    index = model.index_
    return describe_model(
        path,
        model,
        n_answers=len(index),
        n_known_questions=len(index.texts) - len(index),
        vector_type=str(index.vectors.dtype),
        n_words=len(model.vocabulary_),
        blend=[round(float(weight), 6) for weight in model.blend_],
        epochs=model.n_iter_,
        validation_accuracy=model.validation_accuracy_,
        lexical_accuracy=model.lexical_accuracy_,
    )


def measure_files(
    model: Any,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the questions and answers of files."""
    examples = read_examples("answerer", files, kind, columns, quoted)
    return measure_answers(model, *examples)


def list_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table tells people of a model.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns.
    """
    types = ", ".join(facts["weight_types"])
    score = _tell_accuracy(facts)
    return [
        ("network", _summarise_network(facts["network"])),
        ("parameters", f"{facts['n_parameters']:,}, {types}"),
        ("words", f"{facts['n_words']:,}"),
        ("answers", f"{facts['n_answers']:,}, vectors {facts['vector_type']}"),
        ("questions", f"{facts['n_known_questions']:,} known"),
        (
            "blend",
            "network {:.3g}, words {:.3g}, pieces {:.3g}".format(*facts["blend"]),
        ),
        (
            "training",
            tell_epochs(facts["epochs"]) + (f", {score}" if score else ""),
        ),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    head = network["head"]
    return (
        f"{summarise_layers(network)}, {head['pooling']} pooling, word vectors of "
        f"{network['encoder']['n_components']}, vectors of texts of {head['n_outputs']}"
    )


def _tell_accuracy(facts: dict[str, Any]) -> str:
    accuracy, lexical = facts["validation_accuracy"], facts["lexical_accuracy"]
    if accuracy is None:
        return ""
    alone = "" if lexical is None else f" (words alone {lexical:.4f})"
    return f"validation accuracy {accuracy:.4f}{alone}"


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown; see :func:`~.cards.write_card`.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
    """
    card = Card(
        kind=f"An answerer of {facts['n_answers']:,} answers",
        network=_summarise_network(facts["network"]),
        texts="questions with answers",
        scores=_tell_scores(facts),
        limits=[
            limit.format(n_answers=facts["n_answers"], n_words=facts["n_words"])
            for limit in _LIMITS
        ],
        use=["slm answer {name} questions.txt"],
        sizes=[
            f"- Answers: {facts['n_answers']:,}",
            f"- Known questions: {facts['n_known_questions']:,}",
            f"- Words: {facts['n_words']:,}",
        ],
    )
    return cards.write_card(facts, card)


def _tell_scores(facts: dict[str, Any]) -> list[str]:
    notes, score = name_notes(facts["notes"]), _tell_accuracy(facts)
    lines = []
    if score:
        chose = "epoch and blend weights"
        lines.append(tell_validation(notes, chose, score.removeprefix("validation ")))
    if test := facts.get("test"):
        size = f"{test['n_questions']:,} questions"
        lines.append(tell_test(test, size, format_scores(test)))
    return lines + tell_quantization(notes, "first answers right", ".4f")
