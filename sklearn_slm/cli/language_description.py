"""What a language model is: facts, a table, its perplexity, a model card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from . import cards
from .cards import (
    Card,
    describe_model,
    is_count,
    name_notes,
    show_some,
    summarise_layers,
    tell_test,
    tell_validation,
)
from .examples import Columns
from .inputs import iterate_rows
from .language_training import compute_perplexity
from .output import show_in_markdown, tell_epochs
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
    return describe_model(
        path,
        model,
        bidirectional=backward is not None,
        n_parameters=sum(map(math.prod, shapes)),
        tokens=model.tokenizer_.kind,
        n_tokens=len(model.vocabulary_),
        lowercase=model.tokenizer_.lowercase,
        documents=model.documents,
        cache_size=model.cache_size,
        classes=[]
        if model.classes_ is None
        else [str(name) for name in model.classes_.tolist()],
        epochs=model.n_iter_,
        validation_perplexity=compute_perplexity(model),
    )


def measure_files(
    model: Any,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return how likely a model finds the texts of files."""
    label = None if model.classes_ is None else columns.label
    rows = iterate_rows(files, kind, columns.text, label, quoted)
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
    return [*rows, ("training", f"{tell_epochs(facts['epochs'])}{score}")]


def _summarise_network(facts: dict[str, Any]) -> str:
    network = facts["network"]
    second = ", beside a second one from the end" if facts["bidirectional"] else ""
    return (
        f"{summarise_layers(network, directions=False)}, token vectors of "
        f"{network['encoder']['n_components']}{second}"
    )


def _summarise_tokens(facts: dict[str, Any]) -> str:
    lowercase = " in lower case" if facts["lowercase"] else ""
    return f"{facts['n_tokens']:,} {_KINDS[facts['tokens']]}{lowercase}"


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown; see :func:`~.cards.write_card`.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (likelihoods) if they were measured.
    """
    values = {
        "n_tokens": facts["n_tokens"],
        "tokens": _KINDS[facts["tokens"]],
        "n_units": sum(facts["network"]["encoder"]["hidden_size"]),
    }
    tokens = _summarise_tokens(facts)
    documents = _DOCUMENTS[facts["documents"]].capitalize()
    card = Card(
        kind=f"A language model of {tokens}",
        network=f"{_summarise_network(facts)}. {documents}",
        texts="texts",
        scores=_tell_scores(facts),
        limits=[limit.format(**values) for limit in _LIMITS],
        use=[
            'slm generate {name} "How the text begins"',
            "slm score {name} texts.txt",
        ],
        sizes=[f"- Tokens: {tokens}"],
        classes=_list_labels(facts) if facts["classes"] else (),
    )
    return cards.write_card(facts, card)


def _list_labels(facts: dict[str, Any]) -> list[str]:
    counts = name_notes(facts["notes"]).get("classes")
    counts = counts if isinstance(counts, dict) else {}
    lines = ["## Labels", "", "| label | texts in training |", "|---|---|"]
    for name in facts["classes"]:
        count = f"{counts[name]:,}" if is_count(counts.get(name)) else "not recorded"
        lines.append(f"| {show_in_markdown(name)} | {count} |")
    return lines


def _tell_scores(facts: dict[str, Any]) -> list[str]:
    notes, perplexity = name_notes(facts["notes"]), facts["validation_perplexity"]
    lines = []
    if perplexity is not None:
        score = f"perplexity {perplexity:,.2f} per token"
        lines.append(tell_validation(notes, "the best epoch", score))
    if test := facts.get("test"):
        of_test = test["perplexity"]
        score = (
            f"perplexity {of_test['token']:,.2f} per token, {of_test['word']:,.2f} per "
            f"word, {of_test['byte']:,.3f} per byte"
        )
        lines.append(tell_test(test, f"{test['n_texts']:,} texts", score))
    return lines
