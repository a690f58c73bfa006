"""The command of recognisers: options and help."""

from __future__ import annotations

from typing import Any

import click

from .options import (
    command,
    existing,
    existing_or_stdin,
    json_option,
    model_options,
    output_option,
    quiet_option,
)

__all__ = ["SPEECH_COMMANDS"]


@command(
    "transcribe",
    "Write what is said in recordings.",
    """slm transcribe commands.slm one.wav two.flac
slm transcribe commands.slm recordings/*.wav --format tsv > texts.tsv
slm transcribe lecture.slm lecture.wav -o lecture.srt
ffmpeg -v 0 -i talk.mp4 -f wav - | slm transcribe lecture.slm - --json
arecord -q -f S16_LE -r 16000 -t raw | slm transcribe live.slm --raw 16000 --partial""",
)
@click.argument("model", type=existing)
@click.argument("files", nargs=-1, type=existing_or_stdin)
@output_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("txt", "tsv", "json", "srt", "vtt")),
    help="What to write: a line for each recording; paths and texts; words with times and "
    "confidence; subtitles of one recording. Default: by the name of --output, or txt.",
)
@click.option(
    "--beam",
    type=click.IntRange(1),
    help="Beginnings of a text that are kept while it is searched for. Default: as in the "
    "model.",
)
@click.option(
    "--raw",
    type=click.IntRange(1),
    metavar="RATE",
    help="Standard input is samples of 16 bits, little-endian, of one channel, so many a "
    "second.",
)
@click.option(
    "--partial",
    is_flag=True,
    help="With --raw: a line whenever what is said so far has changed. Needs a model that "
    "was fitted with bidirectional=False.",
)
@model_options
@json_option
@quiet_option
def _transcribe(**options: Any) -> None:
    """Write what is said in sound files, or in standard input, in order.

    WAV files need nothing more; FLAC, OGG and MP3 need the extra audio. Any rate, number
    of channels and length.
    """
    from .transcription import transcribe

    transcribe(**options)


SPEECH_COMMANDS = (_transcribe,)
