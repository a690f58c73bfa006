"""Recordings and transcripts out of tables, and a recogniser's scores on them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..text.errors import compute_error_rate
from .inputs import iterate_rows

__all__ = ["format_rates", "measure_recordings", "read_manifest"]

# Readers know texts and labels: what their messages call them is another thing here.
_WORDS = {
    "the parameter 'label'": "--audio",
    "the parameter 'text'": "--text",
    "expected a label, a string or a finite number": "expected a path, a string",
}
DEFAULT_COLUMN = "path"


def read_manifest(
    files: Sequence[str],
    kind: str | None,
    audio: str | None,
    text: str,
    quoted: bool | None,
) -> tuple[list[Path], list[str]]:
    """Return the recordings and transcripts that tables name.

    Parameters
    ----------
    files : sequence of str
        Tables, JSON lines or Parquet files, read one after the other.
    kind : str or None
        What they are; None goes by their names.
    audio : str or None
        Column of the paths of sound files; None is ``"path"``. A relative one begins in
        the folder of its table.
    text : str
        Column of the transcripts.
    quoted : bool or None
        Whether the fields of tables stand in quotes.

    Returns
    -------
    paths : list of Path
        At least one.
    transcripts : list of str
        As many.

    Raises
    ------
    click.UsageError
        If a file is plain text, which has no columns.
    ValueError
        If a row cannot be read or names no file, or if there is none.
    """
    paths: list[Path] = []
    transcripts: list[str] = []
    for file in files:
        name = os.path.basename(file).lower().removesuffix(".gz")
        if kind == "txt" or (kind is None and (file == "-" or name.endswith(".txt"))):
            raise click.UsageError(
                f"{file}: plain text has no columns, and a recogniser needs the path of "
                "each recording beside its transcript. Give a table with a header, JSON "
                "lines or Parquet, with --audio and --text for its columns; for standard "
                "input, say what it is with --input csv."
            )
        folder = Path() if file == "-" else Path(file).parent
        try:
            for own, path in iterate_rows(
                [file], kind, text, audio or DEFAULT_COLUMN, quoted
            ):
                transcripts.append(own)
                paths.append(folder / str(path))
        except ValueError as error:
            message = str(error)
            for word, meant in _WORDS.items():
                message = message.replace(word, meant)
            raise ValueError(message) from None
    if not paths:
        raise ValueError(f"{', '.join(files)}: there is no recording in it.")
    return paths, transcripts


def measure_recordings(
    model: Any, paths: Sequence[Path], transcripts: Sequence[str]
) -> dict[str, Any]:
    """Return error rates of a recogniser, as what JSON can hold.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        A fitted one.
    paths : sequence of Path
        Recordings.
    transcripts : sequence of str
        What is said in them.

    Returns
    -------
    dict
        ``n_recordings``, ``wer`` and ``cer`` (word and character error rate, 0 if nothing
        is wrong), ``seconds_per_recording``.
    """
    began = time.perf_counter()
    written = model.predict(paths)
    seconds = time.perf_counter() - began
    wanted = [model.tokenizer_.normalize(text) for text in transcripts]
    return {
        "n_recordings": len(paths),
        "wer": compute_error_rate(written, wanted, "word"),
        "cer": compute_error_rate(written, wanted, "char"),
        "seconds_per_recording": seconds / len(paths),
    }


def format_rates(scores: dict[str, Any]) -> str:
    """Return the error rates of a recogniser for people.

    Parameters
    ----------
    scores : dict
        What :func:`measure_recordings` returns.
    """
    return (
        f"word error rate {scores['wer']:.2%}, character error rate {scores['cer']:.2%}"
    )
