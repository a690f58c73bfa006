"""What a file says of a model, for tables and for model cards in Markdown."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from ..runtime.weights import name_type
from .output import as_json as write_json
from .output import show, show_in_markdown

__all__ = [
    "Card",
    "describe_file",
    "describe_model",
    "format_rows",
    "is_count",
    "list_names",
    "name_notes",
    "show_some",
    "summarise_layers",
    "tell_data",
    "tell_quantization",
    "tell_sizes",
    "tell_test",
    "tell_validation",
    "write_card",
]


def describe_file(path: str) -> dict[str, Any]:
    """Return what a file says of whatever model is in it.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    dict
        ``file`` (its name), ``bytes``, ``kind``, ``versions`` and ``notes``.
    """
    from ..estimators.loading import read_notes

    size = {"file": Path(path).name, "bytes": os.path.getsize(path)}
    return size | read_notes(path)


def describe_model(path: str, model: Any, **more: Any) -> dict[str, Any]:
    """Return what a file says of its model, what the network is, and more facts.

    Parameters
    ----------
    path : str
        The file.
    model : estimator
        The fitted estimator in it, with ``spec_`` and ``weights_``.
    **more : object
        Facts of this kind of model, which take the place of others of the same name.

    Returns
    -------
    dict
        Those of :func:`describe_file`, ``network``, ``n_parameters``, ``weight_types`` and
        the rest; notes come last.
    """
    about = describe_file(path)
    notes = about.pop("notes")
    facts = {
        "network": asdict(model.spec_),
        "n_parameters": sum(math.prod(w.shape) for w in model.spec_.weights().values()),
        "weight_types": sorted(set(map(name_type, model.weights_.values()))),
    }
    return about | facts | more | {"notes": notes}


def summarise_layers(network: dict[str, Any], *, directions: bool = True) -> str:
    """Return the layers of an encoder in words.

    Parameters
    ----------
    network : dict
        What :func:`describe_model` tells.
    directions : bool, default=True
        Whether it says how texts are read.

    Examples
    --------
    >>> encoder = {"cell": "gru", "hidden_size": [8, 4], "bidirectional": True}
    >>> summarise_layers({"encoder": encoder})
    'GRU of 8, 4 units in both directions'
    """
    encoder = network["encoder"]
    sizes = ", ".join(map(str, encoder["hidden_size"]))
    layers = f"{encoder['cell'].upper()} of {sizes} units"
    if not directions:
        return layers
    one = "both directions" if encoder["bidirectional"] else "one direction"
    return f"{layers} in {one}"


def name_notes(notes: Any) -> dict[str, Any]:
    """Return notes, which may be anything that JSON holds, by name."""
    return notes if isinstance(notes, dict) else {"notes": notes}


def format_rows(facts: dict[str, Any], rows: list[tuple[str, str]]) -> list[str]:
    """Return the lines of a table that tells people what a model is.

    Parameters
    ----------
    facts : dict
        What :func:`describe_file` returns, or more.
    rows : list of (str, str)
        What it tells of the model itself.
    """
    rows = [
        ("file", f"{facts['file']}, {facts['bytes']:,} bytes, {facts['kind']}"),
        *rows,
        ("written by", ", ".join(f"{k} {v}" for k, v in facts["versions"].items())),
    ]
    rows += [
        (name.replace("_", " "), write_json(value))
        for name, value in name_notes(facts["notes"]).items()
    ]
    rows = [(show(name), show(value)) for name, value in rows]
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}}  {value}" for name, value in rows]


def show_some(names: list[str]) -> str:
    """Return how many names there are, and the first of them."""
    return f"{len(names)}: {', '.join(names[:12])}" + ", ..." * (len(names) > 12)


def is_count(value: Any) -> bool:
    """Tell whether what notes hold is a number of things."""
    return isinstance(value, int) and not isinstance(value, bool)


def list_names(value: Any) -> str:
    """Return what notes hold as the names of something, for Markdown."""
    values = value if isinstance(value, list) else [value]
    texts = (v if isinstance(v, str) else write_json(v) for v in values)
    return ", ".join(map(show_in_markdown, texts))


def tell_data(notes: dict[str, Any], texts: str) -> str:
    """Return the sentence on what a model was trained on.

    Parameters
    ----------
    notes : dict
        Those of its file.
    texts : str
        What the texts are called.
    """
    names = list_names(notes.get("data") or [])
    if not names:
        return "Not recorded in the file."
    n_texts = notes.get("n_texts")
    size = f"{n_texts:,} {texts}" if is_count(n_texts) else texts.capitalize()
    return f"{size}: {names}."


def tell_sizes(facts: dict[str, Any]) -> list[str]:
    """Return the lines on what a model takes."""
    types = ", ".join(facts["weight_types"])
    return [
        f"- File: {facts['bytes']:,} bytes",
        f"- Parameters: {facts['n_parameters']:,} ({types})",
    ]


def tell_validation(notes: dict[str, Any], chose: str, score: str) -> str:
    """Return the line on the scores of a validation set.

    Parameters
    ----------
    notes : dict
        Those of the file.
    chose : str
        What the validation set has chosen.
    score : str
        The scores, in words.
    """
    data = list_names(notes.get("validation_data") or "a part of the training data")
    return f"- Validation ({data}), which chose {chose}: {score}"


def tell_test(test: dict[str, Any], size: str, score: str) -> str:
    """Return the line on the scores of a test.

    Parameters
    ----------
    test : dict
        With the names of its files, ``data``.
    size : str
        How many examples there were.
    score : str
        The scores, in words.
    """
    return f"- Test ({list_names(test['data'])}, {size}): {score}"


def tell_quantization(
    notes: dict[str, Any], name: str, form: str, *, scale: float = 1, shift: float = 0
) -> list[str]:
    """Return the line on what smaller weights have changed, if notes tell of it.

    Parameters
    ----------
    notes : dict
        Those of the file.
    name : str
        What the score is called.
    form : str
        How a number is written, as ``".4f"``.
    scale, shift : float
        What is shown of a score x: ``shift + scale * x``.
    """
    match notes.get("quantization"):
        case {"score": [float(before), float(after)], "dtype": str(dtype)}:
            first, second = (f"{shift + scale * x:{form}}" for x in (before, after))
            return [
                f"- {show_in_markdown(dtype)} weights moved {name} from {first} to {second}"
            ]
    return []


class Card(NamedTuple):
    """What a model card says of one kind of model.

    Parameters
    ----------
    kind, network : str
        What the model is, and its network, in words.
    texts : str
        What it was trained on, in the plural.
    scores, limits, use : sequence of str
        Lines; ``{name}`` in those of `use` stands for the file.
    sizes : sequence of str, default=()
        Lines beside those on the file and the parameters.
    classes : sequence of str, default=()
        Lines of a section on what it tells apart, with its heading.
    """

    kind: str
    network: str
    texts: str
    scores: Sequence[str]
    limits: Sequence[str]
    use: Sequence[str]
    sizes: Sequence[str] = ()
    classes: Sequence[str] = ()


def write_card(facts: dict[str, Any], card: Card) -> str:
    """Return a model card in Markdown.

    Parameters
    ----------
    facts : dict
        What :func:`describe_model` returns, with ``test`` (scores) if they were measured.
        Notes may be of any form; a figure that they do not hold is left out.
    card : Card
        What is said of this kind of model.

    Returns
    -------
    str
        Sections on the model, its data, scores, sizes and limits.
    """
    version = show_in_markdown(facts["versions"].get("sklearn_slm", ""))
    name = shlex.quote(show(facts["file"]))
    sections = {
        "Data": [tell_data(name_notes(facts["notes"]), card.texts)],
        "Scores": card.scores or ["None was measured."],
        "Sizes": [*tell_sizes(facts), *card.sizes],
        "Limits": [f"- {limit}" for limit in card.limits],
        "Use": [f"    {line.format(name=name)}" for line in card.use],
    }
    lines = [f"# {show_in_markdown(Path(facts['file']).stem)}", ""]
    lines.append(f"{card.kind}, made with sklearn_slm {version}: {card.network}.")
    for heading, content in sections.items():
        if heading == "Scores" and card.classes:
            lines += ["", *card.classes]
        lines += ["", f"## {heading}", "", *content]
    return "\n".join(lines)
