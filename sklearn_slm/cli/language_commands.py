"""The commands of language models: options and help."""

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
    quiet_option,
)

__all__ = ["LANGUAGE_COMMANDS"]


@command(
    "generate",
    "Write texts with a language model.",
    """slm generate lm.slm
slm generate lm.slm "The weather in" --n-tokens 100 --temperature 0.6
slm generate lm.slm "Once upon" -n 5 --seed 1 --stop "\\n"
slm generate lm.slm --label sports --keywords goal,final
slm generate lm.slm --prompts beginnings.txt --json > texts.jsonl""",
)
@click.argument("model", type=existing)
@click.argument("prompt", default="")
@click.option(
    "--prompts",
    type=existing_or_stdin,
    help="File of beginnings in place of PROMPT, one a line or row; - is stdin.",
)
@data_options(label=False)
@click.option(
    "--n-tokens",
    type=click.IntRange(0),
    default=40,
    show_default=True,
    help="Most tokens that are written.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    default=0.8,
    show_default=True,
    help="Lower for more probable tokens; 0 takes the most probable one.",
)
@click.option(
    "--top-k",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Draw from so many tokens; 0 from all.",
)
@click.option(
    "--top-p",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.95,
    show_default=True,
    help="Draw from the most probable tokens that together have this probability.",
)
@click.option(
    "-n",
    "n",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Texts of each beginning.",
)
@click.option(
    "--stop",
    multiple=True,
    metavar="TEXT",
    help=r"String at which a text ends, \n for a line break. May be given several times.",
)
@click.option(
    "--label", help="What to write about, if the model was trained on labels."
)
@click.option(
    "--keywords",
    multiple=True,
    metavar="WORDS",
    help="Words that are to come, with commas between them.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Same seed, same texts. Default: new ones each time.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Beginnings read ahead. Default: 64, for a terminal 1.",
)
@model_options
@json_option
@quiet_option
def _generate(**options: Any) -> None:
    r"""Go on with PROMPT, or with nothing, token by token.

    One text appears as it is written. Several are written one a line, with \n for a
    line break in them; --json writes {"prompt": ..., "text": ...} for each, as it is.
    """
    from .generation import generate

    generate(**options)


@command(
    "score",
    "Tell how likely a language model finds texts.",
    """slm score lm.slm test.txt
slm score lm.slm test.csv --text body --json
slm score lm.slm reviews.csv --each --with-text > scores.tsv
zcat stream.txt.gz | slm score lm.slm --each --json""",
)
@click.argument("model", type=existing)
@click.argument("files", nargs=-1, type=existing_or_stdin)
@data_options(
    label_help="Column of the labels, for a model that was trained on labels. Default: "
    '"label".'
)
@click.option("--each", is_flag=True, help="A line for each text, in their order.")
@click.option("--with-text", is_flag=True, help="Repeat each text; with --each.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Texts read ahead. Default: 512, for a terminal 1.",
)
@model_options
@json_option
@quiet_option
def _score(**options: Any) -> None:
    """Tell how likely a model finds the texts of files or stdin, as they come.

    Perplexity is exp of the mean negative log-likelihood of a token, a word or a byte,
    the lower the better. With --each, a table (TSV, or JSON lines with --json) has each
    text's log-likelihood, its number of tokens with the end, and its perplexity per token.
    """
    from .scoring import score

    score(**options)


LANGUAGE_COMMANDS = (_generate, _score)
