"""``slm export`` and ``slm quantize``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..unwrap import split_model
from .examples import Columns, read_examples
from .inputs import (
    check_classifier,
    find_kind,
    iterate_files,
    load_any,
    match_labels,
)
from .output import check_output, save, show

__all__ = ["export", "quantize_file"]

# What a score is called, and what it is multiplied by for people.
_MEASURES = {
    "classifier": ("accuracy", 1, 4),
    "language model": ("mean log-likelihood", 1, 4),
    "translator": ("BLEU", 100, 2),
    "speech recognizer": ("rightly written words", 1, 4),
    "answerer": ("first answers right", 1, 4),
    "reader": ("F1", 1, 4),
}
_NOT_LABELLING = _MEASURES.keys() - {"classifier"}
# Graphs of those that become several files, each under its name.
_PARTS = {"translator": ("encoder", "step"), "reader": ("encoder", "spans")}


def export(
    model: str, onnx: str, trust: Sequence[str], runtime: str | None, as_json: bool
) -> None:
    """Write the network of a model to an ONNX file."""
    from ..estimators.exporting import export_onnx

    check_output(onnx)
    loaded = load_any(model, trust, runtime)
    kind = find_kind(loaded)
    if kind not in _NOT_LABELLING:
        check_classifier(loaded, model)
    written = [onnx]
    if kind in _PARTS:
        path = Path(onnx)
        parts = (f"{path.stem}.{part}{path.suffix}" for part in _PARTS[kind])
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
    kind: str | None,
    quoted: bool | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    **names: Any,
) -> None:
    """Write a copy of a model with smaller weights, unless it loses too much."""
    from ..estimators.loading import read_notes
    from ..estimators.quantizing import quantize

    check_output(output)
    if max_drop is not None and not data:
        raise click.UsageError("--max-drop needs --data to measure the drop on.")
    loaded = load_any(model, trust, runtime)
    model_kind = find_kind(loaded)
    if model_kind not in _NOT_LABELLING:
        check_classifier(loaded, model)
    measured: dict[str, Any] = {}
    columns, last = Columns(**names), split_model(loaded)[1]
    if data and model_kind == "language model" and last.classes_ is None:
        measured = {"X": list(iterate_files(data, kind, columns.text, quoted))}
    elif data:
        X, y = read_examples(model_kind, data, kind, columns, quoted, model=loaded)
        classes = getattr(last, "classes_", None)
        measured = {"X": X, "y": y if classes is None else match_labels(classes, y)}
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
