"""What a translator is: facts, a table, its scores, a model card."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .cards import describe_file, list_names, name_notes, tell_data, tell_sizes
from .language_training import compute_perplexity
from .output import show, show_in_markdown
from .translation_pairs import format_scores, measure_pairs, read_pairs

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
    spec = model.spec_
    about = describe_file(path)
    notes = about.pop("notes")
    return about | {
        "network": asdict(spec),
        "n_parameters": sum(math.prod(w.shape) for w in spec.weights().values()),
        "weight_types": sorted({str(w.dtype) for w in model.weights_.values()}),
        "source": _describe_side(model.source_tokenizer_, model.source_vocabulary_),
        "target": _describe_side(model.target_tokenizer_, model.target_vocabulary_),
        "beam_size": model.beam_size,
        "epochs": model.n_iter_,
        "validation_perplexity": compute_perplexity(model),
        "validation_bleu": model.validation_bleu_,
        "notes": notes,
    }


def _describe_side(tokenizer: Any, vocabulary: Any) -> dict[str, Any]:
    return {
        "tokens": tokenizer.kind,
        "n_tokens": len(vocabulary),
        "lowercase": tokenizer.lowercase,
    }


def measure_files(
    model: Any,
    files: Sequence[str],
    source: str | None,
    target: str | None,
    kind: str | None,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the pairs of files."""
    return measure_pairs(model, *read_pairs(files, kind, source, target, quoted))


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
        ("training", ", ".join([f"{facts['epochs']} epochs", *_list_scores(facts)])),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    encoder = network["encoder"]
    sizes = ", ".join(map(str, encoder["hidden_size"]))
    directions = "both directions" if encoder["bidirectional"] else "one direction"
    return (
        f"{encoder['cell'].upper()} of {sizes} units that reads in {directions}, another "
        f"that writes with attention, token vectors of {encoder['n_components']}"
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
    """Return a model card in Markdown.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
        Notes may be of any form; a figure that they do not hold is left out.

    Returns
    -------
    str
        Sections on the model, its data, scores, sizes and limits.
    """
    notes = name_notes(facts["notes"])
    version = show_in_markdown(facts["versions"].get("sklearn_slm", ""))
    source, target = facts["source"], facts["target"]
    values = {
        "source": _KINDS[source["tokens"]],
        "n_source": source["n_tokens"],
        "target": _KINDS[target["tokens"]],
        "n_target": target["n_tokens"],
    }
    name = shlex.quote(show(facts["file"]))
    return "\n".join(
        [
            f"# {show_in_markdown(Path(facts['file']).stem)}",
            "",
            f"A translator, made with sklearn_slm {version}: "
            f"{_summarise_network(facts['network'])}.",
            "",
            "## Data",
            "",
            tell_data(notes, "pairs of texts"),
            "",
            "## Scores",
            "",
            *_tell_scores(facts, notes),
            "",
            "## Sizes",
            "",
            *tell_sizes(facts),
            f"- Source: {_summarise_side(source)}",
            f"- Target: {_summarise_side(target)}",
            "",
            "## Limits",
            "",
            *(f"- {limit.format(**values)}" for limit in _LIMITS),
            "",
            "## Use",
            "",
            f"    slm translate {name} texts.txt",
        ]
    )


def _tell_scores(facts: dict[str, Any], notes: dict[str, Any]) -> list[str]:
    lines = []
    scores, test = _list_scores(facts), facts.get("test")
    if scores:
        data = list_names(notes.get("validation_data") or "a part of the training data")
        lines.append(
            f"- Validation ({data}), which chose the weights: {', '.join(scores)}"
        )
    if test:
        lines.append(
            f"- Test ({list_names(test['data'])}, {test['n_pairs']:,} pairs): "
            f"{format_scores(test)}"
        )
    match notes.get("quantization"):
        case {"score": [float(before), float(after)], "dtype": str(dtype)}:
            lines.append(
                f"- {show_in_markdown(dtype)} weights moved BLEU from {100 * before:.2f} "
                f"to {100 * after:.2f}"
            )
    return lines or ["None was measured."]
