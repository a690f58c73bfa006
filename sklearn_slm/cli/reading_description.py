"""What a reader is: facts, a table, its scores, a model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import cards
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
from .reading_pairs import format_scores, measure_passages

__all__ = ["describe", "list_rows", "measure_files", "write_card"]

_LIMITS = (
    "It answers with words of the passage that it is given, and writes none of its own. "
    "Whether the passage is right it cannot tell.",
    "It points at one place: it does not count, compare or put two sentences together.",
    "It knows {n_words:,} words. Of others it knows only whether question and passage share "
    "them, or their beginnings.",
    "It reads each question alone: what was asked before counts for nothing.",
    "{none}",
)
_NONE = {
    True: "Where the passage does not answer it says so, and may be wrong in both ways: "
    "choose a threshold with questions of those who will ask.",
    False: "It was trained on passages that answer, and always finds words: give answers "
    "from a probability on that was chosen with questions of those who will ask.",
}


def describe(path: str, model: Any) -> dict[str, Any]:
    """Return what can be told of a model and its file, as what JSON can hold."""
    return describe_model(
        path,
        model,
        n_words=len(model.vocabulary_),
        window=int(model.window),
        max_answer_length=int(model.max_answer_length),
        knows_none=model.knows_none_,
        temperature=model.temperature_,
        epochs=model.n_iter_,
        validation_exact_match=model.validation_exact_match_,
        validation_f1=model.validation_f1_,
    )


def measure_files(
    model: Any,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the questions, passages and answers of files."""
    examples = read_examples("reader", files, kind, columns, quoted)
    return measure_passages(model, *examples)


def list_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table tells people of a model.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns.
    """
    types = ", ".join(facts["weight_types"])
    score = _tell_scores_of_validation(facts)
    none = "or that there is none" if facts["knows_none"] else "always one"
    return [
        ("network", _summarise_network(facts["network"])),
        ("parameters", f"{facts['n_parameters']:,}, {types}"),
        ("words", f"{facts['n_words']:,}"),
        ("passages", f"windows of {facts['window']:,} tokens"),
        ("answers", f"of at most {facts['max_answer_length']:,} tokens, {none}"),
        (
            "training",
            tell_epochs(facts["epochs"]) + (f", {score}" if score else ""),
        ),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    encoder, head = network["encoder"], network["head"]
    return (
        f"{summarise_layers(network)}, attention from passage to question, a layer of "
        f"{head['n_units']} units over both, word vectors of {encoder['n_components']}"
    )


def _tell_scores_of_validation(facts: dict[str, Any]) -> str:
    exact, f1 = facts["validation_exact_match"], facts["validation_f1"]
    return "" if f1 is None else f"validation exact match {exact:.4f}, F1 {f1:.4f}"


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown; see :func:`~.cards.write_card`.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
    """
    words = {"n_words": facts["n_words"], "none": _NONE[facts["knows_none"]]}
    card = Card(
        kind="A reader, which answers with words of a passage",
        network=_summarise_network(facts["network"]),
        texts="questions with passages and answers",
        scores=_tell_scores(facts),
        limits=[limit.format(**words) for limit in _LIMITS],
        use=["slm answer {name} questions_with_passages.tsv"],
        sizes=[f"- Words: {facts['n_words']:,}"],
    )
    return cards.write_card(facts, card)


def _tell_scores(facts: dict[str, Any]) -> list[str]:
    notes, score = name_notes(facts["notes"]), _tell_scores_of_validation(facts)
    lines = []
    if score:
        chose = "epoch and temperature"
        lines.append(tell_validation(notes, chose, score.removeprefix("validation ")))
    if test := facts.get("test"):
        size = f"{test['n_questions']:,} questions"
        lines.append(tell_test(test, size, format_scores(test)))
    return lines + tell_quantization(notes, "F1", ".4f")
