"""What a language model is: facts, a table, its perplexity, a model card."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .cards import (
    describe_file,
    is_count,
    list_names,
    name_notes,
    show_some,
    tell_data,
    tell_sizes,
)
from .inputs import iterate_rows
from .language_training import compute_perplexity
from .output import show, show_in_markdown
from .scoring import iterate_likelihoods, sum_likelihoods

__all__ = ["describe", "list_rows", "measure_files", "write_card"]

_BATCH_SIZE = 512
_KINDS = {"word": "words and marks", "char": "characters", "subword": "pieces of words"}
_DOCUMENTS = {
    "independent": "each text begins anew",
    "stream": "texts follow each other, as the lines of a book",
}
_LIMITS = (
    "It writes what is likely after its training texts, not what is true: names, numbers "
    "and facts in what it writes are made up.",
    "It knows {n_tokens:,} {tokens}; all others are one unknown token to it, which it never "
    "writes. Texts of another language, domain or time hold more of them.",
    "It keeps what it has read in {n_units:,} numbers, and loses the thread of a long text.",
    "It repeats what its data taught it, prejudice included, and may write passages of its "
    "texts word for word. What must not come out must not go in.",
    "Its perplexity per token compares it with models of the same tokens alone; that per "
    "byte, with all.",
)


def describe(path: str, model: Any) -> dict[str, Any]:
    """Return what can be told of a model and its file, as what JSON can hold."""
    spec, backward = model.spec_, model.backward_weights_
    shapes = [weight.shape for weight in spec.weights().values()]
    if backward is not None:
        others = (n for n in spec.weights() if n != "embedding")
        shapes += [spec.weights()[name].shape for name in others]
    about = describe_file(path)
    notes = about.pop("notes")
    return about | {
        "network": asdict(spec),
        "bidirectional": backward is not None,
        "n_parameters": sum(map(math.prod, shapes)),
        "weight_types": sorted({str(w.dtype) for w in model.weights_.values()}),
        "tokens": model.tokenizer_.kind,
        "n_tokens": len(model.vocabulary_),
        "lowercase": model.tokenizer_.lowercase,
        "documents": model.documents,
        "cache_size": model.cache_size,
        "classes": []
        if model.classes_ is None
        else [str(name) for name in model.classes_.tolist()],
        "epochs": model.n_iter_,
        "validation_perplexity": compute_perplexity(model),
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
    """Return how likely a model finds the texts of files."""
    column = None if model.classes_ is None else label
    rows = iterate_rows(files, kind, text, column, quoted)
    scored = iterate_likelihoods(model, rows, _BATCH_SIZE)
    return sum_likelihoods(scored, files).as_dict()


def list_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table tells people of a model.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns.
    """
    perplexity = facts["validation_perplexity"]
    types = ", ".join(facts["weight_types"])
    rows = [
        ("network", _summarise_network(facts)),
        ("parameters", f"{facts['n_parameters']:,}, {types}"),
        ("tokens", _summarise_tokens(facts)),
        ("documents", f"{facts['documents']}: {_DOCUMENTS[facts['documents']]}"),
    ]
    if facts["classes"]:
        rows.append(("labels", show_some(facts["classes"])))
    if facts["cache_size"]:
        rows.append(("neural cache", f"{facts['cache_size']:,} tokens"))
    score = "" if perplexity is None else f", validation perplexity {perplexity:,.2f}"
    return [*rows, ("training", f"{facts['epochs']} epochs{score}")]


def _summarise_network(facts: dict[str, Any]) -> str:
    encoder = facts["network"]["encoder"]
    sizes = ", ".join(map(str, encoder["hidden_size"]))
    second = ", beside a second one from the end" if facts["bidirectional"] else ""
    return (
        f"{encoder['cell'].upper()} of {sizes} units, token vectors of "
        f"{encoder['n_components']}{second}"
    )


def _summarise_tokens(facts: dict[str, Any]) -> str:
    lowercase = " in lower case" if facts["lowercase"] else ""
    return f"{facts['n_tokens']:,} {_KINDS[facts['tokens']]}{lowercase}"


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (likelihoods) if they were measured.
        Notes may be of any form; a figure that they do not hold is left out.

    Returns
    -------
    str
        Sections on the model, its data, labels, scores, sizes and limits.
    """
    notes = name_notes(facts["notes"])
    version = show_in_markdown(facts["versions"].get("sklearn_slm", ""))
    lines = [
        f"# {show_in_markdown(Path(facts['file']).stem)}",
        "",
        f"A language model of {_summarise_tokens(facts)}, made with sklearn_slm {version}: "
        f"{_summarise_network(facts)}. {_DOCUMENTS[facts['documents']].capitalize()}.",
        "",
        "## Data",
        "",
        tell_data(notes, "texts"),
        "",
    ]
    if facts["classes"]:
        lines += ["## Labels", "", *_list_labels(facts["classes"], notes), ""]
    values = {
        "n_tokens": facts["n_tokens"],
        "tokens": _KINDS[facts["tokens"]],
        "n_units": sum(facts["network"]["encoder"]["hidden_size"]),
    }
    name = shlex.quote(show(facts["file"]))
    return "\n".join(
        [
            *lines,
            "## Scores",
            "",
            *_tell_scores(facts, notes),
            "",
            "## Sizes",
            "",
            *tell_sizes(facts),
            f"- Tokens: {_summarise_tokens(facts)}",
            "",
            "## Limits",
            "",
            *(f"- {limit.format(**values)}" for limit in _LIMITS),
            "",
            "## Use",
            "",
            f'    slm generate {name} "How the text begins"',
            f"    slm score {name} texts.txt",
        ]
    )


def _list_labels(classes: list[str], notes: dict[str, Any]) -> list[str]:
    counts = notes.get("classes")
    counts = counts if isinstance(counts, dict) else {}
    lines = ["| label | texts in training |", "|---|---|"]
    for name in classes:
        count = f"{counts[name]:,}" if is_count(counts.get(name)) else "not recorded"
        lines.append(f"| {show_in_markdown(name)} | {count} |")
    return lines


def _tell_scores(facts: dict[str, Any], notes: dict[str, Any]) -> list[str]:
    lines = []
    perplexity, test = facts["validation_perplexity"], facts.get("test")
    if perplexity is not None:
        data = list_names(notes.get("validation_data") or "a part of the training data")
        lines.append(
            f"- Validation ({data}), which chose the best epoch: perplexity "
            f"{perplexity:,.2f} per token"
        )
    if test:
        of_test = test["perplexity"]
        lines.append(
            f"- Test ({list_names(test['data'])}, {test['n_texts']:,} texts): perplexity "
            f"{of_test['token']:,.2f} per token, {of_test['word']:,.2f} per word, "
            f"{of_test['byte']:,.3f} per byte"
        )
    return lines or ["None was measured."]
