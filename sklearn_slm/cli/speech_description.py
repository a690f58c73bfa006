"""What a recogniser is: facts, a table, its scores, a model card."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .cards import describe_file, list_names, name_notes, tell_data, tell_sizes
from .output import show, show_in_markdown
from .speech_manifest import format_rates, measure_recordings, read_manifest

__all__ = ["describe", "list_rows", "measure_files", "write_card"]

_KINDS = {"word": "words", "char": "characters", "subword": "pieces of words"}
_LIMITS = (
    "It knows the voices, microphones, rooms and words of its recordings. Others are "
    "recognised worse: measure it on speakers that it was not trained on.",
    "It always writes something of what it knows: a word that it never heard becomes "
    "others that sound alike, and noise can become words.",
    "Times of words are those at which the network was sure of them, not the borders that "
    "a phonetician would draw.",
    "{reading}",
    "It makes more mistakes with voices that its recordings lack, such as accents and "
    "children. Test it on those whom it will hear.",
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
        "units": model.tokenizer_.kind,
        "n_symbols": len(model.vocabulary_),
        "n_words": len(model.word_counts_.words),
        "features": asdict(model.features_),
        "beam_size": model.beam_size,
        "epochs": model.n_iter_,
        "validation_wer": model.validation_wer_,
        "notes": notes,
    }


def measure_files(
    model: Any,
    files: Sequence[str],
    audio: str | None,
    text: str,
    kind: str | None,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the recordings that files name."""
    return measure_recordings(model, *read_manifest(files, kind, audio, text, quoted))


def list_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table tells people of a model.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns.
    """
    types = ", ".join(facts["weight_types"])
    features, wer = facts["features"], facts["validation_wer"]
    return [
        ("network", _summarise_network(facts["network"])),
        ("parameters", f"{facts['n_parameters']:,}, {types}"),
        (
            "sound",
            f"{features['rate']:,} samples a second, {features['n_mels']} mel filters, "
            f"{features['n_stack']} frames of {features['hop_ms']:g} ms at once",
        ),
        ("symbols", f"{facts['n_symbols']:,} {_KINDS[facts['units']]}"),
        ("words", f"{facts['n_words']:,} in its transcripts"),
        ("beam", f"{facts['beam_size']:,}"),
        (
            "training",
            f"{facts['epochs']} epochs"
            + ("" if wer is None else f", validation word error rate {wer:.2%}"),
        ),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    encoder = network["encoder"]
    sizes = ", ".join(map(str, encoder["hidden_size"]))
    directions = "both directions" if encoder["bidirectional"] else "one direction"
    return f"{encoder['cell'].upper()} of {sizes} units in {directions}, CTC"


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
    reading = "It needs the whole recording before it writes anything."
    if not facts["network"]["encoder"]["bidirectional"]:
        reading = "It writes while it hears, and what comes later can correct it."
    name = shlex.quote(show(facts["file"]))
    return "\n".join(
        [
            f"# {show_in_markdown(Path(facts['file']).stem)}",
            "",
            f"A speech recogniser, made with sklearn_slm {version}: "
            f"{_summarise_network(facts['network'])}.",
            "",
            "## Data",
            "",
            tell_data(notes, "recordings"),
            "",
            "## Scores",
            "",
            *_tell_scores(facts, notes),
            "",
            "## Sizes",
            "",
            *tell_sizes(facts),
            f"- Symbols: {facts['n_symbols']:,} {_KINDS[facts['units']]}",
            "",
            "## Limits",
            "",
            *(f"- {limit.format(reading=reading)}" for limit in _LIMITS),
            "",
            "## Use",
            "",
            f"    slm transcribe {name} recording.wav",
        ]
    )


def _tell_scores(facts: dict[str, Any], notes: dict[str, Any]) -> list[str]:
    lines = []
    wer, test = facts["validation_wer"], facts.get("test")
    if wer is not None:
        data = list_names(notes.get("validation_data") or "a part of the training data")
        lines.append(
            f"- Validation ({data}), which chose weights and search: word error rate "
            f"{wer:.2%}"
        )
    if test:
        lines.append(
            f"- Test ({list_names(test['data'])}, {test['n_recordings']:,} recordings): "
            f"{format_rates(test)}"
        )
    match notes.get("quantization"):
        case {"score": [float(before), float(after)], "dtype": str(dtype)}:
            lines.append(
                f"- {show_in_markdown(dtype)} weights moved the word error rate from "
                f"{1 - before:.2%} to {1 - after:.2%}"
            )
    return lines or ["None was measured."]
