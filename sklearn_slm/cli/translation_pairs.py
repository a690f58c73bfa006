"""Pairs of texts out of files, and a translator's scores on them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import click

from ..text.overlap import choose_tokenization, compute_bleu, compute_chrf
from .inputs import iterate_rows

__all__ = ["format_scores", "measure_pairs", "read_pairs"]

# Readers know texts and labels: what their messages call them is another thing here.
_WORDS = {
    "the parameter 'text'": "--source",
    "the parameter 'label'": "--target",
    "expected a label, a string or a finite number": "expected a text, a string",
}


def read_pairs(
    files: Sequence[str],
    kind: str | None,
    source: str | None,
    target: str | None,
    quoted: bool | None,
) -> tuple[list[str], list[str]]:
    """Return the texts of two columns of files.

    Parameters
    ----------
    files : sequence of str
        Tables, JSON lines or Parquet files, read one after the other.
    kind : str or None
        What they are; None goes by their names.
    source, target : str or None
        Columns; None is ``"source"`` and ``"target"``.
    quoted : bool or None
        Whether the fields of tables stand in quotes.

    Returns
    -------
    sources, targets : list of str
        As many of each, at least one.

    Raises
    ------
    click.UsageError
        If a file is plain text, which has no columns.
    ValueError
        If a row cannot be read or its target is blank, or if there is none.
    """
    sources: list[str] = []
    targets: list[str] = []
    for file in files:
        if _is_plain(file, kind):
            raise click.UsageError(
                f"{file}: plain text has no columns, and a translator needs pairs of "
                "texts. Give a table with a header, JSON lines or Parquet, with "
                "--source and --target for its columns; for standard input, and files "
                "of other names, say what they are with --input tsv."
            )
        try:
            rows = iterate_rows(
                [file], kind, source or "source", target or "target", quoted
            )
            for own, other in rows:
                sources.append(own)
                targets.append(str(other))
        except ValueError as error:
            message = str(error)
            for word, meant in _WORDS.items():
                message = message.replace(word, meant)
            raise ValueError(message) from None
    if not sources:
        raise ValueError(f"{', '.join(files)}: there is no pair of texts in it.")
    return sources, targets


def _is_plain(file: str, kind: str | None) -> bool:
    """Tell whether a file is read as plain lines."""
    if kind is not None:
        return kind == "txt"
    name = os.path.basename(file).lower().removesuffix(".gz")
    return file == "-" or name.endswith(".txt") or not os.path.isfile(file)


def measure_pairs(
    model: Any, sources: Sequence[str], targets: Sequence[str]
) -> dict[str, Any]:
    """Return scores of a translator on given pairs, as what JSON can hold.

    Parameters
    ----------
    model : SLMTranslator
        A fitted one.
    sources, targets : sequence of str
        Texts and their translations.

    Returns
    -------
    dict
        ``n_pairs``, ``bleu`` and ``chrf`` (from 0 to 100), ``tokenize`` (how BLEU split
        the texts), ``texts_per_second``.
    """
    began = time.perf_counter()
    written = model.predict(sources)
    seconds = time.perf_counter() - began
    tokenize = choose_tokenization(targets)
    return {
        "n_pairs": len(sources),
        "bleu": compute_bleu(written, targets, tokenize),
        "chrf": compute_chrf(written, targets),
        "tokenize": tokenize,
        "texts_per_second": len(sources) / seconds,
    }


def format_scores(scores: dict[str, Any]) -> str:
    """Return the scores of a translator for people.

    Parameters
    ----------
    scores : dict
        What :func:`measure_pairs` returns.
    """
    return (
        f"BLEU {scores['bleu']:.2f} (tokenization {scores['tokenize']}), chrF "
        f"{scores['chrf']:.2f}"
    )
