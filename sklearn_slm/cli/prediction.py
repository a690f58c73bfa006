"""``slm predict``: rows in, answers out, as they come."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import tee
from pathlib import Path
from typing import Any

import click
import numpy as np

from ..text.tables import Table, join_texts
from .inputs import find_classifier, iterate_files, load
from .output import as_json as write_json
from .output import check_output, replace_surrogates, show
from .rows import Progress, join_fields, open_output
from .tables import find_columns, iterate_cells

__all__ = ["predict"]


def predict(
    model: str,
    files: Sequence[str],
    text: str,
    kind: str | None,
    quoted: bool | None,
    output: str | None,
    form: str | None,
    probabilities: bool,
    with_text: bool,
    batch_size: int | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Label texts in order, holding two batches of them at a time."""
    from ..estimators import predict_iter

    if output is not None:
        check_output(output)
    form = _choose_format(form, output, as_json)
    loaded = load(model, trust, runtime)
    if batch_size is None:
        from_terminal = not files and sys.stdin.isatty()
        batch_size = 1 if from_terminal else 512
    classifier, table = find_classifier(loaded), find_columns(loaded)
    rows: Any
    if table is None:
        rows = iterate_files(files, kind, text, quoted)
    else:
        rows = iterate_cells(files, kind, table, quoted)
    read, kept = tee(rows)
    answers = predict_iter(loaded, read, method="predict_proba", chunk_size=batch_size)
    on_terminal = output is None and sys.stdout.isatty()
    writer = _Writer(classifier, form, probabilities, with_text, on_terminal)
    with open_output(output) as stream, Progress(quiet) as progress:
        stream.write(writer.header())
        for document, row in zip(kept, answers):
            if table is not None:
                document = _join_cells(document, classifier.text_column)
            stream.write(writer.write(document, row))
            if batch_size == 1:
                stream.flush()
            progress.count()


def _join_cells(cells: dict[str, Any], text_column: Any) -> str:
    """Return the text of a row, as the classifier reads it."""
    table = Table({name: [cell] for name, cell in cells.items()})
    return join_texts(table, text_column)[0]


def _choose_format(form: str | None, output: str | None, as_json: bool) -> str:
    if as_json:
        if form not in (None, "jsonl"):
            raise click.UsageError(f"--json writes jsonl, but --format is {form}.")
        return "jsonl"
    if form is not None:
        return form
    suffix = Path(output or "").suffix[1:].lower()
    return suffix if suffix in ("tsv", "jsonl", "txt") else "csv"


class _Writer:
    """Turns a text and its probabilities into a line."""

    def __init__(
        self,
        classifier: Any,
        form: str,
        every: bool,
        with_text: bool,
        on_terminal: bool,
    ):
        self.names = [str(name) for name in classifier.classes_.tolist()]
        self.labels = classifier.classes_.tolist()
        self.several = classifier.spec_.head.multilabel
        self.form, self.every, self.with_text = form, every, with_text
        # Tables for machines hold labels and texts as they are: their fields are quoted.
        self.clean = show if on_terminal or form == "txt" else replace_surrogates

    def header(self) -> str:
        """Return the first line of a table, or nothing."""
        if self.form not in ("csv", "tsv"):
            return ""
        columns = ["labels"] if self.several else ["label", "probability"]
        columns += [f"probability_{name}" for name in self.names] * self.every
        return self._join(columns + ["text"] * self.with_text)

    def write(self, text: str, row: np.ndarray) -> str:
        """Return the line of a text."""
        values = [round(float(p), 6) for p in row]
        best = int(row.argmax())
        chosen = [i for i, p in enumerate(row) if p > 0.5]
        if self.form == "jsonl":
            return self._as_json(text, values, best, chosen)
        label = self.names[best]
        if self.several:
            label = " ".join(self.names[i] for i in chosen)
        if self.form == "txt":
            return f"{self.clean(label)}\n"
        fields = [label] if self.several else [label, f"{values[best]:.6f}"]
        fields += [f"{value:.6f}" for value in values] * self.every
        return self._join(fields + [text] * self.with_text)

    def _as_json(
        self, text: str, values: list[float], best: int, chosen: list[int]
    ) -> str:
        record: dict[str, Any]
        if self.several:
            record = {"labels": [self.labels[i] for i in chosen]}
        else:
            record = {"label": self.labels[best], "probability": values[best]}
        if self.every:
            record["probabilities"] = dict(zip(self.names, values))
        if self.with_text:
            record["text"] = text
        return write_json(record) + "\n"

    def _join(self, fields: list[str]) -> str:
        return join_fields([self.clean(field) for field in fields], self.form)
