"""``slm export`` and ``slm quantize``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..unwrap import split_model
from .inputs import (
    check_classifier,
    find_kind,
    iterate_files,
    load_any,
    match_labels,
    read_labelled,
)
from .output import check_output, save, show
from .speech_manifest import read_manifest
from .translation_pairs import read_pairs

__all__ = ["export", "quantize_file"]

_WRITERS = ("language model", "translator", "speech recognizer")
# What a score is called, and what it is multiplied by for people.
_MEASURES = {
    "classifier": ("accuracy", 1, 4),
    "language model": ("mean log-likelihood", 1, 4),
    "translator": ("BLEU", 100, 2),
    "speech recognizer": ("rightly written words", 1, 4),
}


def export(
    model: str, onnx: str, trust: Sequence[str], runtime: str | None, as_json: bool
) -> None:
    """Write the network of a model to an ONNX file."""
    from ..estimators.exporting import export_onnx

    check_output(onnx)
    loaded = load_any(model, trust, runtime)
    kind = find_kind(loaded)
    if kind not in _WRITERS:
        check_classifier(loaded, model)
    written = [onnx]
    if kind == "translator":
        path = Path(onnx)
        parts = (f"{path.stem}.{part}{path.suffix}" for part in ("encoder", "step"))
        written = [str(path.with_name(name)) for name in parts]
    elif kind == "speech recognizer" and not loaded.spec_.encoder.bidirectional:
        path = Path(onnx)
        written.append(str(path.with_name(f"{path.stem}.step{path.suffix}")))
    for name in written:
        check_output(name)
    export_onnx(loaded, onnx)
    sizes = [os.path.getsize(name) for name in written]
    if not as_json:
        lines = (f"{show(name)}: {size:,} bytes" for name, size in zip(written, sizes))
        click.echo("\n".join(lines))
    elif len(written) > 1:
        click.echo(json.dumps({"onnx": written, "bytes": sizes}))
    else:
        click.echo(json.dumps({"onnx": onnx, "bytes": sizes[0]}))


def quantize_file(
    model: str,
    output: str,
    dtype: str,
    data: Sequence[str],
    max_drop: float | None,
    max_bytes: int | None,
    text: str,
    label: str,
    kind: str | None,
    quoted: bool | None,
    source: str | None,
    target: str | None,
    audio: str | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
) -> None:
    """Write a copy of a model with smaller weights, unless it loses too much."""
    from ..estimators.loading import read_notes
    from ..estimators.quantizing import quantize

    check_output(output)
    if max_drop is not None and not data:
        raise click.UsageError("--max-drop needs --data to measure the drop on.")
    loaded = load_any(model, trust, runtime)
    model_kind = find_kind(loaded)
    if model_kind not in _WRITERS:
        check_classifier(loaded, model)
    measured: dict[str, Any] = {}
    last = split_model(loaded)[1]
    if data and model_kind == "translator":
        pairs = read_pairs(data, kind, source, target, quoted)
        measured = dict(zip(("X", "y"), pairs))
    elif data and model_kind == "speech recognizer":
        speech = read_manifest(data, kind, audio, text, quoted)
        measured = dict(zip(("X", "y"), speech))
    elif data and last.classes_ is None:
        measured = {"X": list(iterate_files(data, kind, text, quoted))}
    elif data:
        texts, labels = read_labelled(data, kind, text, label, quoted)
        measured = {"X": texts, "y": match_labels(last.classes_, labels)}
    small = quantize(loaded, dtype, max_drop=max_drop, max_bytes=max_bytes, **measured)
    report = split_model(small)[1].quantization_
    notes = read_notes(model)["notes"]
    if not isinstance(notes, dict):
        notes = {"notes": notes}
    save(small, output, notes | {"quantization": report})
    result = {
        "model": output,
        "bytes": [os.path.getsize(path) for path in (model, output)],
        **report,
    }
    if as_json:
        click.echo(json.dumps(result))
        return
    score = ""
    if "score" in report:
        name, scale, digits = _MEASURES[model_kind]
        first, second = (f"{scale * value:.{digits}f}" for value in report["score"])
        score = f", {name} {first} to {second}"
    before, after = result["bytes"]
    click.echo(f"{show(output)}: {before:,} to {after:,} bytes{score}")
