"""``slm export`` and ``slm quantize``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import click

from ..unwrap import split_model
from .inputs import (
    check_classifier,
    is_language_model,
    iterate_files,
    load_any,
    match_labels,
    read_labelled,
)
from .output import check_output, save, show

__all__ = ["export", "quantize_file"]


def export(
    model: str, onnx: str, trust: Sequence[str], runtime: str | None, as_json: bool
) -> None:
    """Write the network of a model to an ONNX file."""
    from ..estimators.exporting import export_onnx

    check_output(onnx)
    loaded = load_any(model, trust, runtime)
    if not is_language_model(loaded):
        check_classifier(loaded, model)
    export_onnx(loaded, onnx)
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
    loaded = load_any(model, trust, runtime)
    writes = is_language_model(loaded)
    if not writes:
        check_classifier(loaded, model)
    measured: dict[str, Any] = {}
    last = split_model(loaded)[1]
    if data and last.classes_ is None:
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
        name = "mean log-likelihood" if writes else "accuracy"
        score = ", {} {:.4f} to {:.4f}".format(name, *report["score"])
    before, after = result["bytes"]
    click.echo(f"{show(output)}: {before:,} to {after:,} bytes{score}")
