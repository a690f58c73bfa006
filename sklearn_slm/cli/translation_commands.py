"""The command of translators: options and help."""

from __future__ import annotations

from typing import Any

import click

from .options import (
    command,
    data_options,
    existing,
    existing_or_stdin,
    json_option,
    model_options,
    output_option,
    quiet_option,
)

__all__ = ["TRANSLATION_COMMANDS"]


@command(
    "translate",
    "Translate texts of files or stdin.",
    """slm translate de-en.slm
slm translate de-en.slm news.txt -o news.en.txt
slm translate de-en.slm test.tsv --text de --k 3 > best.tsv
zcat lines.txt.gz | slm translate de-en.slm --beam 1
slm translate de-en.slm talks.jsonl --with-text --json > pairs.jsonl""",
)
@click.argument("model", type=existing)
@click.argument("files", nargs=-1, type=existing_or_stdin)
@data_options(label=False)
@output_option
@click.option(
    "--beam",
    type=click.IntRange(1),
    help="Beginnings that are kept while a translation is written; 1 is fastest. Default: "
    "as in the model.",
)
@click.option(
    "--k",
    "-k",
    type=click.IntRange(1),
    help="So many translations of each text, with scores.",
)
@click.option("--with-text", is_flag=True, help="Repeat each text.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Most texts that are translated side by side.  [default: 512]",
)
@model_options
@json_option
@quiet_option
def _translate(**options: Any) -> None:
    """Translate texts of files or stdin: one line in, one line out, in order.

    Lines of standard input are translated as soon as they are there, and flushed, so
    that a program can ask and wait for the answer. A line break within a translation
    becomes a space. With --k, a table (TSV) has the number of each text, counted from 1,
    and for each translation its score, the logarithm of its probability divided for its
    length. With --json, each text has an object.
    """
    from .translation import translate

    translate(**options)


TRANSLATION_COMMANDS = (_translate,)
