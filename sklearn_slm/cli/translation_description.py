"""What a translator is: facts, a table, its scores, a model card."""

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
from .language_training import compute_perplexity
from .output import tell_epochs
from .translation_pairs import format_scores, measure_pairs

__all__ = ["describe", "list_rows", "measure_files", "write_card"]

_KINDS = {"word": "words and marks", "char": "characters", "subword": "pieces of words"}
_LIMITS = (
    "It writes what is likely after its training pairs. A fluent translation may say "
    "something else than its source: names, numbers and negations are what to check.",
    "It reads {n_source:,} {source}, and writes {n_target:,} {target}. What it does not "
    "know it copies at best. Texts of another domain, style or time are translated worse.",
    "It learned single texts of the length of its pairs: longer ones lose parts, and "
    "nothing is carried from one to the next.",
    "It repeats what its data taught it, prejudice and mistakes included. Measure it on "
    "texts like those that it will meet, and let somebody read what matters.",
)


def describe(path: str, model: Any) -> dict[str, Any]:
    """Return what can be told of a model and its file, as what JSON can hold."""
    return describe_model(
        path,
        model,
        source=_describe_side(model.source_tokenizer_, model.source_vocabulary_),
        target=_describe_side(model.target_tokenizer_, model.target_vocabulary_),
        beam_size=model.beam_size,
        epochs=model.n_iter_,
        validation_perplexity=compute_perplexity(model),
        validation_bleu=model.validation_bleu_,
    )


def _describe_side(tokenizer: Any, vocabulary: Any) -> dict[str, Any]:
    return {
        "tokens": tokenizer.kind,
        "n_tokens": len(vocabulary),
        "lowercase": tokenizer.lowercase,
    }


def measure_files(
    model: Any,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the pairs of files."""
    pairs = read_examples("translator", files, kind, columns, quoted)
    return measure_pairs(model, *pairs)


def list_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table tells people of a model.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns.
    """
    types = ", ".join(facts["weight_types"])
    return [
        ("network", _summarise_network(facts["network"])),
        ("parameters", f"{facts['n_parameters']:,}, {types}"),
        ("source", _summarise_side(facts["source"])),
        ("target", _summarise_side(facts["target"])),
        ("beam", f"{facts['beam_size']:,}"),
        (
            "training",
            ", ".join([tell_epochs(facts["epochs"]), *_list_scores(facts)]),
        ),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    directions = "both directions"
    if not network["encoder"]["bidirectional"]:
        directions = "one direction"
    return (
        f"{summarise_layers(network, directions=False)} that reads in {directions}, another "
        f"that writes with attention, token vectors of {network['encoder']['n_components']}"
    )


def _summarise_side(side: dict[str, Any]) -> str:
    lowercase = " in lower case" if side["lowercase"] else ""
    return f"{side['n_tokens']:,} {_KINDS[side['tokens']]}{lowercase}"


def _list_scores(facts: dict[str, Any]) -> list[str]:
    """Return the scores of the validation set that were measured."""
    perplexity, bleu = facts["validation_perplexity"], facts["validation_bleu"]
    scores = []
    if perplexity is not None:
        scores.append(f"validation perplexity {perplexity:,.2f} per token")
    if bleu is not None:
        scores.append(f"validation BLEU {bleu:.2f} (greedy)")
    return scores


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown; see :func:`~.cards.write_card`.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
    """
    source, target = facts["source"], facts["target"]
    values = {
        "source": _KINDS[source["tokens"]],
        "n_source": source["n_tokens"],
        "target": _KINDS[target["tokens"]],
        "n_target": target["n_tokens"],
    }
    card = Card(
        kind="A translator",
        network=_summarise_network(facts["network"]),
        texts="pairs of texts",
        scores=_tell_scores(facts),
        limits=[limit.format(**values) for limit in _LIMITS],
        use=["slm translate {name} texts.txt"],
        sizes=[
            f"- Source: {_summarise_side(source)}",
            f"- Target: {_summarise_side(target)}",
        ],
    )
    return cards.write_card(facts, card)


def _tell_scores(facts: dict[str, Any]) -> list[str]:
    notes, scores = name_notes(facts["notes"]), _list_scores(facts)
    lines = []
    if scores:
        lines.append(tell_validation(notes, "the weights", ", ".join(scores)))
    if test := facts.get("test"):
        lines.append(tell_test(test, f"{test['n_pairs']:,} pairs", format_scores(test)))
    return lines + tell_quantization(notes, "BLEU", ".2f", scale=100)
