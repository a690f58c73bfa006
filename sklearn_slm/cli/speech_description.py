"""What a recogniser is: facts, a table, its scores, a model card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
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
from .speech_manifest import format_rates, measure_recordings

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
    return describe_model(
        path,
        model,
        units=model.tokenizer_.kind,
        n_symbols=len(model.vocabulary_),
        n_words=len(model.word_counts_.words),
        features=asdict(model.features_),
        beam_size=model.beam_size,
        epochs=model.n_iter_,
        validation_wer=model.validation_wer_,
    )


def measure_files(
    model: Any,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
) -> dict[str, Any]:
    """Return the scores of a model on the recordings that files name."""
    speech = read_examples("speech recognizer", files, kind, columns, quoted)
    return measure_recordings(model, *speech)


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
            tell_epochs(facts["epochs"])
            + ("" if wer is None else f", validation word error rate {wer:.2%}"),
        ),
    ]


def _summarise_network(network: dict[str, Any]) -> str:
    return f"{summarise_layers(network)}, CTC"


def write_card(facts: dict[str, Any]) -> str:
    """Return a model card in Markdown; see :func:`~.cards.write_card`.

    Parameters
    ----------
    facts : dict
        What :func:`describe` returns, with ``test`` (scores) if they were measured.
    """
    reading = "It needs the whole recording before it writes anything."
    if not facts["network"]["encoder"]["bidirectional"]:
        reading = "It writes while it hears, and what comes later can correct it."
    card = Card(
        kind="A speech recogniser",
        network=_summarise_network(facts["network"]),
        texts="recordings",
        scores=_tell_scores(facts),
        limits=[limit.format(reading=reading) for limit in _LIMITS],
        use=["slm transcribe {name} recording.wav"],
        sizes=[f"- Symbols: {facts['n_symbols']:,} {_KINDS[facts['units']]}"],
    )
    return cards.write_card(facts, card)


def _tell_scores(facts: dict[str, Any]) -> list[str]:
    notes, wer = name_notes(facts["notes"]), facts["validation_wer"]
    lines = []
    if wer is not None:
        score = f"word error rate {wer:.2%}"
        lines.append(tell_validation(notes, "weights and search", score))
    if test := facts.get("test"):
        size = f"{test['n_recordings']:,} recordings"
        lines.append(tell_test(test, size, format_rates(test)))
    # The score is 1 minus the rate.
    name = "the word error rate"
    return lines + tell_quantization(notes, name, ".2%", scale=-1, shift=1)
