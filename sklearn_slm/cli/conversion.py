"""``slm export`` and ``slm quantize``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import click

from .inputs import find_classifier, load, match_labels, read_labelled
from .output import check_output, save, show

__all__ = ["export", "quantize_file"]


def export(
    model: str, onnx: str, trust: Sequence[str], runtime: str | None, as_json: bool
) -> None:
    """Write the network of a model to an ONNX file."""
    from ..estimators.exporting import export_onnx

    check_output(onnx)
    export_onnx(load(model, trust, runtime), onnx)
    result = {"onnx": onnx, "bytes": os.path.getsize(onnx)}
    text = f"{show(onnx)}: {result['bytes']:,} bytes"
    click.echo(json.dumps(result) if as_json else text)


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
    loaded = load(model, trust, runtime)
    measured: dict[str, Any] = {}
    if data:
        texts, labels = read_labelled(data, kind, text, label, quoted)
        known = find_classifier(loaded).classes_
        measured = {"X": texts, "y": match_labels(known, labels)}
    small = quantize(loaded, dtype, max_drop=max_drop, max_bytes=max_bytes, **measured)
    report = find_classifier(small).quantization_
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
        score = ", accuracy {:.4f} to {:.4f}".format(*report["score"])
    before, after = result["bytes"]
    click.echo(f"{show(output)}: {before:,} to {after:,} bytes{score}")
