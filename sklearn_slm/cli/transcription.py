"""``slm transcribe``: what is said in sound files, or in what a microphone sends."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import click
import numpy as np

from .inputs import load_recognizer
from .output import as_json as write_json
from .output import check_output, replace_surrogates, show
from .rows import Progress, join_fields, open_output
from .subtitles import cut_cues, write_subtitles

__all__ = ["transcribe"]

_SUFFIXES = {".json": "json", ".jsonl": "json", ".srt": "srt", ".vtt": "vtt"}
_SUFFIXES |= {".tsv": "tsv", ".txt": "txt"}
# Recordings that are read ahead.
_BATCH_SIZE = 16
_BLOCK_SECONDS = 0.1


def transcribe(
    model: str,
    files: Sequence[str],
    output: str | None,
    form: str | None,
    beam: int | None,
    raw: int | None,
    partial: bool,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write what is said in recordings, in order."""
    if output is not None:
        check_output(output)
    form = _choose_form(form, output, as_json)
    names = list(files) or ["-"]
    if form in ("srt", "vtt") and len(names) > 1:
        raise click.UsageError(
            f"subtitles (.{form}) are of one recording. Got {len(names)}; call slm "
            "transcribe for each of them."
        )
    if raw is not None and names != ["-"]:
        raise click.UsageError("--raw is for standard input; leave the files out.")
    if partial and raw is None:
        raise click.UsageError(
            "--partial needs --raw RATE: samples that come one by one."
        )
    loaded = load_recognizer(model, trust, runtime)
    if beam is not None:
        loaded.set_params(beam_size=beam)
    clean = show if output is None and sys.stdout.isatty() else replace_surrogates
    with open_output(output) as stream, Progress(quiet) as progress:
        if partial:
            assert raw is not None
            for text in _stream(loaded, sys.stdin.buffer, raw):
                stream.write(clean(text) + "\n")
                stream.flush()
            progress.count()
            return
        if form == "tsv":
            stream.write(join_fields(["path", "text"], "tsv"))
        for first in range(0, len(names), _BATCH_SIZE):
            piece = names[first : first + _BATCH_SIZE]
            recordings = [_open(name, raw) for name in piece]
            for name, words in zip(piece, loaded.predict_words(recordings)):
                progress.count()
                stream.write(_write(name, words, form, clean))
            stream.flush()


def _choose_form(form: str | None, output: str | None, as_json: bool) -> str:
    if as_json:
        if form not in (None, "json"):
            raise click.UsageError(f"--json and --format {form} contradict each other.")
        return "json"
    if form is not None:
        return form
    suffix = Path(output).suffix.lower() if output else ""
    return _SUFFIXES.get(suffix, "txt")


def _open(name: str, raw: int | None) -> Any:
    """Return what the model reads: a path, or all of standard input."""
    if name != "-":
        return Path(name)
    content = sys.stdin.buffer.read()
    if raw is None:
        return io.BytesIO(content)
    return raw, np.frombuffer(content[: len(content) // 2 * 2], "<i2")


def _stream(model: Any, file: IO[bytes], rate: int) -> Iterator[str]:
    """Yield what is said so far whenever that has changed."""
    before = ""
    for text in model.stream(_read_blocks(file, rate), rate):
        if text != before:
            yield text
        before = text


def _read_blocks(file: Any, rate: int) -> Iterator[np.ndarray]:
    size = max(round(_BLOCK_SECONDS * rate), 1) * 2
    rest = b""
    while block := file.read1(size):
        content = rest + block
        n = len(content) // 2 * 2
        rest = content[n:]
        yield np.frombuffer(content[:n], "<i2")


def _write(name: str, words: Sequence[Any], form: str, clean: Any) -> str:
    text = " ".join(word.text for word in words)
    if form in ("srt", "vtt"):
        return str(replace_surrogates(write_subtitles(cut_cues(words), form)))
    if form == "json":
        spoken = [
            {
                "word": word.text,
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "confidence": round(word.confidence, 4),
            }
            for word in words
        ]
        return write_json({"path": name, "text": text, "words": spoken}) + "\n"
    if form == "tsv":
        return join_fields([clean(name), clean(text)], "tsv")
    return str(clean(text)) + "\n"
