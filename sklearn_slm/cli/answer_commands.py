"""The command of answerers and readers: options and help."""

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
    passage_options,
    quiet_option,
)

__all__ = ["ANSWER_COMMANDS"]


@command(
    "answer",
    "Answer questions of files or stdin.",
    """slm answer faq.slm
slm answer faq.slm questions.txt -o answers.txt
slm answer faq.slm test.tsv --text question --k 3 > best.tsv
echo "how do i reset my pin" | slm answer faq.slm --threshold 0.5
slm answer faq.slm mails.jsonl --with-text --json > pairs.jsonl
slm answer reader.slm pairs.tsv --passage context --json > spans.jsonl
printf 'who was born\\tAnna was born in Rome.\n' | slm answer reader.slm""",
)
@click.argument("model", type=existing)
@click.argument("files", nargs=-1, type=existing_or_stdin)
@data_options(label=False)
@passage_options
@output_option
@click.option(
    "--k",
    "-k",
    type=click.IntRange(1),
    help="So many answers to each question, with probabilities.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Least probability of the best answer; below it, none is given. slm evaluate tells "
    "one.",
)
@click.option("--with-text", is_flag=True, help="Repeat each question.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Most questions that are answered side by side.  [default: 512]",
)
@model_options
@json_option
@quiet_option
def _answer(**options: Any) -> None:
    """Answer questions of files or stdin: one line in, one line out, in order.

    Lines of standard input are answered as soon as they are there, and flushed, so that a
    program can ask and wait for the answer. A line break within an answer becomes a space.
    With --threshold, a question whose best answer is less probable gets an empty line.

    A reader answers with words of a passage: a line has a question, a tab and the passage,
    other files have columns for both. With --json, start and end count the characters of
    the passage; all three are null where it does not answer.

    With --k, a table (TSV) has the number of each question, counted from 1, and the
    probability of each answer; a question below the threshold has no row. With --json, each
    question has an object, with the probability of the best answer also where that is null.
    """
    from .answering import answer

    answer(**options)


ANSWER_COMMANDS = (_answer,)
